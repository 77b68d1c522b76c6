//! Objects as a `Table`: the columns that kubectl, the command line and the UI show.

use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::Kind;

/// One column: its heading, its type, what it means, whether only wide output shows it, and how
/// its cell is made.
struct Column {
    name: &'static str,
    kind: &'static str,
    description: &'static str,
    wide: bool,
    cell: fn(&Value, Timestamp) -> Value,
}

/// What a row carries of its object beside the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

// === impl Include ===

impl Include {
    /// As `includeObject` says it.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "Metadata" => Some(Self::Metadata),
            "None" => Some(Self::None),
            "Object" => Some(Self::Object),
            _ => None,
        }
    }
}

/// A table of `objects`; `metadata` is that of the list.
pub fn table(
    kind: Option<Kind>,
    objects: &[Value],
    metadata: Value,
    include: Include,
    now: Timestamp,
) -> Value {
    let columns = columns(kind);
    let definitions: Vec<Value> = columns.iter().map(Column::definition).collect();
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| row(&columns, object, include, now))
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

/// An object without spec and status.
pub fn partial(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object.get("metadata").cloned().unwrap_or_else(|| json!({})),
    })
}

fn row(columns: &[Column], object: &Value, include: Include, now: Timestamp) -> Value {
    let cells: Vec<Value> = columns.iter().map(|column| (column.cell)(object, now)).collect();
    let mut row = json!({ "cells": cells });
    match include {
        Include::None => {}
        Include::Metadata => row["object"] = partial(object),
        Include::Object => row["object"] = object.clone(),
    }
    row
}

// === impl Column ===

impl Column {
    fn definition(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind,
            "format": if self.name == "Name" { "name" } else { "" },
            "description": self.description,
            "priority": i32::from(self.wide),
        })
    }
}

/// The columns of a kind; of namespaces where there is none.
fn columns(kind: Option<Kind>) -> Vec<Column> {
    match kind {
        Some(Kind::Workspace) => workspace_columns(),
        Some(Kind::Template) => vec![
            text("Name", "Its name.", false, |o, _| at(o, "/metadata/name")),
            text("Title", "Its title.", false, |o, _| at(o, "/spec/title")),
            text("Image", "What workspaces start from.", false, |o, _| {
                at(o, "/spec/image")
            }),
            text("Apps", "What a browser can open.", false, |o, _| {
                names(o, "/spec/apps")
            }),
            text("Built-In", "Whether it came with Toft.", true, |o, _| {
                at(o, "/status/builtIn")
            }),
            age(),
        ],
        Some(Kind::Image) => vec![
            text("Name", "Its name.", false, |o, _| at(o, "/metadata/name")),
            text("Phase", "Where it stands.", false, |o, _| at(o, "/status/phase")),
            text("Size", "What it takes on disk.", false, |o, _| size(o)),
            text("Digest", "What it holds.", false, |o, _| digest(o)),
            text("Source", "Where it comes from.", true, |o, _| source(o)),
            text("Message", "What it is at.", true, |o, _| at(o, "/status/message")),
            age(),
        ],
        Some(Kind::Snapshot) => vec![
            text("Name", "Its name.", false, |o, _| at(o, "/metadata/name")),
            text("Workspace", "Whose disk it holds.", false, |o, _| {
                at(o, "/spec/workspace")
            }),
            text("Phase", "Where it stands.", false, |o, _| at(o, "/status/phase")),
            text("Size", "What it held when it was taken.", false, |o, _| size(o)),
            text("Expires", "When it removes itself.", true, |o, _| {
                at(o, "/spec/expiresAt")
            }),
            text("Message", "Why it could not be taken.", true, |o, _| {
                at(o, "/status/message")
            }),
            age(),
        ],
        Some(Kind::Event) => vec![
            text("Last Seen", "When it happened last.", false, |o, now| {
                since(o, "/lastTimestamp", now)
            }),
            text("Type", "Whether people should look.", false, |o, _| {
                at(o, "/type")
            }),
            text("Reason", "What happened, in a word.", false, |o, _| {
                at(o, "/reason")
            }),
            text("Object", "What it happened to.", false, |o, _| involved(o)),
            text("Message", "What happened.", false, |o, _| at(o, "/message")),
            Column {
                kind: "integer",
                ..text("Count", "How often.", true, |o, _| at(o, "/count"))
            },
            text("Name", "Its own name.", true, |o, _| at(o, "/metadata/name")),
        ],
        None => vec![
            text("Name", "Its name.", false, |o, _| at(o, "/metadata/name")),
            text("Status", "Always Active.", false, |o, _| at(o, "/status/phase")),
            age(),
        ],
    }
}

