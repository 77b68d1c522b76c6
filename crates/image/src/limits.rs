//! Bounds on what an image from outside may cost.

/// The bounds. The defaults let every image pass that was made to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a manifest, an index or a configuration.
    pub manifest_bytes: u64,
    /// Layers of an image.
    pub layers: usize,
    /// Bytes of all layers as they are transferred.
    pub download_bytes: u64,
    /// Bytes of all layers as they are unpacked.
    pub unpacked_bytes: u64,
    /// Entries of all layers.
    pub entries: u64,
    /// Bytes of one path, and of one link's target.
    pub path_bytes: usize,
    /// Directories above one file.
    pub path_depth: usize,
    /// How many times its transferred size a layer may unpack to; small layers have
    /// [`Limits::RATIO_FREE_BYTES`] free.
    pub ratio: u64,
    /// Owners must be below this: a workspace has that many ids.
    pub ids: u64,
    /// Layers downloaded at a time.
    pub parallel_downloads: usize,
    /// Bytes of the disk that no image may take.
    pub keep_free_bytes: u64,
}

// === impl Limits ===

impl Limits {
    /// What a layer may unpack to whatever its compressed size.
    pub const RATIO_FREE_BYTES: u64 = 64 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            manifest_bytes: 4 << 20,
            layers: 128,
            download_bytes: 32 << 30,
            unpacked_bytes: 64 << 30,
            entries: 2_000_000,
            path_bytes: 4_000,
            path_depth: 200,
            ratio: 400,
            ids: 65_536,
            parallel_downloads: 3,
            keep_free_bytes: 256 << 20,
        }
    }
}
