//! A workspace that sends as much as it can: what all on the host share does not fill up.

use std::net::Ipv4Addr;

use crate::frames::{IPV4, Wire, frame, mac, udp};
use crate::host::{Host, Ns, at, sh, stage};
use crate::isolation::neighbours;

/// How many connections the kernel keeps track of, for everybody on this host.
fn tracked() -> usize {
    sh("cat /proc/sys/net/netfilter/nf_conntrack_count")
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn the_table_of_connections_is_not_one_workspace_s() {
    stage(
        module_path!(),
        "the_table_of_connections_is_not_one_workspace_s",
        async |host: Host| {
            let all = neighbours(&host).await;
            let _web = Ns("inet".into()).serve("8.8.8.8:80");
            let (mine, gateway, far) = (all.a1.1.address, all.a1.1.gateway, Ipv4Addr::new(8, 8, 8, 8));
            let wire = Wire::open(&all.a1.0);
            let send = |to: Ipv4Addr, port: u16| {
                for from in 10_000..16_000 {
                    wire.send(&frame(
                        mac(gateway),
                        mac(mine),
                        IPV4,
                        &udp((mine, from), (to, port), b"flood"),
                    ));
                }
            };
            let before = tracked();
            send(gateway, 53);
            send(gateway, 9);
            send(all.b1.1.address, 9);
            assert!(
                tracked() < before + 500,
                "{} after questions, {before} before",
                tracked()
            );
            send(far, 9);
            let after = tracked();
            assert!((3_000..5_000).contains(&after), "{after}");
            assert!(
                all.a2.0.visit(at(far, 80)).is_some(),
                "the neighbour was shut out"
            );
        },
    );
}