fn workspace_columns() -> Vec<Column> {
    vec![
        text("Name", "Its name.", false, |o, _| at(o, "/metadata/name")),
        text("Template", "What it is made from.", false, |o, _| {
            at(o, "/spec/template")
        }),
        text("Phase", "Where it stands.", false, |o, _| at(o, "/status/phase")),
        text("Ready", "How many of its apps answer.", false, |o, _| ready(o)),
        text("CPU", "Cores that it may use.", false, |o, _| amount(o, "cpu")),
        text("Memory", "Memory that it may use.", false, |o, _| {
            amount(o, "memory")
        }),
        age(),
        text("Address", "Its address in its owner's network.", true, |o, _| {
            at(o, "/status/address")
        }),
        text("Host", "Where it runs.", true, |o, _| at(o, "/status/host")),
        text("Image", "What it started from.", true, |o, _| {
            at(o, "/spec/image")
        }),
        text(
            "Message",
            "What it is, why, and what happens next.",
            true,
            |o, _| at(o, "/status/message"),
        ),
    ]
}

const fn text(
    name: &'static str,
    description: &'static str,
    wide: bool,
    cell: fn(&Value, Timestamp) -> Value,
) -> Column {
    Column {
        name,
        kind: "string",
        description,
        wide,
        cell,
    }
}

const fn age() -> Column {
    text("Age", "Since when it is there.", false, |o, now| {
        since(o, "/metadata/creationTimestamp", now)
    })
}

fn at(object: &Value, pointer: &str) -> Value {
    match object.pointer(pointer) {
        Some(Value::String(text)) => text.as_str().into(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.clone(),
        _ => "".into(),
    }
}

fn names(object: &Value, pointer: &str) -> Value {
    let items = object
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    items
        .filter_map(|item| item.get("name")?.as_str())
        .collect::<Vec<_>>()
        .join(",")
        .into()
}

fn ready(object: &Value) -> Value {
    let apps = object
        .pointer("/status/apps")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let running = object.pointer("/status/phase").and_then(Value::as_str) == Some("Running");
    let answer = apps.iter().filter(|app| running && app["ready"] == true).count();
    format!("{answer}/{}", apps.len()).into()
}

/// What was admitted, or else what was asked for.
fn amount(object: &Value, resource: &str) -> Value {
    let places = [
        format!("/status/resources/limits/{resource}"),
        format!("/spec/resources/limits/{resource}"),
    ];
    places
        .iter()
        .map(|place| at(object, place))
        .find(|cell| *cell != "")
        .unwrap_or_else(|| "".into())
}

fn size(object: &Value) -> Value {
    let Some(bytes) = object.pointer("/status/sizeBytes").and_then(Value::as_u64) else {
        return "".into();
    };
    format!("{} MiB", bytes.div_ceil(1 << 20)).into()
}

fn digest(object: &Value) -> Value {
    let digest = object
        .pointer("/status/digest")
        .and_then(Value::as_str)
        .unwrap_or_default();
    digest
        .chars()
        .take("sha256:".len() + 12)
        .collect::<String>()
        .into()
}

fn source(object: &Value) -> Value {
    if let Some(reference) = object
        .pointer("/spec/source/oci/reference")
        .and_then(Value::as_str)
    {
        return reference.into();
    }
    let suite = object
        .pointer("/spec/source/debian/suite")
        .and_then(Value::as_str);
    suite.map_or_else(|| "".into(), |suite| format!("debian {suite}").into())
}

fn involved(object: &Value) -> Value {
    let part = |key: &str| object["involvedObject"][key].as_str().unwrap_or_default();
    format!("{}/{}", part("kind").to_ascii_lowercase(), part("name")).into()
}

fn since(object: &Value, pointer: &str, now: Timestamp) -> Value {
    let then = object
        .pointer(pointer)
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<Timestamp>().ok());
    then.map_or_else(
        || "<unknown>".into(),
        |then| ago(now.as_second() - then.as_second()).into(),
    )
}

/// A duration as kubectl writes ages: `42s`, `5m`, `3h`, `2d`.
fn ago(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..=119 => format!("{s}s"),
        s @ 120..=7_199 => format!("{}m", s / 60),
        s @ 7_200..=172_799 => format!("{}h", s / 3_600),
        s => format!("{}d", s / 86_400),
    }
}

#[cfg(test)]
mod tests;
