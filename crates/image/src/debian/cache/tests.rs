use std::os::unix::fs::symlink;

use toft_effects::Door;

use super::*;
use crate::cancel::Cancel;
use crate::progress::Reporter;
use crate::record::ImageConfig;
use crate::source::{DebianRecipe, ImageSource};
use crate::store::{ImageStore, Options};

/// A store, a cache, and a base that was never Debian: packing does not care.
struct Ground {
    dir: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("usr/bin")).unwrap();
        fs::write(root.join("usr/bin/sudo"), "#!").unwrap();
        fs::set_permissions(root.join("usr/bin/sudo"), fs::Permissions::from_mode(0o4755)).unwrap();
        fs::hard_link(root.join("usr/bin/sudo"), root.join("usr/bin/sudoedit")).unwrap();
        let capability = [1, 0, 0, 2, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fs::write(root.join("usr/bin/ping"), "#!").unwrap();
        rustix::fs::lsetxattr(
            root.join("usr/bin/ping"),
            tree::CAPABILITY,
            &capability,
            rustix::fs::XattrFlags::empty(),
        )
        .unwrap();
        symlink("usr/bin", root.join("bin")).unwrap();
        fs::create_dir(root.join("long".repeat(40))).unwrap();
        fs::write(root.join("long".repeat(40)).join("name".repeat(40)), "x").unwrap();
        Self { dir }
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn store(&self, name: &str) -> ImageStore {
        let options = Options {
            cache: Some(self.cache()),
            ..Options::default()
        };
        ImageStore::open_with(Door::default(), &self.dir.path().join(name), options).unwrap()
    }

    fn save(&self) -> Record {
        let job = job(&self.store("first"), "bookworm");
        let root = self.dir.path().join("root");
        let digest = tree::digest(&root, &Cancel::default()).unwrap();
        let source = job.source.clone();
        let config = ImageConfig {
            user: "toft".into(),
            ..ImageConfig::default()
        };
        let record = Record {
            digest,
            source,
            size_bytes: 1000,
            created: SystemTime::UNIX_EPOCH,
            config,
            blobs: vec![],
        };
        save(&job, &record, &root);
        record
    }

    fn files(&self) -> usize {
        fs::read_dir(self.cache()).unwrap().count()
    }

    fn archive(&self) -> PathBuf {
        let mut files = fs::read_dir(self.cache())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files
            .find(|path| path.extension().is_some_and(|ext| ext == "zst"))
            .unwrap()
    }
}

fn job(store: &ImageStore, suite: &str) -> Job {
    let source = ImageSource::Debian(DebianRecipe {
        suite: suite.into(),
        ..DebianRecipe::minimal()
    });
    store.job(&source, Reporter::new(|_| {}), Cancel::default())
}

#[tokio::test]
async fn what_was_saved_comes_back_the_same() {
    let ground = Ground::new();
    let record = ground.save();
    let store = ground.store("second");
    let image = restore(&job(&store, "bookworm")).await.unwrap();
    assert_eq!((&image.digest, &image.config), (&record.digest, &record.config));
    assert_eq!(
        tree::digest(&image.root, &Cancel::default()).unwrap(),
        record.digest
    );
    assert_eq!(fs::metadata(image.root.join("usr/bin/sudo")).unwrap().nlink(), 2);
    assert_eq!(store.get(&record.digest), Some(image));
}

#[tokio::test]
async fn another_recipe_finds_nothing() {
    let ground = Ground::new();
    ground.save();
    assert_eq!(restore(&job(&ground.store("second"), "trixie")).await, None);
    assert_eq!(ground.files(), 2);
}

#[tokio::test]
async fn a_damaged_archive_is_dropped_wherever_the_damage_is() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("flipped", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
        ("empty", Vec::clear),
        ("longer", |bytes| bytes.extend_from_slice(b"more")),
    ];
    for (what, damage) in damages {
        let ground = Ground::new();
        ground.save();
        let mut bytes = fs::read(ground.archive()).unwrap();
        damage(&mut bytes);
        fs::write(ground.archive(), bytes).unwrap();
        let store = ground.store("second");
        assert_eq!(restore(&job(&store, "bookworm")).await, None, "{what}");
        assert_eq!(ground.files(), 0, "{what}");
        assert_eq!(
            (
                store.list(),
                fs::read_dir(ground.dir.path().join("second/tmp"))
                    .unwrap()
                    .count()
            ),
            (vec![], 0),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_cache_that_others_can_write_to_is_not_trusted() {
    let ground = Ground::new();
    ground.save();
    fs::set_permissions(ground.cache(), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(restore(&job(&ground.store("second"), "bookworm")).await, None);
}

#[test]
fn bases_used_longest_ago_leave_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    for age in 0..KEEP as u64 + 3 {
        let (archive, label) = paths(dir.path(), &format!("key{age:02}"));
        fs::write(label, "{}").unwrap();
        let file = File::create(archive).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000 - age))
            .unwrap();
    }
    prune(dir.path());
    let mut left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        (0..KEEP)
            .flat_map(|age| [format!("key{age:02}.json"), format!("key{age:02}.tar.zst")])
            .collect::<Vec<_>>()
    );
}
