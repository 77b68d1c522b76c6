//! The firewall: whole tables, replaced in one transaction by `nft`.

use std::io;
use std::time::Duration;

use rtnetlink::sys::protocols::NETLINK_NETFILTER;
use rtnetlink::sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket};

use crate::Door;
use crate::spawn::{Program, SpawnError};

/// How long one transaction may take; the kernel waits for readers of the old rules, and a slow
/// machine's first one for its modules.
const LIMIT: Duration = Duration::from_mins(1);

/// The kernel's group of those who are told about changed rules (`NFNLGRP_NFTABLES`).
const CHANGES: u32 = 7;

/// News of changed rules, whoever changed them.
pub struct NftChanges {
    socket: TokioSocket,
}

// === impl NftChanges ===

impl NftChanges {
    /// Waits until rules were changed. Several changes may be told as one.
    pub async fn next(&mut self) -> io::Result<()> {
        let mut news = Vec::with_capacity(8192);
        match self.socket.recv(&mut news).await {
            // More changes than the kernel could tell about: then there was one.
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Ok(()),
            other => other.map(drop),
        }
    }
}

// === impl Door ===

impl Door {
    /// Loads a ruleset: all of it or nothing. `subject` names what it is about, for the record.
    ///
    /// # Errors
    /// `nft` is not installed, or it refuses the text and says where.
    pub async fn nft_apply(&self, subject: &str, rules: String) -> Result<(), SpawnError> {
        tracing::trace!(subject, bytes = rules.len(), "loading firewall rules");
        let program = Program::new("nft.apply", "nft")
            .args(["-f", "-"])
            .stdin(rules)
            .timeout(LIMIT);
        self.run(program).await.map(drop)
    }

    /// Asks `nft` for a listing as JSON, such as `list chains`; `None` when it has nothing to show.
    pub async fn nft_list(&self, what: &[&str]) -> Result<Option<serde_json::Value>, SpawnError> {
        let program = Program::new("nft.list", "nft")
            .args(["-j", "list"])
            .args(what)
            .timeout(LIMIT);
        let finished = self.run_any(program).await?;
        Ok(if finished.status.success() {
            serde_json::from_slice(&finished.stdout).ok()
        } else {
            None
        })
    }

    /// Listens for changes of the firewall of this host.
    pub fn nft_changes(&self) -> io::Result<NftChanges> {
        let mut socket = TokioSocket::new(NETLINK_NETFILTER)?;
        socket.socket_mut().bind(&SocketAddr::new(0, 0))?;
        socket.socket_mut().add_membership(CHANGES)?;
        Ok(NftChanges { socket })
    }
}
