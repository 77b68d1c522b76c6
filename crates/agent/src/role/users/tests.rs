use super::*;

fn root(passwd: &str, group: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    std::fs::write(root.path().join("etc/passwd"), passwd).unwrap();
    std::fs::write(root.path().join("etc/group"), group).unwrap();
    root
}

#[test]
fn finds_a_user_by_name_and_by_number() {
    let root = root(
        "root:x:0:0::/root:/bin/bash\nbroken\nada:x:1000:1000:Ada,,,:/home/ada:/usr/bin/fish\n",
        "root:x:0:\nsudo:x:27:bob,ada\nada:x:1000:\nvideo:x:44:adam\n",
    );
    let ada = find(root.path(), "ada").unwrap();
    assert_eq!(ada.groups, [27, 1000]);
    assert_eq!(
        (ada.uid, ada.home.as_str(), ada.shell.as_str()),
        (1000, "/home/ada", "/usr/bin/fish")
    );
    assert_eq!(find(root.path(), "1000").unwrap(), ada);
    assert_eq!(default_user(root.path()), "1000");
}

#[test]
fn a_root_without_files_has_numbers_and_root() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(find(root.path(), "root").unwrap().uid, 0);
    assert_eq!(find(root.path(), "1234").unwrap().gid, 1234);
    assert_eq!(find(root.path(), "ada").unwrap_err().code, Code::NotFound);
    assert_eq!(default_user(root.path()), "0");
}

#[test]
fn a_shell_or_home_that_is_no_path_is_replaced() {
    let root = root("ada:x:1000:1000:::\n", "");
    let ada = find(root.path(), "ada").unwrap();
    assert_eq!((ada.home.as_str(), ada.shell.as_str()), ("/", "/bin/sh"));
}
