//! Who reaches whom: positive controls first, then everything that must not.

use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};

use toft_network::{Attachment, Egress, Network};

use crate::frames::Wire;
use crate::host::{Host, Ns, SILENCE, Service, at, attach, sh, stage, visit};

/// Two owners with two workspaces each, all with the internet.
pub struct Neighbours {
    pub network: Network,
    pub a1: (Ns, Attachment),
    pub a2: (Ns, Attachment),
    pub b1: (Ns, Attachment),
    pub b2: (Ns, Attachment),
}

pub async fn neighbours(host: &Host) -> Neighbours {
    let network = host.instance("0a1b2c", "10.213.0.0/16");
    let join = async |name: &str, subnet, seat| {
        let ns = Ns::new(name);
        (
            ns,
            network
                .attach(&attach(name, subnet, seat, Egress::Internet))
                .await
                .unwrap(),
        )
    };
    let (a1, a2) = (join("a1", 0, 0).await, join("a2", 0, 1).await);
    let (b1, b2) = (join("b1", 1, 0).await, join("b2", 1, 1).await);
    Neighbours {
        network,
        a1,
        a2,
        b1,
        b2,
    }
}

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

#[test]
fn owners_meet_themselves_and_nobody_else() {
    stage(
        module_path!(),
        "owners_meet_themselves_and_nobody_else",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (a1, a2, b1, b2) = (&all.a1, &all.a2, &all.b1, &all.b2);
            let theirs: Vec<Service> = [a2, b1, b2]
                .iter()
                .map(|(ns, _)| ns.serve("0.0.0.0:80"))
                .collect();
            assert_eq!(a1.0.visit(at(a2.1.address, 80)), Some(a1.1.address.to_string()));
            assert_eq!(b1.0.visit(at(b2.1.address, 80)), Some(b1.1.address.to_string()));
            assert!(a1.0.pings(a2.1.address));
            let before: usize = theirs.iter().map(Service::visits).sum();
            for (from, to) in [(a1, b1), (a1, b2), (a2, b1), (b1, a2), (b2, a2)] {
                assert_eq!(from.0.visit(at(to.1.address, 80)), None);
                assert!(!from.0.pings(to.1.address));
                assert!(!from.0.pings(to.1.gateway), "the other owner's gateway answers");
            }
            // Whoever is root inside may add routes and addresses of the neighbour's network.
            a1.0.sh(&format!("ip route add {} via {}", b1.1.address, a1.1.gateway));
            a1.0.sh("ip addr add 10.213.1.77/24 dev eth0");
            assert_eq!(a1.0.visit(at(b1.1.address, 80)), None);
            assert_eq!(theirs.iter().map(Service::visits).sum::<usize>(), before);
        },
    );
}

#[test]
fn the_internet_sees_the_host_and_reaches_nobody() {
    stage(
        module_path!(),
        "the_internet_sees_the_host_and_reaches_nobody",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (inet, lan) = (Ns("inet".into()), Ns("lan".into()));
            let _far = inet.serve("8.8.8.8:443");
            assert_eq!(
                all.a1.0.visit(at(ip("8.8.8.8"), 443)),
                Some("203.0.113.2".to_owned())
            );
            let web = all.a1.0.serve("0.0.0.0:80");
            assert!(all.a2.0.visit(at(all.a1.1.address, 80)).is_some());
            let before = web.visits();
            // From a public address: the answer at least could leave again.
            inet.sh("ip route add 10.213.0.0/16 via 203.0.113.2 src 8.8.8.8");
            lan.sh("ip route add 10.213.0.0/16 via 192.168.50.2");
            for outside in [&inet, &lan] {
                assert_eq!(outside.visit(at(all.a1.1.address, 80)), None);
                assert!(!outside.pings(all.a1.1.address));
            }
            let wire = Wire::open(&all.a1.0);
            let here = UdpSocket::bind("0.0.0.0:0").unwrap();
            // Whether the kernel tells the sender differs from one to the next.
            let _ = here.send_to(b"from-the-host", (all.a1.1.address, 9));
            assert_eq!(visit(at(all.a1.1.address, 80)), None, "the host itself came in");
            assert!(!wire.sees(b"from-the-host"), "the host itself came in");
            assert_eq!(web.visits(), before);
        },
    );
}

