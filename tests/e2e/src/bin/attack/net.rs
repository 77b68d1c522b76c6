//! Who answers: TCP, UDP and ping, to addresses of every family and kind.

use std::ffi::CString;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::report::tell;

/// How long an answer is waited for.
const SILENCE: Duration = Duration::from_millis(700);
/// What a service says, so that nobody else is taken for it.
const GREETING: &[u8] = b"attack-service";
const GROUP4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const GROUP6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// `net serve PORT ADDRESS…`, or `net visit PORT NAME=ADDRESS…`.
pub fn main(args: &[&str]) {
    match args {
        ["serve", port, addresses @ ..] => serve(port.parse().unwrap(), addresses),
        ["visit", port, targets @ ..] => visit(port.parse().unwrap(), targets),
        _ => panic!("net {args:?}"),
    }
}

/// Answers everybody on every address, and says who came. From the given addresses even an answer
/// without a connection comes back as where it was sent to.
fn serve(port: u16, addresses: &[&str]) {
    for address in addresses {
        let socket = shared(SocketAddr::new(address.parse().unwrap(), port));
        thread::spawn(move || answer(&socket));
    }
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            note("tcp", &stream.peer_addr().unwrap());
            let _ = stream.write_all(GREETING);
        }
    });
    let socket = shared((Ipv4Addr::UNSPECIFIED, port).into());
    // Where there is no way for groups, none can be heard.
    let _ = socket.join_multicast_v4(&GROUP4, &Ipv4Addr::UNSPECIFIED);
    thread::spawn(move || answer(&socket));
    if let Ok(listener) = newer(port) {
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                note("tcp", &stream.peer_addr().unwrap());
                let _ = stream.write_all(GREETING);
            }
        });
    }
    if let Ok(socket) = Socket::new(Domain::IPV6, Type::DGRAM, None)
        && socket.set_only_v6(true).is_ok()
        && socket
            .bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)).into())
            .is_ok()
    {
        let socket = UdpSocket::from(socket);
        let _ = socket.join_multicast_v6(&GROUP6, 0);
        thread::spawn(move || answer(&socket));
    }
    println!("serving");
    crate::until_told();
}

/// A socket that shares its port with others at other addresses.
fn shared(address: SocketAddr) -> UdpSocket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.into()
}

fn newer(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
    socket.set_only_v6(true)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)).into())?;
    socket.listen(8)?;
    Ok(socket.into())
}

fn answer(socket: &UdpSocket) {
    let mut buffer = [0; 64];
    while let Ok((_, from)) = socket.recv_from(&mut buffer) {
        note("udp", &from);
        let _ = socket.send_to(GREETING, from);
    }
}

fn note(kind: &str, from: &SocketAddr) {
    let mut out = io::stdout();
    let _ = writeln!(out, "visit {kind} {}", from.ip()).and_then(|()| out.flush());
}

/// Tries all at once, each in every way, and says it in order.
fn visit(port: u16, targets: &[&str]) {
    let tries: Vec<_> = (1..)
        .zip(targets)
        .map(|(number, target)| {
            let (name, address) = target.split_once('=').unwrap();
            let (name, address) = (name.to_owned(), parse(address, port));
            thread::spawn(move || {
                let all = [
                    ("tcp", over_tcp(address)),
                    ("udp", over_udp(address)),
                    ("ping", ping(address, number)),
                ];
                (name, all)
            })
        })
        .collect();
    for done in tries {
        let (name, all) = done.join().unwrap();
        for (way, outcome) in all {
            tell(&format!("{name} {way}"), &outcome);
        }
    }
}

/// `ADDRESS` or `ADDRESS%INTERFACE`.
fn parse(text: &str, port: u16) -> SocketAddr {
    let Some((address, interface)) = text.split_once('%') else {
        return SocketAddr::new(text.parse().unwrap(), port);
    };
    let name = CString::new(interface).unwrap();
    // SAFETY: a text that ends with zero and lives until the call returns.
    let scope = unsafe { libc::if_nametoindex(name.as_ptr()) };
    SocketAddrV6::new(address.parse().unwrap(), port, 0, scope).into()
}

fn over_tcp(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, SILENCE)?;
    stream.set_read_timeout(Some(SILENCE))?;
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    if said == GREETING {
        Ok(())
    } else {
        Err(io::Error::other("somebody else answered"))
    }
}

fn over_udp(address: SocketAddr) -> io::Result<()> {
    let any: IpAddr = if address.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.set_broadcast(true)?;
    socket.set_read_timeout(Some(SILENCE))?;
    socket.send_to(b"hello", address)?;
    let mut said = [0; 64];
    let (length, _) = socket.recv_from(&mut said)?;
    if &said[..length] == GREETING {
        Ok(())
    } else {
        Err(io::Error::other("somebody else answered"))
    }
}

fn ping(address: SocketAddr, number: u8) -> io::Result<()> {
    // Type, code, checksum, identifier, number; of ICMPv6 the kernel fills in the checksum.
    let (domain, protocol, echo, reply) = if address.is_ipv4() {
        (
            Domain::IPV4,
            Protocol::ICMPV4,
            [8, 0, 0xf7, 0xfe - number, 0, 1, 0, number],
            0,
        )
    } else {
        (
            Domain::IPV6,
            Protocol::ICMPV6,
            [128, 0, 0, 0, 0, 1, 0, number],
            129,
        )
    };
    let socket = Socket::new(domain, Type::RAW, Some(protocol))?;
    socket.set_broadcast(true)?;
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut target = address;
    target.set_port(0);
    socket.send_to(&echo, &target.into())?;
    let socket = UdpSocket::from(socket);
    let (end, mut buffer) = (Instant::now() + SILENCE, [0; 256]);
    while Instant::now() < end {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        // Raw sockets of IPv4 hear the header too, and everything that anybody is answered.
        let head = if address.is_ipv4() { 20 } else { 0 };
        let ours = length >= head + 8 && buffer[head] == reply && buffer[head + 4..head + 8] == echo[4..8];
        if ours && (from.ip() == address.ip() || is_group(address.ip()) && !is_own(from)) {
            return Ok(());
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// Who calls a group hears itself too; only an own address can be listened at.
fn is_own(mut address: SocketAddr) -> bool {
    address.set_port(0);
    UdpSocket::bind(address).is_ok()
}

fn is_group(address: IpAddr) -> bool {
    address.is_multicast() || matches!(address, IpAddr::V4(v4) if v4.is_broadcast() || v4.octets()[3] == 255)
}
