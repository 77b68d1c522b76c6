use super::*;

fn debian(edit: impl FnOnce(&mut DebianRecipe)) -> Result<(), String> {
    let mut recipe = DebianRecipe::minimal();
    edit(&mut recipe);
    ImageSource::Debian(recipe)
        .validate()
        .map_err(|error| error.to_string())
}

#[test]
fn the_recipes_of_the_house_are_valid() {
    ImageSource::Debian(DebianRecipe::shell()).validate().unwrap();
    ImageSource::Debian(DebianRecipe::minimal()).validate().unwrap();
}

#[test]
fn nothing_but_names_reaches_the_command_line() {
    for package in [
        "./evil.deb",
        "/tmp/x.deb",
        "?obsolete",
        "git,../x",
        "--option",
        "a b",
        "~n",
        "g",
        "GIT",
        "",
    ] {
        let error = debian(|recipe| recipe.packages.push(package.to_owned())).unwrap_err();
        assert_eq!(
            error,
            format!("invalid package {package:?}: expected a Debian package's name such as git")
        );
    }
    for suite in ["", "../x", "-x", "bookworm sid", "Bookworm", "stable/updates"] {
        assert!(
            debian(|recipe| suite.clone_into(&mut recipe.suite)).is_err(),
            "{suite}"
        );
    }
    for user in ["root", "a:b", "a\nb", "", "../x", "Ä"] {
        assert!(
            debian(|recipe| recipe.user = Some(user.to_owned())).is_err(),
            "{user}"
        );
    }
    assert!(
        debian(|recipe| recipe.packages = vec!["libstdc++6".into(), "g++".into(), "python3.11".into()])
            .is_ok()
    );
}

#[test]
fn references_are_those_of_docker_and_podman() {
    for good in [
        "debian",
        "debian:12",
        "127.0.0.1:5000/a/b:c",
        "ghcr.io/x/y@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        ImageSource::oci(good).validate().unwrap();
    }
    for bad in ["", "a/UPPER", "a b", "http://x/y", "../x", &"a".repeat(600)] {
        assert!(ImageSource::oci(bad).validate().is_err(), "{bad}");
    }
}

#[test]
fn equal_sources_have_equal_keys_and_others_do_not() {
    let recipe = ImageSource::Debian(DebianRecipe::minimal());
    assert_eq!(recipe.key(), recipe.clone().key());
    assert_ne!(recipe.key(), ImageSource::Debian(DebianRecipe::shell()).key());
    assert_ne!(ImageSource::oci("a").key(), ImageSource::oci("b").key());
}

#[test]
fn sources_are_plain_data() {
    let text = r#"{"debian":{"suite":"bookworm","packages":["git"],"user":"toft"}}"#;
    let source: ImageSource = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&source).unwrap(), text);
    assert!(serde_json::from_str::<ImageSource>(r#"{"oci":{"reference":"x","tag":"y"}}"#).is_err());
}
