//! Label and field selectors, as `kubectl get -l` and `--field-selector` write them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::status::{ApiError, ApiResult, clip};

/// Most requirements of one selector.
const REQUIREMENTS_MAX: usize = 32;

/// Which objects a list or watch is about.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

#[derive(Clone, Debug)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

/// The fields by which objects may be selected.
const FIELDS: [&str; 11] = [
    "metadata.name",
    "metadata.namespace",
    "status.phase",
    "spec.template",
    "reason",
    "type",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.uid",
    "involvedObject.apiVersion",
];

// === impl Selector ===

impl Selector {
    /// Reads both kinds of selectors; empty ones select everything.
    ///
    /// # Errors
    /// What is no selector.
    pub fn parse(labels: &str, fields: &str) -> ApiResult<Self> {
        let labels = split(labels)?.into_iter().map(label).collect::<ApiResult<_>>()?;
        let fields = split(fields)?.into_iter().map(field).collect::<ApiResult<_>>()?;
        Ok(Self { labels, fields })
    }

    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether this object is selected.
    pub fn matches(&self, labels: &BTreeMap<String, String>, object: &Value) -> bool {
        self.labels
            .iter()
            .all(|requirement| requirement.holds(labels.get(&requirement.key).map(String::as_str)))
            && self.fields.iter().all(|requirement| requirement.holds_in(object))
    }

    /// Whether this object may have been selected when it was another version of itself: what
    /// never changes of an object (its name, what an event is about) is selected for ever or never.
    pub fn may_have_matched(&self, object: &Value) -> bool {
        let fixed = |key: &str| {
            key.starts_with("involvedObject.") || key == "metadata.name" || key == "metadata.namespace"
        };
        self.fields
            .iter()
            .filter(|requirement| fixed(&requirement.key))
            .all(|requirement| requirement.holds_in(object))
    }
}

// === impl Requirement ===

impl Requirement {
    /// Whether a field is as it should be.
    fn holds_in(&self, object: &Value) -> bool {
        let value = self.key.split('.').try_fold(object, |node, key| node.get(key));
        // A field that is not there is an empty one, as in Kubernetes.
        self.holds(Some(value.and_then(Value::as_str).unwrap_or_default()))
    }

    fn holds(&self, value: Option<&str>) -> bool {
        match (&self.test, value) {
            (Test::In(wanted), Some(value)) => wanted.iter().any(|wanted| wanted == value),
            (Test::NotIn(unwanted), Some(value)) => unwanted.iter().all(|unwanted| unwanted != value),
            (Test::Exists, value) => value.is_some(),
            (Test::Absent, value) => value.is_none(),
            (Test::In(_), None) => false,
            (Test::NotIn(_), None) => true,
        }
    }
}

/// Splits at commas outside of parentheses.
fn split(text: &str) -> ApiResult<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0u32, 0);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts.retain(|part| !part.is_empty());
    if parts.len() > REQUIREMENTS_MAX {
        return Err(ApiError::bad_request(format!(
            "a selector has at most {REQUIREMENTS_MAX} requirements"
        )));
    }
    Ok(parts)
}

fn label(text: &str) -> ApiResult<Requirement> {
    let requirement = set_based(text)
        .or_else(|| equality(text))
        .or_else(|| existence(text));
    requirement.filter(|requirement| toft_model::validate::is_qualified(&requirement.key)).ok_or_else(|| {
        ApiError::bad_request(format!(
            "'{}' is no label selector; write for example 'course=rust', 'course!=rust', 'course in (rust,go)', 'course' or '!course'",
            clip(text)
        ))
    })
}

fn field(text: &str) -> ApiResult<Requirement> {
    let requirement = equality(text).ok_or_else(|| {
        ApiError::bad_request(format!(
            "'{}' is no field selector; write for example 'status.phase=Running'",
            clip(text)
        ))
    })?;
    if FIELDS.contains(&requirement.key.as_str()) {
        return Ok(requirement);
    }
    Err(ApiError::bad_request(format!(
        "objects cannot be selected by the field '{}'; supported are {}",
        clip(&requirement.key),
        FIELDS.join(", ")
    )))
}

fn equality(text: &str) -> Option<Requirement> {
    let (key, value, equal) = if let Some((key, value)) = text.split_once("!=") {
        (key, value, false)
    } else {
        let (key, value) = text.split_once("==").or_else(|| text.split_once('='))?;
        (key, value, true)
    };
    let values = vec![value.trim().to_owned()];
    let test = if equal {
        Test::In(values)
    } else {
        Test::NotIn(values)
    };
    Some(Requirement {
        key: key.trim().to_owned(),
        test,
    })
}

fn set_based(text: &str) -> Option<Requirement> {
    let (head, rest) = text.split_once('(')?;
    let values = rest
        .strip_suffix(')')?
        .split(',')
        .map(|value| value.trim().to_owned())
        .collect();
    let mut words = head.split_whitespace();
    let (key, operator, None) = (words.next()?, words.next()?, words.next()) else {
        return None;
    };
    let test = match operator {
        "in" => Test::In(values),
        "notin" => Test::NotIn(values),
        _ => return None,
    };
    Some(Requirement {
        key: key.to_owned(),
        test,
    })
}

fn existence(text: &str) -> Option<Requirement> {
    let (key, test) = match text.strip_prefix('!') {
        Some(key) => (key.trim(), Test::Absent),
        None => (text, Test::Exists),
    };
    (!key.contains(char::is_whitespace)).then(|| Requirement {
        key: key.to_owned(),
        test,
    })
}

#[cfg(test)]
mod tests;
