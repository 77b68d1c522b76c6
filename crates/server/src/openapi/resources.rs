//! The documents of the resource API, shaped as Kubernetes shapes its own: kubectl reads
//! `explain`, validation and `diff` off them.

use serde_json::{Map, Value, json};
use toft_model::{API_VERSION, GROUP, Kind, VERSION, schema};

use super::{info, security};

const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
const LIST_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";

/// One operation on a kind.
struct Verb {
    method: &'static str,
    action: &'static str,
    summary: &'static str,
    of_list: bool,
    parameters: &'static [&'static str],
}

const WRITE: &[&str] = &["dryRun", "fieldManager", "fieldValidation"];
const LIST: &[&str] = &[
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "watch",
];
const DELETE: &[&str] = &["dryRun", "gracePeriodSeconds", "propagationPolicy"];
const COLLECTION: &[&str] = &[
    "dryRun",
    "fieldSelector",
    "gracePeriodSeconds",
    "labelSelector",
    "propagationPolicy",
];

const VERBS: [Verb; 7] = [
    Verb {
        method: "get",
        action: "list",
        summary: "List or watch",
        of_list: true,
        parameters: LIST,
    },
    Verb {
        method: "post",
        action: "post",
        summary: "Create",
        of_list: true,
        parameters: WRITE,
    },
    Verb {
        method: "delete",
        action: "deletecollection",
        summary: "Delete all selected",
        of_list: true,
        parameters: COLLECTION,
    },
    Verb {
        method: "get",
        action: "get",
        summary: "Read",
        of_list: false,
        parameters: &[],
    },
    Verb {
        method: "put",
        action: "put",
        summary: "Replace",
        of_list: false,
        parameters: WRITE,
    },
    Verb {
        method: "patch",
        action: "patch",
        summary: "Change a part of",
        of_list: false,
        parameters: WRITE,
    },
    Verb {
        method: "delete",
        action: "delete",
        summary: "Delete",
        of_list: false,
        parameters: DELETE,
    },
];

/// Toft's own group.
pub fn own() -> Value {
    let kinds = [Kind::Workspace, Kind::Template, Kind::Image, Kind::Snapshot];
    let mut paths = Map::new();
    for kind in kinds {
        add_paths(&mut paths, kind);
    }
    document("Toft resources", &kinds, paths)
}

/// The part of the core group that is served.
pub fn core() -> Value {
    let mut paths = Map::new();
    add_paths(&mut paths, Kind::Event);
    for (path, action) in [
        ("/api/v1/namespaces", "list"),
        ("/api/v1/namespaces/{name}", "get"),
    ] {
        let parameters = if path.ends_with('}') {
            json!([path_parameter("name", None)])
        } else {
            query_parameters(&["fieldSelector", "labelSelector"])
        };
        let mut item = json!({ "get": {
            "operationId": format!("{action}CoreV1Namespace"),
            "summary": "Owners: one namespace for every person.",
            "tags": ["core_v1"],
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": { "group": "", "version": "v1", "kind": "Namespace" },
            "responses": responses(&json!({ "$ref": "#/components/schemas/io.k8s.api.core.v1.Namespace" })),
        } });
        item["parameters"] = parameters;
        paths.insert(path.to_owned(), item);
    }
    let mut document = document("Kubernetes core resources of Toft", &[Kind::Event], paths);
    document["components"]["schemas"]["io.k8s.api.core.v1.Namespace"] = namespace_schema();
    document
}

fn document(title: &str, kinds: &[Kind], paths: Map<String, Value>) -> Value {
    let mut schemas = Map::new();
    for kind in kinds {
        let mut schema = schema::schema(*kind);
        schema["x-kubernetes-group-version-kind"] = json!([gvk(*kind)]);
        schemas.insert(component(*kind), schema);
        schemas.insert(format!("{}List", component(*kind)), list_schema(*kind));
    }
    schemas.insert(STATUS.to_owned(), status_schema());
    schemas.insert(DELETE_OPTIONS.to_owned(), delete_options_schema());
    schemas.insert(LIST_META.to_owned(), list_meta_schema());
    json!({
        "openapi": "3.0.0",
        "info": info(title),
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": security() },
        "security": [{ "token": [] }, { "session": [] }],
    })
}

