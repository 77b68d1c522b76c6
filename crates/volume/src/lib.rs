//! Volumes: the homes of workspaces, plain directories for now.
//!
//! ```text
//! DIR/UID/home      a workspace's home; ids unshifted (owner 1000 inside is 1000 here)
//! DIR/trash/…       removed homes on their way out
//! DIR/tmp/…         a home being made; renamed into place when it is whole
//! DIR/ballast       a file that holds space free for deletes on a full disk
//! ```
//!
//! [`Volumes::remove`] renames first and deletes then: the volume is gone at once, and what could
//! not be deleted is listed by [`Volumes::leftovers`] and tried again by [`Volumes::retry`].
//! All directories above the homes are 0700: no file of a workspace can be reached on the host.

mod ballast;
mod error;
mod home;
mod trash;
mod volumes;

pub use error::VolumeError;
pub use home::Owner;
pub use trash::Leftover;
pub use volumes::{Space, Usage, VolumeInfo, Volumes};
