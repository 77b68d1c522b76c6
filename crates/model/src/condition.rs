//! Conditions: one line of truth about one side of an object, as Kubernetes has them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One observed side of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// Which side: `Ready`, `ImageReady` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// One word in CamelCase for programs.
    pub reason: String,
    /// A sentence for people: what it is, why, and what happens next.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When `status` changed last.
    #[schemars(with = "String")]
    pub last_transition_time: Timestamp,
    /// The generation of the spec that this was observed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It could not be told.
    Unknown,
}

/// Sets `next` in `conditions`, keeping the time of the last transition where the status is the
/// same. Returns whether anything changed.
pub fn set(conditions: &mut Vec<Condition>, mut next: Condition) -> bool {
    let Some(known) = conditions
        .iter_mut()
        .find(|condition| condition.kind == next.kind)
    else {
        conditions.push(next);
        return true;
    };
    if known.status == next.status {
        next.last_transition_time = known.last_transition_time;
    }
    let changed = *known != next;
    *known = next;
    changed
}

/// The condition of this type.
pub fn find<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

#[cfg(test)]
mod tests;
