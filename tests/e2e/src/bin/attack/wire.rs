//! Frames of one's own making, and those of others.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::thread;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Every kind of frame (`ETH_P_ALL`).
const ALL: u16 = 3;
const ARP: u16 = 0x0806;
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const BROADCAST: Mac = [0xff; 6];
/// Before and after the name that a frame carries.
const MARK: (&[u8], u8) = (b"attack:", b';');

type Mac = [u8; 6];

/// Somebody on the wire.
#[derive(Clone, Copy)]
struct Station {
    mac: Mac,
    ip: Ipv4Addr,
}

/// `wire listen INTERFACE`, `wire send INTERFACE ME VICTIM GATEWAY`, or `wire say INTERFACE ME TO WORD`;
/// a station is `MAC/IP`.
pub fn main(args: &[&str]) {
    match args {
        ["listen", interface] => listen(interface),
        ["send", interface, me, victim, gateway] => {
            let socket = open(interface);
            for (name, frame) in forged(station(me), station(victim), station(gateway)) {
                // That it left this end says nothing yet.
                let sent = socket.send(&frame);
                println!("sent {name}: {sent:?}");
            }
        }
        ["say", interface, me, to, word] => {
            let (me, to) = (station(me), station(to));
            open(interface)
                .send(&frame(to.mac, me.mac, IPV4, &udp((me.ip, 1), (to.ip, 9), word)))
                .unwrap();
        }
        _ => panic!("wire {args:?}"),
    }
}

fn station(text: &str) -> Station {
    let (mac, ip) = text.split_once('/').unwrap();
    let parts: Vec<u8> = mac
        .split(':')
        .map(|part| u8::from_str_radix(part, 16).unwrap())
        .collect();
    Station {
        mac: parts.try_into().unwrap(),
        ip: ip.parse().unwrap(),
    }
}

/// Says each mark that goes by, once.
fn listen(interface: &str) {
    let mut socket = open(interface);
    promiscuous(&socket, interface);
    println!("listening");
    thread::spawn(move || {
        let (mut seen, mut buffer) = (BTreeSet::new(), vec![0; 65_536]);
        while let Ok(length) = socket.read(&mut buffer) {
            for mark in marks(&buffer[..length]) {
                if seen.insert(mark.clone()) {
                    let mut out = io::stdout();
                    let _ = writeln!(out, "saw {mark}").and_then(|()| out.flush());
                }
            }
        }
    });
    crate::until_told();
}

fn marks(frame: &[u8]) -> Vec<String> {
    let starts = frame
        .windows(MARK.0.len())
        .enumerate()
        .filter(|(_, part)| *part == MARK.0);
    starts
        .filter_map(|(at, _)| {
            let rest = &frame[at + MARK.0.len()..];
            let end = rest.iter().position(|byte| *byte == MARK.1)?;
            String::from_utf8(rest[..end].to_vec()).ok()
        })
        .collect()
}

