//! Names: one's own workspaces', nobody else's, and the rest from the host's resolver.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, RData, Record, RecordType};
use toft_network::Egress;

use crate::host::{Host, Ns, SILENCE, attach, sh, stage};
use crate::isolation::neighbours;

/// What the host's resolver says about every name.
pub const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);

/// The host's resolver, where systemd has its own: out of reach for workspaces. Counts questions;
/// about `big.test` it has much to say.
pub fn resolver() -> Arc<AtomicUsize> {
    let (heard, count) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let socket = UdpSocket::bind("127.0.0.53:53").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.53:53").unwrap();
    let seen = heard.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let (length, asker) = socket.recv_from(&mut buffer).unwrap();
            seen.fetch_add(1, Ordering::SeqCst);
            // An answer to another question first: whoever guesses must not be believed.
            let mut forged = answer(&buffer[..length], Ipv4Addr::new(6, 6, 6, 6));
            forged[0] ^= 0x55;
            socket.send_to(&forged, asker).unwrap();
            let mut reply = answer(&buffer[..length], ELSEWHERE);
            if reply.len() > 512 {
                reply.truncate(12);
                reply[2] |= 2;
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let mut short = Message::response(query.metadata.id, OpCode::Query);
                short.metadata.truncation = true;
                short.add_queries(query.queries.clone());
                reply = short.to_vec().unwrap();
            }
            socket.send_to(&reply, asker).unwrap();
        }
    });
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut question).unwrap();
            let reply = answer(&question, ELSEWHERE);
            stream
                .write_all(&u16::try_from(reply.len()).unwrap().to_be_bytes())
                .unwrap();
            stream.write_all(&reply).unwrap();
        }
    });
    heard
}

fn answer(question: &[u8], address: Ipv4Addr) -> Vec<u8> {
    let query = Message::from_vec(question).unwrap();
    let mut message = Message::response(query.metadata.id, OpCode::Query);
    let name = query.queries[0].name.clone();
    let many = if name.to_ascii().starts_with("big.") {
        100
    } else {
        1
    };
    for _ in 0..many {
        message.add_answer(Record::from_rdata(name.clone(), 60, RData::A(A(address))));
    }
    message.add_queries(query.queries.clone());
    message.to_vec().unwrap()
}

fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

/// Asks over UDP; none when nobody answers.
pub fn ask(ns: &Ns, server: Ipv4Addr, name: &str, kind: RecordType) -> Option<Message> {
    let bytes = ns.run(|| {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        socket.set_read_timeout(Some(SILENCE * 5)).unwrap();
        socket
            .send_to(&question(name, kind).to_vec().unwrap(), (server, 53))
            .ok()?;
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).ok()?;
        Some(buffer[..length].to_vec())
    })?;
    let message = Message::from_vec(&bytes).unwrap();
    assert_eq!(message.metadata.id, 4711);
    Some(message)
}

fn ask_tcp(ns: &Ns, server: Ipv4Addr, name: &str) -> Option<Message> {
    ns.run(|| {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((server, 53)), SILENCE).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let bytes = question(name, RecordType::A).to_vec().unwrap();
        stream
            .write_all(&u16::try_from(bytes.len()).unwrap().to_be_bytes())
            .unwrap();
        stream.write_all(&bytes).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut buffer = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut buffer).ok()?;
        Message::from_vec(&buffer).ok()
    })
}

/// The addresses in an answer, or the code that says why there are none.
pub fn addresses(message: Option<Message>) -> Result<Vec<Ipv4Addr>, Option<ResponseCode>> {
    let message = message.ok_or(None)?;
    if message.metadata.response_code != ResponseCode::NoError {
        return Err(Some(message.metadata.response_code));
    }
    let address = |record: &Record| {
        if let RData::A(A(address)) = &record.data {
            Some(*address)
        } else {
            None
        }
    };
    Ok(message.answers.iter().filter_map(address).collect())
}

