// Tests make what the code under test may only make through the door.
#![allow(clippy::disallowed_methods)]

use std::process::Command;

use super::*;
use crate::nft::{Elements, TableChange};

/// Runs a story in a network namespace of its own, whose name is `host`, with another one `inside`.
fn stage(name: &str, story: impl AsyncFnOnce(Door)) {
    if std::env::var_os("TOFT_TEST_STAGE").is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(story(Door::default()));
    }
    let setup = "mount -t tmpfs tmpfs /run && ip netns add inside && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--net", "--mount", "sh", "-c", setup, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("link::tests::{name}"),
            "--nocapture",
            "--test-threads=1",
        ])
        .env("TOFT_TEST_STAGE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn sh(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn bridge() -> Bridge {
    let address = "10.9.0.1/24".parse().unwrap();
    Bridge {
        name: "tbridge".to_owned(),
        mac: [2, 0, 0, 0, 0, 1],
        address,
        mtu: 1400,
    }
}

fn veth() -> Veth {
    Veth {
        name: "tport".to_owned(),
        netns: "/run/netns/inside".into(),
        inner: "eth0".to_owned(),
        mac: [2, 0, 0, 0, 0, 2],
        bridge: "tbridge".to_owned(),
        mtu: 1400,
    }
}

fn inside() -> Inside {
    Inside {
        netns: "/run/netns/inside".into(),
        name: "eth0".to_owned(),
        mac: [2, 0, 0, 0, 0, 2],
        address: "10.9.0.2/24".parse().unwrap(),
        gateway: Ipv4Addr::new(10, 9, 0, 1),
        settings: vec![("net/ipv4/ip_unprivileged_port_start".to_owned(), "0".to_owned())],
    }
}

async fn connect(door: &Door) {
    door.link_bridge(&bridge()).await.unwrap();
    door.link_veth(&veth()).await.unwrap();
    door.link_inside(&inside()).await.unwrap();
    door.link_up("tport").await.unwrap();
    door.link_settled(&veth()).await.unwrap();
}

#[test]
fn a_cable_is_made_once_and_mended() {
    stage("a_cable_is_made_once_and_mended", async |door| {
        connect(&door).await;
        let first = door.link_list().await.unwrap();
        connect(&door).await;
        assert_eq!(
            door.link_list().await.unwrap(),
            first,
            "what was right was changed"
        );
        let inside = || {
            sh(
                "ip -n inside addr show eth0; ip -n inside route; ip netns exec inside cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
            )
        };
        let text = inside();
        for part in [
            "02:00:00:00:00:02",
            "10.9.0.2/24",
            "mtu 1400",
            "default via 10.9.0.1 dev eth0",
            "\n0\n",
        ] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
        sh(
            "ip link set tport nomaster; ip addr flush dev tbridge; ip -n inside addr flush dev eth0; ip -n inside link set eth0 down",
        );
        connect(&door).await;
        assert!(inside().contains("10.9.0.2/24") && sh("ip addr show tbridge").contains("10.9.0.1/24"));
        assert!(
            sh("bridge fdb show br tbridge").contains("02:00:00:00:00:02 dev tport master tbridge static")
        );
    });
}

#[test]
fn bridges_carry_no_ipv6_of_the_host() {
    stage("bridges_carry_no_ipv6_of_the_host", async |door| {
        connect(&door).await;
        assert!(!sh("ip -6 addr show tbridge; ip -6 addr show tport").contains("inet6"));
        assert_eq!(sh("cat /proc/sys/net/ipv4/conf/tbridge/rp_filter").trim(), "1");
    });
}

#[test]
fn a_cable_into_a_namespace_that_is_gone_is_replaced() {
    stage(
        "a_cable_into_a_namespace_that_is_gone_is_replaced",
        async |door| {
            connect(&door).await;
            sh("ip netns del inside; ip netns add inside");
            connect(&door).await;
            let mut elsewhere = veth();
            elsewhere.netns = "/run/netns/nowhere".into();
            let error = door.link_veth(&elsewhere).await.unwrap_err();
            assert!(error.to_string().contains("/run/netns/nowhere"), "{error}");
        },
    );
}

