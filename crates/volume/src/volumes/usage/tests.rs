use super::*;

#[test]
fn files_are_counted_once_and_nothing_is_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("sub/file"), vec![1; 1 << 20]).unwrap();
    fs::hard_link(dir.path().join("sub/file"), dir.path().join("again")).unwrap();
    std::os::unix::fs::symlink("/", dir.path().join("link")).unwrap();
    let usage = measure(dir.path()).unwrap();
    assert!(usage.complete && usage.files == 4, "{usage:?}");
    assert!((1 << 20..(1 << 20) + 100_000).contains(&usage.bytes), "{usage:?}");
    assert_eq!(
        measure(&dir.path().join("none")).unwrap(),
        Usage {
            bytes: 0,
            files: 0,
            complete: true,
            limit_bytes: None
        }
    );
}

#[test]
fn beyond_the_bound_the_figure_is_a_lower_one_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for index in 0..10 {
        fs::write(dir.path().join(index.to_string()), "x").unwrap();
    }
    let usage = measure_within(dir.path(), 5, MAX_TIME).unwrap();
    assert_eq!((usage.files, usage.complete), (5, false));
    assert!(
        !measure_within(dir.path(), MAX_FILES, Duration::ZERO)
            .unwrap()
            .complete
    );
}