#[test]
fn an_owner_s_names_are_known_to_the_owner_only() {
    stage(
        module_path!(),
        "an_owner_s_names_are_known_to_the_owner_only",
        async |host: Host| {
            let asked = resolver();
            let all = neighbours(&host).await;
            let (a1, a2, b1) = (&all.a1, &all.a2, &all.b1);
            for name in ["a2.owner0.toft.internal", "A2.Owner0.Toft.Internal.", "a2"] {
                assert_eq!(
                    addresses(ask(&a1.0, a1.1.dns, name, RecordType::A)),
                    Ok(vec![a2.1.address]),
                    "{name}"
                );
            }
            assert_eq!(
                addresses(ask_tcp(&a1.0, a1.1.dns, "a2.owner0.toft.internal")),
                Ok(vec![a2.1.address])
            );
            let reverse = ask(&a1.0, a1.1.dns, "3.0.213.10.in-addr.arpa", RecordType::PTR).unwrap();
            assert!(
                reverse.answers[0]
                    .data
                    .to_string()
                    .contains("a2.owner0.toft.internal"),
                "{reverse}"
            );
            for name in [
                "b1.owner1.toft.internal",
                "nobody.owner0.toft.internal",
                "2.1.213.10.in-addr.arpa",
            ] {
                let answer = addresses(ask(&a1.0, a1.1.dns, name, RecordType::A));
                assert_eq!(answer, Err(Some(ResponseCode::NXDomain)), "{name}");
            }
            assert_eq!(
                addresses(ask(&b1.0, b1.1.dns, "a2.owner0.toft.internal", RecordType::A)),
                Err(Some(ResponseCode::NXDomain))
            );
            // The neighbour's forwarder address does not answer, nor does ours to the outside.
            assert_eq!(addresses(ask(&b1.0, a1.1.dns, "a2", RecordType::A)), Err(None));
            let lan = Ns("lan".into());
            lan.sh("ip route add 10.213.0.0/16 via 192.168.50.2");
            assert_eq!(addresses(ask(&lan, a1.1.dns, "a2", RecordType::A)), Err(None));
            assert_eq!(
                asked.load(Ordering::SeqCst),
                0,
                "names of workspaces were asked elsewhere"
            );
        },
    );
}

#[test]
fn the_rest_comes_from_the_host_s_resolver() {
    stage(
        module_path!(),
        "the_rest_comes_from_the_host_s_resolver",
        async |host: Host| {
            let asked = resolver();
            let network = host.instance("0a1b2c", "10.213.0.0/16");
            let (open, closed) = (Ns::new("open"), Ns::new("closed"));
            let at = network
                .attach(&attach("open", 0, 0, Egress::Internet))
                .await
                .unwrap();
            network
                .attach(&attach("closed", 0, 1, Egress::None))
                .await
                .unwrap();
            assert_eq!(
                addresses(ask(&open, at.dns, "example.test", RecordType::A)),
                Ok(vec![ELSEWHERE])
            );
            assert_eq!(
                addresses(ask_tcp(&open, at.dns, "example.test")),
                Ok(vec![ELSEWHERE])
            );
            let short = ask(&open, at.dns, "big.test", RecordType::A).unwrap();
            assert!(
                short.metadata.truncation,
                "an answer that does not fit must say so"
            );
            assert_eq!(
                addresses(ask_tcp(&open, at.dns, "big.test")).map(|all| all.len()),
                Ok(100)
            );
            let before = asked.load(Ordering::SeqCst);
            let refused = Err(Some(ResponseCode::Refused));
            assert_eq!(
                addresses(ask(&closed, at.dns, "secret.leaks.test", RecordType::A)),
                refused
            );
            assert_eq!(
                addresses(ask(&closed, at.dns, "open", RecordType::A)),
                Ok(vec![at.address])
            );
            assert_eq!(
                asked.load(Ordering::SeqCst),
                before,
                "a workspace without egress sent a name out"
            );
        },
    );
}

