//! The resource kinds of Toft: what a user writes, what the API serves, what the store keeps.
//!
//! One format everywhere: `apiVersion: toft.dev/v1alpha1`, `kind`, `metadata`, `spec`,
//! `status`, shaped as Kubernetes shapes its resources, so that the same YAML serves
//! `toft apply`, the API, a Git repository and (on a cluster) a custom resource.
//!
//! **Architecture invariant**: no I/O, no clock, no async. What depends on the time takes it
//! as an argument.

pub mod cause;
pub mod condition;
pub mod event;
#[doc(hidden)]
pub mod fuzzing;
pub mod image;
pub mod meta;
pub mod name;
pub mod quantity;
pub mod schema;
pub mod snapshot;
pub mod template;
pub mod validate;
pub mod workspace;

pub use condition::{Condition, ConditionStatus};
pub use event::Event;
pub use image::{Image, ImageSource, ImageSpec, ImageStatus};
pub use meta::{Kind, ObjectMeta, Resource};
pub use quantity::Quantity;
pub use snapshot::{Snapshot, SnapshotSpec, SnapshotStatus};
pub use template::{Template, TemplateSpec};
pub use validate::{Cause, Invalid};
pub use workspace::{Phase, Workspace, WorkspaceSpec, WorkspaceStatus};

/// The API group of every kind of Toft's own.
pub const GROUP: &str = "toft.dev";
/// The version that this release reads and writes.
pub const VERSION: &str = "v1alpha1";
/// `GROUP/VERSION`, as it stands in `apiVersion`.
pub const API_VERSION: &str = "toft.dev/v1alpha1";