#[test]
fn services_of_the_host_do_not_answer() {
    stage(
        module_path!(),
        "services_of_the_host_do_not_answer",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (any, bridge) = (Service::here("0.0.0.0:8080"), Service::here("10.213.0.1:9090"));
            let local = Service::here("127.0.0.1:7070");
            let lan = Ns("lan".into());
            assert!(
                lan.visit(at(ip("192.168.50.2"), 8080)).is_some(),
                "the positive control"
            );
            let before = any.visits();
            let a1 = &all.a1.0;
            assert!(a1.pings(ip("10.213.0.1")), "one's own gateway may be pinged");
            for address in ["10.213.0.1", "10.213.1.1", "203.0.113.2", "192.168.50.2"] {
                assert_eq!(a1.visit(at(ip(address), 8080)), None, "{address}");
            }
            assert_eq!(a1.visit(at(ip("10.213.0.1"), 9090)), None);
            // Even where something else on the host lets packets be routed to its loopback.
            sh("echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet");
            a1.sh("echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via 10.213.0.1");
            assert_eq!(a1.visit(at(ip("127.0.0.1"), 7070)), None);
            // Another program's port, forwarded before ours could look at where it leads.
            sh(
                "nft add table ip docker; nft add chain ip docker pre { type nat hook prerouting priority dstnat\\; }; nft add rule ip docker pre tcp dport 5050 dnat to 8.8.8.8:50",
            );
            let inet = Ns("inet".into());
            let published = inet.serve("8.8.8.8:50");
            sh(
                "echo 1 > /proc/sys/net/ipv4/ip_forward; nft add chain ip docker post { type nat hook postrouting priority srcnat\\; }; nft add rule ip docker post masquerade",
            );
            assert!(
                lan.visit(at(ip("192.168.50.2"), 5050)).is_some(),
                "the positive control"
            );
            assert_eq!(a1.visit(at(ip("203.0.113.2"), 5050)), None);
            assert_eq!(
                (any.visits(), bridge.visits(), local.visits(), published.visits()),
                (before, 0, 0, 1)
            );
        },
    );
}

#[test]
fn egress_is_what_was_granted() {
    stage(
        module_path!(),
        "egress_is_what_was_granted",
        async |host: Host| {
            let network = host.instance("0a1b2c", "10.213.0.0/16");
            let lan_only = Egress::Lan(vec![
                "192.168.50.0/24".parse().unwrap(),
                "192.168.50.10/32".parse().unwrap(),
            ]);
            let everything = Egress::Lan(vec!["0.0.0.0/0".parse().unwrap()]);
            let kinds = [
                ("none", Egress::None),
                ("web", Egress::Internet),
                ("lanonly", lan_only),
                ("both", everything.clone()),
            ];
            let mut spaces = Vec::new();
            for (seat, (name, egress)) in (0..).zip(kinds) {
                let ns = Ns::new(name);
                network.attach(&attach(name, 0, seat, egress)).await.unwrap();
                spaces.push(ns);
            }
            let other = Ns::new("other");
            let other_at = network
                .attach(&attach("other", 1, 0, everything.clone()))
                .await
                .unwrap();
            let (lan, inet) = (Ns("lan".into()), Ns("inet".into()));
            let _services = [
                lan.serve("192.168.50.10:80"),
                inet.serve("8.8.8.8:80"),
                inet.serve("203.0.113.1:80"),
                other.serve("0.0.0.0:80"),
            ];
            let places = [
                ip("192.168.50.10"),
                ip("8.8.8.8"),
                ip("203.0.113.1"),
                other_at.address,
            ];
            let reached: Vec<Vec<bool>> = spaces
                .iter()
                .map(|ns| {
                    places
                        .iter()
                        .map(|place| ns.visit(at(*place, 80)).is_some())
                        .collect()
                })
                .collect();
            // Columns: a LAN, the internet, the network that the host is connected to, another owner.
            assert_eq!(
                reached,
                [
                    [false, false, false, false],
                    [false, true, false, false],
                    [true, false, false, false],
                    [true, true, true, false],
                ]
            );
            // A change of the grant takes hold at once, for connections that exist too.
            network.attach(&attach("both", 0, 3, Egress::None)).await.unwrap();
            assert_eq!(spaces[3].visit(at(ip("8.8.8.8"), 80)), None);
        },
    );
}