#[test]
fn names_come_and_go_with_their_workspaces() {
    stage(
        module_path!(),
        "names_come_and_go_with_their_workspaces",
        async |host: Host| {
            let network = host.instance("0a1b2c", "10.213.0.0/16");
            let first = Ns::new("first");
            let at = network
                .attach(&attach("first", 0, 0, Egress::Internet))
                .await
                .unwrap();
            let second = attach("second", 0, 1, Egress::Internet);
            Ns::new("second");
            let gone = Err(Some(ResponseCode::NXDomain));
            for _ in 0..3 {
                let known = network.attach(&second).await.unwrap();
                let look = || addresses(ask(&first, at.dns, "second.owner0.toft.internal", RecordType::A));
                assert_eq!(look(), Ok(vec![known.address]));
                network.detach(&second.uid, second.seat).await.unwrap();
                // Nobody waits for a name to go: its address is free before and after.
                let mut left = look();
                for _ in 0..1000 {
                    if left == gone {
                        break;
                    }
                    left = look();
                }
                assert_eq!(left, gone);
            }
            // A bridge that was made anew is listened on anew.
            network
                .detach("uid-first", attach("first", 0, 0, Egress::None).seat)
                .await
                .unwrap();
            assert!(network.release_owner(0).await.unwrap());
            network
                .attach(&attach("first", 0, 0, Egress::Internet))
                .await
                .unwrap();
            assert_eq!(
                addresses(ask(&first, at.dns, "first", RecordType::A)),
                Ok(vec![at.address])
            );
        },
    );
}

#[test]
fn hostile_questions_leave_it_standing() {
    stage(
        module_path!(),
        "hostile_questions_leave_it_standing",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (a1, dns) = (&all.a1.0, all.a1.1.dns);
            // Half-open and silent connections, more than one client may have.
            let held: Vec<TcpStream> = (0..40)
                .filter_map(|_| a1.run(|| TcpStream::connect((dns, 53)).ok()))
                .collect();
            let socket = a1.run(|| UdpSocket::bind("0.0.0.0:0").unwrap());
            let good = question("a2", RecordType::A).to_vec().unwrap();
            for length in 0..good.len() {
                socket.send_to(&good[..length], (dns, 53)).unwrap();
                let mut bent = good.clone();
                bent[length] ^= 0xff;
                socket.send_to(&bent, (dns, 53)).unwrap();
            }
            socket.send_to(&vec![0; 9000], (dns, 53)).unwrap();
            let pointers = [&good[..12], &[0xc0, 12, 0, 1, 0, 1]].concat();
            socket.send_to(&pointers, (dns, 53)).unwrap();
            assert_eq!(
                addresses(ask(a1, dns, "a2", RecordType::A)),
                Ok(vec![all.a2.1.address])
            );
            // The others have their own share.
            assert_eq!(
                addresses(ask_tcp(&all.a2.0, dns, "a1")),
                Ok(vec![all.a1.1.address])
            );
            drop(held);
        },
    );
}

#[test]
fn the_forwarder_is_nobody() {
    stage(module_path!(), "the_forwarder_is_nobody", async |host: Host| {
        let _all = neighbours(&host).await;
        let status = sh("cat /proc/$(pgrep -f toft-forwarde[r])/status");
        let line = |name: &str| {
            status
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap()
                .to_owned()
        };
        assert!(
            !line("Uid:").split_whitespace().skip(1).any(|id| id == "0"),
            "{status}"
        );
        assert!(
            !line("Gid:").split_whitespace().skip(1).any(|id| id == "0"),
            "{status}"
        );
        // CAP_NET_BIND_SERVICE and CAP_NET_RAW, and nothing to gain.
        assert_eq!(
            (line("CapPrm:"), line("NoNewPrivs:")),
            ("CapPrm:\t0000000000002400".into(), "NoNewPrivs:\t1".into())
        );
    });
}
