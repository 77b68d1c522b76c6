//! What a question gets: a pure function of the question, who asks, and the zone.

use std::net::Ipv4Addr;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, PTR, SOA};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use ipnet::{IpNet, Ipv4Net};

use super::zone::{self, DOMAIN, Network};

/// How long anyone may remember an answer about workspaces, in seconds: they come and go.
const TTL: u32 = 5;
/// Largest question, and largest answer over UDP.
pub const LARGEST: usize = 4096;
/// Largest answer over UDP to those who do not say what they take.
pub(crate) const SMALLEST: u16 = 512;

/// What happens to a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is answered here.
    Reply(Vec<u8>),
    /// It is passed on to the host's resolvers.
    Forward(Question),
    /// It is none, or not one that an answer could be sent to.
    Ignore,
}

/// A question that is passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The number that the asker knows it by.
    pub id: u16,
    /// What is asked.
    pub query: Query,
    /// As it came, its number included.
    pub bytes: Vec<u8>,
    /// Largest answer that the asker takes over UDP.
    pub room: usize,
}

/// Decides about `bytes`, received from `client` on the bridge of `network`.
pub fn decide(bytes: &[u8], client: Ipv4Addr, network: &Network, pool: Option<Ipv4Net>) -> Decision {
    // Shorter than a header, or itself an answer: answering those makes two servers talk for ever.
    if bytes.len() < 12 || bytes[2] & 0x80 != 0 {
        return Decision::Ignore;
    }
    let Ok(message) = Message::from_vec(bytes) else {
        return reply(&Message::error_msg(
            u16::from_be_bytes([bytes[0], bytes[1]]),
            OpCode::Query,
            ResponseCode::FormErr,
        ));
    };
    let [query] = message.queries.as_slice() else {
        return refuse(&message, ResponseCode::FormErr);
    };
    if message.metadata.op_code != OpCode::Query {
        return refuse(&message, ResponseCode::NotImp);
    }
    let transfer = matches!(query.query_type, RecordType::AXFR | RecordType::IXFR);
    let Some(asker) = network
        .workspaces
        .iter()
        .find(|workspace| workspace.address == client)
    else {
        return refuse(&message, ResponseCode::Refused);
    };
    if query.query_class != DNSClass::IN || transfer {
        return refuse(&message, ResponseCode::Refused);
    }
    if let Some(answer) = own(&message, query, network, pool) {
        return reply(&answer);
    }
    if !asker.forward || !message.metadata.recursion_desired {
        return refuse(&message, ResponseCode::Refused);
    }
    let room = usize::from(message.max_payload().max(SMALLEST)).min(LARGEST);
    Decision::Forward(Question {
        id: message.metadata.id,
        query: query.clone(),
        bytes: bytes.to_vec(),
        room,
    })
}

/// An answer of our own saying that nobody else gave one.
pub fn failure(question: &Question) -> Vec<u8> {
    let mut message = Message::error_msg(question.id, OpCode::Query, ResponseCode::ServFail);
    message.metadata.recursion_available = true;
    message.metadata.recursion_desired = true;
    message.add_query(question.query.clone());
    message.to_vec().unwrap_or_default()
}

/// Turns a resolver's answer into the asker's, if it is the answer to this question: sent under
/// `sent_id`, now under the asker's own. Over UDP one that is too large becomes a hint to use TCP.
pub fn relay(question: &Question, sent_id: u16, mut answer: Vec<u8>, udp: bool) -> Option<Vec<u8>> {
    let message = Message::from_vec(&answer).ok()?;
    let same = |query: &Query| query == &question.query;
    if message.metadata.id != sent_id || message.metadata.message_type != MessageType::Response {
        return None;
    }
    // Some answer errors without repeating the question.
    let bare = message.queries.is_empty() && message.metadata.response_code != ResponseCode::NoError;
    let repeated = message.queries.len() == 1 && message.queries.iter().all(same);
    if !(bare || repeated) {
        return None;
    }
    if udp && answer.len() > question.room {
        let mut short = message.truncate();
        short.metadata.id = question.id;
        return short.to_vec().ok().filter(|bytes| bytes.len() <= question.room);
    }
    answer[..2].copy_from_slice(&question.id.to_be_bytes());
    Some(answer)
}

