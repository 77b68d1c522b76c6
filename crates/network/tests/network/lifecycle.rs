//! Cut off anywhere, repeated, restarted: the network comes out the same.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use hickory_proto::rr::RecordType;
use toft_effects::Door;
use toft_effects::namespaces::IdRange;
use toft_network::{Egress, Network, NetworkError, Verdict};

use crate::host::{Host, Ns, at, attach, sh, stage};
use crate::names::{addresses, ask};

/// What the step below does, and where.
const STEP: &str = "TOFT_TEST_STEP";

fn instance(host: &Host) -> Network {
    host.instance("0a1b2c", "10.213.0.0/16")
}

/// The whole life of one workspace's network, carried out by a process of its own.
#[tokio::test]
#[ignore = "a part of the sweep below"]
async fn step() {
    let dir = std::env::var_os(STEP).expect("run by the sweep");
    let network = instance(&Host::on(Path::new(&dir)));
    network
        .attach(&attach("a1", 0, 0, Egress::Internet))
        .await
        .unwrap();
    network
        .detach("uid-a1", attach("a1", 0, 0, Egress::None).seat)
        .await
        .unwrap();
    network.release_owner(0).await.unwrap();
    network.reconcile(&[]).await.unwrap();
    network
        .attach(&attach("a1", 0, 0, Egress::Internet))
        .await
        .unwrap();
    network.purge().await.unwrap();
}

// Tests make what the code under test may only make through the door.
#[allow(clippy::disallowed_methods)]
fn run_step(host: &Host, variable: &str, value: &str) -> bool {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command
        .args(["--exact", "lifecycle::step", "--ignored"])
        .env(STEP, host.temp.path())
        .env(variable, value);
    command.output().unwrap().status.success()
}

/// Kills the forwarder and waits until it is gone, as its lock tells.
fn end_forwarder(host: &Host) {
    let lock = host.temp.path().join("0a1b2c/run/network/dns/lock");
    sh(&format!(
        "kill -9 $(pgrep -f toft-forwarde[r]); flock {} true",
        lock.display()
    ));
}

fn remains() -> String {
    let all = [
        sh("nft list ruleset"),
        sh("ip link"),
        sh("ip route"),
        sh("ps ax -o args | grep -v grep"),
    ]
    .concat();
    let ours = |line: &&str| ["0a1b2c", "10.213."].iter().any(|mark| line.contains(mark));
    all.lines().filter(ours).collect::<Vec<_>>().join("\n")
}

async fn works(host: &Host, network: &Network, ns: &Ns) {
    let attachment = network
        .attach(&attach("a1", 0, 0, Egress::Internet))
        .await
        .unwrap();
    assert!(ns.pings(attachment.gateway));
    assert_eq!(
        addresses(ask(ns, attachment.dns, "a1", RecordType::A)),
        Ok(vec![attachment.address])
    );
    let _ = host;
}

#[test]
fn killed_after_every_effect_it_can_be_taken_up_and_removed() {
    stage(
        module_path!(),
        "killed_after_every_effect_it_can_be_taken_up_and_removed",
        async |host: Host| {
            Ns::new("a1");
            let record = host.temp.path().join("record");
            assert!(run_step(&host, "TOFT_FAILPOINT_RECORD", record.to_str().unwrap()));
            let effects: Vec<String> = std::fs::read_to_string(&record)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect();
            assert!(effects.len() > 30, "{effects:?}");
            assert_eq!(remains(), "");
            for (number, effect) in (1..).zip(&effects) {
                // As it was at first, down to the settings that nobody needs to undo.
                sh("ip netns del a1; echo 0 > /proc/sys/net/ipv4/conf/up0/forwarding");
                let ns = Ns::new("a1");
                assert!(
                    !run_step(&host, "TOFT_FAILPOINT", &format!("after:#:{number}")),
                    "{effect} did not end it"
                );
                let network = instance(&host);
                if number % 2 == 0 {
                    network
                        .reconcile(&[attach("a1", 0, 0, Egress::Internet)])
                        .await
                        .unwrap();
                }
                works(&host, &network, &ns).await;
                network.purge().await.unwrap();
                assert_eq!(remains(), "", "after {effect}");
            }
        },
    );
}

#[test]
fn a_restarted_daemon_adopts_and_disturbs_nothing() {
    stage(
        module_path!(),
        "a_restarted_daemon_adopts_and_disturbs_nothing",
        async |host: Host| {
            let (ns, first) = (Ns::new("a1"), instance(&host));
            works(&host, &first, &ns).await;
            let forwarder = || sh("pgrep -f toft-forwarde[r]");
            let (before, link) = (forwarder(), sh("ip -o link show t0a1b2cv0"));
            drop(first);
            let second = instance(&host);
            let removed = second
                .reconcile(&[attach("a1", 0, 0, Egress::Internet)])
                .await
                .unwrap()
                .removed;
            works(&host, &second, &ns).await;
            assert_eq!(
                (removed, forwarder(), sh("ip -o link show t0a1b2cv0")),
                (vec![], before.clone(), link)
            );
            // One that died is replaced.
            end_forwarder(&host);
            works(&host, &second, &ns).await;
            assert_ne!(forwarder(), before);
        },
    );
}

