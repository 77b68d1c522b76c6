//! Volumes: everything that workspaces can write, one a workspace.
//!
//! ```text
//! D/pool.img            the pool, where Toft made one: btrfs, mounted at D/volumes
//! D/volumes/UID/        a volume: a subvolume on btrfs, with one limit over all of it
//!           UID/home    its home; ids unshifted (owner 1000 inside is 1000 here)
//!           UID/layer   what its machine changed of the image (see toft-runtime-container)
//!           UID/image   the digest of that image
//!           snapshots/  what volumes held at some instant, by the snapshot's uid; never written
//!           trash/…     removed volumes on their way out
//!           tmp/…       a volume being made; renamed into place when it is whole
//!           ballast     a file that holds space free for deletes on a full disk
//! ```
//!
//! What volumes are is chosen once (`backend`): subvolumes right there where the data directory is
//! on btrfs, a pool in a file elsewhere, directories where neither can be had.
//!
//! [`Volumes::remove`] renames first and deletes then: the volume is gone at once, and what could
//! not be deleted is listed by [`Volumes::leftovers`] and tried again by [`Volumes::retry`].
//! All directories above the homes are 0700: no file of a workspace can be reached on the host.

mod backend;
mod ballast;
mod error;
mod home;
mod pool;
mod trash;
mod volumes;

pub use backend::{Choice, NoChoice};
pub use error::VolumeError;
pub use home::Owner;
pub use trash::Leftover;
pub use volumes::{Health, Origin, State, Usage, VolumeInfo, Volumes};
