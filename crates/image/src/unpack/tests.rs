use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::PathBuf;

use tar::EntryType;

use super::*;
use crate::testing::{Archive, gzip, zstd};

mod hostile;
mod random;

/// A root to unpack into, with a file beside it that no layer may reach.
pub(super) struct Ground {
    dir: tempfile::TempDir,
    limits: Limits,
}

impl Ground {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("rootfs")).unwrap();
        std::fs::create_dir(dir.path().join("outside")).unwrap();
        std::fs::write(dir.path().join("outside/secret"), "untouched").unwrap();
        Self {
            dir,
            limits: Limits::default(),
        }
    }

    pub(super) fn limited(edit: impl FnOnce(&mut Limits)) -> Self {
        let mut ground = Self::new();
        edit(&mut ground.limits);
        ground
    }

    pub(super) fn root(&self) -> PathBuf {
        self.dir.path().join("rootfs")
    }

    pub(super) fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }

    pub(super) fn unpack(&self, layers: &[Vec<u8>]) -> Result<(), ImageError> {
        let mut unpacker = Unpacker::new(&self.root(), &self.limits, &Cancel::default())?;
        for (index, bytes) in layers.iter().enumerate() {
            let layer = Layer {
                name: format!("layer-{index}"),
                reader: &bytes[..],
                compression: compression_of(bytes),
                compressed_bytes: bytes.len() as u64,
            };
            unpacker.layer(layer, &mut |_| {})?;
        }
        Ok(())
    }

    pub(super) fn refused(&self, layers: &[Vec<u8>]) -> String {
        let error = self.unpack(layers).unwrap_err().to_string();
        self.outside_is_untouched();
        error
    }

    pub(super) fn outside_is_untouched(&self) {
        let names: Vec<_> = std::fs::read_dir(self.outside())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["secret"]);
        let secret = self.outside().join("secret");
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), "untouched");
        assert_eq!(std::fs::metadata(&secret).unwrap().nlink(), 1);
        let top = std::fs::read_dir(self.dir.path()).unwrap().count();
        assert_eq!(top, 2, "something appeared beside the root");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(name)).unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.root().join(name).symlink_metadata().is_ok()
    }
}

