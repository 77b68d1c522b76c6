//! The firewall: whole tables, replaced in one transaction by `nft`, and elements of their sets.

mod elements;

use std::io;
use std::time::Duration;

use rtnetlink::sys::protocols::NETLINK_NETFILTER;
use rtnetlink::sys::{AsyncSocket, AsyncSocketExt, SocketAddr, TokioSocket};

use crate::Door;
use crate::spawn::{Program, SpawnError};

pub use elements::Elements;

/// How long one transaction may take; the kernel waits for readers of the old rules, and a slow
/// machine's first one for its modules.
const LIMIT: Duration = Duration::from_mins(1);

/// The kernel's group of those who are told about changed rules (`NFNLGRP_NFTABLES`).
const CHANGES: u32 = 7;
/// As much as the kernel puts into one datagram of news.
const NEWS: usize = 64 << 10;
/// Octets of a netlink header, and of what netfilter puts behind it.
const HEADER: usize = 16;
const FAMILY: usize = 4;
/// Message kinds: subsystem 10 (nftables), message 0 and 2.
const TABLE_MADE: u16 = 10 << 8;
const TABLE_REMOVED: u16 = (10 << 8) | 2;
/// `NFTA_TABLE_NAME`.
const TABLE_NAME: u16 = 1;

/// News of tables that come and go, whoever made or removed them.
pub struct NftChanges {
    socket: TokioSocket,
}

/// A table, by the number of its family and its name.
pub type Table = (u8, String);

/// What happened to tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableChange {
    /// It was made.
    Made(Table),
    /// It was removed.
    Removed(Table),
    /// More happened than the kernel could tell about.
    Untold,
}

// === impl NftChanges ===

impl NftChanges {
    /// Waits until rules were changed, and says which tables came and went by it, in order. A
    /// change inside of tables is an empty list.
    pub async fn next(&mut self) -> io::Result<Vec<TableChange>> {
        let mut news = Vec::with_capacity(NEWS);
        match self.socket.recv(&mut news).await {
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Ok(vec![TableChange::Untold]),
            other => other.map(|()| table_changes(&news)),
        }
    }
}

/// Reads the kernel's messages: a header of 16 octets, a family of 4, and attributes. What is cut
/// off or unknown is news that was not told.
fn table_changes(mut news: &[u8]) -> Vec<TableChange> {
    let mut changes = Vec::new();
    while let Some(header) = news.get(..HEADER) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        let Some(message) = news.get(HEADER..length) else {
            changes.push(TableChange::Untold);
            break;
        };
        let table = || Some((*message.first()?, table_name(message.get(FAMILY..)?)?));
        match kind {
            TABLE_MADE => changes.push(table().map_or(TableChange::Untold, TableChange::Made)),
            TABLE_REMOVED => changes.push(table().map_or(TableChange::Untold, TableChange::Removed)),
            _ => {}
        }
        news = news.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    changes
}

/// The attribute that names a table, of attributes of length, type and content.
fn table_name(mut attributes: &[u8]) -> Option<String> {
    loop {
        let head = attributes.get(..4)?;
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let content = attributes.get(4..length)?;
        if u16::from_ne_bytes([head[2], head[3]]) == TABLE_NAME {
            let name = std::ffi::CStr::from_bytes_until_nul(content).ok()?;
            return name.to_str().ok().map(str::to_owned);
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
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

#[cfg(test)]
mod tests;
