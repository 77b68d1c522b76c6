use super::*;

#[test]
fn the_space_is_taken_given_up_and_taken_again() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let ballast = Ballast::new(dir.path());
    for _ in 0..2 {
        ballast.fill();
        ballast.fill();
        let meta = fs::metadata(dir.path().join("ballast")).unwrap();
        assert_eq!((meta.len(), meta.blocks() * 512 >= BYTES), (BYTES, true));
        ballast.drop_it().unwrap();
        ballast.drop_it().unwrap();
        assert!(!dir.path().join("ballast").exists());
    }
}

#[test]
fn where_there_is_no_space_nothing_is_left_half_taken() {
    let ballast = Ballast::new(Path::new("/dev/null/nowhere"));
    ballast.fill();
}
