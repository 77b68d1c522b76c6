use super::*;

fn route(destination: &str, device: &str) -> Route {
    let device = (!device.is_empty()).then(|| device.to_owned());
    Route {
        destination: destination.parse().unwrap(),
        device,
        connected: false,
        main: true,
    }
}

fn connected(destination: &str, device: &str) -> Route {
    Route {
        connected: true,
        ..route(destination, device)
    }
}

fn plan() -> Plan {
    Plan::new("1a2b3c", "10.213.0.0/16".parse().unwrap()).unwrap()
}

fn home() -> Vec<Route> {
    vec![
        route("0.0.0.0/0", "eth0"),
        connected("192.168.1.0/24", "eth0"),
        connected("172.20.0.0/16", "eth1"),
        route("172.20.5.0/24", "tun0"),
        route("10.213.0.0/16", ""),
        connected("10.213.0.0/24", "t1a2b3cb0"),
    ]
}

fn leave(egress: &Egress) -> Vec<String> {
    exits(&plan(), &home(), [egress]).into_iter().collect()
}

#[test]
fn each_egress_has_its_exits() {
    let lan = |net: &str| Egress::Lan(vec![net.parse().unwrap()]);
    assert!(leave(&Egress::None).is_empty());
    assert_eq!(leave(&Egress::Internet), ["eth0"]);
    assert_eq!(leave(&lan("192.168.1.9/32")), ["eth0"]);
    assert_eq!(leave(&lan("172.20.9.0/24")), ["eth1"]);
    assert_eq!(leave(&lan("172.20.5.5/32")), ["tun0"], "the closest route wins");
    assert_eq!(
        leave(&lan("172.20.0.0/16")),
        ["eth1", "tun0"],
        "and those inside count too"
    );
    assert_eq!(leave(&lan("9.9.9.9/32")), ["eth0"]);
}

#[test]
fn a_vpn_of_two_halves_is_an_exit() {
    let routes = [
        route("0.0.0.0/1", "wg0"),
        route("128.0.0.0/1", "wg0"),
        route("0.0.0.0/0", "eth0"),
    ];
    let exits: Vec<String> = exits(&plan(), &routes, [&Egress::Internet]).into_iter().collect();
    assert_eq!(exits, ["eth0", "wg0"]);
}

#[test]
fn own_bridges_are_no_neighbours() {
    let found = neighbours(&plan(), &home());
    assert_eq!(
        found,
        [
            "192.168.1.0/24".parse::<Ipv4Net>().unwrap(),
            "172.20.0.0/16".parse().unwrap()
        ]
    );
}

#[test]
fn packets_are_no_larger_than_the_way_out() {
    let link = |name: &str, mtu| Link {
        index: 1,
        name: name.to_owned(),
        up: true,
        mtu,
        mac: Vec::new(),
        controller: None,
        peer: None,
        carries: true,
    };
    for (mtu, expected) in [(1420, 1420), (9000, 1500), (576, 1280)] {
        assert_eq!(
            super::mtu(&home(), &[link("eth0", mtu), link("eth1", 1300)]),
            expected
        );
    }
    assert_eq!(super::mtu(&[], &[]), 1500);
}

#[test]
fn a_subnet_of_another_interface_is_taken() {
    let subnet = "10.213.0.0/24".parse().unwrap();
    assert_eq!(taken_by(subnet, "t1a2b3cb0", &home()), None);
    assert_eq!(
        taken_by(subnet, "t1a2b3cb7", &home()),
        Some("t1a2b3cb0".to_owned())
    );
    let wider = [route("10.0.0.0/8", "tun0")];
    assert_eq!(
        taken_by(subnet, "t1a2b3cb0", &wider),
        None,
        "a wider route is only shadowed"
    );
}