#[test]
fn what_is_removed_twice_is_removed() {
    stage("what_is_removed_twice_is_removed", async |door| {
        connect(&door).await;
        for _ in 0..2 {
            door.link_delete("tport").await.unwrap();
            door.link_delete("tbridge").await.unwrap();
        }
        let names: Vec<String> = door
            .link_list()
            .await
            .unwrap()
            .into_iter()
            .map(|link| link.name)
            .collect();
        assert!(!names.iter().any(|name| name.starts_with('t')), "{names:?}");
        assert!(matches!(door.link_up("tport").await, Err(LinkError::Missing(_))));
    });
}

#[test]
fn a_reserved_network_is_seen_and_given_back() {
    stage("a_reserved_network_is_seen_and_given_back", async |door| {
        let network: Ipv4Net = "10.9.0.0/16".parse().unwrap();
        door.link_bridge(&bridge()).await.unwrap();
        for _ in 0..2 {
            door.route_reserve(network).await.unwrap();
        }
        let routes = door.link_routes().await.unwrap();
        let devices: Vec<_> = routes
            .iter()
            .map(|route| (route.destination, route.device.as_deref(), route.connected))
            .collect();
        assert_eq!(
            devices,
            [
                ("10.9.0.0/24".parse().unwrap(), Some("tbridge"), true),
                (network, None, false)
            ]
        );
        for _ in 0..2 {
            door.route_release(network).await.unwrap();
        }
        assert_eq!(door.link_routes().await.unwrap().len(), 1);
    });
}

#[test]
fn rules_are_loaded_as_a_whole_or_not_at_all() {
    stage("rules_are_loaded_as_a_whole_or_not_at_all", async |door| {
        let mut changes = door.nft_changes().unwrap();
        door.nft_apply("t", "table inet tgood {}".to_owned())
            .await
            .unwrap();
        let made = TableChange::Made((1, "tgood".to_owned()));
        assert_eq!(changes.next().await.unwrap(), [made]);
        let error = door
            .nft_apply("t", "table inet tbad {}\nadd rule nonsense".to_owned())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("nonsense"), "{error}");
        let tables = door.nft_list(&["tables"]).await.unwrap().unwrap().to_string();
        assert!(tables.contains("tgood") && !tables.contains("tbad"), "{tables}");
        assert!(door.nft_list(&["table", "inet", "tbad"]).await.unwrap().is_none());
    });
}

#[test]
fn elements_come_and_go_together_or_not_at_all() {
    stage("elements_come_and_go_together_or_not_at_all", async |door| {
        let set = "set s { type ifname . ether_addr . ipv4_addr; };";
        door.nft_apply(
            "t",
            format!("table bridge t {{ {set} }}\ntable inet t {{ {set} }}"),
        )
        .await
        .unwrap();
        let elements = |family: u8, numbers: &[u8]| Elements {
            family,
            table: "t".to_owned(),
            set: "s",
            keys: numbers
                .iter()
                .map(|number| {
                    let interface = *b"tport\0\0\0\0\0\0\0\0\0\0\0";
                    [
                        &interface[..],
                        &[2, 0, 10, 0, 0, *number, 0, 0],
                        &[10, 0, 0, *number],
                    ]
                    .concat()
                })
                .collect(),
        };
        let listed = async || door.nft_list(&["ruleset"]).await.unwrap().unwrap().to_string();
        for _ in 0..2 {
            door.nft_elements("t", vec![], vec![elements(1, &[1, 2]), elements(7, &[3])])
                .await
                .unwrap();
        }
        let first = listed().await;
        for text in [
            "\"tport\",\"02:00:0a:00:00:01\",\"10.0.0.1\"",
            "10.0.0.2",
            "10.0.0.3",
        ] {
            assert!(first.contains(text), "{first}");
        }
        let refused = door
            .nft_elements(
                "t",
                vec![elements(1, &[1]), elements(7, &[9])],
                vec![elements(1, &[5])],
            )
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::NotFound);
        assert_eq!(listed().await, first);
        door.nft_elements(
            "t",
            vec![elements(1, &[1]), elements(7, &[3])],
            vec![elements(1, &[5])],
        )
        .await
        .unwrap();
        let last = listed().await;
        assert!(last.contains("10.0.0.2") && last.contains("10.0.0.5"), "{last}");
        assert!(!last.contains("10.0.0.1") && !last.contains("10.0.0.3"), "{last}");
        let many = Elements {
            keys: vec![vec![0; 28]; 5000],
            ..elements(1, &[])
        };
        assert!(door.nft_elements("t", vec![], vec![many]).await.is_err());
    });
}
