//! Root inside against neighbours, the host and what is behind it.

use std::process::Command;

use crate::house::{ATTACK, House, Running};
use crate::stage::{Beside, on_a_host, sh};
use crate::verdict::Verdicts;

const PORT: &str = "7777";
/// Switches the newer kind of address on, and waits until the interface has found its own to be nobody else's.
const WITH_THE_NEWER_KIND: &str = "echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6 || exit 0
    for _ in $(seq 100); do grep -q ' 80 *eth0$' /proc/net/if_inet6 && exit; sleep 0.1; done";

/// A workspace on the wire.
struct Station {
    name: &'static str,
    hardware: String,
    address: String,
    /// Its network namespace, as the host may enter it.
    space: String,
}

#[test]
fn neighbours_and_the_host_are_out_of_reach() {
    on_a_host("network::neighbours_and_the_host_are_out_of_reach", || {
        walls_stand(House::new());
    });
}

/// Root who may configure its interfaces as it likes gains nothing by it.
#[test]
fn nor_are_they_reached_from_where_docker_works() {
    on_a_host("network::nor_are_they_reached_from_where_docker_works", || {
        walls_stand(House::nested());
    });
}

fn walls_stand(house: House) {
    for owner in ["ada", "bob"] {
        house.toft.run(&["user", "add", owner]).ok();
    }
    let [one, two, three, four] = ["ada/one", "ada/two", "bob/three", "bob/four"].map(|name| {
        house.create(name);
        Station::of(&house, name)
    });
    nobody_answers_but_ones_own(&house, [&one, &two, &three, &four]);
    nothing_is_overheard(&house, [&one, &two, &three, &four]);
    forged_frames_stay_at_the_port(house, [&one, &two, &three]);
}

// === impl Station ===

impl Station {
    fn of(house: &House, name: &'static str) -> Self {
        let object = house.object(name);
        let (uid, address) = (&object["metadata"]["uid"], &object["status"]["address"]);
        let hardware = house.toft.sh(name, "cat /sys/class/net/eth0/address").ok();
        let space = house
            .toft
            .data_dir()
            .join("run/ns")
            .join(uid.as_str().unwrap())
            .join("net");
        Self {
            name,
            hardware: hardware.trim().to_owned(),
            address: address.as_str().unwrap().to_owned(),
            space: space.to_str().unwrap().to_owned(),
        }
    }

    /// As the attack reads it.
    fn told(&self) -> String {
        format!("{}/{}", self.hardware, self.address)
    }

    fn gateway(&self) -> String {
        format!("{}.1", self.address.rsplit_once('.').unwrap().0)
    }

    /// The address that its hardware would give itself.
    fn link_local(&self) -> String {
        let part: Vec<u8> = self
            .hardware
            .split(':')
            .map(|part| u8::from_str_radix(part, 16).unwrap())
            .collect();
        format!(
            "fe80::{:02x}{:02x}:{:02x}ff:fe{:02x}:{:02x}{:02x}",
            part[0] ^ 2,
            part[1],
            part[2],
            part[3],
            part[4],
            part[5]
        )
    }

    /// The program of attacks in its network, with the host's powers.
    fn entered(&self, args: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", self.space))
            .arg(ATTACK)
            .args(args);
        command
    }
}

fn here(args: &[&str]) -> Command {
    let mut command = Command::new(ATTACK);
    command.args(args);
    command
}

/// Somebody who answers everything on all addresses, in each place that there is.
fn servers(house: &House, [two, three, four]: [&Station; 3]) -> Vec<Running> {
    let serve = ["net", "serve", PORT];
    let mut all = vec![
        house.begin(two.name, &serve),
        house.begin(three.name, &serve),
        house.begin(four.name, &serve),
        Running::start(Beside("inet").command(&[&serve[..], &["8.8.8.8", "169.254.169.254"]].concat())),
        Running::start(Beside("lan").command(&serve)),
        Running::start(here(&serve)),
    ];
    for server in &mut all {
        server.until("serving");
    }
    all
}

fn nobody_answers_but_ones_own(house: &House, [one, two, three, four]: [&Station; 4]) {
    let mut servers = servers(house, [two, three, four]);
    // Root inside may switch on what was switched off, and give itself routes, as far as it is let.
    let _ = house.root(one.name, WITH_THE_NEWER_KIND);
    let gateways = (one.gateway(), three.gateway());
    let (near, far) = (two.link_local(), three.link_local());
    let targets = [
        ("own", two.address.as_str()),
        ("internet", "8.8.8.8"),
        ("neighbour", &three.address),
        ("own gateway", &gateways.0),
        ("neighbours gateway", &gateways.1),
        ("host upstream", "203.0.113.2"),
        ("host lan", "192.168.50.2"),
        ("a lan", "192.168.50.10"),
        ("metadata", "169.254.169.254"),
        ("everybody", "255.255.255.255"),
        (
            "every neighbour",
            &format!("{}.255", one.address.rsplit_once('.').unwrap().0),
        ),
        ("multicast dns", "224.0.0.251"),
        ("all nodes", "ff02::1%eth0"),
        ("multicast dns of the newer kind", "ff02::fb%eth0"),
        ("own by link", &format!("{near}%eth0")),
        ("neighbour by link", &format!("{far}%eth0")),
        ("lan of the newer kind", "fd00:50::10"),
        ("host of the newer kind", "fd00:50::2"),
    ];
    let named: Vec<String> = targets
        .iter()
        .map(|(name, address)| format!("{name}={address}"))
        .collect();
    let visit: Vec<&str> = ["net", "visit", PORT]
        .into_iter()
        .chain(named.iter().map(String::as_str))
        .collect();
    let inside = house.attack(one.name, &visit);
    let mut may = vec![
        "own tcp",
        "own udp",
        "own ping",
        "internet tcp",
        "internet udp",
        "internet ping",
    ];
    may.push("own gateway ping");
    may.sort_unstable();
    assert_eq!(inside.through(), may, "{inside:#?}");
    let visits = servers
        .iter_mut()
        .map(|server| server.said().len())
        .collect::<Vec<_>>();
    assert_eq!(
        visits[1..3],
        [1, 1],
        "a neighbour was reached, though it could not answer"
    );
    assert_eq!(visits[4..6], [1, 1], "the host or its network was reached");
    the_same_places_answer_others(house, [three, four], &visit);
}

