use std::os::unix::fs::PermissionsExt;

use super::*;

fn place(dir: &Path) -> Place {
    Place {
        run: dir.join("run"),
        home: dir.join("home"),
    }
}

#[test]
fn defaults_name_the_directory_that_they_lie_in() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(dir.path());
    place.write().unwrap();
    let channel = place
        .defaults()
        .join("xfce4/xfconf/xfce-perchannel-xml/xfce4-desktop.xml");
    let text = fs::read_to_string(channel).unwrap();
    let wallpaper = place.defaults().join("wallpaper.svg");
    assert!(wallpaper.is_file());
    assert!(text.contains(&format!("value=\"{}\"", wallpaper.display())));
    assert!(!text.contains(HERE));
}

#[test]
fn a_directory_that_others_can_enter_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(dir.path());
    fs::create_dir(&place.run).unwrap();
    fs::set_permissions(&place.run, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(place.write().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    fs::remove_dir(&place.run).unwrap();
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &place.run).unwrap();
    assert_eq!(place.write().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
}

#[test]
fn a_home_is_given_what_it_has_nothing_of_and_keeps_what_is_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(dir.path());
    place.seed().unwrap();
    let prefs = place.home.join(".mozilla/firefox/toft/prefs.js");
    assert!(prefs.is_file());
    fs::remove_file(&prefs).unwrap();
    place.seed().unwrap();
    assert!(!prefs.exists(), "a person's own profile is left alone");
}
