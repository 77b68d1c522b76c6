use super::*;

#[test]
fn a_second_daemon_is_told_who_has_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let held = DirLock::take(dir.path()).unwrap();
    let error = DirLock::take(dir.path()).unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    drop(held);
    DirLock::take(dir.path()).unwrap();
}
