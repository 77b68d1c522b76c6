//! The API by Kubernetes' conventions, sign-in, the web UI, and the composition of everything.
//!
//! ```text
//! gateway ─► routes ─┬─► resources ─► store          (lists, objects, watches)
//! socket  ─►         ├─► workspaces ─► agent         (terminals, commands, files, logs)
//!                    ├─► toft ─► people, site        (sign-in, tokens, the machine)
//!                    └─► ui                          (files inside the binary)
//! ```
//!
//! **Architecture invariants**: no SQL and no process is spawned in here. Who may do what is
//! decided by one pure function ([`people::policy::decide`]), and by nothing else.

mod agents;
pub mod audit;
pub mod compose;
pub mod doctor;
#[doc(hidden)]
pub mod fuzzing;
pub mod metrics;
pub mod openapi;
pub mod people;
pub mod resources;
pub mod routes;
pub mod site;
pub mod state;
pub mod usage;
pub mod wire;

pub use compose::{ServeConfig, ServeError, Server, probe, serve};
pub use routes::router;
pub use state::App;