#[test]
fn strays_go_and_what_was_lost_comes_back() {
    stage(
        module_path!(),
        "strays_go_and_what_was_lost_comes_back",
        async |host: Host| {
            let (a1, a2, network) = (Ns::new("a1"), Ns::new("a2"), instance(&host));
            let (keep, lose) = (
                attach("a1", 0, 0, Egress::Internet),
                attach("a2", 1, 4, Egress::Internet),
            );
            network.attach(&keep).await.unwrap();
            network.attach(&lose).await.unwrap();
            // The state directory is lost, another program empties the firewall, and a bridge of
            // another instance stands by.
            std::fs::remove_dir_all(host.temp.path().join("0a1b2c/run/network/attached")).unwrap();
            sh(
                "nft flush ruleset; ip link add tffee00b0 type bridge; ip route del unreachable 10.213.0.0/16",
            );
            let gone = network
                .reconcile(std::slice::from_ref(&keep))
                .await
                .unwrap()
                .removed;
            assert_eq!(gone, ["t0a1b2cv104", "t0a1b2cb1"]);
            sh("ip link show tffee00b0");
            let _web = Ns("inet".into()).serve("8.8.8.8:80");
            assert!(a1.visit(at("8.8.8.8".parse().unwrap(), 80)).is_some());
            assert!(!a2.sh("ip link").contains("eth0"));
        },
    );
}

#[test]
fn namespaces_come_back_empty_after_a_reboot() {
    stage(
        module_path!(),
        "namespaces_come_back_empty_after_a_reboot",
        async |host: Host| {
            let (ns, network) = (Ns::new("a1"), instance(&host));
            works(&host, &network, &ns).await;
            // All that a reboot takes; the directory may survive it.
            end_forwarder(&host);
            sh("nft flush ruleset; ip link del t0a1b2cb0; ip route del unreachable 10.213.0.0/16");
            sh("ip netns del a1");
            let (ns, network) = (Ns::new("a1"), instance(&host));
            works(&host, &network, &ns).await;
            // The namespace alone is made anew, its old pair perhaps still going.
            sh("ip netns del a1");
            let ns = Ns::new("a1");
            works(&host, &network, &ns).await;
            // Root inside takes the name of the interface for another one.
            ns.sh("ip link del eth0; ip link add eth0 type bridge");
            works(&host, &network, &ns).await;
        },
    );
}

#[test]
fn a_late_detach_does_not_unseat_the_next() {
    stage(
        module_path!(),
        "a_late_detach_does_not_unseat_the_next",
        async |host: Host| {
            let (old, ns, network) = (attach("old", 0, 0, Egress::None), Ns::new("a1"), instance(&host));
            Ns::new("old");
            network.attach(&old).await.unwrap();
            network.detach(&old.uid, old.seat).await.unwrap();
            works(&host, &network, &ns).await;
            network.detach(&old.uid, old.seat).await.unwrap();
            assert!(ns.pings(network.plan().gateway(0).unwrap()));
            assert!(
                !network.release_owner(0).await.unwrap(),
                "an owner with a workspace was released"
            );
        },
    );
}

#[test]
fn a_subnet_that_the_host_already_has_is_refused() {
    stage(
        module_path!(),
        "a_subnet_that_the_host_already_has_is_refused",
        async |host: Host| {
            sh("ip link add other type bridge; ip addr add 10.213.0.9/24 dev other; ip link set other up");
            Ns::new("a1");
            let refused = instance(&host)
                .attach(&attach("a1", 0, 0, Egress::None))
                .await
                .unwrap_err();
            assert!(
                matches!(&refused, NetworkError::Taken { device, .. } if device == "other"),
                "{refused}"
            );
        },
    );
}

#[test]
fn instances_that_start_at_once_have_networks_of_their_own() {
    stage(
        module_path!(),
        "instances_that_start_at_once_have_networks_of_their_own",
        async |_: Host| {
            let door = Door::default();
            let alone = claim(&door).await;
            door.route_release(alone).await.unwrap();
            sh(&format!(
                "ip link add other type bridge; ip addr add {}/24 dev other; ip link set other up",
                alone.network()
            ));
            let mut pools = futures_util::future::join_all((0..8).map(|_| claim(&door))).await;
            assert!(!pools.contains(&alone), "the host has {alone}");
            pools.sort_unstable();
            pools.dedup();
            assert_eq!(pools.len(), 8, "{pools:?}");
        },
    );
}

