//! The effect door: the only crate that changes the host.
//!
//! Every spawn, mount, netlink, nftables, namespace and cgroup call of Toft is a method of
//! [`Door`], so that what the daemon can do to a host is one list, each entry can be recorded,
//! and a test can kill the daemon just before or just after any of them (see [`failpoint`]).
//! Nothing here decides anything: callers say what, the door does it or says why not.
//!
//! **Architecture invariant**: outside this crate `clippy.toml` forbids the underlying calls.
//! A later version may put the door into a process of its own, with the gateway unprivileged;
//! therefore arguments are plain data and results carry no borrowed state.

pub mod btrfs;
pub mod cgroup;
pub mod failpoint;
pub mod link;
pub mod loopback;
pub mod mount;
pub mod namespaces;
pub mod nft;
pub mod spawn;

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

pub use failpoint::FailPoints;

/// The way through which all privileged effects pass. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Door {
    points: Arc<FailPoints>,
}

// === impl Door ===

impl Door {
    /// A door that honours the fail points named in the environment (see [`failpoint`]).
    pub fn from_env() -> Self {
        Self {
            points: Arc::new(FailPoints::from_env()),
        }
    }

    /// Carries out one effect between its two fail points.
    ///
    /// `effect` names the kind (`mount.overlay`), `subject` the object for the record. Every
    /// public method of the door that changes the host calls this or [`Door::pass_async`].
    pub fn pass<T>(&self, effect: &'static str, subject: &str, act: impl FnOnce() -> T) -> T {
        let passage = self.points.before(effect, subject);
        let began = Instant::now();
        let result = act();
        told(effect, subject, began);
        self.points.after(&passage);
        result
    }

    /// As [`Door::pass`], for effects that wait. Dropping the future leaves the effect where it
    /// stands: callers repeat it, which every effect must allow.
    pub async fn pass_async<T>(
        &self,
        effect: &'static str,
        subject: &str,
        act: impl Future<Output = T>,
    ) -> T {
        let passage = self.points.before(effect, subject);
        let began = Instant::now();
        let result = act.await;
        told(effect, subject, began);
        self.points.after(&passage);
        result
    }
}

/// Where the time goes: `TOFT_LOG=toft_effects=trace`.
fn told(effect: &'static str, subject: &str, began: Instant) {
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::trace!(effect, subject, took_us, "passed");
}
