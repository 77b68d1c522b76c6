//! `Image`: a root file system that workspaces start from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::meta::resource;
use crate::validate::Checks;

resource!(
    /// A root file system, fetched or built once and shared by every workspace that names it.
    Image,
    ImageSpec,
    ImageStatus
);

/// What an image is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSpec {
    /// Where it comes from: exactly one of the fields.
    pub source: ImageSource,
}

/// Where an image comes from: exactly one is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSource {
    /// From an OCI registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oci: Option<OciSource>,
    /// Made on this host from Debian's packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debian: Option<DebianSource>,
}

/// An image in an OCI registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OciSource {
    /// `HOST/NAME:TAG` or `HOST/NAME@sha256:…`.
    pub reference: String,
}

/// A Debian root with packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DebianSource {
    /// The release, as `bookworm`.
    pub suite: String,
    /// What is installed beside the smallest system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
}

/// Where an image stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ImagePhase {
    /// Not there; fetched or made when a workspace needs it.
    #[default]
    Absent,
    /// On its way.
    Preparing,
    /// There.
    Ready,
    /// The last try failed; the message says why.
    Failed,
}

/// What an image is, as Toft saw it last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageStatus {
    /// Where it stands.
    #[serde(default)]
    pub phase: ImagePhase,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// How far it is, in percent, while it is being prepared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<u8>,
    /// `sha256:…` of what it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Bytes on this host's disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// `Ready`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The generation of the spec that this was observed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

// === impl ImageSpec ===

impl ImageSpec {
    pub(crate) fn check(&self, checks: &mut Checks) {
        match (&self.source.oci, &self.source.debian) {
            (Some(oci), None) => oci.check(checks),
            (None, Some(debian)) => debian.check(checks),
            _ => checks.invalid("spec.source", "must have exactly one of 'oci' and 'debian', for example 'oci: {reference: docker.io/library/debian:bookworm}'"),
        }
    }
}

impl OciSource {
    fn check(&self, checks: &mut Checks) {
        let good = !self.reference.is_empty()
            && self.reference.len() <= 512
            && self
                .reference
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-/:@[]".contains(&b));
        checks.ensure(
            good,
            "spec.source.oci.reference",
            "must be HOST/NAME:TAG, for example 'docker.io/library/debian:bookworm'",
        );
    }
}

impl DebianSource {
    fn check(&self, checks: &mut Checks) {
        let word = |text: &str, extra: &[u8]| {
            !text.is_empty()
                && text.len() <= 100
                && text.as_bytes()[0].is_ascii_alphanumeric()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || extra.contains(&b))
        };
        checks.ensure(
            word(&self.suite, b"-"),
            "spec.source.debian.suite",
            "must be a release's name, for example 'bookworm'",
        );
        for (index, package) in self.packages.iter().enumerate() {
            checks.ensure(
                word(package, b"+-."),
                format!("spec.source.debian.packages[{index}]"),
                "must be a package's name, for example 'git'",
            );
        }
    }
}

#[cfg(test)]
mod tests;
