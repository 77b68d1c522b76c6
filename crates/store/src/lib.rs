//! What Toft remembers: objects and their changes, allocations, people, and the audit log.
//!
//! One SQLite file in the data directory, `toft.db`, written through one connection and read
//! through a few. Every write to an object gets the next number of one counter, its **revision**,
//! and leaves a record in the change log; a [`Watch`] reads that log, so it misses nothing, and
//! a slow one holds nobody up. Old records are dropped up to a **floor**; who asks for what lies
//! below it is told [`StoreError::Expired`] and lists anew.
//!
//! # Guarantees
//! - When a write has returned, it is on disk (`synchronous=FULL`).
//! - Everything of one [`Tx`] is there, or nothing. One [`Tx`] exists at a time.
//! - No absolute path is stored: the directory can be moved.
//! - Removing works on a full disk: space for it is held in a ballast file ([`ballast`]).
//! - A data directory has one daemon (a lock), and of a newer version none of it is touched.
//!
//! # Caveats
//! The store keeps hashes that it is given and does no cryptography. It does not know what a
//! `spec` means, only that a changed one raises `metadata.generation`.

mod allocations;
mod audit;
mod ballast;
mod compact;
mod error;
mod events;
mod key;
mod list;
mod lock;
mod meta;
mod migrate;
mod objects;
mod open;
mod people;
mod reservations;
mod stamp;
mod tx;
mod watch;

pub use audit::{AuditEntry, AuditRecord};
pub use compact::Retention;
pub use error::StoreError;
pub use key::{Key, Object};
pub use list::{List, ListQuery};
pub use objects::{Deleted, Preconditions};
pub use open::Store;
pub use people::codes::{Code, CodePurpose, Redeemed};
pub use people::sessions::{NewSession, Session};
pub use people::tokens::{NewToken, Token};
pub use people::users::{Role, User};
pub use reservations::{Amount, Reservation};
pub use tx::Tx;
pub use watch::{Watch, WatchEvent, WatchFrom};
