//! The three-way merge: what the file says wins, what it said last and says no more goes, and
//! what others set stays.

use serde_json::{Map, Value, json};

/// Where the object as it was applied last is kept.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object with itself in the annotation. What the server keeps is left out, so that what
/// `get -o yaml` printed can be applied.
pub fn annotated(object: &Value) -> Value {
    let mut clean = object.clone();
    if let Some(fields) = clean.as_object_mut() {
        fields.shift_remove("status");
    }
    if let Some(meta) = clean["metadata"].as_object_mut() {
        for key in [
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "finalizers",
        ] {
            meta.shift_remove(key);
        }
        if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            notes.shift_remove(LAST_APPLIED);
            if notes.is_empty() {
                meta.shift_remove("annotations");
            }
        }
    }
    let text = clean.to_string();
    clean["metadata"]["annotations"][LAST_APPLIED] = Value::from(text);
    clean
}

/// Whether `apply` made this object.
pub fn was_applied(object: &Value) -> bool {
    object["metadata"]["annotations"][LAST_APPLIED].is_string()
}

/// The merge patch (RFC 7386) that makes `live` what `wanted` (from [`annotated`]) says.
pub fn patch(live: &Value, wanted: &Value) -> Value {
    let last: Value = live["metadata"]["annotations"][LAST_APPLIED]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| json!({}));
    let mut patch = difference(live, wanted, &last);
    // Only the annotation differs, and only in how it is written: nothing to do.
    let only_note = patch
        == json!({ "metadata": { "annotations": { LAST_APPLIED: wanted["metadata"]["annotations"][LAST_APPLIED] } } });
    if only_note && same_text(live, wanted) {
        patch = json!({});
    }
    patch
}

fn same_text(live: &Value, wanted: &Value) -> bool {
    let read = |object: &Value| {
        object["metadata"]["annotations"][LAST_APPLIED]
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
    };
    read(live) == read(wanted)
}

fn difference(live: &Value, wanted: &Value, last: &Value) -> Value {
    let none = Map::new();
    let (live_fields, wanted_fields, last_fields) = (
        live.as_object().unwrap_or(&none),
        wanted.as_object().unwrap_or(&none),
        last.as_object().unwrap_or(&none),
    );
    let mut patch = Map::new();
    for (key, value) in wanted_fields {
        match live_fields.get(key) {
            Some(current) if current == value => {}
            Some(current) if current.is_object() && value.is_object() => {
                let inner = difference(current, value, last_fields.get(key).unwrap_or(&Value::Null));
                if inner != json!({}) {
                    patch.insert(key.clone(), inner);
                }
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in last_fields
        .keys()
        .filter(|key| !wanted_fields.contains_key(*key) && live_fields.contains_key(*key))
    {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests;