fn add_paths(paths: &mut Map<String, Value>, kind: Kind) {
    let root = if kind == Kind::Event {
        "/api/v1".to_owned()
    } else {
        format!("/apis/{API_VERSION}")
    };
    let (plural, own) = (kind.plural(), kind != Kind::Event);
    if kind.namespaced() {
        let everywhere = item(kind, &[], |verb| verb.action == "list", "ForAllNamespaces");
        paths.insert(format!("{root}/{plural}"), everywhere);
    }
    let (base, owner): (String, &[&str]) = if kind.namespaced() {
        (
            format!("{root}/namespaces/{{namespace}}/{plural}"),
            &["namespace"],
        )
    } else {
        (format!("{root}/{plural}"), &[])
    };
    let suffix = if kind.namespaced() { "Namespaced" } else { "" };
    let readable = |verb: &Verb| own || matches!(verb.action, "list" | "get");
    paths.insert(
        base.clone(),
        item(kind, owner, |verb| verb.of_list && readable(verb), suffix),
    );
    let one: Vec<&str> = owner.iter().copied().chain(["name"]).collect();
    paths.insert(
        format!("{base}/{{name}}"),
        item(kind, &one, |verb| !verb.of_list && readable(verb), suffix),
    );
    if own {
        let status = item(
            kind,
            &one,
            |verb| verb.action == "get",
            &format!("{suffix}Status"),
        );
        paths.insert(format!("{base}/{{name}}/status"), status);
    }
}

fn item(kind: Kind, path: &[&str], wanted: impl Fn(&Verb) -> bool, suffix: &str) -> Value {
    let mut item = Map::new();
    let parameters: Vec<Value> = path.iter().map(|name| path_parameter(name, Some(kind))).collect();
    for verb in VERBS.iter().filter(|verb| wanted(verb)) {
        item.insert(verb.method.to_owned(), operation(kind, verb, suffix));
    }
    item.insert("parameters".to_owned(), parameters.into());
    item.into()
}

fn operation(kind: Kind, verb: &Verb, suffix: &str) -> Value {
    let object = json!({ "$ref": format!("#/components/schemas/{}", component(kind)) });
    let answer = match verb.action {
        "list" | "deletecollection" => {
            json!({ "$ref": format!("#/components/schemas/{}List", component(kind)) })
        }
        // Gone at once, or on its way.
        "delete" => json!({ "anyOf": [{ "$ref": format!("#/components/schemas/{STATUS}") }, object] }),
        _ => object.clone(),
    };
    let group = if kind == Kind::Event {
        "CoreV1"
    } else {
        "ToftDevV1alpha1"
    };
    let mut operation = json!({
        "operationId": format!("{}{group}{suffix}{kind}", verb.action),
        "summary": format!("{} {}.", verb.summary, if verb.of_list { kind.plural() } else { kind.singular() }),
        "tags": [if kind == Kind::Event { "core_v1".to_owned() } else { format!("toftDev_{VERSION}") }],
        "x-kubernetes-action": verb.action,
        "x-kubernetes-group-version-kind": gvk(kind),
        "parameters": query_parameters(verb.parameters),
        "responses": responses(&answer),
    });
    if let Some(content) = body(kind, verb.action, &object) {
        let required = !verb.action.starts_with("delete");
        operation["requestBody"] = json!({ "content": content, "required": required });
    }
    if verb.action == "post" {
        let responses = &mut operation["responses"];
        responses["201"] = responses["200"].take();
        if let Some(responses) = responses.as_object_mut() {
            responses.shift_remove("200");
        }
    }
    operation
}

fn body(kind: Kind, action: &str, object: &Value) -> Option<Value> {
    let label = json!({ "course": "rust" });
    Some(match action {
        "post" | "put" => {
            let name = if action == "post" {
                "new"
            } else {
                example_name(kind)
            };
            let content = json!({ "schema": object, "example": example(kind, name) });
            json!({ "application/json": content, "application/yaml": content })
        }
        "patch" => json!({
            "application/merge-patch+json": {
                "schema": { "type": "object" },
                "example": { "metadata": { "labels": label } },
            },
            "application/json-patch+json": {
                "schema": json_patch_schema(),
                "example": [{ "op": "add", "path": "/metadata/labels", "value": label }],
            },
        }),
        "delete" | "deletecollection" => {
            let options = json!({ "$ref": format!("#/components/schemas/{DELETE_OPTIONS}") });
            json!({ "application/json": { "schema": options } })
        }
        _ => return None,
    })
}

