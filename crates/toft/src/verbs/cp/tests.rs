use super::*;

fn there(owner: Option<&str>, name: &str, path: &str) -> Place {
    Place::There(
        Target {
            owner: owner.map(str::to_owned),
            name: name.to_owned(),
        },
        path.to_owned(),
    )
}

#[test]
fn sides_are_told_apart() {
    let read = |text: &str| text.parse::<Place>().unwrap();
    assert_eq!(read("-"), Place::Stream);
    assert_eq!(read("notes.txt"), Place::Here("notes.txt".into()));
    assert_eq!(read("./a:b"), Place::Here("./a:b".into()));
    assert_eq!(read("/a:b"), Place::Here("/a:b".into()));
    assert_eq!(read("dev:x/y"), there(None, "dev", "x/y"));
    assert_eq!(read("ada/site:/var/www"), there(Some("ada"), "site", "/var/www"));
    assert!("Dev:x".parse::<Place>().is_err());
}

#[tokio::test]
async fn what_is_read_arrives_whole() {
    let content: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let all = reading(std::io::Cursor::new(content.clone()))
        .collect()
        .await
        .unwrap()
        .to_bytes();
    assert_eq!(all, content);
}

#[tokio::test]
async fn a_folder_is_packed_with_its_links_as_links() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a"), "one").unwrap();
    std::os::unix::fs::symlink("a", dir.path().join("b")).unwrap();
    let all = packing(dir.path().to_owned()).collect().await.unwrap().to_bytes();
    let mut archive = tar::Archive::new(&all[..]);
    let mut kinds: Vec<(String, tar::EntryType)> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.path().unwrap().display().to_string(),
                entry.header().entry_type(),
            )
        })
        .collect();
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        kinds[1..],
        [
            ("a".into(), tar::EntryType::Regular),
            ("b".into(), tar::EntryType::Symlink)
        ]
    );
}
