use super::*;

#[test]
fn the_space_comes_and_goes() {
    let dir = tempfile::tempdir().unwrap();
    let ballast = Ballast::new(dir.path());
    ballast.restore();
    assert_eq!(std::fs::metadata(ballast.path()).unwrap().len(), SIZE);
    ballast.release_if_short();
    assert!(ballast.path().exists(), "there is plenty of space here");
    assert!(ballast.check().is_ok());
}
