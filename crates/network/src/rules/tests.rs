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
