//! What Toft knows for good: resources with their changes, allocations, people, and the audit
//! log, in one SQLite database.
//!
//! ```text
//!   begin ─► Tx: create · update · delete · allocate · …  ─► commit ─► changes log ─► watches
//! ```
//!
//! Every write is a transaction of the one writer ([`Store::begin`]); what was committed is on
//! disk (`synchronous=FULL`). Reads and watches use connections of their own and never hold a
//! writer up. Resource versions count all changes of all kinds, as etcd's revisions do; a watch
//! reads the log of changes from a version on, so it can be slow or come back later and still
//! misses nothing, until the log was compacted beyond it.
//!
//! **Architecture invariant**: nothing here knows what a spec means; objects are JSON with
//! metadata. Keys and secrets arrive hashed.

pub mod allocations;
pub mod audit;
pub mod ballast;
pub mod error;
pub mod events;
pub mod objects;
pub mod open;
pub mod people;
pub mod tx;
pub mod watch;

pub use error::StoreError;
pub use objects::{Key, List, Page, Selection};
pub use open::Store;
pub use tx::Tx;
pub use watch::{Change, Watch, WatchEvent};
