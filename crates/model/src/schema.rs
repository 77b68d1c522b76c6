//! Schemas of the kinds: what OpenAPI serves, what a cluster's CRDs hold, what `toft explain` tells.
//!
//! They are derived from the same types that read the YAML, and then made *structural*, as
//! Kubernetes asks of a CRD: no references, no `additionalProperties: false`, one `type` at every
//! node, alternatives only where `x-kubernetes-int-or-string` allows them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::meta::Kind;
use crate::{Event, GROUP, Image, Snapshot, Template, VERSION, Workspace};

mod explain;

pub use explain::{ExplainError, Explanation, Field, explain};

/// The structural schema of a whole object of this kind, `metadata` and `status` included.
pub fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Workspace => of::<Workspace>(),
        Kind::Template => of::<Template>(),
        Kind::Image => of::<Image>(),
        Kind::Snapshot => of::<Snapshot>(),
        Kind::Event => of::<Event>(),
    }
}

/// The structural schema of any type, as it is read.
pub fn of<T: JsonSchema>() -> Value {
    make::<T>(settings())
}

/// The structural schema of any type, as it is written: what is always there is required, and what
/// may be null says so.
pub fn answer<T: JsonSchema>() -> Value {
    make::<T>(settings().for_serialize())
}

fn settings() -> SchemaSettings {
    SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    })
}

fn make<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let keep_null = settings.contract.is_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    make_structural(&mut schema, keep_null);
    schema
}

/// The `CustomResourceDefinition` that a cluster gets for this kind; none for kinds that
/// Kubernetes brings itself.
pub fn crd(kind: Kind) -> Option<Value> {
    if kind == Kind::Event {
        return None;
    }
    let mut schema = schema(kind);
    // The API server knows metadata better; a CRD must not describe it.
    schema["properties"]["metadata"] = json!({ "type": "object" });
    Some(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{}.{GROUP}", kind.plural()) },
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.as_str(),
                "listKind": format!("{kind}List"),
                "plural": kind.plural(),
                "singular": kind.singular(),
                "shortNames": kind.short_names(),
                "categories": ["toft"],
            },
            "scope": if kind.namespaced() { "Namespaced" } else { "Cluster" },
            "versions": [{
                "name": VERSION,
                "served": true,
                "storage": true,
                "schema": { "openAPIV3Schema": schema },
                "subresources": { "status": {} },
                "additionalPrinterColumns": printer_columns(kind),
            }],
        },
    }))
}

fn printer_columns(kind: Kind) -> Value {
    let column = |name: &str, path: &str| json!({ "name": name, "type": "string", "jsonPath": path });
    let age = json!({ "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" });
    match kind {
        Kind::Workspace => json!([
            column("Template", ".spec.template"),
            column("Phase", ".status.phase"),
            column("Message", ".status.message"),
            age
        ]),
        Kind::Template => json!([
            column("Title", ".spec.title"),
            column("Image", ".spec.image"),
            age
        ]),
        Kind::Image => json!([
            column("Phase", ".status.phase"),
            column("Digest", ".status.digest"),
            age
        ]),
        Kind::Snapshot => json!([
            column("Workspace", ".spec.workspace"),
            column("Phase", ".status.phase"),
            column("Taken", ".status.takenAt"),
            age
        ]),
        Kind::Event => json!([]),
    }
}

/// Rewrites a schema as schemars makes it into a structural one.
fn make_structural(node: &mut Value, keep_null: bool) {
    let Value::Object(object) = node else {
        // `true`: anything goes, which a structural schema says in its own way.
        *node = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
        return;
    };
    for key in ["title", "$schema", "writeOnly", "readOnly"] {
        object.remove(key);
    }
    if !keep_null {
        object.remove("nullable");
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if object.get("additionalProperties").is_some_and(Value::is_boolean) {
        object.remove("additionalProperties");
    }
    merge_alternatives(object);
    drop_foreign_format(object);
    if !object.contains_key("type") && !object.contains_key("x-kubernetes-int-or-string") {
        object.insert("type".to_owned(), "object".into());
        if !object.contains_key("properties") {
            object.insert("x-kubernetes-preserve-unknown-fields".to_owned(), true.into());
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(child) = object.get_mut(key) {
            make_structural(child, keep_null);
        }
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties
            .values_mut()
            .for_each(|property| make_structural(property, keep_null));
    }
}

/// Folds what schemars writes as alternatives: an enum whose values have descriptions, and
/// something optional beside `null`.
fn merge_alternatives(object: &mut Map<String, Value>) {
    for key in ["oneOf", "anyOf", "allOf"] {
        if key == "anyOf" && object.contains_key("x-kubernetes-int-or-string") {
            continue;
        }
        let Some(Value::Array(choices)) = object.remove(key) else {
            continue;
        };
        if let Some(values) = enumeration(&choices) {
            let notes = notes(&choices);
            object.insert("type".to_owned(), "string".into());
            object.insert("enum".to_owned(), values);
            append_description(object, &notes);
            continue;
        }
        for choice in choices {
            let Value::Object(choice) = choice else { continue };
            for (key, value) in choice {
                if key != "nullable" && !(key == "enum" && value == json!([null])) {
                    object.entry(key).or_insert(value);
                }
            }
        }
        // What was folded in may have alternatives of its own.
        merge_alternatives(object);
    }
}

/// All values, where every choice is one or more fixed strings.
fn enumeration(choices: &[Value]) -> Option<Value> {
    let mut values = Vec::new();
    for choice in choices {
        match (choice.get("const"), choice.get("enum")) {
            (Some(Value::String(value)), _) => values.push(Value::from(value.as_str())),
            (None, Some(Value::Array(some))) if some.iter().all(Value::is_string) => {
                values.extend(some.iter().cloned());
            }
            _ => return None,
        }
    }
    (!values.is_empty()).then_some(Value::Array(values))
}

/// What is said about each value, one line each.
fn notes(choices: &[Value]) -> String {
    let line = |choice: &Value| {
        let name = choice
            .get("const")
            .or_else(|| choice.get("enum")?.get(0))?
            .as_str()?
            .to_owned();
        let text = choice.get("description")?.as_str()?;
        Some(format!("{name}: {text}"))
    };
    choices.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn append_description(object: &mut Map<String, Value>, notes: &str) {
    if notes.is_empty() {
        return;
    }
    let text = match object.get("description").and_then(Value::as_str) {
        Some(text) => format!("{text}\n\n{notes}"),
        None => notes.to_owned(),
    };
    object.insert("description".to_owned(), text.into());
}

/// Formats that only Rust knows say nothing to others; their bounds stand beside them.
fn drop_foreign_format(object: &mut Map<String, Value>) {
    let known = ["int32", "int64", "float", "double", "date-time", "byte"];
    if object
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| !known.contains(&format))
    {
        object.remove("format");
    }
}

#[cfg(test)]
mod tests;
