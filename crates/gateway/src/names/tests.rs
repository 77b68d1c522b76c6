use super::*;

#[test]
fn loopback_is_found_and_not_offered_to_the_lan() {
    let all = interface_addresses().unwrap();
    assert!(
        all.contains(&("lo".to_owned(), IpAddr::V4(Ipv4Addr::LOCALHOST))),
        "{all:?}"
    );
    assert!(lan_addresses().unwrap().iter().all(|ip| !ip.is_loopback()));
}

#[test]
fn bridges_of_workspaces_are_not_the_lan() {
    for inner in [
        "docker0",
        "br-1a2b",
        "veth12",
        "t0a1b2cb0",
        "t0a1b2cv17",
        "virbr0",
    ] {
        assert!(is_inner(inner), "{inner}");
    }
    for outer in [
        "eth0",
        "enp3s0",
        "wlan0",
        "tun0",
        "team0",
        "t0a1b2c",
        "t0a1b2cb",
        "t0a1b2cx1",
        "tailscale0",
    ] {
        assert!(!is_inner(outer), "{outer}");
    }
}

#[test]
fn only_dns_names_get_into_a_certificate() {
    for good in ["box", "box.lan", "a-1.example.org"] {
        assert!(is_dns_name(good), "{good}");
    }
    for bad in ["", "-a", "a-", "a_b", "a..b", "1.2.3.4", "Box", "(none)"] {
        assert!(!is_dns_name(bad), "{bad}");
    }
    let mut config = GatewayConfig::new(crate::host::Domain::parse("toft.localhost").unwrap(), "/".into());
    config.host_names = vec!["Box.LAN.".into(), "no_name".into()];
    config.listen = vec!["192.0.2.7:443".parse().unwrap(), "[::]:443".parse().unwrap()];
    let names = wanted(&config);
    assert!(names.dns.contains("box.lan") && !names.dns.contains("no_name"));
    assert!(names.ips.contains(&"192.0.2.7".parse::<IpAddr>().unwrap()));
    assert!(!names.ips.iter().any(IpAddr::is_unspecified));
}
