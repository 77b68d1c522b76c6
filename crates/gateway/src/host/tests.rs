use proptest::prelude::*;

use super::*;

#[test]
fn domains_are_checked_and_normalised() {
    assert_eq!(Domain::parse("Toft.LocalHost.").unwrap().as_str(), "toft.localhost");
    for bad in ["", ".", "a..b", "-a.b", "a-.b", "a b", "a_b.c", "1.2.3.4", "0x7f.0x1", "münchen.de", &"a.".repeat(150)] {
        assert!(Domain::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn labels_say_app_workspace_and_owner() {
    let host = AppHost::from_label("8080--web-1--alice").unwrap();
    assert_eq!(host.app, AppName::Port(8080));
    assert_eq!((host.workspace.as_str(), host.owner.as_str()), ("web-1", "alice"));
    assert_eq!(AppHost::from_label("terminal--a--b").unwrap().app, AppName::Name("terminal".into()));
    assert_eq!(AppHost::from_label("3d--a--b").unwrap().app, AppName::Name("3d".into()));
    for bad in [
        "", "a", "a--b", "a--b--c--d", "--b--c", "a----c", "a--b--", "a---b--c", "a--b---c", "-a--b--c", "A--b--c",
        "0--a--b", "080--a--b", "65536--a--b", "99999999999--a--b", "a.b--c--d", "a--b--c.", "ä--b--c",
    ] {
        assert!(AppHost::from_label(bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_reads_back_the_same(label in "[a-z0-9.A-Z-]{0,70}|\\PC*") {
        if let Ok(host) = AppHost::from_label(&label) {
            prop_assert_eq!(host.to_string(), label);
        }
    }

    #[test]
    fn every_valid_triple_reads_back(
        app in "[a-z]([a-z0-9]{0,8}[a-z0-9])?",
        workspace in "[a-z0-9](-?[a-z0-9]){0,9}",
        owner in "[a-z0-9](-?[a-z0-9]){0,9}",
    ) {
        let host = AppHost::from_label(&format!("{app}--{workspace}--{owner}")).unwrap();
        prop_assert_eq!(host, AppHost { app: AppName::Name(app), workspace, owner });
    }
}
