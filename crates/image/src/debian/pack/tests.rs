use super::*;

#[test]
fn the_digest_is_that_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("a"), "content").unwrap();
    let path = dir.path().join("packed");
    let (_, digest) = pack(&root, File::create(&path).unwrap(), &Cancel::default()).unwrap();
    assert_eq!(digest, Digest::of(&fs::read(path).unwrap()));
}

#[test]
fn what_cannot_be_packed_is_said_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let error = pack(dir.path(), tempfile::tempfile().unwrap(), &Cancel::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("pipe: only files, directories and links can be packed"),
        "{error}"
    );
}
