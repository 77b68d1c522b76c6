use super::*;

fn object(spec: &Value) -> Value {
    json!({ "kind": "Workspace", "metadata": { "name": "dev" }, "spec": spec })
}

fn spec_patch(live: &Value, wanted: &Value) -> Value {
    patch(live, &annotated(wanted))["spec"].clone()
}

#[test]
fn applying_the_same_again_changes_nothing() {
    let live = annotated(&object(&json!({ "running": true })));
    assert_eq!(
        patch(&live, &annotated(&object(&json!({ "running": true })))),
        json!({})
    );
}

#[test]
fn what_the_file_says_no_more_goes_and_what_others_set_stays() {
    let mut live = annotated(&object(&json!({ "image": "a", "template": "shell" })));
    live["spec"]["running"] = false.into();
    let wanted = object(&json!({ "template": "web" }));
    assert_eq!(
        spec_patch(&live, &wanted),
        json!({ "template": "web", "image": null })
    );
}

#[test]
fn inner_fields_merge_by_themselves() {
    let mut live = annotated(&object(&json!({ "resources": { "limits": { "cpu": "1" } } })));
    live["spec"]["resources"]["limits"]["memory"] = "1Gi".into();
    let wanted = object(&json!({ "resources": { "limits": { "cpu": "2" } } }));
    assert_eq!(
        spec_patch(&live, &wanted),
        json!({ "resources": { "limits": { "cpu": "2" } } })
    );
}

#[test]
fn what_get_printed_can_be_applied() {
    let mut printed = annotated(&object(&json!({ "running": true })));
    printed["status"] = json!({ "phase": "Running" });
    printed["metadata"]["resourceVersion"] = "5".into();
    let again = annotated(&printed);
    assert!(again.get("status").is_none() && again["metadata"].get("resourceVersion").is_none());
    assert_eq!(patch(&printed, &again), json!({}));
}
