use std::fs;

use tempfile::TempDir;

use super::*;

/// A `/proc` with one process, number 7 outside.
fn proc(status: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("7")).unwrap();
    fs::write(dir.path().join("stat"), "cpu 1 2 3\nbtime 1000000000\n").unwrap();
    // A name may hold brackets and spaces.
    let stat = format!("7 (a) b) S 1 1 1 0 -1 {} 500 0 0\n", "0 ".repeat(13).trim());
    fs::write(dir.path().join("7/stat"), stat).unwrap();
    fs::write(dir.path().join("7/status"), status).unwrap();
    dir
}

#[test]
fn the_first_process_of_its_namespace_is_found_with_its_beginning() {
    let dir = proc("Name:\ttoft\nState:\tS (sleeping)\nNSpid:\t7\t1\n");
    let init = examine(dir.path(), 7).unwrap();
    assert_eq!(init.pid, 7);
    let ticks = 500 * 1_000 / rustix::param::clock_ticks_per_second();
    assert_eq!(
        init.started_at,
        UNIX_EPOCH + Duration::from_secs(1_000_000_000) + Duration::from_millis(ticks)
    );
}

#[test]
fn others_the_dead_and_the_launcher_are_not_it() {
    for status in [
        "Name:\tsh\nState:\tS (sleeping)\nNSpid:\t7\t12\n",
        "Name:\tsh\nState:\tS (sleeping)\nNSpid:\t7\n",
        "Name:\ttoft\nState:\tZ (zombie)\nNSpid:\t7\t1\n",
        "Name:\trunc:[2:INIT]\nState:\tS (sleeping)\nNSpid:\t7\t1\n",
        "",
    ] {
        assert_eq!(examine(proc(status).path(), 7), None, "{status}");
    }
    assert_eq!(examine(Path::new("/nowhere"), 7), None);
}
