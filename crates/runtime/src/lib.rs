//! What runs a workspace, seen from above.
//!
//! A [`Runtime`] turns a [`SandboxSpec`] (plain data, no references into anybody's store) into a
//! running machine and back. It knows nothing of users, templates or quotas: it is told
//! directories, numbers and names. Some runtimes bring image, volume or network themselves and
//! say so in [`Provides`]; the engine then leaves those steps out.
//!
//! ```text
//!             create            start
//!   Absent ───────────► Prepared ─────► Running ──┐
//!     ▲                  ▲   ▲            │       │ PID 1 ends by itself
//!     │      remove      │   └────────────┘       ▼
//!     └───── from any    │        stop         Exited
//!            state       └──────── stop ──────────┘   (start works from here as well)
//! ```
//!
//! Every implementation passes [`conformance`]; [`sim`] is the one in memory, with faults on
//! demand, that the engine's tests run against.

pub mod check;
pub mod conformance;
pub mod error;
pub mod runtime;
pub mod sim;
pub mod spec;
pub mod state;

pub use check::{Check, Verdict};
pub use error::RuntimeError;
pub use runtime::{BoxStream, Provides, Runtime, Target};
pub use spec::{
    HomeSource, IdRange, Init, Mounted, Nesting, NetworkView, Resources, Root, SandboxId, SandboxSpec, User,
};
pub use state::{Exit, Leftover, SandboxState, Usage};
