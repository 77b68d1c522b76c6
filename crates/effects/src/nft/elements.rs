//! Elements of sets, put in and taken out by the kernel's own messages.
//!
//! `nft` is a program that reads the rules of the whole host before it changes any; for what comes
//! and goes with a workspace, which is an element in each of a few sets, this is all it takes.

use std::io;

use rtnetlink::sys::protocols::NETLINK_NETFILTER;
use rtnetlink::sys::{Socket, SocketAddr};

use super::{FAMILY, HEADER};
use crate::Door;

/// `NFNL_MSG_BATCH_BEGIN` and its end, between which all is done or nothing.
const BEGIN: u16 = 0x10;
const END: u16 = 0x11;
/// The subsystem of nftables, as the frame of a batch and the type of a message name it.
const NFTABLES: u16 = 10;
/// `NFT_MSG_NEWSETELEM` and `NFT_MSG_DELSETELEM`.
const PUT: u16 = (NFTABLES << 8) | 0x0c;
const TAKE: u16 = (NFTABLES << 8) | 0x0e;
/// `NLMSG_ERROR`, which says that something was done, too.
const ANSWER: u16 = 2;
/// `NLM_F_REQUEST`, `NLM_F_ACK` and `NLM_F_CREATE`.
const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const CREATE: u16 = 0x400;
/// Attributes: of a list of elements, of one, of its key.
const TABLE: u16 = 1;
const SET: u16 = 2;
const LIST: u16 = NESTED | 3;
const ELEMENT: u16 = NESTED | 1;
const KEY: u16 = NESTED | 1;
const VALUE: u16 = 1;
const NESTED: u16 = 1 << 15;
/// More elements of one set do not fit an attribute, whose length has 16 bits.
const MOST: usize = 512;

/// Elements of one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elements {
    /// The number of the table's family.
    pub family: u8,
    /// The table.
    pub table: String,
    /// The set.
    pub set: &'static str,
    /// Their keys: the parts one after the other, each filled up to a multiple of four octets.
    pub keys: Vec<Vec<u8>>,
}

// === impl Door ===

impl Door {
    /// Takes elements out of sets and puts others in: all of it or nothing. One that is there
    /// already is fine.
    ///
    /// # Errors
    /// A set is not there, or lacks what is to be taken out, or the kernel refuses.
    pub async fn nft_elements(
        &self,
        subject: &str,
        take: Vec<Elements>,
        put: Vec<Elements>,
    ) -> io::Result<()> {
        let done = self.pass_async("nft.elements", subject, async {
            // The kernel may wait for another transaction.
            let change = tokio::task::spawn_blocking(move || exchange(&take, &put));
            change.await
        });
        let done = done.await;
        done.map_err(io::Error::other)?
    }
}

/// Sends one transaction and reads what became of each of its messages.
fn exchange(take: &[Elements], put: &[Elements]) -> io::Result<()> {
    if take.iter().chain(put).any(|elements| elements.keys.len() > MOST) {
        return Err(io::ErrorKind::ArgumentListTooLong.into());
    }
    let mut socket = Socket::new(NETLINK_NETFILTER)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    // It has answered when it has taken a message.
    socket.set_non_blocking(true)?;
    socket.send(&batch(take, put), 0)?;
    let mut open = take.len() + put.len();
    while open > 0 {
        let (answers, _) = socket.recv_from_full()?;
        for answer in answers_of(&answers) {
            match answer {
                0 => open = open.saturating_sub(1),
                errno => return Err(io::Error::from_raw_os_error(errno)),
            }
        }
    }
    Ok(())
}

/// One transaction.
fn batch(take: &[Elements], put: &[Elements]) -> Vec<u8> {
    let frame = |kind| message(kind, REQUEST, 0, NFTABLES, &[]);
    let mut all = frame(BEGIN);
    for elements in take {
        all.extend(message(
            TAKE,
            REQUEST | ACKNOWLEDGE,
            elements.family,
            0,
            &content(elements),
        ));
    }
    for elements in put {
        let flags = REQUEST | ACKNOWLEDGE | CREATE;
        all.extend(message(PUT, flags, elements.family, 0, &content(elements)));
    }
    all.extend(frame(END));
    all
}

/// A header of 16 octets, a family of 4, and attributes.
fn message(kind: u16, flags: u16, family: u8, resource: u16, content: &[u8]) -> Vec<u8> {
    let length = HEADER + FAMILY + content.len();
    let mut all = Vec::with_capacity(length);
    // Limited by the number of elements, whose keys are short.
    all.extend(u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
    all.extend(kind.to_ne_bytes());
    all.extend(flags.to_ne_bytes());
    all.extend([0; 8]);
    all.extend([family, 0]);
    all.extend(resource.to_be_bytes());
    all.extend(content);
    all
}

fn content(elements: &Elements) -> Vec<u8> {
    let name = |name: &str| [name.as_bytes(), &[0]].concat();
    let keys = elements.keys.iter();
    let list: Vec<u8> = keys
        .flat_map(|key| attribute(ELEMENT, &attribute(KEY, &attribute(VALUE, key))))
        .collect();
    [
        attribute(TABLE, &name(&elements.table)),
        attribute(SET, &name(elements.set)),
        attribute(LIST, &list),
    ]
    .concat()
}

fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + content.len()).unwrap_or(u16::MAX);
    let mut all = [&length.to_ne_bytes(), &kind.to_ne_bytes(), content].concat();
    all.resize(all.len().next_multiple_of(4), 0);
    all
}

/// The error numbers of answers; zero where it was done.
fn answers_of(mut bytes: &[u8]) -> Vec<i32> {
    let mut numbers = Vec::new();
    while let Some(head) = bytes.get(..HEADER + 4) {
        let length = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if u16::from_ne_bytes([head[4], head[5]]) == ANSWER {
            numbers.push(-i32::from_ne_bytes([head[16], head[17], head[18], head[19]]));
        }
        bytes = bytes
            .get(length.max(HEADER).next_multiple_of(4)..)
            .unwrap_or_default();
    }
    numbers
}
