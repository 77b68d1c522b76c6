use serde_json::json;
use toft_model::{Template, Workspace};

use super::*;

fn causes<T: DeserializeOwned + std::fmt::Debug>(value: Value) -> toft_model::Cause {
    from_value::<T>(value).unwrap_err().causes.remove(0)
}

fn workspace(spec: Value) -> Value {
    json!({ "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace", "metadata": { "name": "a" }, "spec": spec })
}

#[test]
fn an_unknown_field_is_named_with_its_path_and_its_neighbours() {
    let cause = causes::<Workspace>(workspace(json!({ "lifecycle": { "graze": 3 } })));
    assert_eq!(cause.field, "spec.lifecycle.graze");
    assert!(cause.message.contains("stopGraceSeconds"), "{}", cause.message);
    let mut top = workspace(json!({}));
    top["specs"] = json!({});
    assert_eq!(causes::<Workspace>(top).field, "specs");
}

#[test]
fn an_ill_typed_field_is_named_with_its_path() {
    let cause = causes::<Workspace>(workspace(json!({ "running": "yes" })));
    assert_eq!(cause.field, "spec.running");
    let cause = causes::<Workspace>(workspace(json!({ "resources": { "limits": { "cpu": "lots" } } })));
    assert_eq!(cause.field, "spec.resources.limits.cpu");
    assert!(cause.message.contains("500m"), "{}", cause.message);
}

#[test]
fn a_missing_field_is_named_with_its_path() {
    let template = json!({ "apiVersion": "toft.dev/v1alpha1", "kind": "Template", "metadata": { "name": "a" },
        "spec": { "title": "A", "image": "a", "apps": [{ "title": "x" }] } });
    let cause = causes::<Template>(template);
    assert_eq!(
        (cause.field.as_str(), cause.reason),
        ("spec.apps[0].name", "FieldValueRequired")
    );
}

#[test]
fn yaml_is_read_where_it_is_named_or_nothing_is() {
    let mut headers = HeaderMap::new();
    assert_eq!(parse(&headers, b"a: [1, x]").unwrap(), json!({ "a": [1, "x"] }));
    headers.insert(
        header::CONTENT_TYPE,
        "application/json; charset=utf-8".parse().unwrap(),
    );
    assert!(parse(&headers, b"a: 1").is_err());
    headers.insert(
        header::CONTENT_TYPE,
        "application/vnd.kubernetes.protobuf".parse().unwrap(),
    );
    assert_eq!(
        parse(&headers, b"{}").unwrap_err().code(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}
