//! Who reaches whom: positive controls first, then everything that must not.

use toft_network::Egress;

use crate::host::{Host, Service, at, attach, sh, stage};

#[test]
fn an_owner_s_workspaces_meet_and_the_internet_sees_the_host() {
    stage(module_path!(), "an_owner_s_workspaces_meet_and_the_internet_sees_the_host", async |host: Host| {
        let network = host.instance("0a1b2c", "10.213.0.0/16");
        let (a1, a2) = (host.ns("a1"), host.ns("a2"));
        let first = network.attach(&attach("a1", 0, 0, Egress::Internet)).await.unwrap();
        let second = network.attach(&attach("a2", 0, 1, Egress::Internet)).await.unwrap();
        println!("{}", sh("nft list ruleset; ip -d addr; ip route; ip -n a1 addr; ip -n a1 route; bridge fdb; bridge -d link"));
        let _web = a2.serve("0.0.0.0:80");
        assert_eq!(a1.visit(at(second.address, 80)), Some(first.address.to_string()));
        let inet = crate::host::Ns("inet".into());
        let _far = inet.serve("8.8.8.8:443");
        assert_eq!(a1.visit(at("8.8.8.8".parse().unwrap(), 443)), Some("203.0.113.2".to_owned()));
        let _ = Service::here;
    });
}