fn compression_of(bytes: &[u8]) -> Compression {
    match bytes {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

#[test]
fn layers_of_every_compression_unpack_to_the_same() {
    let archive = Archive::new()
        .dir("etc/")
        .file("etc/motd", "hello")
        .symlink("bin", "usr/bin")
        .end();
    for layer in [archive.clone(), gzip(&archive), zstd(&archive)] {
        let ground = Ground::new();
        let mut unpacker = Unpacker::new(&ground.root(), &ground.limits, &Cancel::default()).unwrap();
        let compression = compression_of(&layer);
        let layer = Layer {
            name: "l".into(),
            reader: &layer[..],
            compression,
            compressed_bytes: 4096,
        };
        let diff_id = unpacker.layer(layer, &mut |_| {}).unwrap();
        assert_eq!(diff_id, Digest::of(&archive));
        assert_eq!(ground.read("etc/motd"), "hello");
        assert_eq!(
            std::fs::read_link(ground.root().join("bin")).unwrap(),
            Path::new("usr/bin")
        );
    }
}

#[test]
fn owner_mode_time_and_capabilities_are_kept_and_other_attributes_are_not() {
    let capability = [1, 0, 0, 2, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let layer = Archive::new()
        .pax(&[
            ("SCHILY.xattr.security.capability", &capability),
            ("SCHILY.xattr.user.evil", b"1"),
            ("uid", b"1000"),
        ])
        .entry("ping", EntryType::Regular, b"#!", |header| {
            header.set_mode(0o4755);
        })
        .entry("fifo", EntryType::Fifo, b"", |header| header.set_mode(0o622))
        .entry("home/", EntryType::Directory, b"", |header| {
            header.set_mode(0o1777);
        });
    let ground = Ground::new();
    ground.unpack(&[layer.end()]).unwrap();

    let ping = ground.root().join("ping");
    let meta = std::fs::metadata(&ping).unwrap();
    assert_eq!(
        (meta.uid(), meta.gid(), meta.mode() & 0o7777, meta.mtime()),
        (1000, 0, 0o4755, 1_700_000_000)
    );
    assert_eq!(crate::tree::capability(&ping).unwrap(), capability);
    let mut names = [0_u8; 256];
    let length = rustix::fs::llistxattr(&ping, &mut names[..]).unwrap();
    assert!(!String::from_utf8_lossy(&names[..length]).contains("user.evil"));
    let fifo = std::fs::symlink_metadata(ground.root().join("fifo")).unwrap();
    assert!(fifo.file_type().is_fifo());
    assert_eq!(fifo.mode() & 0o7777, 0o622);
    assert_eq!(
        std::fs::metadata(ground.root().join("home"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777,
        0o1777
    );
}

#[test]
fn writing_through_links_of_the_image_stays_in_the_image() {
    let lower = Archive::new()
        .dir("usr/")
        .dir("usr/lib/")
        .symlink("lib", "/usr/lib")
        .end();
    let upper = Archive::new()
        .file("lib/modules/a", "in usr")
        .hard_link("b", "lib/modules/a")
        .end();
    let ground = Ground::new();
    ground.unpack(&[lower, upper]).unwrap();
    assert_eq!(ground.read("usr/lib/modules/a"), "in usr");
    assert_eq!(ground.read("b"), "in usr");
    assert!(ground.root().join("lib").is_symlink());
}

#[test]
fn an_upper_layer_replaces_whatever_is_there() {
    let lower = Archive::new()
        .file("a/deep/file", "old")
        .file("b", "old")
        .symlink("c", "a")
        .dir("d")
        .file("d/kept", "kept")
        .end();
    let upper = Archive::new()
        .file("a", "a file now")
        .file("b/x", "in a directory now")
        .end();
    let ground = Ground::new();
    let refused = ground.refused(&[lower.clone(), upper]);
    assert!(
        refused.starts_with(r#"layer layer-1 refused at "b/x": failed to open the directory above it"#),
        "{refused}"
    );

    let upper = Archive::new()
        .file("a", "a file now")
        .dir("b")
        .dir("c")
        .file("c/x", "x")
        .dir("d")
        .end();
    let ground = Ground::new();
    ground.unpack(&[lower, upper]).unwrap();
    assert_eq!(ground.read("a"), "a file now");
    assert!(ground.root().join("b").is_dir() && !ground.root().join("c").is_symlink());
    assert_eq!(
        (ground.read("c/x"), ground.read("d/kept")),
        ("x".to_owned(), "kept".to_owned())
    );
}

#[test]
fn of_two_entries_for_one_name_the_last_counts_and_other_names_keep_theirs() {
    let layer = Archive::new()
        .file("a", "first")
        .hard_link("b", "a")
        .file("a", "second")
        .hard_link("b2", "b")
        .hard_link("b", "b2");
    let ground = Ground::new();
    ground.unpack(&[layer.end()]).unwrap();
    assert_eq!(
        (ground.read("a"), ground.read("b")),
        ("second".to_owned(), "first".to_owned())
    );
}

#[test]
fn whiteouts_remove_what_is_below_and_nothing_of_their_own_layer() {
    let lower = Archive::new()
        .file("dir/old", "")
        .file("dir/sub/old", "")
        .file("gone/x", "")
        .file("file", "")
        .file("keep", "");
    let upper = Archive::new()
        .file("dir/new", "")
        .file("dir/sub/new", "")
        .file("dir/.wh..wh..opq", "")
        .file(".wh.gone", "")
        .file("file", "again")
        .file(".wh.file", "")
        .file(".wh.never-there", "")
        .file("not/there/.wh.x", "")
        .file(".wh..wh.plnk", "");
    let ground = Ground::new();
    ground.unpack(&[lower.end(), upper.end()]).unwrap();
    assert!(ground.has("dir/new") && ground.has("dir/sub/new") && ground.has("keep"));
    assert!(!ground.has("dir/old") && !ground.has("dir/sub/old") && !ground.has("gone"));
    assert_eq!(ground.read("file"), "again");
    assert!(!ground.has(".wh..wh.plnk") && !ground.has("not"));
}

#[test]
fn a_whiteout_of_a_link_removes_the_link() {
    let lower = Archive::new()
        .symlink("link", "/outside")
        .dir("outside")
        .file("outside/x", "")
        .end();
    let upper = Archive::new()
        .file(".wh.link", "")
        .file("outside/.wh.x", "")
        .end();
    let ground = Ground::new();
    ground.unpack(&[lower, upper]).unwrap();
    assert!(!ground.has("link") && !ground.has("outside/x") && ground.has("outside"));
    ground.outside_is_untouched();
}

#[test]
fn long_names_come_in_extended_headers_of_both_kinds() {
    let (long, other) = ("d/".repeat(120) + "file", "e/".repeat(120) + "file");
    let layer = Archive::new()
        .pax(&[("path", long.as_bytes()), ("linkpath", b"unused")])
        .file("short", "pax")
        .entry(
            "././@LongLink",
            EntryType::GNULongName,
            format!("{other}\0").as_bytes(),
            |_| {},
        )
        .file("short", "gnu");
    let ground = Ground::new();
    ground.unpack(&[layer.end()]).unwrap();
    assert_eq!(
        (ground.read(&long), ground.read(&other)),
        ("pax".to_owned(), "gnu".to_owned())
    );
    assert!(!ground.has("short"));
}

#[test]
fn a_cancelled_job_ends_as_cancelled() {
    let ground = Ground::new();
    let cancel = Cancel::default();
    let mut unpacker = Unpacker::new(&ground.root(), &ground.limits, &cancel).unwrap();
    cancel.cancel();
    let bytes = Archive::new().file("a", "").end();
    let layer = Layer {
        name: "l".into(),
        reader: &bytes[..],
        compression: Compression::None,
        compressed_bytes: 1,
    };
    assert!(matches!(
        unpacker.layer(layer, &mut |_| {}),
        Err(ImageError::Cancelled)
    ));
}
