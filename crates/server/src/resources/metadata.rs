//! The part of an object that the server keeps: filled in for a new one, carried over for a
//! changed one, whatever a client sent.

use jiff::Timestamp;
use rand::Rng;
use serde_json::{Value, json};
use toft_model::{Kind, SnapshotStatus, WorkspaceStatus, name, snapshot, workspace};
use uuid::Uuid;

use super::BUILT_IN;
use crate::wire::status::{ApiError, ApiResult};

/// Characters of generated endings: none that make words or are mistaken for each other.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Characters of a generated ending.
const ENDING: usize = 5;
/// What the server alone writes in `metadata`.
const SERVER_FIELDS: [&str; 7] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "finalizers",
];

/// Prepares what a client sent to be a new object: it has a name and a namespace afterwards, and
/// nothing that only the server may say.
///
/// # Errors
/// It contradicts its address.
pub fn begin(kind: Kind, namespace: Option<&str>, mut object: Value) -> ApiResult<Value> {
    if object["metadata"]["resourceVersion"]
        .as_str()
        .is_some_and(|version| !version.is_empty())
    {
        return Err(ApiError::bad_request(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    settle_namespace(kind, namespace, &mut object)?;
    let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return Ok(object);
    };
    for field in SERVER_FIELDS {
        meta.shift_remove(field);
    }
    let unnamed = meta.get("name").and_then(Value::as_str).is_none_or(str::is_empty);
    if let (true, Some(prefix)) = (unnamed, meta.get("generateName").and_then(Value::as_str)) {
        let generated = generate(kind, prefix);
        meta.insert("name".to_owned(), generated.into());
    }
    if let Some(object) = object.as_object_mut() {
        object.shift_remove("status");
    }
    Ok(object)
}

/// Completes a checked new object with what the store does not fill in.
pub fn complete(kind: Kind, object: &mut Value) {
    if kind == Kind::Workspace {
        object["metadata"]["finalizers"] = json!([workspace::FINALIZER]);
        object["status"] = json!(WorkspaceStatus::default());
    }
    if kind == Kind::Snapshot {
        object["metadata"]["finalizers"] = json!([snapshot::FINALIZER]);
        object["status"] = json!(SnapshotStatus::default());
    }
    protect_mark(object, false);
}

/// What a new object would look like, for a dry run.
pub fn pretend(object: &mut Value, now: Timestamp) {
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    object["metadata"]["uid"] = json!(Uuid::now_v7());
    object["metadata"]["creationTimestamp"] = json!(now);
    object["metadata"]["generation"] = json!(1);
}

/// What the store would count up in a changed object, for a dry run.
pub fn pretend_change(object: &mut Value) {
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    object["metadata"]["generation"] = json!(generation + 1);
}

/// Makes what a client wants of an object, from what is stored (`before`) and what it sent. The
/// result is not yet checked as an object of its kind.
///
/// # Errors
/// It contradicts its address, or speaks of another object or state than `before`.
pub fn replace(kind: Kind, before: &Value, mut sent: Value) -> ApiResult<Value> {
    let meta = &before["metadata"];
    let name = meta["name"].as_str().unwrap_or_default();
    if !sent.get("metadata").is_some_and(Value::is_object) {
        return Err(ApiError::invalid_field(
            kind,
            name,
            "metadata",
            "must be an object with the object's name",
        ));
    }
    settle_namespace(kind, meta["namespace"].as_str(), &mut sent)?;
    match sent["metadata"]["name"].as_str() {
        Some(sent_name) if sent_name == name => {}
        _ => {
            return Err(ApiError::bad_request(format!(
                "the name of the object (metadata.name) must be '{name}', as in the address: an object cannot be renamed"
            )));
        }
    }
    expect(kind, name, meta, &sent["metadata"])?;
    for field in SERVER_FIELDS {
        carry(&mut sent["metadata"], meta, field);
    }
    if let Some(object) = sent.as_object_mut() {
        match before.get("status") {
            Some(status) => object.insert("status".to_owned(), status.clone()),
            None => object.shift_remove("status"),
        };
    }
    Ok(sent)
}

/// Checks what may never change, and what only Toft may.
///
/// # Errors
/// `Invalid` with the field, or `Forbidden`.
pub fn check_change(kind: Kind, before: &Value, after: &mut Value) -> ApiResult<()> {
    let name = before["metadata"]["name"].as_str().unwrap_or_default();
    if kind == Kind::Workspace && before["spec"]["template"] != after["spec"]["template"] {
        let message = format!(
            "cannot be changed: '{name}' is made from '{}'; create another workspace",
            before["spec"]["template"].as_str().unwrap_or_default()
        );
        return Err(ApiError::invalid_field(kind, name, "spec.template", message));
    }
    let fixed = match kind {
        Kind::Workspace => "dataSource",
        Kind::Snapshot => "workspace",
        _ => "",
    };
    if !fixed.is_empty() && before["spec"].get(fixed) != after["spec"].get(fixed) {
        let message = "cannot be changed: it was made from what it says; create another one";
        return Err(ApiError::invalid_field(
            kind,
            name,
            &format!("spec.{fixed}"),
            message.to_owned(),
        ));
    }
    let built_in = is_built_in(before);
    if built_in && before["spec"] != after["spec"] {
        return Err(keep_built_in(kind, name, "changed"));
    }
    protect_mark(after, built_in);
    Ok(())
}

/// Whether it came with Toft.
pub fn is_built_in(object: &Value) -> bool {
    object["metadata"]["labels"][BUILT_IN] == "true"
}

/// The refusal to change or remove what came with Toft.
pub fn keep_built_in(kind: Kind, name: &str, done: &str) -> ApiError {
    ApiError::forbidden(format!(
        "{} \"{name}\" came with Toft, follows its version and cannot be {done}; create one under another name",
        kind.singular()
    ))
    .about(kind, name)
}

/// The mark of what came with Toft is Toft's to set.
fn protect_mark(object: &mut Value, built_in: bool) {
    let labels = &mut object["metadata"]["labels"];
    if built_in {
        labels[BUILT_IN] = "true".into();
    } else if let Some(labels) = labels.as_object_mut() {
        labels.shift_remove(BUILT_IN);
    }
    if object["metadata"]["labels"].is_null()
        && let Some(meta) = object["metadata"].as_object_mut()
    {
        meta.shift_remove("labels");
    }
}

/// The namespace of the address is that of the object.
fn settle_namespace(kind: Kind, namespace: Option<&str>, object: &mut Value) -> ApiResult<()> {
    let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return Ok(());
    };
    let sent = meta
        .get("namespace")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    match namespace {
        Some(namespace) if sent.is_empty() => {
            meta.insert("namespace".to_owned(), namespace.into());
            Ok(())
        }
        Some(namespace) if sent == namespace => Ok(()),
        Some(_) => Err(ApiError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        )),
        None if sent.is_empty() || kind.namespaced() => Ok(()),
        // Tools put their default namespace everywhere.
        None => {
            meta.shift_remove("namespace");
            Ok(())
        }
    }
}

