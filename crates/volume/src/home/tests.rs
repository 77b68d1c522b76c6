use std::os::unix::fs::{FileTypeExt, symlink};

use super::*;

fn made(skeleton: Option<&Path>) -> (tempfile::TempDir, Result<(), VolumeError>) {
    let home = tempfile::tempdir().unwrap();
    let result = fill(home.path(), skeleton, Owner::default());
    (home, result)
}

#[test]
fn the_skeleton_is_copied_for_its_new_owner() {
    let skeleton = tempfile::tempdir().unwrap();
    fs::create_dir(skeleton.path().join(".config")).unwrap();
    fs::write(skeleton.path().join(".config/tool"), "x").unwrap();
    fs::write(skeleton.path().join(".bashrc"), "alias").unwrap();
    fs::set_permissions(
        skeleton.path().join(".bashrc"),
        fs::Permissions::from_mode(0o6755),
    )
    .unwrap();
    symlink("/etc/passwd", skeleton.path().join("link")).unwrap();
    let (home, result) = made(Some(skeleton.path()));
    result.unwrap();
    for name in ["", ".bashrc", ".config", ".config/tool", "link"] {
        let meta = fs::symlink_metadata(home.path().join(name)).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (1000, 1000), "{name}");
    }
    assert_eq!(
        fs::read_link(home.path().join("link")).unwrap(),
        Path::new("/etc/passwd")
    );
    assert_eq!(
        fs::metadata(home.path().join(".bashrc")).unwrap().mode() & 0o7777,
        0o755
    );
    assert_eq!(fs::metadata(home.path()).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn without_a_skeleton_the_home_is_empty() {
    let (home, result) = made(None);
    result.unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_skeleton_that_leads_into_the_host_is_not_one() {
    let dir = tempfile::tempdir().unwrap();
    symlink("/etc", dir.path().join("skel")).unwrap();
    let (home, result) = made(Some(&dir.path().join("skel")));
    result.unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn pipes_in_a_skeleton_are_left_out_and_stop_nothing() {
    let skeleton = tempfile::tempdir().unwrap();
    let pipe = skeleton.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    let (home, result) = made(Some(skeleton.path()));
    result.unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_skeleton_beyond_reason_is_refused() {
    let skeleton = tempfile::tempdir().unwrap();
    let file = fs::File::create(skeleton.path().join("huge")).unwrap();
    file.set_len(MAX_BYTES + 1).unwrap();
    let (_home, result) = made(Some(skeleton.path()));
    assert!(matches!(result, Err(VolumeError::SkeletonTooLarge { .. })));
}
