use serde_json::Value;

use super::*;

const KINDS: [Kind; 4] = [Kind::Workspace, Kind::Template, Kind::Image, Kind::Snapshot];

/// The rules of apiextensions.k8s.io/v1 for a structural schema, checked at every node.
fn assert_structural(path: &str, node: &Value) {
    let object = node
        .as_object()
        .unwrap_or_else(|| panic!("{path}: not an object: {node}"));
    let either = object.contains_key("x-kubernetes-int-or-string");
    assert!(
        either || object.get("type").is_some_and(Value::is_string),
        "{path}: no type: {node}"
    );
    for key in [
        "$ref",
        "oneOf",
        "allOf",
        "not",
        "const",
        "nullable",
        "definitions",
        "$defs",
        "title",
    ] {
        assert!(!object.contains_key(key), "{path}: has {key}");
    }
    assert_eq!(object.contains_key("anyOf"), either, "{path}: anyOf");
    assert_ne!(object.get("default"), Some(&Value::Null), "{path}: default null");
    let maps = object.get("additionalProperties");
    assert!(
        maps.is_none_or(Value::is_object),
        "{path}: additionalProperties {maps:?}"
    );
    assert!(
        maps.is_none() || !object.contains_key("properties"),
        "{path}: both kinds of properties"
    );
    if object.get("type") == Some(&Value::from("array")) {
        assert!(object.contains_key("items"), "{path}: an array without items");
    }
    for key in ["items", "additionalProperties"] {
        if let Some(child) = object.get(key) {
            assert_structural(&format!("{path}.{key}"), child);
        }
    }
    for (name, child) in object
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        assert_structural(&format!("{path}.{name}"), child);
    }
}

#[test]
fn every_crd_is_structural() {
    for kind in KINDS {
        let crd = crd(kind).unwrap();
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert_structural(kind.as_str(), schema);
        assert_eq!(schema["properties"]["metadata"], json!({ "type": "object" }));
        assert_eq!(crd["metadata"]["name"], format!("{}.toft.dev", kind.plural()));
    }
    assert!(crd(Kind::Event).is_none());
}

#[test]
fn quantities_are_int_or_string_and_enums_list_their_values() {
    let schema = schema(Kind::Workspace);
    let cpu =
        &schema["properties"]["spec"]["properties"]["resources"]["properties"]["limits"]["properties"]["cpu"];
    assert_eq!(cpu["x-kubernetes-int-or-string"], true);
    assert!(cpu["description"].as_str().unwrap().contains("500m"));
    let phase = &schema["properties"]["status"]["properties"]["phase"];
    assert_eq!(phase["type"], "string");
    assert_eq!(phase["enum"].as_array().unwrap().len(), 8);
    assert!(
        phase["description"]
            .as_str()
            .unwrap()
            .contains("Queued: Waits for room")
    );
}

#[test]
fn explains_a_kind_and_a_field() {
    let kind = explain("workspace").unwrap();
    assert!(
        kind.fields
            .iter()
            .any(|field| field.name == "spec" && field.required)
    );
    let lifecycle = explain("ws.spec.lifecycle").unwrap();
    assert_eq!(lifecycle.type_name, "object");
    assert!(
        lifecycle.description.contains("stops and restarts"),
        "{lifecycle:?}"
    );
    assert!(
        lifecycle
            .fields
            .iter()
            .any(|field| field.name == "stopGraceSeconds")
    );
    let grace = explain("workspace.spec.lifecycle.stopGraceSeconds").unwrap();
    assert_eq!(grace.default.as_deref(), Some("10"));
    let app = explain("template.spec.apps.name").unwrap();
    assert_eq!(app.type_name, "string");
}

#[test]
fn tells_what_is_there_when_a_path_leads_nowhere() {
    let error = explain("workspace.spec.bogus").unwrap_err().to_string();
    assert!(
        error.contains("'workspace.spec' has no field 'bogus'") && error.contains("template"),
        "{error}"
    );
    assert!(
        explain("pod")
            .unwrap_err()
            .to_string()
            .contains("workspace, template, image")
    );
}
