//! What should be, made so: a planner that only thinks and a driver that only acts.
//!
//! ```text
//!   store ──watch──► queue ──► reconcile ┬─► observe   ports: what is
//!     ▲                                  ├─► plan      pure: the one next step
//!     └──────────── status, events ──────┴─► act       ports: carry it out, then observe again
//! ```
//!
//! A workspace is reconciled by one task at a time, woken by the store's watch and by a timer.
//! Nothing is remembered that can be observed: a new daemon looks at the world and goes on. What
//! the world needs (images, homes, networks, runtimes, agents) stands behind [`ports`].
//!
//! **Architecture invariant**: no HTTP, no users, no paths of the data directory in here.

pub mod admission;
pub mod agents;
pub mod backoff;
pub mod engine;
pub mod images;
pub mod observed;
pub mod plan;
pub mod ports;
pub mod resolve;
pub mod status;
pub mod subject;

mod act;
mod admit;
mod attempts;
mod disk;
mod driver;
mod events;
mod observe;
mod pulse;
mod queue;
mod snapshots;
mod start;
mod sweep;
mod tell;

pub use driver::Done;
pub use engine::{Engine, EngineConfig};
pub use ports::Ports;
