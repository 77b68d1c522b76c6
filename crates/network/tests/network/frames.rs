//! Raw frames: what someone who is root in a workspace can put on the wire, and see there.

use std::io::Read;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::host::{Ns, SILENCE};

pub const BROADCAST: [u8; 6] = [0xff; 6];
pub const ARP: u16 = 0x0806;
pub const IPV4: u16 = 0x0800;
pub const IPV6: u16 = 0x86dd;
pub const VLAN: u16 = 0x8100;
pub const LLDP: u16 = 0x88cc;
/// Every kind of frame (`ETH_P_ALL`).
const ALL: u16 = 3;

/// An interface's wire, to write frames to and read them from.
pub struct Wire(Socket);

/// The hardware address that Toft gives to an address.
pub fn mac(address: Ipv4Addr) -> [u8; 6] {
    toft_network::plan::Mac::of(address).0
}

pub fn frame(to: [u8; 6], from: [u8; 6], kind: u16, payload: &[u8]) -> Vec<u8> {
    [&to[..], &from, &kind.to_be_bytes(), payload].concat()
}

/// An ARP message: operation 1 asks, 2 answers.
pub fn arp(operation: u16, sender: ([u8; 6], Ipv4Addr), target: ([u8; 6], Ipv4Addr)) -> Vec<u8> {
    let head = [0, 1, 8, 0, 6, 4];
    let (s, t) = (sender.1.octets(), target.1.octets());
    [&head[..], &operation.to_be_bytes(), &sender.0, &s, &target.0, &t].concat()
}

/// A UDP packet over IPv4, without UDP checksum.
pub fn udp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), body: &[u8]) -> Vec<u8> {
    let length = |head: usize| u16::try_from(head + body.len()).unwrap().to_be_bytes();
    let mut head = [
        &[0x45, 0][..],
        &length(28),
        &[0, 0, 0, 0, 64, 17, 0, 0],
        &from.0.octets(),
        &to.0.octets(),
    ]
    .concat();
    let mut sum: u32 = head
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    head[10..12].copy_from_slice(&(!u16::try_from(sum).unwrap()).to_be_bytes());
    [
        &head[..],
        &from.1.to_be_bytes(),
        &to.1.to_be_bytes(),
        &length(8),
        &[0, 0],
        body,
    ]
    .concat()
}

// === impl Wire ===

impl Wire {
    /// Opens `eth0` of a namespace.
    pub fn open(ns: &Ns) -> Self {
        ns.run(|| {
            let socket = Socket::new(
                Domain::PACKET,
                Type::RAW,
                Some(Protocol::from(i32::from(ALL.to_be()))),
            )
            .unwrap();
            let index = rustix::net::netdevice::name_to_index(&socket, "eth0").unwrap();
            socket.bind(&address(index)).unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            Self(socket)
        })
    }

    pub fn send(&self, frame: &[u8]) {
        self.0.send(frame).unwrap();
    }

    /// Whether a frame that contains `mark` arrives within the time in which it would.
    pub fn sees(&self, mark: &[u8]) -> bool {
        let (end, mut buffer) = (Instant::now() + SILENCE, [0; 2048]);
        while Instant::now() < end {
            let length = (&self.0).read(&mut buffer).unwrap_or(0);
            if buffer[..length].windows(mark.len()).any(|part| part == mark) {
                return true;
            }
        }
        false
    }
}

fn address(index: u32) -> SockAddr {
    // SAFETY: the storage is zeroed, large enough for and aligned as every kind of address, and
    // the length that is set is that of the kind written.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let link = storage.cast::<libc::sockaddr_ll>();
            (*link).sll_family = u16::try_from(libc::AF_PACKET).unwrap();
            (*link).sll_protocol = ALL.to_be();
            (*link).sll_ifindex = i32::try_from(index).unwrap();
            *length = u32::try_from(size_of::<libc::sockaddr_ll>()).unwrap();
            Ok(())
        })
    }
    .unwrap();
    address
}
