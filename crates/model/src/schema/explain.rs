//! What `toft explain workspace.spec.lifecycle` tells, read off the schemas.

use serde_json::Value;

use crate::meta::Kind;

/// What is known about one field, or about a whole kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The kind that it belongs to.
    pub kind: Kind,
    /// Its path below the kind; empty for the kind itself.
    pub path: Vec<String>,
    /// Its type in words: `string`, `list of object`, `quantity` …
    pub type_name: String,
    /// What it means.
    pub description: String,
    /// What it is when left out, as JSON.
    pub default: Option<String>,
    /// The values that it may have, where they are few.
    pub options: Vec<String>,
    /// What stands below it.
    pub fields: Vec<Field>,
}

/// A field in the list below another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub type_name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub description: String,
}

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The first word is no kind.
    #[error("'{0}' is not a kind; known are workspace, template, image and event")]
    UnknownKind(String),
    /// A word after it is no field there.
    #[error("'{path}' has no field '{field}'; it has {known}")]
    UnknownField {
        /// Where the path ended.
        path: String,
        /// What was looked for.
        field: String,
        /// What is there, for people.
        known: String,
    },
}

/// Explains a kind or one of its fields, by a path such as `workspace.spec.lifecycle`.
///
/// # Errors
/// The path leads nowhere; the error lists what is there.
pub fn explain(path: &str) -> Result<Explanation, ExplainError> {
    let mut words = path.split('.');
    let first = words.next().unwrap_or_default();
    let kind = Kind::parse(first).ok_or_else(|| ExplainError::UnknownKind(crate::validate::clip(first)))?;
    let root = super::schema(kind);
    let mut node = &root;
    let mut walked = Vec::new();
    for word in words {
        let inside = below(node);
        node = inside
            .and_then(|fields| fields.get(word))
            .ok_or_else(|| ExplainError::UnknownField {
                path: std::iter::once(kind.singular())
                    .chain(walked.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join("."),
                field: crate::validate::clip(word),
                known: known(inside),
            })?;
        walked.push(word.to_owned());
    }
    Ok(Explanation {
        kind,
        path: walked,
        type_name: type_name(node),
        description: text(node),
        default: node.get("default").map(Value::to_string),
        options: options(node),
        fields: fields(node),
    })
}

/// The properties of an object, or of the objects of a list or map.
fn below(node: &Value) -> Option<&serde_json::Map<String, Value>> {
    let inside = ["items", "additionalProperties"]
        .iter()
        .find_map(|key| node.get(*key));
    inside.unwrap_or(node).get("properties")?.as_object()
}

fn known(fields: Option<&serde_json::Map<String, Value>>) -> String {
    fields.map_or_else(
        || "none".to_owned(),
        |fields| fields.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
    )
}

fn fields(node: &Value) -> Vec<Field> {
    let owner = ["items", "additionalProperties"]
        .iter()
        .find_map(|key| node.get(*key))
        .unwrap_or(node);
    let required = |name: &str| {
        owner
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|known| known == name))
    };
    let fields = below(node).into_iter().flatten();
    fields
        .map(|(name, field)| Field {
            name: name.clone(),
            type_name: type_name(field),
            required: required(name),
            description: text(field),
        })
        .collect()
}

fn options(node: &Value) -> Vec<String> {
    let values = node.get("enum").and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

fn text(node: &Value) -> String {
    node.get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn type_name(node: &Value) -> String {
    if node.get("x-kubernetes-int-or-string").is_some() {
        return "quantity".to_owned();
    }
    match (
        node.get("type").and_then(Value::as_str),
        node.get("items"),
        node.get("additionalProperties"),
    ) {
        (Some("array"), Some(items), _) => format!("list of {}", type_name(items)),
        (Some("object"), _, Some(values)) => format!("map of {}", type_name(values)),
        (Some(name), _, _) => name.to_owned(),
        (None, _, _) => "any".to_owned(),
    }
}