/// The controls: the neighbour answers its own owner's, and everything else the host.
fn the_same_places_answer_others(house: &House, [three, four]: [&Station; 2], visit: &[&str]) {
    let own = house.attack(
        four.name,
        &["net", "visit", PORT, &format!("neighbour={}", three.address)],
    );
    assert_eq!(own.through().len(), 3, "{own:#?}");
    let output = here(visit).output().unwrap();
    let host = Verdicts::read(&String::from_utf8_lossy(&output.stdout));
    for place in [
        "own gateway",
        "neighbours gateway",
        "host upstream",
        "host lan",
        "a lan",
        "metadata",
        "lan of the newer kind",
        "host of the newer kind",
    ] {
        for way in ["tcp", "udp"] {
            let name = format!("{place} {way}");
            assert!(host.through().contains(&name.as_str()), "{name}: {host:#?}");
        }
    }
}

/// Ears on the attacker's interface, while others talk.
fn nothing_is_overheard(house: &House, [one, two, three, four]: [&Station; 4]) {
    let bridge = sh(&format!(
        "ip -br -4 addr | grep ' {}/' | cut -d' ' -f1",
        three.gateway()
    ));
    let mut ears = house.begin(one.name, &["wire", "listen", "eth0"]);
    let mut control = Running::start(here(&["wire", "listen", bridge.trim()]));
    ears.until("listening");
    control.until("listening");
    for (from, to, word) in [
        (three, four, "strangers-talk"),
        (two, two, "never"),
        (two, one, "to-me"),
    ] {
        if word != "never" {
            let said = [
                "exec",
                "--user",
                "root",
                from.name,
                "--",
                "/bin/attack",
                "wire",
                "say",
                "eth0",
            ];
            house
                .toft
                .run(&[&said[..], &[&from.told(), &to.told(), word]].concat())
                .ok();
        }
    }
    // What is for the attacker arrives, after everything else.
    ears.until("saw to-me");
    control.until("saw strangers-talk");
    assert!(!ears.finish().iter().any(|line| line == "saw strangers-talk"));
}

/// Frames that nobody may send; and, when the walls are torn down, that they would have arrived.
fn forged_frames_stay_at_the_port(mut house: House, [one, two, three]: [&Station; 3]) {
    let gateway = sh(&format!(
        "cat /sys/class/net/$(ip -br -4 addr | grep ' {}/' | cut -d' ' -f1)/address",
        one.gateway()
    ));
    let gateway = format!("{}/{}", gateway.trim(), one.gateway());
    let to = |victim: &Station| ["send", "eth0", &one.told(), &victim.told(), &gateway].map(str::to_owned);
    let mut ears = [two, three].map(|station| {
        let mut ears = house.begin(station.name, &["wire", "listen", "eth0"]);
        ears.until("listening");
        ears
    });
    for victim in [two, three] {
        let args = to(victim);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let all = [
            &["exec", "--user", "root", one.name, "--", "/bin/attack", "wire"],
            &args[..],
        ]
        .concat();
        house.toft.run(&all).ok();
    }
    let say = [
        "exec",
        "--user",
        "root",
        one.name,
        "--",
        "/bin/attack",
        "wire",
        "say",
        "eth0",
    ];
    house
        .toft
        .run(&[&say[..], &[&one.told(), &two.told(), "honest"]].concat())
        .ok();
    ears[0].until("saw honest");
    let [near, far] = ears.map(Running::finish);
    assert_eq!(near, ["listening", "saw honest"]);
    assert_eq!(far, ["listening"]);
    let known = sh("ip neigh");
    let stolen = known
        .lines()
        .find(|line| line.contains(&one.hardware) && !line.starts_with(&format!("{} ", one.address)));
    assert_eq!(stolen, None, "the host believed a claim");

    house.toft.kill();
    // What the bridges do not pass on by themselves is a wall, too.
    sh("nft flush ruleset; for way in /sys/class/net/*/brport/multicast_flood; do echo 1 > $way; done");
    let mut ears = Running::start(two.entered(&["wire", "listen", "eth0"]));
    ears.until("listening");
    let args = to(two);
    let args: Vec<&str> = std::iter::once("wire")
        .chain(args.iter().map(String::as_str))
        .collect();
    let sent = one.entered(&args).output().unwrap();
    let sent = String::from_utf8_lossy(&sent.stdout).into_owned();
    let forged: Vec<&str> = sent
        .lines()
        .filter_map(|line| line.strip_prefix("sent ")?.split_once(": Ok"))
        .map(|(name, _)| name)
        .collect();
    assert!(forged.len() > 15, "{sent}");
    for name in forged {
        ears.until(&format!("saw {name}"));
    }
    house.toft.launch(&[]);
}
