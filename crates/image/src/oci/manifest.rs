//! The documents of an image: index, manifest, configuration. Foreign and bounded; only what is
//! used here is read.

use serde::Deserialize;

use crate::digest::Digest;
use crate::limits::Limits;
use crate::record::ImageConfig;
use crate::unpack::Compression;

/// What a registry answers for a tag or digest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document {
    Manifest(Manifest),
    Index(Index),
}

/// One image for one platform.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Manifest {
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
}

/// Images for several platforms.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Index {
    manifests: Vec<Descriptor>,
}

/// A blob or manifest by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub media_type: String,
    pub digest: Digest,
    pub size: u64,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Platform {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: Option<String>,
}

/// The configuration: how the image is run, and the digests of its layers' content.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Config {
    architecture: String,
    os: String,
    #[serde(default, rename = "config")]
    execution: Option<Execution>,
    rootfs: RootFs,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Execution {
    user: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct RootFs {
    diff_ids: Vec<Digest>,
}

/// Media types that stand for a manifest or an index, for the `Accept` header.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// This machine, in the words of registries (those of Go).
const OS: &str = "linux";
const ARCHITECTURE: &str = match std::env::consts::ARCH.as_bytes() {
    b"x86_64" => "amd64",
    b"aarch64" => "arm64",
    b"riscv64gc" => "riscv64",
    _ => std::env::consts::ARCH,
};

// === impl Document ===

impl Document {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            schema_version: u64,
            #[serde(default)]
            media_type: Option<String>,
            #[serde(default)]
            manifests: Option<serde::de::IgnoredAny>,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if head.schema_version != 2 {
            return Err(format!(
                "schema version {} is not supported, only 2",
                head.schema_version
            ));
        }
        let kind = head.media_type.unwrap_or_default();
        if kind.contains("index")
            || kind.contains("manifest.list")
            || (kind.is_empty() && head.manifests.is_some())
        {
            return serde_json::from_slice(bytes)
                .map(Self::Index)
                .map_err(|error| error.to_string());
        }
        serde_json::from_slice(bytes)
            .map(Self::Manifest)
            .map_err(|error| error.to_string())
    }
}

// === impl Index ===

impl Index {
    /// The manifest for this machine.
    pub(super) fn choose(&self) -> Result<&Digest, String> {
        let fitting = self.manifests.iter().filter(|entry| {
            entry
                .platform
                .as_ref()
                .is_some_and(|platform| platform.os == OS && platform.architecture == ARCHITECTURE)
        });
        // Without a variant first: variants are for newer processors than may be here.
        let chosen = fitting.min_by_key(|entry| {
            entry
                .platform
                .as_ref()
                .and_then(|platform| platform.variant.clone())
        });
        chosen.map(|entry| &entry.digest).ok_or_else(|| {
            let offered = self.manifests.iter().filter_map(|entry| entry.platform.as_ref());
            let offered: Vec<String> = offered
                .take(20)
                .map(|platform| format!("{}/{}", platform.os, platform.architecture))
                .collect();
            format!(
                "there is no image for {OS}/{ARCHITECTURE}, only for {}",
                offered.join(", ")
            )
        })
    }
}

// === impl Manifest ===

impl Manifest {
    /// All blobs: the configuration, then the layers, each once.
    pub(super) fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        let all = || std::iter::once(&self.config).chain(&self.layers);
        let first =
            move |at: usize, blob: &Descriptor| !all().take(at).any(|other| other.digest == blob.digest);
        all()
            .enumerate()
            .filter(move |(at, blob)| first(*at, blob))
            .map(|(_, blob)| blob)
    }

    pub(super) fn transfer_bytes(&self) -> u64 {
        self.blobs().map(|blob| blob.size).fold(0, u64::saturating_add)
    }

    pub(super) fn check(&self, limits: &Limits) -> Result<(), String> {
        if !self.config.media_type.contains("image") {
            return Err(format!("it is no image but {}", self.config.media_type));
        }
        if self.layers.len() > limits.layers {
            return Err(format!(
                "it has {} layers, the limit is {}",
                self.layers.len(),
                limits.layers
            ));
        }
        if self.config.size > limits.manifest_bytes {
            return Err(format!(
                "its configuration has {} bytes, the limit is {}",
                self.config.size, limits.manifest_bytes
            ));
        }
        if self.transfer_bytes() > limits.download_bytes {
            return Err(format!(
                "it has {} bytes, the limit is {}",
                self.transfer_bytes(),
                limits.download_bytes
            ));
        }
        for layer in &self.layers {
            compression(&layer.media_type)?;
        }
        Ok(())
    }
}

/// How a layer of this media type is compressed.
pub(super) fn compression(media_type: &str) -> Result<Compression, String> {
    match media_type {
        "application/vnd.oci.image.layer.v1.tar"
        | "application/vnd.oci.image.layer.nondistributable.v1.tar"
        | "application/vnd.docker.image.rootfs.diff.tar" => Ok(Compression::None),
        "application/vnd.oci.image.layer.v1.tar+gzip"
        | "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
        | "application/vnd.docker.image.rootfs.diff.tar.gzip" => Ok(Compression::Gzip),
        "application/vnd.oci.image.layer.v1.tar+zstd"
        | "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd" => Ok(Compression::Zstd),
        other => Err(format!("layers of the type {other:?} are not supported")),
    }
}

// === impl Config ===

impl Config {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// Whether it is that of `manifest`, for this machine.
    pub(super) fn check(&self, manifest: &Manifest) -> Result<(), String> {
        if self.os != OS || self.architecture != ARCHITECTURE {
            return Err(format!(
                "the image is for {}/{}, this machine is {OS}/{ARCHITECTURE}",
                self.os, self.architecture
            ));
        }
        let (stated, layers) = (self.rootfs.diff_ids.len(), manifest.layers.len());
        if stated == layers {
            Ok(())
        } else {
            Err(format!("it states {stated} layers, the manifest {layers}"))
        }
    }

    pub(super) fn diff_ids(&self) -> &[Digest] {
        &self.rootfs.diff_ids
    }

    pub(super) fn image_config(&self) -> ImageConfig {
        let Some(config) = &self.execution else {
            return ImageConfig::default();
        };
        let env = config
            .env
            .iter()
            .flatten()
            .filter_map(|line| line.split_once('='));
        ImageConfig {
            env: env
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            entrypoint: config.entrypoint.clone().unwrap_or_default(),
            cmd: config.cmd.clone().unwrap_or_default(),
            user: config.user.clone().unwrap_or_default(),
            workdir: config.working_dir.clone().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
