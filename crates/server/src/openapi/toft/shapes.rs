//! Schemas of answers that are put together by hand, and the small language they are written in:
//! a field is there always unless its name ends with `?`, and never null unless its type does.

use serde_json::{Map, Value, json};
use toft_model::schema;

use crate::routes::toft::{login, tokens, users};

/// An object of these fields; `date` is a moment.
pub fn object(fields: &[(&str, &str)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, kind) in fields {
        let key = name.trim_end_matches('?');
        if key == *name {
            required.push(key);
        }
        properties.insert(key.to_owned(), field(kind));
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn field(kind: &str) -> Value {
    let plain = kind.trim_end_matches('?');
    let mut schema = match plain {
        "date" => json!({ "type": "string", "format": "date-time" }),
        "integer" => json!({ "type": "integer", "format": "int64" }),
        "strings" => json!({ "type": "array", "items": { "type": "string" } }),
        choices if choices.contains('|') => {
            json!({ "type": "string", "enum": choices.split('|').collect::<Vec<_>>() })
        }
        other => json!({ "type": other }),
    };
    if plain != kind {
        schema["nullable"] = true.into();
    }
    schema
}

/// The same with one more field, of a schema of its own.
fn with(mut object: Value, name: &str, schema: Value) -> Value {
    object["properties"][name] = schema;
    if let Some(required) = object["required"].as_array_mut() {
        required.push(name.into());
    }
    object
}

fn list(name: &str, items: &Value) -> Value {
    with(object(&[]), name, json!({ "type": "array", "items": items }))
}

pub fn host() -> Value {
    let amounts = object(&[
        ("cpuMilli", "integer"),
        ("memoryBytes", "integer"),
        ("diskBytes", "integer"),
    ]);
    let host = object(&[
        ("host", "string"),
        ("version", "string"),
        ("instance", "string"),
        ("domain", "string"),
        ("urls", "strings"),
    ]);
    ["capacity", "reserved", "free"]
        .into_iter()
        .fold(host, |host, key| with(host, key, amounts.clone()))
}

pub fn checks() -> Value {
    let check = [
        ("name", "string"),
        ("verdict", "ok|warn|fail"),
        ("detail", "string"),
        ("fix", "string"),
    ];
    list("checks", &object(&check))
}

const USAGE: [(&str, &str); 9] = [
    ("at", "date"),
    ("cpuMilli", "integer"),
    ("cpuLimitMilli", "integer?"),
    ("memoryBytes", "integer"),
    ("memoryLimitBytes", "integer?"),
    ("pids", "integer"),
    ("pidsLimit", "integer?"),
    ("diskBytes", "integer?"),
    ("diskLimitBytes", "integer?"),
];

pub fn usage() -> Value {
    let point = object(&[
        ("at", "date"),
        ("cpuMilli", "integer"),
        ("memoryBytes", "integer"),
    ]);
    with(
        object(&USAGE),
        "history",
        json!({ "type": "array", "items": point }),
    )
}

pub fn usages() -> Value {
    let item = with(object(&USAGE), "namespace", field("string"));
    list("items", &with(item, "name", field("string")))
}

pub fn removed() -> Value {
    list("removed", &object(&[("digest", "string"), ("bytes", "integer")]))
}

pub fn terminals() -> Value {
    let terminal = object(&[
        ("session", "string"),
        ("title", "string"),
        ("cols", "integer"),
        ("rows", "integer"),
        ("attached", "integer"),
        ("alive", "boolean"),
        ("createdAt", "date"),
        ("lastOutputAt", "date"),
    ]);
    list(
        "items",
        &with(
            terminal,
            "command",
            json!({ "type": "array", "items": { "type": "string" } }),
        ),
    )
}

pub fn entries() -> Value {
    let entry = [
        ("name", "string"),
        ("kind", "file|dir|symlink|other"),
        ("size", "integer"),
        ("mode", "integer"),
        ("uid", "integer"),
        ("gid", "integer"),
        ("mtime", "date"),
        ("target?", "string"),
        ("directory", "boolean"),
    ];
    let mut entries = list("entries", &object(&entry));
    entries["properties"]["truncated"] =
        json!({ "type": "boolean", "description": "Whether there are more than are listed." });
    entries
}

/// What writing answers: the file as it is now, or how much an archive held.
pub fn written() -> Value {
    json!({ "oneOf": [entries(), object(&[("entries", "integer"), ("bytes", "integer")])] })
}

pub fn created_user() -> Value {
    object(&[
        ("name", "string"),
        ("role", "admin|member"),
        ("links", "strings"),
        ("expiresAt", "date"),
    ])
}

pub fn link() -> Value {
    object(&[("url", "string"), ("target", "string"), ("expiresAt", "date")])
}

pub fn app() -> Value {
    json!({
        "type": "object",
        "properties": { "app": { "type": "string", "nullable": true, "description": "An app's name or a port; the first app where nothing is said." } },
        "additionalProperties": false,
        "example": {},
    })
}

pub fn new_user() -> Value {
    like(
        schema::of::<users::NewUser>(),
        json!({ "name": "grace", "role": "member" }),
    )
}

pub fn new_token() -> Value {
    let example = json!({ "name": "ci", "expiresInSeconds": 86400, "readOnly": true });
    like(schema::of::<tokens::NewToken>(), example)
}

pub fn link_body() -> Value {
    like(schema::of::<login::LinkBody>(), json!({}))
}

fn like(mut schema: Value, example: Value) -> Value {
    schema["example"] = example;
    schema
}

/// An object of any kind of resource.
pub fn resource() -> Value {
    let object = object(&[
        ("apiVersion", "string"),
        ("kind", "string"),
        ("metadata", "object"),
    ]);
    with(object, "spec", field("object"))
}

pub fn problem() -> Value {
    object(&[
        ("type", "string"),
        ("title", "string"),
        ("status", "integer"),
        ("detail", "string"),
        ("hint?", "string"),
    ])
}