/// Frames by the name that they carry.
type Forged = Vec<(&'static str, Vec<u8>)>;

fn forged(me: Station, victim: Station, gateway: Station) -> Forged {
    let mut all = claims(me, victim, gateway);
    all.extend(kinds(me, victim));
    all
}

/// Frames that say to be from somebody else.
fn claims(me: Station, victim: Station, gateway: Station) -> Forged {
    let to_victim = |from: Mac, kind, payload: &[u8]| frame(victim.mac, from, kind, payload);
    let packet = |from: Ipv4Addr, name: &str| udp((from, 1), (victim.ip, 9), name);
    let claim = |operation: u16, sender: (Mac, Ipv4Addr), name: &str| {
        [&arp(operation, sender, (victim.mac, victim.ip))[..], &mark(name)].concat()
    };
    vec![
        (
            "neighbours-address",
            to_victim(me.mac, IPV4, &packet(victim.ip, "neighbours-address")),
        ),
        (
            "gateways-address",
            to_victim(me.mac, IPV4, &packet(gateway.ip, "gateways-address")),
        ),
        (
            "nobodys-address",
            to_victim(
                me.mac,
                IPV4,
                &packet(Ipv4Addr::new(8, 8, 8, 8), "nobodys-address"),
            ),
        ),
        (
            "gateways-hardware",
            to_victim(gateway.mac, IPV4, &packet(me.ip, "gateways-hardware")),
        ),
        (
            "another-hardware",
            to_victim([2, 9, 9, 9, 9, 9], IPV4, &packet(me.ip, "another-hardware")),
        ),
        (
            "arp-reply-for-gateway",
            to_victim(
                me.mac,
                ARP,
                &claim(2, (me.mac, gateway.ip), "arp-reply-for-gateway"),
            ),
        ),
        (
            "arp-request-as-gateway",
            frame(
                BROADCAST,
                me.mac,
                ARP,
                &claim(1, (me.mac, gateway.ip), "arp-request-as-gateway"),
            ),
        ),
        (
            "arp-for-neighbour",
            frame(
                BROADCAST,
                me.mac,
                ARP,
                &claim(2, (me.mac, victim.ip), "arp-for-neighbour"),
            ),
        ),
        (
            "arp-inner-hardware",
            to_victim(
                me.mac,
                ARP,
                &claim(2, (gateway.mac, gateway.ip), "arp-inner-hardware"),
            ),
        ),
    ]
}

/// Frames of kinds that nobody may send.
fn kinds(me: Station, victim: Station) -> Forged {
    let to_victim = |from: Mac, kind, payload: &[u8]| frame(victim.mac, from, kind, payload);
    let packet = |name: &str| udp((me.ip, 1), (victim.ip, 9), name);
    let dhcp = udp((me.ip, 67), (victim.ip, 68), "dhcp-offer");
    let tagged = |outer: &[u8], name: &str| [outer, &[0, 5], &IPV4.to_be_bytes(), &packet(name)].concat();
    let (all_nodes, mdns) = ([0x33, 0x33, 0, 0, 0, 1], [1, 0, 0x5e, 0, 0, 0xfb]);
    let group = Ipv4Addr::new(224, 0, 0, 251);
    vec![
        (
            "neighbour-advertisement",
            to_victim(me.mac, IPV6, &icmp6(136, "neighbour-advertisement")),
        ),
        (
            "router-advertisement",
            frame(all_nodes, me.mac, IPV6, &icmp6(134, "router-advertisement")),
        ),
        (
            "broadcast",
            frame(
                BROADCAST,
                me.mac,
                IPV4,
                &udp((me.ip, 1), (Ipv4Addr::BROADCAST, 9), "broadcast"),
            ),
        ),
        (
            "mdns",
            frame(mdns, me.mac, IPV4, &udp((me.ip, 5353), (group, 5353), "mdns")),
        ),
        ("dhcp-offer", to_victim(me.mac, IPV4, &dhcp)),
        ("vlan", to_victim(me.mac, 0x8100, &tagged(&[], "vlan"))),
        (
            "vlan-in-vlan",
            to_victim(me.mac, 0x88a8, &tagged(&[0, 5, 0x81, 0], "vlan-in-vlan")),
        ),
        (
            "unknown-protocol",
            to_victim(me.mac, 0x88b5, &mark("unknown-protocol")),
        ),
    ]
}

fn mark(name: &str) -> Vec<u8> {
    [MARK.0, name.as_bytes(), &[MARK.1]].concat()
}

fn frame(to: Mac, from: Mac, kind: u16, payload: &[u8]) -> Vec<u8> {
    [&to[..], &from, &kind.to_be_bytes(), payload].concat()
}

/// An ARP message: operation 1 asks, 2 answers.
fn arp(operation: u16, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Vec<u8> {
    let head = [0, 1, 8, 0, 6, 4];
    let (s, t) = (sender.1.octets(), target.1.octets());
    [&head[..], &operation.to_be_bytes(), &sender.0, &s, &target.0, &t].concat()
}

/// A UDP packet over IPv4, without UDP checksum.
fn udp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), name: &str) -> Vec<u8> {
    let body = mark(name);
    let length = |head: usize| u16::try_from(head + body.len()).unwrap().to_be_bytes();
    let start = [&[0x45, 0][..], &length(28), &[0, 0, 0, 0, 64, 17, 0, 0]].concat();
    let mut head = [&start[..], &from.0.octets(), &to.0.octets()].concat();
    let sum = checksum(&head);
    head[10..12].copy_from_slice(&sum.to_be_bytes());
    let ports = [from.1.to_be_bytes(), to.1.to_be_bytes(), length(8), [0, 0]].concat();
    [head, ports, body].concat()
}

/// A message of neighbour discovery, from one link-local address to all nodes.
fn icmp6(kind: u8, name: &str) -> Vec<u8> {
    let body = [&[kind, 0, 0, 0, 0, 0, 0, 0][..], &mark(name)].concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let from = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let to = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    [&[0x60, 0, 0, 0][..], &length, &[58, 255], &from, &to, &body].concat()
}

fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

fn open(interface: &str) -> Socket {
    let protocol = Protocol::from(i32::from(ALL.to_be()));
    let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol)).unwrap();
    // SAFETY: the storage is zeroed, large enough for and aligned as every kind of address, and the
    // length that is set is that of the kind written.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let link = storage.cast::<libc::sockaddr_ll>();
            (*link).sll_family = u16::try_from(libc::AF_PACKET).unwrap();
            (*link).sll_protocol = ALL.to_be();
            (*link).sll_ifindex = i32::try_from(index(interface)).unwrap();
            *length = u32::try_from(size_of::<libc::sockaddr_ll>()).unwrap();
            Ok(())
        })
    }
    .unwrap();
    socket.bind(&address).unwrap();
    socket
}

fn index(interface: &str) -> u32 {
    let name = CString::new(interface).unwrap();
    // SAFETY: a text that ends with zero and lives until the call returns.
    unsafe { libc::if_nametoindex(name.as_ptr()) }
}

/// Asks for frames that are for others, too.
fn promiscuous(socket: &Socket, interface: &str) {
    use std::os::fd::AsRawFd;
    let request = libc::packet_mreq {
        mr_ifindex: i32::try_from(index(interface)).unwrap(),
        mr_type: 1,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    // SAFETY: the value lives until the call returns and has the length that is told.
    let joined = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_ADD_MEMBERSHIP,
            std::ptr::from_ref(&request).cast(),
            u32::try_from(size_of_val(&request)).unwrap(),
        )
    };
    assert_eq!(joined, 0, "{}", io::Error::last_os_error());
}
