use serde_json::json;

use super::*;

fn selects(labels: &str, fields: &str) -> bool {
    let object = json!({ "metadata": { "name": "a" }, "status": { "phase": "Running" } });
    let own = BTreeMap::from([
        ("course".to_owned(), "rust".to_owned()),
        ("x/y".to_owned(), String::new()),
    ]);
    Selector::parse(labels, fields).unwrap().matches(&own, &object)
}

#[test]
fn labels_are_selected_in_every_way_that_kubectl_writes() {
    for yes in [
        "",
        "course=rust",
        "course==rust",
        "course!=go",
        "course",
        "!team",
        "course in (go, rust)",
        "course notin (go),x/y",
        "team!=a",
        "team notin (a,b)",
        "x/y=",
    ] {
        assert!(selects(yes, ""), "{yes}");
    }
    for no in [
        "course=go",
        "!course",
        "team",
        "course in (go)",
        "course notin (rust)",
        "course=rust,team=a",
    ] {
        assert!(!selects(no, ""), "{no}");
    }
}

#[test]
fn fields_are_selected_by_those_that_are_known() {
    assert!(selects("", "metadata.name=a,status.phase!=Stopped"));
    assert!(!selects("", "status.phase=Stopped"));
    assert!(selects("", "spec.template="), "a missing field is empty");
    let error = Selector::parse("", "spec.secret=1").unwrap_err();
    assert!(error.message().contains("status.phase"), "{}", error.message());
}

#[test]
fn nonsense_is_refused() {
    for bad in ["=a", "a b", "a in b", "a in (b", "-x=y", "a>1"] {
        assert!(Selector::parse(bad, "").is_err(), "{bad}");
    }
    assert!(Selector::parse(&"a,".repeat(40), "").is_err());
}
