//! Images: content-addressed root file systems that workspaces start from.
//!
//! An [`ImageStore`] owns one directory. [`ImageStore::ensure`] turns an [`ImageSource`] into a
//! directory tree whose name is its digest: a Debian base is bootstrapped by `mmdebstrap`, an OCI
//! image is pulled from a registry and its layers are unpacked into one tree. Everything that
//! comes from outside (registries, layers, packed roots) is bounded in size and verified.
//!
//! ```text
//! DIR/blobs/sha256/HEX     verified blobs of registries: manifests, configurations, layers
//! DIR/partial/HEX          downloads cut off half way; the next attempt goes on where they end
//! DIR/roots/HEX/rootfs     the tree; unshifted ids, never written after it was published
//! DIR/roots/HEX/image.json what it is (see `record`)
//! DIR/sources/KEY.json     which digest a source stands for here
//! DIR/tmp/…                work under way; swept when the store is opened
//! ```
//!
//! A root becomes visible by one rename, after everything in it is on disk. What is in `roots`
//! is therefore whole, whenever the daemon was killed.
//!
//! **Architecture invariant**: nothing here knows workspaces. Whoever does says which digests
//! are in use when it asks for a collection.

mod cancel;
mod debian;
mod digest;
mod disk;
mod error;
mod flight;
mod limits;
mod oci;
pub mod path;
mod progress;
mod record;
mod source;
mod store;
mod tar_stream;
#[cfg(test)]
mod testing;
mod tree;
mod unpack;

pub use digest::Digest;
pub use error::ImageError;
pub use limits::Limits;
pub use progress::{Progress, Step};
pub use record::{ImageConfig, ImageInfo, ImageRoot};
pub use source::{DebianRecipe, ImageSource, OciReference};
pub use store::{Collected, Credentials, ImageStore, Options};

#[doc(hidden)]
pub mod fuzzing;