/// The network of one more instance of this name; the last one that it wrote down is the one it got.
async fn claim(door: &Door) -> ipnet::Ipv4Net {
    let kept = std::cell::Cell::new(None);
    let keep = async |pool| {
        kept.set(Some(pool));
        Ok::<_, NetworkError>(())
    };
    let pool = toft_network::claim_pool(door, "0a1b2c", keep).await.unwrap();
    assert_eq!(kept.get(), Some(pool));
    pool
}

#[test]
fn fifty_at_once_come_up() {
    stage(module_path!(), "fifty_at_once_come_up", async |host: Host| {
        let network = instance(&host);
        let all: Vec<_> = (0..50)
            .map(|n| attach(&format!("w{n}"), n % 5, n / 5, Egress::Internet))
            .collect();
        let spaces: Vec<Ns> = all.iter().map(|one| Ns::new(&one.name)).collect();
        let begun = std::time::Instant::now();
        let made = futures_util::future::join_all(all.iter().map(|one| network.attach(one))).await;
        println!("50 attached in {} ms", begun.elapsed().as_millis());
        for (ns, attachment) in spaces.iter().zip(made) {
            assert!(ns.pings(attachment.unwrap().gateway));
        }
    });
}

#[test]
fn other_firewalls_keep_their_rules_and_ours_pass() {
    stage(
        module_path!(),
        "other_firewalls_keep_their_rules_and_ours_pass",
        async |host: Host| {
            // As Docker and ufw leave it, by iptables over nftables.
            sh(
                "nft add table ip filter; nft add chain ip filter INPUT { type filter hook input priority filter\\; policy drop\\; }",
            );
            sh(
                "nft add chain ip filter FORWARD { type filter hook forward priority filter\\; policy drop\\; }",
            );
            sh("nft add rule ip filter FORWARD iifname docker0 accept");
            let (ns, network) = (Ns::new("a1"), instance(&host));
            let _web = Ns("inet".into()).serve("8.8.8.8:80");
            let internet = at("8.8.8.8".parse().unwrap(), 80);
            for _ in 0..2 {
                let attachment = network
                    .attach(&attach("a1", 0, 0, Egress::Internet))
                    .await
                    .unwrap();
                network
                    .reconcile(&[attach("a1", 0, 0, Egress::Internet)])
                    .await
                    .unwrap();
                assert!(ns.visit(internet).is_some());
                assert!(addresses(ask(&ns, attachment.dns, "a1", RecordType::A)).is_ok());
                assert_eq!(
                    sh("nft list chain ip filter FORWARD").matches("0a1b2cb").count(),
                    2
                );
                // A reload of theirs loses ours until the next look.
                sh(
                    "nft flush chain ip filter FORWARD; nft add rule ip filter FORWARD iifname docker0 accept",
                );
                assert!(ns.visit(internet).is_none(), "the negative control");
            }
            network.purge().await.unwrap();
            let left = sh("nft list ruleset");
            assert!(left.contains("docker0") && !left.contains("0a1b2c"), "{left}");
        },
    );
}

#[test]
fn what_is_attached_is_attached_again_only_where_something_is_missing() {
    stage(
        module_path!(),
        "what_is_attached_is_attached_again_only_where_something_is_missing",
        async |host: Host| {
            let (ns, network) = (Ns::new("a1"), instance(&host));
            works(&host, &network, &ns).await;
            // A new load of the firewall would take this away.
            sh("nft add chain inet toft_0a1b2c planted");
            let marked = || sh("nft list table inet toft_0a1b2c").contains("chain planted");
            works(&host, &network, &ns).await;
            assert!(marked(), "nothing was to be done");
            end_forwarder(&host);
            works(&host, &network, &ns).await;
            ns.sh("ip link del eth0");
            works(&host, &network, &ns).await;
            assert!(!marked(), "the whole of it was done again");
            sh("nft add chain inet toft_0a1b2c planted; ip netns del a1");
            let ns = Ns::new("a1");
            works(&host, &network, &ns).await;
            assert!(!marked(), "another namespace");
        },
    );
}

