use super::*;

fn file(text: &str) -> Outcome<File> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("toft.yaml");
    std::fs::write(&path, text).unwrap();
    read(&path)
}

#[test]
fn the_file_says_where_and_how() {
    let read = file("dataDir: /srv/toft\nlisten: ['127.0.0.1:8443']\ndomain: box.lan\n").unwrap();
    assert_eq!(read.data_dir.as_deref(), Some(Path::new("/srv/toft")));
    assert_eq!((read.listen.len(), read.domain.as_deref()), (1, Some("box.lan")));
}

#[test]
fn an_unknown_line_is_an_error() {
    let failure = file("listem: []\n").unwrap_err();
    assert!(failure.to_string().contains("listem"), "{failure}");
}
