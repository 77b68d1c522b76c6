//! Root in a workspace writes frames of its own: nobody may receive what its port may not send.

use std::net::Ipv4Addr;

use crate::frames::{ARP, BROADCAST, IPV4, IPV6, LLDP, VLAN, Wire, arp, frame, mac, udp};
use crate::host::{Host, Ns, sh, stage};
use crate::isolation::neighbours;

/// In every forged frame; an answer to one of them carries it too.
const MARK: &[u8] = b"spoofed-by-a1";

#[test]
fn only_its_own_addresses_leave_a_port() {
    stage(
        module_path!(),
        "only_its_own_addresses_leave_a_port",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (mine, victim, gateway) = (all.a1.1.address, all.a2.1.address, all.a1.1.gateway);
            let (wire, there, elsewhere) = (
                Wire::open(&all.a1.0),
                Wire::open(&all.a2.0),
                Wire::open(&all.b1.0),
            );
            let to_victim = |from: [u8; 6], kind, payload: &[u8]| frame(mac(victim), from, kind, payload);
            let packet = |from: Ipv4Addr| udp((from, 1), (victim, 2), MARK);
            let honest = b"in-its-own-name";
            wire.send(&to_victim(mac(mine), IPV4, &udp((mine, 1), (victim, 2), honest)));
            assert!(there.sees(honest), "the positive control");
            let tagged = [&[0, 5][..], &IPV4.to_be_bytes(), &packet(mine)].concat();
            let lldp = [1, 0x80, 0xc2, 0, 0, 0x0e];
            let (all_nodes, dhcp) = ([0x33, 0x33, 0, 0, 0, 1], udp((mine, 67), (victim, 68), MARK));
            let forged = [
                (
                    "a neighbour's address",
                    to_victim(mac(mine), IPV4, &packet(victim)),
                ),
                (
                    "the gateway's address",
                    to_victim(mac(mine), IPV4, &packet(gateway)),
                ),
                (
                    "an address of nobody",
                    to_victim(mac(mine), IPV4, &packet(Ipv4Addr::new(8, 8, 8, 8))),
                ),
                (
                    "the gateway's hardware address",
                    to_victim(mac(gateway), IPV4, &packet(mine)),
                ),
                (
                    "a broadcast packet",
                    frame(BROADCAST, mac(mine), IPV4, &packet(mine)),
                ),
                ("IPv6", to_victim(mac(mine), IPV6, MARK)),
                ("IPv6 to all nodes", frame(all_nodes, mac(mine), IPV6, MARK)),
                ("a VLAN of its own", to_victim(mac(mine), VLAN, &tagged)),
                ("a frame for switches", frame(lldp, mac(mine), LLDP, MARK)),
                ("an unknown protocol", to_victim(mac(mine), 0x88b5, MARK)),
                ("a DHCP answer", to_victim(mac(mine), IPV4, &dhcp)),
            ];
            for (what, forged) in &forged {
                wire.send(forged);
                assert!(!there.sees(MARK), "{what} arrived");
            }
            assert!(!elsewhere.sees(MARK));
        },
    );
}

#[test]
fn nobody_else_s_address_can_be_claimed() {
    stage(
        module_path!(),
        "nobody_else_s_address_can_be_claimed",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (mine, victim, gateway) = (all.a1.1.address, all.a2.1.address, all.a1.1.gateway);
            let (wire, there) = (Wire::open(&all.a1.0), Wire::open(&all.a2.0));
            let true_request = arp(1, (mac(mine), mine), ([0; 6], victim));
            wire.send(&frame(BROADCAST, mac(mine), ARP, &true_request));
            assert!(there.sees(&true_request), "the positive control");
            assert!(all.a2.0.pings(gateway));
            let claims = [
                arp(2, (mac(mine), gateway), (mac(victim), victim)),
                arp(1, (mac(mine), gateway), (mac(victim), victim)),
                arp(2, (mac(gateway), gateway), (mac(victim), victim)),
                arp(2, (mac(mine), victim), (mac(gateway), gateway)),
                // The frame is the port's own, the claim inside is not.
                arp(2, (mac(victim), victim), (mac(gateway), gateway)),
            ];
            for claim in &claims {
                for target in [BROADCAST, mac(victim), mac(gateway)] {
                    wire.send(&frame(target, mac(mine), ARP, claim));
                }
                assert!(!there.sees(claim), "{claim:02x?} arrived");
            }
            let known = |text: String, address: Ipv4Addr| {
                let line = text
                    .lines()
                    .find(|line| line.starts_with(&format!("{address} ")))
                    .map(str::to_owned);
                line.and_then(|line| line.split("lladdr ").nth(1).map(|rest| rest[..17].to_owned()))
            };
            assert_eq!(
                known(all.a2.0.sh("ip neigh"), gateway),
                Some(toft_network::plan::Mac::of(gateway).to_string())
            );
            assert_ne!(
                known(sh("ip neigh"), victim),
                Some(toft_network::plan::Mac::of(mine).to_string())
            );
            // Frames that switches keep to themselves teach the bridge nothing either.
            wire.send(&frame([1, 0x80, 0xc2, 0, 0, 0x0e], mac(victim), LLDP, MARK));
            let ports = sh("bridge fdb show br t0a1b2cb0");
            let entries: Vec<&str> = ports
                .lines()
                .filter(|line| line.starts_with(&mac_text(victim)))
                .collect();
            assert!(
                entries.iter().all(|line| line.contains("dev t0a1b2cv1 ")) && !entries.is_empty(),
                "{ports}"
            );
            assert!(all.a2.0.pings(gateway) && all.a1.0.pings(victim));
        },
    );
}

#[test]
fn a_renamed_or_readdressed_interface_gains_nothing() {
    stage(
        module_path!(),
        "a_renamed_or_readdressed_interface_gains_nothing",
        async |host: Host| {
            let all = neighbours(&host).await;
            let (a1, victim, gateway): (&Ns, _, _) = (&all.a1.0, all.a2.1.address, all.a1.1.gateway);
            assert!(a1.pings(victim));
            a1.sh(&format!("ip link set eth0 address {}", mac_text(victim)));
            assert!(!a1.pings(gateway), "another hardware address was let through");
            a1.sh(&format!(
                "ip link set eth0 address {}",
                mac_text(all.a1.1.address)
            ));
            a1.sh(&format!(
                "ip addr flush dev eth0; ip addr add {victim}/24 dev eth0"
            ));
            assert!(!a1.pings(gateway), "another address was let through");
            assert!(all.a2.0.pings(gateway));
        },
    );
}

fn mac_text(address: Ipv4Addr) -> String {
    toft_network::plan::Mac::of(address).to_string()
}
