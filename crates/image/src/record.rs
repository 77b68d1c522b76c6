//! What is known of an image: the record beside its root, and what callers get of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::source::ImageSource;

/// How programs of the image expect to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageConfig {
    /// Variables of the environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What runs, before `cmd`.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// Its arguments, or the whole command.
    #[serde(default)]
    pub cmd: Vec<String>,
    /// Who runs it: a name or number, maybe with `:GROUP`; empty for root.
    #[serde(default)]
    pub user: String,
    /// Where it runs; empty for `/`.
    #[serde(default)]
    pub workdir: String,
}

/// An image that is here, ready to be mounted read-only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRoot {
    /// For OCI the digest of the image's manifest; for a base made here that of its tree.
    pub digest: Digest,
    /// The tree. Ids are unshifted: owner 1000 inside is 1000 here. Never write to it.
    pub root: PathBuf,
    /// Bytes that it takes on disk.
    pub size_bytes: u64,
    /// How to run it.
    pub config: ImageConfig,
}

/// An image in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageInfo {
    /// Its name in the store.
    pub digest: Digest,
    /// The source that it was first made from.
    pub source: ImageSource,
    /// Bytes that its root takes on disk.
    pub size_bytes: u64,
    /// When it was made or pulled here.
    pub created: SystemTime,
    /// When it was last asked for.
    pub last_used: SystemTime,
    /// How to run it.
    pub config: ImageConfig,
}

/// `image.json`, written once, before the root is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub digest: Digest,
    pub source: ImageSource,
    pub size_bytes: u64,
    pub created: SystemTime,
    pub config: ImageConfig,
    /// Blobs that the root was unpacked from, kept so that other images share them.
    #[serde(default)]
    pub blobs: Vec<Digest>,
}

// === impl Record ===

impl Record {
    pub(crate) fn root(&self, path: PathBuf) -> ImageRoot {
        ImageRoot {
            digest: self.digest.clone(),
            root: path,
            size_bytes: self.size_bytes,
            config: self.config.clone(),
        }
    }

    pub(crate) fn info(&self, last_used: SystemTime) -> ImageInfo {
        ImageInfo {
            digest: self.digest.clone(),
            source: self.source.clone(),
            size_bytes: self.size_bytes,
            created: self.created,
            last_used,
            config: self.config.clone(),
        }
    }
}