/// Whether a resolver says that there is more than fits.
pub fn is_truncated(answer: &[u8]) -> bool {
    answer.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// The answer from the zone; none when the name is not ours to speak about.
fn own(message: &Message, query: &Query, network: &Network, pool: Option<Ipv4Net>) -> Option<Message> {
    if let Some(address) =
        reverse(&query.name).filter(|address| pool.is_some_and(|pool| pool.contains(address)))
    {
        let name = network
            .workspaces
            .iter()
            .find(|workspace| workspace.address == address);
        let target = name.and_then(|workspace| full_name(&workspace.name, network));
        let data = target.clone().map(|name| RData::PTR(PTR(name)));
        return Some(answer(
            message,
            query,
            target.is_some(),
            data.filter(|_| asks(query, RecordType::PTR)),
        ));
    }
    let name = query.name.to_lowercase().to_ascii();
    let name = name.trim_end_matches('.');
    let label = if name.contains('.') {
        if name != DOMAIN && !name.ends_with(&format!(".{DOMAIN}")) {
            return None;
        }
        name.strip_suffix(&format!(".{}", zone::domain(&network.owner)))
    } else {
        Some(name)
    };
    let found = label.and_then(|label| {
        network
            .workspaces
            .iter()
            .find(|workspace| workspace.name == label)
    });
    // A single label that is no workspace's may be a top-level domain.
    if found.is_none() && !name.contains('.') {
        return None;
    }
    // The domains above the names exist, and have nothing.
    let exists = found.is_some() || name == DOMAIN || name == zone::domain(&network.owner);
    let data = found.map(|workspace| RData::A(A(workspace.address)));
    Some(answer(
        message,
        query,
        exists,
        data.filter(|_| asks(query, RecordType::A)),
    ))
}

fn asks(query: &Query, kind: RecordType) -> bool {
    query.query_type == kind || query.query_type == RecordType::ANY
}

fn full_name(label: &str, network: &Network) -> Option<Name> {
    Name::from_ascii(format!("{label}.{}.", zone::domain(&network.owner))).ok()
}

/// The address in a complete reverse name.
fn reverse(name: &Name) -> Option<Ipv4Addr> {
    match name.parse_arpa_name().ok()? {
        IpNet::V4(net) if net.prefix_len() == 32 => Some(net.addr()),
        _ => None,
    }
}

fn answer(asked: &Message, query: &Query, exists: bool, data: Option<RData>) -> Message {
    let mut message = response(
        asked,
        if exists {
            ResponseCode::NoError
        } else {
            ResponseCode::NXDomain
        },
    );
    message.metadata.authoritative = true;
    match data {
        Some(data) => message.add_answer(Record::from_rdata(query.name.clone(), TTL, data)),
        None => message.add_authorities(authority()),
    };
    message
}

/// The record that says how long the absence of an answer may be remembered.
fn authority() -> Option<Record> {
    let zone = Name::from_ascii(format!("{DOMAIN}.")).ok()?;
    let seconds = i32::try_from(TTL).ok()?;
    let soa = SOA::new(zone.clone(), zone.clone(), 1, seconds, seconds, seconds, TTL);
    Some(Record::from_rdata(zone, TTL, RData::SOA(soa)))
}

fn response(asked: &Message, code: ResponseCode) -> Message {
    let mut message = Message::error_msg(asked.metadata.id, asked.metadata.op_code, code);
    message.metadata.recursion_desired = asked.metadata.recursion_desired;
    message.metadata.recursion_available = true;
    message.add_queries(asked.queries.iter().take(1).cloned());
    if asked.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(u16::try_from(LARGEST).unwrap_or(SMALLEST));
        message.set_edns(edns);
    }
    message
}

fn refuse(asked: &Message, code: ResponseCode) -> Decision {
    reply(&response(asked, code))
}

fn reply(message: &Message) -> Decision {
    message.to_vec().map_or(Decision::Ignore, Decision::Reply)
}

#[cfg(test)]
mod tests;