/// What the client says about the object must be true of the one that is stored.
fn expect(kind: Kind, name: &str, stored: &Value, sent: &Value) -> ApiResult<()> {
    let uid = sent["uid"].as_str().unwrap_or_default();
    if !uid.is_empty() && stored["uid"] != uid {
        let why = "the object was deleted and made anew: its uid is another one; read it again";
        return Err(ApiError::conflict(kind, name, why));
    }
    let version = sent["resourceVersion"].as_str().unwrap_or_default();
    if !version.is_empty() && stored["resourceVersion"] != version {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        return Err(ApiError::conflict(kind, name, why));
    }
    Ok(())
}

fn carry(to: &mut Value, from: &Value, field: &str) {
    let Some(to) = to.as_object_mut() else { return };
    match from.get(field) {
        Some(value) => to.insert(field.to_owned(), value.clone()),
        None => to.shift_remove(field),
    };
}

fn generate(kind: Kind, prefix: &str) -> String {
    let max = if kind == Kind::Workspace {
        name::WORKSPACE_MAX
    } else {
        name::OBJECT_MAX
    };
    let mut rng = rand::rng();
    let ending: String = (0..ENDING)
        .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
        .collect();
    let prefix: String = prefix.chars().take(max - ENDING).collect();
    format!("{prefix}{ending}")
}

#[cfg(test)]
mod tests;
