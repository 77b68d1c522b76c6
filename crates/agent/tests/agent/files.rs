//! Files: looking, reading, writing, archives, and with whose rights.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use toft_agent::wire::{Code, EntryKind, WriteRequest};
use toft_agent::{Client, Error};

use crate::support::Agent;

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

async fn put(client: &Client, path: &str, user: Option<&str>, content: &[u8]) -> Result<(), Error> {
    let request = WriteRequest {
        path: path.to_owned(),
        user: user.map(ToOwned::to_owned),
        ..WriteRequest::default()
    };
    let mut writer = client.write(request).await?;
    writer.send(content).await?;
    writer.finish().await.map(drop)
}

async fn unpack(client: &Client, path: &str, archive: &[u8]) -> Result<u64, Error> {
    let mut writer = client.tar_in(path, None).await?;
    writer.send(archive).await?;
    writer.finish().await.map(|summary| summary.entries)
}

async fn pack(client: &Client, path: &str) -> Vec<u8> {
    client
        .tar_out(path, None)
        .await
        .unwrap()
        .to_bytes(100 << 20)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_written_is_read() {
    let agent = Agent::start();
    let path = agent.path("a/b/file");
    let content: Vec<u8> = (0..500_000_u32).flat_map(u32::to_le_bytes).collect();
    let request = WriteRequest {
        path: path.clone(),
        mode: Some(0o750),
        parents: true,
        ..WriteRequest::default()
    };
    let mut writer = agent.client.write(request).await.unwrap();
    writer.send(&content).await.unwrap();
    assert!(!Path::new(&path).exists(), "not there before it is whole");
    let entry = writer.finish().await.unwrap();
    assert_eq!(
        (entry.kind, entry.size, entry.mode),
        (EntryKind::File, 2_000_000, 0o750)
    );
    let (entry, reader) = agent.client.read(&path, None, 0, None).await.unwrap();
    assert_eq!((entry.name.as_str(), entry.size), ("file", 2_000_000));
    assert!(reader.to_bytes(3_000_000).await.unwrap() == content);
    let (_, part) = agent
        .client
        .read(&path, None, 999_999, Some(70_000))
        .await
        .unwrap();
    assert!(part.to_bytes(70_000).await.unwrap() == content[999_999..1_069_999]);
    let names: Vec<_> = std::fs::read_dir(agent.path("a/b"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["file"], "nothing temporary is left");
}

#[tokio::test]
async fn an_upload_that_breaks_leaves_the_old_file() {
    let agent = Agent::start();
    let path = agent.path("file");
    put(&agent.client, &path, None, b"old").await.unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let request = WriteRequest {
        path: path.clone(),
        ..WriteRequest::default()
    };
    let mut writer = agent.client.write(request).await.unwrap();
    writer.send(&vec![0; 100_000]).await.unwrap();
    drop(writer);
    crate::support::until(|| async {
        let names = std::fs::read_dir(agent.dir.path()).unwrap();
        (names
            .filter(|e| {
                e.as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .starts_with(".toft-")
            })
            .count()
            == 0)
            .then_some(())
    })
    .await;
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    put(&agent.client, &path, None, b"new").await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    assert_eq!(
        std::fs::metadata(&path).unwrap().mode() & 0o777,
        0o640,
        "the mode stays"
    );
}

#[tokio::test]
async fn everything_happens_with_the_user_s_rights() {
    let agent = Agent::start();
    std::fs::set_permissions(agent.dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (secret, open) = (agent.path("secret"), agent.path("open"));
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(format!("{secret}/file"), "x").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    let nobody = Some("nobody");
    let client = &agent.client;
    assert_eq!(
        code(
            client
                .read(&format!("{secret}/file"), nobody, 0, None)
                .await
                .map(drop)
        ),
        Code::Denied
    );
    assert_eq!(code(client.list(&secret, nobody, None).await), Code::Denied);
    assert_eq!(
        code(client.remove(&format!("{secret}/file"), nobody, false).await),
        Code::Denied
    );
    assert_eq!(
        code(client.mkdir(&format!("{secret}/d"), nobody, None).await),
        Code::Denied
    );
    assert_eq!(
        code(client.tar_out(&secret, nobody).await.map(drop)),
        Code::Denied
    );
    assert_eq!(
        code(put(client, &format!("{secret}/file"), nobody, b"y").await),
        Code::Denied
    );
    put(client, &format!("{open}/mine"), nobody, b"y").await.unwrap();
    client.mkdir(&format!("{open}/d/e"), nobody, None).await.unwrap();
    for made in ["mine", "d", "d/e"] {
        let found = std::fs::metadata(format!("{open}/{made}")).unwrap();
        assert_eq!((found.uid(), found.gid()), (65534, 65534), "{made}");
    }
    // Root's operations afterwards are root's: nothing stuck.
    assert_eq!(client.list(&secret, None, None).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn directories_are_listed_in_pages() {
    let agent = Agent::start();
    let many = agent.path("many");
    std::fs::create_dir(&many).unwrap();
    for i in 0..1234 {
        std::fs::write(format!("{many}/file-{i:04}-{}", "é".repeat(60)), "").unwrap();
    }
    symlink("file-0001", format!("{many}/link")).unwrap();
    symlink("/tmp", format!("{many}/tmp")).unwrap();
    let (mut names, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = agent.client.list(&many, None, after.as_deref()).await.unwrap();
        names.extend(page.entries.iter().map(|entry| entry.name.clone()));
        if let Some(link) = page.entries.iter().find(|entry| entry.name == "tmp") {
            assert_eq!(
                (link.kind, link.target.as_deref(), link.directory),
                (EntryKind::Link, Some("/tmp"), true)
            );
        }
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(pages > 2);
    assert_eq!(names.len(), 1236);
    assert!(names.is_sorted());
}

#[tokio::test]
async fn directories_are_made_renamed_and_removed() {
    let agent = Agent::start();
    let client = &agent.client;
    let at = |name: &str| agent.path(name);
    client.mkdir(&at("x/y/z"), None, None).await.unwrap();
    client.mkdir(&at("x/y/z"), None, None).await.unwrap();
    assert_eq!(code(client.remove(&at("x"), None, false).await), Code::Exists);
    client.rename(&at("x/y"), &at("w"), None).await.unwrap();
    assert!(client.stat(&at("w/z"), None).await.unwrap().directory);
    symlink(agent.dir.path(), at("w/z/up")).unwrap();
    client.remove(&at("w"), None, true).await.unwrap();
    assert_eq!(code(client.stat(&at("w"), None).await), Code::NotFound);
    assert!(
        Path::new(&at("x")).exists(),
        "the link was removed, not what it leads to"
    );
    assert_eq!(code(client.list(&at("none"), None, None).await), Code::NotFound);
    assert_eq!(
        code(client.read(&at("x"), None, 0, None).await.map(drop)),
        Code::Invalid
    );
    assert_eq!(
        code(client.read("/dev/zero", None, 0, None).await.map(drop)),
        Code::Invalid
    );
}

#[tokio::test]
async fn create_new_replaces_nothing() {
    let agent = Agent::start();
    let path = agent.path("file");
    put(&agent.client, &path, None, b"old").await.unwrap();
    let request = WriteRequest {
        path: path.clone(),
        create_new: true,
        ..WriteRequest::default()
    };
    let writer = agent.client.write(request).await.unwrap();
    assert_eq!(code(writer.finish().await), Code::Exists);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
}

#[tokio::test]
async fn a_tree_goes_out_and_in_as_it_was() {
    let agent = Agent::start();
    let tree = agent.path("tree");
    let deep = format!("{tree}/{}", "directory-with-a-long-name/".repeat(12));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(format!("{deep}/leaf"), "deep").unwrap();
    std::fs::write(format!("{tree}/program"), vec![7; 300_000]).unwrap();
    std::fs::set_permissions(format!("{tree}/program"), std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink("program", format!("{tree}/link")).unwrap();
    symlink("/nowhere", format!("{tree}/broken")).unwrap();
    std::fs::create_dir(format!("{tree}/closed")).unwrap();
    std::fs::write(format!("{tree}/closed/inside"), "x").unwrap();
    std::fs::set_permissions(format!("{tree}/closed"), std::fs::Permissions::from_mode(0o555)).unwrap();
    let archive = pack(&agent.client, &tree).await;
    let copy = agent.path("copy");
    unpack(&agent.client, &copy, &archive).await.unwrap();
    let same = std::process::Command::new("diff")
        .args(["-r", "--no-dereference", &tree, &format!("{copy}/tree")])
        .status();
    assert!(same.unwrap().success());
    let mode = |name: &str| std::fs::metadata(format!("{copy}/tree/{name}")).unwrap().mode() & 0o777;
    assert_eq!((mode("program"), mode("closed")), (0o755, 0o555));
    // Again, over what is there.
    unpack(&agent.client, &copy, &archive).await.unwrap();
    // And a single file.
    let archive = pack(&agent.client, &format!("{tree}/program")).await;
    assert_eq!(
        unpack(&agent.client, &agent.path("single"), &archive)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        std::fs::read(agent.path("single/program")).unwrap().len(),
        300_000
    );
}

/// An archive with names and targets that the tar library would refuse to write.
fn archive(entries: &[(&str, tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, target, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[tokio::test]
async fn no_archive_leaves_its_directory() {
    use tar::EntryType::{Char, Directory, Link, Regular, Symlink};
    let agent = Agent::start();
    let outside = agent.path("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(format!("{outside}/victim"), "untouched").unwrap();
    let into = agent.path("into");
    std::fs::create_dir(&into).unwrap();
    symlink(&outside, format!("{into}/there")).unwrap();
    let absolute = format!("{outside}/victim");
    let attacks: Vec<Vec<u8>> = vec![
        archive(&[("../outside/victim", Regular, "", b"bad")]),
        archive(&[(&absolute, Regular, "", b"bad")]),
        archive(&[("there/victim", Regular, "", b"bad")]),
        archive(&[("there/new", Directory, "", b"")]),
        archive(&[
            ("l", Symlink, "../outside", b""),
            ("l/victim", Regular, "", b"bad"),
        ]),
        archive(&[("l", Symlink, &outside, b""), ("l/d/e", Regular, "", b"bad")]),
        archive(&[
            ("a", Symlink, ".", b""),
            ("a/b", Symlink, "../../outside", b""),
            ("b/victim", Regular, "", b"bad"),
        ]),
        archive(&[("h", Link, "../outside/victim", b"")]),
        archive(&[("h", Link, "there/victim", b"")]),
        archive(&[("dev", Char, "", b"")]),
        archive(&[("x/../../outside/victim", Regular, "", b"bad")]),
    ];
    for (index, attack) in attacks.iter().enumerate() {
        let result = unpack(&agent.client, &into, attack).await;
        assert!(
            matches!(result, Err(Error::Refused(_))),
            "attack {index}: {result:?}"
        );
        assert_eq!(std::fs::read(&absolute).unwrap(), b"untouched", "attack {index}");
        let names: Vec<_> = std::fs::read_dir(&outside)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["victim"], "attack {index}");
    }
    // A link over which a file of the same name is written is replaced, not followed.
    let replace = archive(&[("f", Symlink, &absolute, b""), ("f", Regular, "", b"mine")]);
    assert_eq!(unpack(&agent.client, &into, &replace).await.unwrap(), 2);
    assert_eq!(std::fs::read(&absolute).unwrap(), b"untouched");
    assert_eq!(std::fs::read(format!("{into}/f")).unwrap(), b"mine");
    // A link that stays inside may be written through.
    let inner = archive(&[
        ("d", Directory, "", b""),
        ("in", Symlink, "d", b""),
        ("in/f", Regular, "", b"ok"),
    ]);
    let inner_into = agent.path("inner");
    unpack(&agent.client, &inner_into, &inner).await.unwrap();
    assert_eq!(std::fs::read(format!("{inner_into}/d/f")).unwrap(), b"ok");
}

#[tokio::test]
async fn a_broken_archive_is_refused_with_a_reason() {
    let agent = Agent::start();
    let result = unpack(&agent.client, &agent.path("into"), &[b'x'; 5000]).await;
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
}
