use std::path::Path;

use super::*;
use crate::plan::Seat;

fn attach(name: &str, subnet: u32, host: u32, egress: Egress) -> Attach {
    let (uid, owner) = (format!("uid-{name}"), format!("owner{subnet}"));
    Attach {
        uid,
        owner,
        name: name.to_owned(),
        netns: "/n".into(),
        seat: Seat { subnet, host },
        egress,
    }
}

fn rendered(attached: &[Attach], neighbours: &[Ipv4Net]) -> String {
    firewall(attached, neighbours).text
}

fn firewall(attached: &[Attach], neighbours: &[Ipv4Net]) -> Firewall {
    let plan = Plan::new("1a2b3c", "10.213.0.0/16".parse().unwrap()).unwrap();
    Ruleset {
        plan: &plan,
        attached,
        neighbours,
    }
    .render()
    .unwrap()
}

/// Compares with a file beside this one; `TOFT_GOLDEN=write` replaces it.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/rules/golden")
        .join(name);
    if std::env::var_os("TOFT_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == text,
        "{name} differs; look at the change, then run with TOFT_GOLDEN=write\n{text}"
    );
}

#[test]
fn nothing_attached() {
    golden("empty.nft", &rendered(&[], &[]));
}

#[test]
fn two_owners_and_every_egress() {
    let lan = Egress::Lan(vec![
        "192.168.1.0/24".parse().unwrap(),
        "192.168.1.7/32".parse().unwrap(),
    ]);
    let attached = [
        attach("web", 0, 0, Egress::Internet),
        attach("db", 0, 1, Egress::None),
        attach("nas", 1, 0, lan),
    ];
    golden(
        "full.nft",
        &rendered(
            &attached,
            &[
                "198.51.100.0/24".parse().unwrap(),
                "192.168.1.0/24".parse().unwrap(),
            ],
        ),
    );
}

#[test]
fn overlapping_networks_become_one_element() {
    let nets = [
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.1.2.3/32",
        "172.16.0.0/13",
        "172.24.0.0/13",
    ];
    let lan = Egress::Lan(nets.iter().map(|net| net.parse().unwrap()).collect());
    let text = rendered(&[attach("a", 0, 0, lan)], &[]);
    let elements: Vec<&str> = text
        .lines()
        .filter(|line| line.trim().starts_with("10.213.0.2 . "))
        .collect();
    assert_eq!(elements.len(), 2, "{text}");
}

#[test]
fn a_seat_outside_the_plan_is_an_error() {
    let plan = Plan::new("1a2b3c", "10.213.0.0/24".parse().unwrap()).unwrap();
    let attached = [attach("a", 1, 0, Egress::None)];
    assert!(
        Ruleset {
            plan: &plan,
            attached: &attached,
            neighbours: &[]
        }
        .render()
        .is_err()
    );
}

#[test]
fn who_comes_and_goes_is_elements_and_all_else_is_a_new_load() {
    let web = attach("web", 0, 0, Egress::Internet);
    let db = attach("db", 0, 1, Egress::None);
    let (one, two) = (
        firewall(std::slice::from_ref(&web), &[]),
        firewall(&[web.clone(), db], &[]),
    );
    let change = two.change_from(&one).unwrap();
    let names = |elements: &[toft_effects::nft::Elements]| {
        elements.iter().map(|elements| elements.set).collect::<Vec<_>>()
    };
    // What both share, such as their owner's gateway, stays as it is.
    assert_eq!(
        (names(&change.take), names(&change.put)),
        (vec![], vec!["seats", "ports", "macs", "arps"])
    );
    let key = [&b"t1a2b3cv1\0\0\0\0\0\0\0"[..], &[10, 213, 0, 3]].concat();
    assert_eq!(change.put[1].keys, [key]);
    let back = one.change_from(&two).unwrap();
    assert_eq!((back.take, back.put), (change.put, change.take));

    assert_eq!(one.change_from(&one), None, "who doubts gets a new load");
    let near = firewall(std::slice::from_ref(&web), &["198.51.100.0/24".parse().unwrap()]);
    let lan = attach("nas", 1, 0, Egress::Lan(vec!["192.168.1.0/24".parse().unwrap()]));
    for other in [near, firewall(&[web, lan], &[])] {
        assert_eq!(other.change_from(&one), None);
    }
}