fn json_patch_schema() -> Value {
    let operation = json!({
        "type": "object",
        "required": ["op", "path"],
        "properties": {
            "op": { "type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"] },
            "path": { "type": "string" },
            "from": { "type": "string" },
            "value": {},
        },
    });
    json!({ "type": "array", "items": operation })
}

fn responses(answer: &Value) -> Value {
    let status = json!({ "$ref": format!("#/components/schemas/{STATUS}") });
    json!({
        "200": { "description": "OK", "content": { "application/json": { "schema": answer } } },
        "default": { "description": "Refused", "content": { "application/json": { "schema": status } } },
    })
}

fn gvk(kind: Kind) -> Value {
    match kind {
        Kind::Event => json!({ "group": "", "version": "v1", "kind": "Event" }),
        _ => json!({ "group": GROUP, "version": VERSION, "kind": kind.as_str() }),
    }
}

fn component(kind: Kind) -> String {
    match kind {
        Kind::Event => "io.k8s.api.core.v1.Event".to_owned(),
        _ => format!("dev.toft.{VERSION}.{kind}"),
    }
}

fn path_parameter(name: &str, kind: Option<Kind>) -> Value {
    let (description, example) = match (name, kind) {
        ("namespace", _) => ("The owner.", Some("admin")),
        (_, Some(Kind::Event)) => ("The object's name.", None),
        (_, Some(kind)) => ("The object's name.", Some(example_name(kind))),
        (_, None) => ("The person's name.", Some("admin")),
    };
    let mut parameter = json!({
        "name": name, "in": "path", "required": true, "description": description, "schema": { "type": "string" },
    });
    if let Some(example) = example {
        parameter["example"] = example.into();
    }
    parameter
}

fn example_name(kind: Kind) -> &'static str {
    if kind == Kind::Workspace { "dev" } else { "course" }
}

/// An object that could be sent, under this name.
fn example(kind: Kind, name: &str) -> Value {
    let spec = match kind {
        Kind::Workspace => json!({ "template": "shell", "running": false }),
        Kind::Template => json!({
            "title": "Rust course", "image": "course",
            "apps": [{ "name": "terminal", "title": "Terminal", "kind": "terminal" }],
        }),
        Kind::Image => json!({ "source": { "oci": { "reference": "localhost:5000/course:1" } } }),
        Kind::Snapshot => json!({ "workspace": "dev" }),
        Kind::Event => Value::Null,
    };
    json!({ "apiVersion": kind.api_version(), "kind": kind.as_str(), "metadata": { "name": name }, "spec": spec })
}

fn query_parameters(names: &[&str]) -> Value {
    names.iter().map(|name| query_parameter(name)).collect()
}

