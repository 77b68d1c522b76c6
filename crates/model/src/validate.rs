//! Collecting everything that is wrong with an object, each with the path of its field.

use crate::meta::{Kind, ObjectMeta};
use crate::name::{self, NameError};

/// Most labels or annotations of an object.
const MAP_MAX: usize = 64;
/// Most octets of one label's value, as in Kubernetes.
const LABEL_MAX: usize = 63;
/// Most octets of all annotations together, as in Kubernetes.
const ANNOTATIONS_MAX: usize = 256 << 10;

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Where, as in `spec.resources.limits.cpu`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// `FieldValueInvalid`, `FieldValueRequired`, `FieldValueNotSupported` …, as in a `Status`.
    pub reason: &'static str,
}

/// An object that breaks rules; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect::<Vec<_>>().join("; "))]
pub struct Invalid {
    /// Every rule broken.
    pub causes: Vec<Cause>,
}

/// The causes found so far, and the path at which checks look.
#[derive(Debug, Default)]
pub struct Checks {
    causes: Vec<Cause>,
}

// === impl Invalid ===

impl Invalid {
    /// One field with a wrong value.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            causes: vec![Cause {
                field: field.into(),
                message: message.into(),
                reason: "FieldValueInvalid",
            }],
        }
    }

    /// The fields that are wrong, in the order in which they were looked at.
    #[cfg(test)]
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.causes.iter().map(|cause| cause.field.as_str()).collect()
    }
}

// === impl Checks ===

impl Checks {
    /// A wrong value.
    pub fn invalid(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(field, message, "FieldValueInvalid");
    }

    /// A value that is not there.
    pub fn required(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(field, message, "FieldValueRequired");
    }

    /// Another one of what must be unique.
    pub fn duplicate(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(field, message, "FieldValueDuplicate");
    }

    /// Adds the cause unless `holds`.
    pub fn ensure(&mut self, holds: bool, field: impl Into<String>, message: impl Into<String>) {
        if !holds {
            self.invalid(field, message);
        }
    }

    /// Checks a name of at most `max` characters.
    pub fn name(&mut self, field: &str, name: &str, max: usize) {
        match name::check(name, max) {
            Ok(()) => {}
            Err(NameError::Empty) => self.required(field, NameError::Empty.to_string()),
            Err(error) => self.invalid(field, format!("'{}' {error}", clip(name))),
        }
    }

    /// All causes, or that there were none.
    ///
    /// # Errors
    /// The causes.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.causes.is_empty() {
            Ok(())
        } else {
            Err(Invalid { causes: self.causes })
        }
    }

    pub(crate) fn identity(&mut self, api_version: &str, kind: &str, expected: Kind) {
        let version = expected.api_version();
        self.ensure(
            api_version == version,
            "apiVersion",
            format!("'{}' must be '{version}'", clip(api_version)),
        );
        self.ensure(
            kind == expected.as_str(),
            "kind",
            format!("'{}' must be '{expected}'", clip(kind)),
        );
    }

    pub(crate) fn metadata(&mut self, meta: &ObjectMeta, kind: Kind) {
        let max = if kind == Kind::Workspace {
            name::WORKSPACE_MAX
        } else {
            name::OBJECT_MAX
        };
        self.name("metadata.name", &meta.name, max);
        match (&meta.namespace, kind.namespaced()) {
            (Some(owner), true) => self.name("metadata.namespace", owner, name::OWNER_MAX),
            (None, true) => self.required("metadata.namespace", "must name the owner, for example 'ada'"),
            (Some(_), false) => {
                self.invalid(
                    "metadata.namespace",
                    format!(
                        "must not be set: every {} belongs to the whole site",
                        kind.singular()
                    ),
                );
            }
            (None, false) => {}
        }
        self.labels("metadata.labels", &meta.labels);
        self.ensure(
            meta.annotations.len() <= MAP_MAX,
            "metadata.annotations",
            format!("must have at most {MAP_MAX} entries"),
        );
        let size: usize = meta
            .annotations
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        self.ensure(
            size <= ANNOTATIONS_MAX,
            "metadata.annotations",
            format!("must have at most {ANNOTATIONS_MAX} bytes in all"),
        );
        for key in meta.annotations.keys() {
            self.ensure(
                is_qualified(key),
                format!("metadata.annotations[{}]", clip(key)),
                QUALIFIED,
            );
        }
        self.ensure(
            meta.owner_references.len() <= MAP_MAX,
            "metadata.ownerReferences",
            "has too many entries",
        );
    }

    fn labels(&mut self, field: &str, labels: &std::collections::BTreeMap<String, String>) {
        self.ensure(
            labels.len() <= MAP_MAX,
            field,
            format!("must have at most {MAP_MAX} entries"),
        );
        for (key, value) in labels {
            let path = format!("{field}[{}]", clip(key));
            self.ensure(is_qualified(key), path.clone(), QUALIFIED);
            self.ensure(is_label_value(value), path, format!("'{}' must be at most {LABEL_MAX} letters, digits, '-', '_' or '.', beginning and ending with a letter or digit", clip(value)));
        }
    }

    fn push(&mut self, field: impl Into<String>, message: impl Into<String>, reason: &'static str) {
        self.causes.push(Cause {
            field: field.into(),
            message: message.into(),
            reason,
        });
    }
}

const QUALIFIED: &str = "the key must be a name such as 'course' or 'example.org/course'";

/// Whether `key` is a label's or annotation's key: `[PREFIX/]NAME`.
pub fn is_qualified(key: &str) -> bool {
    let (prefix, name) = key
        .rsplit_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let good_prefix = prefix.is_none_or(|prefix| {
        prefix.len() <= 253
            && prefix.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
    });
    good_prefix && !name.is_empty() && is_label_value(name)
}

/// Whether `value` may be a label's value; the empty one may.
pub fn is_label_value(value: &str) -> bool {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let ends = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    bytes.len() <= LABEL_MAX && bytes.iter().copied().all(good) && ends(bytes.first()) && ends(bytes.last())
}

/// The beginning of foreign text, for a message.
pub(crate) fn clip(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(40)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().count() > 40 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests;
