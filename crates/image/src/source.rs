//! Where an image comes from. Plain data, valid once built.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::ImageError;

/// The source of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ImageSource {
    /// A Debian base made here by `mmdebstrap`, from the mirrors that the host's tools know.
    Debian(DebianRecipe),
    /// An image in an OCI registry.
    Oci(OciReference),
}

/// What a Debian base is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DebianRecipe {
    /// The release by its code name: `bookworm`.
    pub suite: String,
    /// Packages beside the essential ones and apt.
    #[serde(default)]
    pub packages: Vec<String>,
    /// The person inside: uid 1000, bash, a home, `sudo` without a password. None: root only.
    #[serde(default)]
    pub user: Option<String>,
}

/// An image in an OCI registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OciReference {
    /// `REGISTRY/REPOSITORY[:TAG][@DIGEST]`, as docker and podman write it.
    pub reference: String,
}

/// Most packages that one recipe may name.
const MAX_PACKAGES: usize = 2_000;

// === impl ImageSource ===

impl ImageSource {
    /// An image in a registry.
    pub fn oci(reference: impl Into<String>) -> Self {
        Self::Oci(OciReference {
            reference: reference.into(),
        })
    }

    /// Says whether the source can be asked for at all, before anything is done.
    ///
    /// # Errors
    /// A suite, package, user or reference that is not one.
    pub fn validate(&self) -> Result<(), ImageError> {
        match self {
            Self::Debian(recipe) => recipe.validate(),
            Self::Oci(oci) => oci.parse().map(drop),
        }
    }

    /// The key under which results for this source are remembered.
    pub(crate) fn key(&self) -> String {
        // Field order is fixed by the types, so equal sources give equal text.
        let text = serde_json::to_vec(self).unwrap_or_default();
        Digest::of(&text).hex().to_owned()
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debian(recipe) => write!(f, "debian:{}", recipe.suite),
            Self::Oci(oci) => f.write_str(&oci.reference),
        }
    }
}

// === impl DebianRecipe ===

impl DebianRecipe {
    /// The base of the `shell` template: build tools, git, an editor, what a person expects on a
    /// machine of their own, and the user `toft`.
    pub fn shell() -> Self {
        const PACKAGES: [&str; 24] = [
            "bash-completion",
            "build-essential",
            "bzip2",
            "ca-certificates",
            "curl",
            "file",
            "git",
            "iproute2",
            "iputils-ping",
            "less",
            "man-db",
            "nano",
            "netbase",
            "openssh-client",
            "patch",
            "procps",
            "psmisc",
            "python3-minimal",
            "sudo",
            "unzip",
            "vim-tiny",
            "wget",
            "xz-utils",
            "zip",
        ];
        Self {
            suite: "bookworm".to_owned(),
            packages: PACKAGES.map(str::to_owned).to_vec(),
            user: Some("toft".to_owned()),
        }
    }

    /// Only what starts: no build tools. For tests and small services.
    pub fn minimal() -> Self {
        Self {
            suite: "bookworm".to_owned(),
            packages: ["ca-certificates", "procps", "sudo"].map(str::to_owned).to_vec(),
            user: Some("toft".to_owned()),
        }
    }

    fn validate(&self) -> Result<(), ImageError> {
        if !is_name(&self.suite, "-") {
            return Err(bad_source(
                "suite",
                &self.suite,
                "a release's code name such as bookworm",
            ));
        }
        if self.packages.len() > MAX_PACKAGES {
            return Err(bad_source(
                "packages",
                &self.packages.len().to_string(),
                "at most 2000 names",
            ));
        }
        for package in &self.packages {
            // Anything looser would reach apt as a path, a pattern or an option.
            if !is_name(package, "+-.") || package.len() < 2 {
                return Err(bad_source(
                    "package",
                    package,
                    "a Debian package's name such as git",
                ));
            }
        }
        match &self.user {
            Some(user) if !is_name(user, "-_") || user.len() > 32 || user == "root" => {
                Err(bad_source("user", user, "a login name such as toft"))
            }
            _ => Ok(()),
        }
    }
}

// === impl OciReference ===

impl OciReference {
    pub(crate) fn parse(&self) -> Result<oci_client::Reference, ImageError> {
        if self.reference.len() > 512 {
            return Err(bad_source("reference", "(too long)", "at most 512 characters"));
        }
        let parsed = self.reference.parse::<oci_client::Reference>();
        parsed.map_err(|_| {
            bad_source(
                "reference",
                &self.reference,
                "registry.example.org/project/name:tag",
            )
        })
    }
}

fn is_name(text: &str, others: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c))
}

fn bad_source(field: &'static str, value: &str, expected: &'static str) -> ImageError {
    ImageError::Source {
        field,
        value: value.chars().take(200).collect(),
        expected,
    }
}

#[cfg(test)]
mod tests;