fn query_parameter(name: &str) -> Value {
    let (schema, description) = match name {
        "dryRun" => (
            json!({ "type": "string", "enum": ["All"] }),
            "`All` checks everything and changes nothing.",
        ),
        "fieldManager" => (
            text(),
            "Accepted and not kept: this server tracks no field managers.",
        ),
        "fieldValidation" => (
            json!({ "type": "string", "enum": ["Ignore", "Warn", "Strict"] }),
            "Accepted: unknown fields are always refused.",
        ),
        "fieldSelector" => (text(), "Selects by fields, as `status.phase=Running`."),
        "labelSelector" => (text(), "Selects by labels, as `course=rust`."),
        "limit" => (
            whole_number(None),
            "At most so many; the answer says how to go on.",
        ),
        "continue" => (text(), "Goes on with a list, by what its last part said."),
        "watch" => (
            json!({ "type": "boolean" }),
            "Streams changes, one JSON object a line.",
        ),
        "resourceVersion" => (text(), "Watches from here on; 410 where that is too long ago."),
        "resourceVersionMatch" => (text(), "Accepted: lists are always of now."),
        "allowWatchBookmarks" => (json!({ "type": "boolean" }), "Sends bookmarks now and then."),
        "timeoutSeconds" => (whole_number(None), "Ends a watch after so long."),
        "gracePeriodSeconds" => (
            whole_number(Some(600)),
            "Seconds that what runs gets to end by itself.",
        ),
        _ => (
            text(),
            "Accepted: everything that belongs to an object goes with it.",
        ),
    };
    let mut parameter = json!({ "name": name, "in": "query", "description": description, "schema": schema });
    // Whoever tries an example out changes nothing.
    let example = match name {
        "dryRun" => json!("All"),
        "limit" => json!(50),
        "labelSelector" => json!("course=rust"),
        "fieldSelector" => json!("metadata.name=dev"),
        _ => return parameter,
    };
    parameter["example"] = example;
    parameter
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn whole_number(most: Option<u32>) -> Value {
    let mut schema = json!({ "type": "integer", "minimum": 0 });
    if let Some(most) = most {
        schema["maximum"] = most.into();
    }
    schema
}

fn list_schema(kind: Kind) -> Value {
    json!({
        "type": "object",
        "description": format!("A list of {}.", kind.plural()),
        "required": ["apiVersion", "kind", "metadata", "items"],
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": { "$ref": format!("#/components/schemas/{LIST_META}") },
            "items": { "type": "array", "items": { "$ref": format!("#/components/schemas/{}", component(kind)) } },
        },
        "x-kubernetes-group-version-kind": [{
            "group": gvk(kind)["group"], "version": gvk(kind)["version"], "kind": format!("{kind}List"),
        }],
    })
}

fn list_meta_schema() -> Value {
    json!({
        "type": "object",
        "description": "What is known about a list.",
        "properties": {
            "resourceVersion": { "type": "string", "description": "Watch from here to miss nothing." },
            "continue": { "type": "string", "description": "Goes on with the list." },
            "remainingItemCount": { "type": "integer", "format": "int64" },
        },
    })
}

fn namespace_schema() -> Value {
    json!({
        "type": "object",
        "description": "An owner: every person has one. Made and removed with the person.",
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": { "type": "object", "properties": { "name": { "type": "string" } } },
            "status": { "type": "object", "properties": { "phase": { "type": "string" } } },
        },
        "x-kubernetes-group-version-kind": [{ "group": "", "version": "v1", "kind": "Namespace" }],
    })
}

pub(super) fn status_schema() -> Value {
    json!({
        "type": "object",
        "description": "How a request went.",
        "required": ["apiVersion", "kind", "metadata", "status"],
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": list_meta_schema(),
            "status": { "type": "string", "enum": ["Success", "Failure"] },
            "message": { "type": "string", "description": "A sentence for people." },
            "reason": { "type": "string", "description": "One word for programs." },
            "code": { "type": "integer", "format": "int32" },
            "details": {
                "type": "object",
                "properties": {
                    "name": { "type": "string" },
                    "group": { "type": "string" },
                    "kind": { "type": "string" },
                    "uid": { "type": "string" },
                    "retryAfterSeconds": { "type": "integer", "format": "int32" },
                    "causes": { "type": "array", "items": { "type": "object", "properties": {
                        "reason": { "type": "string" },
                        "message": { "type": "string" },
                        "field": { "type": "string" },
                    } } },
                },
            },
        },
        "x-kubernetes-group-version-kind": [{ "group": "", "version": "v1", "kind": "Status" }],
    })
}

fn delete_options_schema() -> Value {
    json!({
        "type": "object",
        "description": "How to delete.",
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "dryRun": { "type": "array", "items": { "type": "string", "enum": ["All"] } },
            "gracePeriodSeconds": { "type": "integer", "format": "int64", "minimum": 0, "maximum": 600 },
            "propagationPolicy": { "type": "string" },
            "orphanDependents": { "type": "boolean" },
            "preconditions": {
                "type": "object",
                "properties": { "uid": { "type": "string" }, "resourceVersion": { "type": "string" } },
            },
        },
        "x-kubernetes-group-version-kind": [{ "group": GROUP, "version": VERSION, "kind": "DeleteOptions" }],
    })
}
