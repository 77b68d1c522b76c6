use super::*;

fn directory() -> Directory {
    let mut config = GatewayConfig::new(Domain::parse("lab.example.org").unwrap(), "/nowhere".into());
    config.host_names = vec!["Box.lab.example.org".into(), "box".into()];
    Directory::new(&config)
}

fn place(text: &str) -> Place {
    directory().place(&Authority::parse(text).unwrap(), None)
}

#[test]
fn names_are_the_uis_an_apps_or_nobodys() {
    for ui in [
        "lab.example.org",
        "LAB.example.org.:8443",
        "box",
        "box.lab.example.org",
        "localhost",
        "10.1.2.3:8443",
        "[::1]",
    ] {
        assert_eq!(place(ui), Place::Ui, "{ui}");
    }
    let host = Arc::new(AppHost::from_label("web--lab--alice").unwrap());
    assert_eq!(
        place("web--lab--alice.lab.example.org:8443"),
        Place::App { host, port: None }
    );
    for none in [
        "example.org",
        "xlab.example.org",
        "a.lab.example.org",
        "x.web--lab--alice.lab.example.org",
        "web--lab--alice.example.org",
        "evil.example",
        "box.evil.example",
    ] {
        assert_eq!(place(none), Place::Unknown, "{none}");
    }
}

#[test]
fn a_port_of_its_own_is_the_apps_under_every_name_of_the_host() {
    let directory = directory();
    let host = Arc::new(AppHost::from_label("web--lab--alice").unwrap());
    directory.set_app_port(9000, Some(&host));
    assert_eq!(directory.app_at("10.1.2.3:9000"), Some(AppHost::clone(&host)));
    assert_eq!(directory.app_at("box:9000"), Some(AppHost::clone(&host)));
    for other in [
        "10.1.2.3:9001",
        "evil.example:9000",
        "10.1.2.3",
        "other--lab--alice.lab.example.org:9000",
    ] {
        assert_eq!(directory.app_at(other), None, "{other}");
    }
    directory.set_ui_port(8443);
    let authority = Authority::parse("box:9000").unwrap();
    assert_eq!(directory.ui_authority_for(&authority, Some(9000)), "box:8443");
    directory.set_app_port(9000, None);
    assert_eq!(directory.app_at("10.1.2.3:9000"), None);
}

#[test]
fn apps_are_named_in_the_way_the_visitor_came() {
    let directory = directory();
    directory.set_ui_port(8443);
    let port = |host: &str| Way::Port(host.to_owned());
    for wildcard in [false, true] {
        directory.set_wildcard(wildcard);
        assert_eq!(directory.way("10.1.2.3:8443"), port("10.1.2.3"));
        assert_eq!(directory.way("[2001:db8::1]:8443"), port("[2001:db8::1]"));
        assert_eq!(directory.way("box:8443"), port("box"));
    }
    let name = |authority: &str| Way::Name(authority.to_owned());
    assert_eq!(
        directory.way("lab.example.org:9443"),
        name("lab.example.org:9443")
    );
    directory.set_wildcard(false);
    assert_eq!(directory.way("lab.example.org:9443"), port("lab.example.org"));
    assert!(directory.is_ui("box:1") && !directory.is_ui("evil.example"));
}