#[test]
fn who_comes_and_goes_changes_elements_and_the_rest_stays() {
    stage(
        module_path!(),
        "who_comes_and_goes_changes_elements_and_the_rest_stays",
        async |host: Host| {
            let (first, network) = (Ns::new("a1"), instance(&host));
            works(&host, &network, &first).await;
            // A new load would take the planted chain away.
            let plant = || sh("nft add chain inet toft_0a1b2c planted");
            let rules = || sh("nft list ruleset");
            let uproot = || sh("nft delete chain inet toft_0a1b2c planted") + &rules();
            let (second, other) = (Ns::new("a2"), Ns::new("b1"));
            let others = [
                attach("a2", 0, 1, Egress::Internet),
                attach("b1", 1, 0, Egress::None),
            ];
            let one = rules();
            plant();
            for who in &others {
                network.attach(who).await.unwrap();
            }
            let neighbour = Ipv4Addr::new(10, 213, 0, 2);
            assert!(second.pings(neighbour) && !other.pings(neighbour));
            let three = uproot();
            plant();
            for who in &others {
                network.detach(&who.uid, who.seat).await.unwrap();
            }
            assert_eq!(uproot(), one, "as it was with one");
            // What is not there cannot be changed: then all of it is loaded, and is the same.
            sh("nft flush ruleset");
            for who in &others {
                network.attach(who).await.unwrap();
            }
            assert_eq!(rules(), three);
            works(&host, &network, &first).await;
        },
    );
}

// Tests make what the code under test may only make through the door.
#[allow(clippy::disallowed_methods)]
#[test]
fn what_others_end_comes_back_by_itself() {
    stage(
        module_path!(),
        "what_others_end_comes_back_by_itself",
        async |host: Host| {
            let (ns, network) = (Ns::new("a1"), instance(&host));
            works(&host, &network, &ns).await;
            let guarded = network.clone();
            let guard = tokio::spawn(async move { guarded.guard().await });
            for _ in 0..2 {
                sh("nft flush ruleset");
                for _ in 0..500 {
                    if sh("nft list tables").contains("bridge toft_0a1b2c") {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
                assert!(sh("nft list ruleset").contains("bridge toft_0a1b2c"));
            }
            network.purge().await.unwrap();
            assert!(!guard.is_finished());
            assert_eq!(remains(), "", "the guard restored what was purged");
        },
    );
}

#[test]
fn the_doctor_is_told_what_is_wrong() {
    stage(
        module_path!(),
        "the_doctor_is_told_what_is_wrong",
        async |host: Host| {
            let (ns, network) = (Ns::new("a1"), instance(&host));
            works(&host, &network, &ns).await;
            let bad = async || -> Vec<(&str, Verdict)> {
                let checks = network
                    .probe()
                    .await
                    .into_iter()
                    .filter(|check| check.verdict != Verdict::Ok);
                checks.map(|check| (check.name, check.verdict)).collect()
            };
            assert_eq!(bad().await, []);
            sh(
                "nft add table ip filter; nft add chain ip filter FORWARD { type filter hook forward priority filter\\; policy drop\\; }",
            );
            assert_eq!(bad().await, [("network.firewalls", Verdict::Fail)]);
            network
                .reconcile(&[attach("a1", 0, 0, Egress::Internet)])
                .await
                .unwrap();
            assert_eq!(bad().await, []);
            end_forwarder(&host);
            sh("nft delete table inet toft_0a1b2c; nft delete table bridge toft_0a1b2c");
            sh("ip link add other type bridge; ip link set other up; ip route add 10.213.9.0/24 dev other");
            let expected = [
                ("network.nft", Verdict::Fail),
                ("network.pool", Verdict::Warn),
                ("network.names", Verdict::Fail),
            ];
            assert_eq!(bad().await, expected);
        },
    );
}

#[test]
fn a_workspace_s_own_namespaces_are_connected() {
    stage(
        module_path!(),
        "a_workspace_s_own_namespaces_are_connected",
        async |host: Host| {
            let dir = host.temp.path().join("sandbox");
            std::fs::create_dir_all(&dir).unwrap();
            let pins = Door::default()
                .ensure_namespaces(&dir, IdRange::nth(1, 0).unwrap())
                .unwrap();
            let mut wanted = attach("a1", 0, 0, Egress::Internet);
            wanted.netns.clone_from(&pins.net);
            let network = instance(&host);
            let attachment = network.attach(&wanted).await.unwrap();
            // As root of the workspace's own user namespace sees it.
            let inside = format!(
                "nsenter --user={} --net={}",
                pins.user.display(),
                pins.net.display()
            );
            let text = sh(&format!(
                "{inside} sh -c 'ip addr; ip route; cat /proc/sys/net/ipv4/ip_unprivileged_port_start'"
            ));
            assert!(
                text.contains(&attachment.address.to_string()) && text.ends_with("\n0\n"),
                "{text}"
            );
            sh(&format!(
                "touch /run/netns/pinned && mount --bind {} /run/netns/pinned",
                pins.net.display()
            ));
            assert!(Ns("pinned".into()).pings(attachment.gateway));
            // It may do as it likes with its end, and can be connected again.
            sh(&format!("{inside} ip link del eth0"));
            network.attach(&wanted).await.unwrap();
            assert!(Ns("pinned".into()).pings(attachment.gateway));
            network.purge().await.unwrap();
            Door::default().remove_namespaces(&dir).unwrap();
        },
    );
}