#[test]
fn ipv6_and_multicast_lead_nowhere() {
    stage(
        module_path!(),
        "ipv6_and_multicast_lead_nowhere",
        async |host: Host| {
            let all = neighbours(&host).await;
            for (ns, _) in [&all.a1, &all.a2, &all.b1] {
                assert!(ns.pings(Ipv6Addr::LOCALHOST), "the loopback keeps IPv6");
                // Root inside can switch it on again, so the wire must not carry it.
                ns.sh("echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6; echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip -6 addr flush dev eth0");
            }
            for (number, (ns, _)) in (1..).zip([&all.a1, &all.a2, &all.b1]) {
                ns.sh(&format!("ip -6 addr add fe80::{number}/64 dev eth0 nodad"));
            }
            for target in ["fe80::2", "fe80::3"] {
                assert!(
                    !all.a1.0.pings(target.parse::<Ipv6Addr>().unwrap()),
                    "{target} answers"
                );
            }
            assert!(
                !sh("ip -6 addr").contains("10.213")
                    && !sh("ip -6 addr show dev t0a1b2cb0").contains("inet6")
            );
            let listen = |ns: &Ns| {
                ns.run(|| {
                    let socket = UdpSocket::bind("0.0.0.0:5353").unwrap();
                    socket
                        .join_multicast_v4(&ip("224.0.0.251"), &Ipv4Addr::UNSPECIFIED)
                        .unwrap();
                    socket.set_read_timeout(Some(SILENCE)).unwrap();
                    socket
                })
            };
            let (near, far) = (listen(&all.a2.0), listen(&all.b1.0));
            let speaker = all.a1.0.run(|| UdpSocket::bind("0.0.0.0:0").unwrap());
            speaker.set_broadcast(true).unwrap();
            let mut buffer = [0; 16];
            speaker.send_to(b"hello", (all.a2.1.address, 5353)).unwrap();
            assert!(near.recv_from(&mut buffer).is_ok(), "the positive control");
            for group in [ip("224.0.0.251"), ip("10.213.0.255"), Ipv4Addr::BROADCAST] {
                speaker.send_to(b"hello", (group, 5353)).unwrap();
                assert!(
                    near.recv_from(&mut buffer).is_err() && far.recv_from(&mut buffer).is_err(),
                    "{group}"
                );
            }
        },
    );
}

#[test]
fn two_instances_do_not_meet_and_go_one_by_one() {
    stage(
        module_path!(),
        "two_instances_do_not_meet_and_go_one_by_one",
        async |host: Host| {
            let all = neighbours(&host).await;
            let second = host.instance("ffee00", "10.99.0.0/16");
            let c1 = Ns::new("c1");
            let c1_at = second
                .attach(&attach("c1", 0, 0, Egress::Internet))
                .await
                .unwrap();
            let _services = [
                c1.serve("0.0.0.0:80"),
                all.a2.0.serve("0.0.0.0:80"),
                Ns("inet".into()).serve("8.8.8.8:80"),
            ];
            let internet = at(ip("8.8.8.8"), 80);
            assert!(c1.visit(internet).is_some() && all.a1.0.visit(internet).is_some());
            assert_eq!(all.a1.0.visit(at(c1_at.address, 80)), None);
            assert_eq!(c1.visit(at(all.a2.1.address, 80)), None);
            all.network.purge().await.unwrap();
            assert!(
                c1.visit(internet).is_some(),
                "the other instance's purge took this one's network"
            );
            second.purge().await.unwrap();
            let left = [
                sh("nft list ruleset"),
                sh("ip link"),
                sh("ip route"),
                sh("ip rule; ps ax -o args"),
            ]
            .concat();
            for mark in ["0a1b2c", "ffee00", "10.213", "10.99"] {
                assert!(!left.contains(mark), "{mark} is left: {left}");
            }
            assert!(!host.temp.path().join("ffee00/run/network").exists());
        },
    );
}
