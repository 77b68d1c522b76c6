//! The owners' private networks: addresses, bridges, firewall and names.
//!
//! Every owner has a bridge of their own with a gateway address; every workspace is one veth
//! pair from that bridge into its network namespace. Nothing passes between bridges, to the host
//! or out to a network unless a rule says so ([`rules`]): the firewall is generated as one text
//! from what is attached and replaced in one transaction. A forwarder of Toft's own ([`dns`])
//! answers names on each gateway address and outlives the daemon.
//!
//! # Expected flow
//! [`claim_pool`] once for an instance, kept by the caller; [`Network::new`]; after a start
//! [`Network::reconcile`] with all that should be attached; then [`Network::attach`] and
//! [`Network::detach`] as workspaces come and go; [`Network::purge`] at the very end.
//!
//! # Guarantees
//! Every call may be cut off anywhere and repeated: the intent is written first
//! ([`intent`]), the firewall stands before a packet can flow, and what exists already is
//! looked at before it is made. Only interfaces, tables and routes that carry the instance's
//! id are ever changed or removed.

pub mod dns;
mod error;
mod foreign;
mod forwarder;
pub mod fuzzing;
mod intent;
mod network;
pub mod plan;
pub mod probe;
pub mod rules;
mod uplink;

pub use error::NetworkError;
pub use network::{Attach, Attachment, Egress, Network, NetworkConfig, Reconciled, claim_pool};
pub use plan::{Plan, Seat};
pub use probe::{Check, Verdict};
