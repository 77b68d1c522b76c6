use super::*;

fn stored() -> Value {
    json!({
        "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
        "metadata": { "name": "dev", "namespace": "ada", "uid": "u1", "resourceVersion": "7", "generation": 2,
            "creationTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["toft.dev/workspace"] },
        "spec": { "template": "shell", "running": true },
        "status": { "phase": "Running" },
    })
}

#[test]
fn a_new_object_gets_its_place_and_loses_what_only_the_server_says() {
    let mut sent = stored();
    sent["metadata"]["resourceVersion"] = "".into();
    sent["metadata"]
        .as_object_mut()
        .unwrap()
        .shift_remove("namespace");
    let object = begin(Kind::Workspace, Some("ada"), sent).unwrap();
    assert_eq!(object["metadata"], json!({ "name": "dev", "namespace": "ada" }));
    assert!(object.get("status").is_none());
    assert!(
        begin(Kind::Workspace, Some("ada"), stored()).is_err(),
        "a version on a new object"
    );
    let mut other = stored();
    other["metadata"]["resourceVersion"] = Value::Null;
    assert!(
        begin(Kind::Workspace, Some("bob"), other).is_err(),
        "another namespace"
    );
}

#[test]
fn a_generated_name_fits_its_kind() {
    let sent = json!({ "metadata": { "generateName": "a-very-long-prefix-for-a-workspace-" } });
    let object = begin(Kind::Workspace, Some("ada"), sent).unwrap();
    let name = object["metadata"]["name"].as_str().unwrap();
    assert_eq!(name.len(), name::WORKSPACE_MAX);
    assert!(name.starts_with("a-very-long-prefix"));
}

#[test]
fn a_change_keeps_what_the_server_keeps() {
    let before = stored();
    let sent = json!({
        "metadata": { "name": "dev", "labels": { "a": "b" }, "generation": 99, "finalizers": [], "deletionTimestamp": "2026-01-01T00:00:00Z" },
        "spec": { "template": "shell", "running": false },
        "status": { "phase": "Stopped" },
    });
    let after = replace(Kind::Workspace, &before, sent).unwrap();
    for field in [
        "uid",
        "resourceVersion",
        "generation",
        "finalizers",
        "creationTimestamp",
        "namespace",
    ] {
        assert_eq!(after["metadata"][field], before["metadata"][field], "{field}");
    }
    assert!(after["metadata"].get("deletionTimestamp").is_none());
    assert_eq!(after["metadata"]["labels"], json!({ "a": "b" }));
    assert_eq!(
        (&after["spec"]["running"], &after["status"]),
        (&json!(false), &before["status"])
    );
}

#[test]
fn a_stale_or_misplaced_change_is_refused() {
    let before = stored();
    let with = |key: &str, value: &str| {
        let mut sent = stored();
        sent["metadata"][key] = value.into();
        replace(Kind::Workspace, &before, sent).unwrap_err()
    };
    assert_eq!(with("resourceVersion", "6").reason(), "Conflict");
    assert_eq!(with("uid", "u0").reason(), "Conflict");
    assert_eq!(with("name", "other").reason(), "BadRequest");
    assert_eq!(with("namespace", "bob").reason(), "BadRequest");
}

#[test]
fn the_template_stays_and_what_came_with_toft_keeps_its_spec_and_mark() {
    let before = stored();
    let mut after = stored();
    after["spec"]["template"] = "desktop".into();
    let error = check_change(Kind::Workspace, &before, &mut after).unwrap_err();
    assert_eq!(
        error.to_status()["details"]["causes"][0]["field"],
        "spec.template"
    );

    let own = json!({ "metadata": { "name": "shell", "labels": { BUILT_IN: "true" } }, "spec": { "a": 1 } });
    let mut changed = json!({ "metadata": { "name": "shell" }, "spec": { "a": 2 } });
    assert_eq!(
        check_change(Kind::Template, &own, &mut changed)
            .unwrap_err()
            .reason(),
        "Forbidden"
    );
    let mut unmarked = json!({ "metadata": { "name": "shell" }, "spec": { "a": 1 } });
    check_change(Kind::Template, &own, &mut unmarked).unwrap();
    assert!(is_built_in(&unmarked));
    let mut forged = own.clone();
    check_change(Kind::Template, &unmarked_of(&own), &mut forged).unwrap();
    assert!(!is_built_in(&forged));
}

fn unmarked_of(object: &Value) -> Value {
    let mut object = object.clone();
    object["metadata"].as_object_mut().unwrap().shift_remove("labels");
    object
}
