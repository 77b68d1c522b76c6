use proptest::prelude::*;

use super::*;

fn net(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

fn plan(pool: &str) -> Plan {
    Plan::new("1a2b3c", net(pool)).unwrap()
}

/// Any plan with any of its seats.
fn anywhere() -> impl Strategy<Value = (Plan, Seat)> {
    let pools = (8u8..=24, any::<u32>()).prop_map(|(prefix, bits)| {
        let address = Ipv4Addr::from((10 << 24) | (bits >> 8));
        Plan::new("0ff1ce", Ipv4Net::new(address, prefix).unwrap().trunc()).unwrap()
    });
    pools.prop_flat_map(|plan| {
        let seats = (0..plan.subnets(), 0..SEATS).prop_map(|(subnet, host)| Seat { subnet, host });
        (Just(plan), seats)
    })
}

#[test]
fn numbers_become_addresses_and_names() {
    let (plan, seat) = (plan("10.213.0.0/16"), Seat { subnet: 3, host: 0 });
    assert_eq!(plan.subnet(3).unwrap(), net("10.213.3.0/24"));
    assert_eq!(plan.gateway(3).unwrap(), Ipv4Addr::new(10, 213, 3, 1));
    assert_eq!(plan.address(seat).unwrap(), Ipv4Addr::new(10, 213, 3, 2));
    assert_eq!(
        plan.address(Seat {
            subnet: 255,
            host: 252
        })
        .unwrap(),
        Ipv4Addr::new(10, 213, 255, 254)
    );
    assert_eq!(
        Mac::of(plan.address(seat).unwrap()).to_string(),
        "02:74:0a:d5:03:02"
    );
    assert_eq!(
        (plan.bridge(3), plan.veth(seat)),
        ("t1a2b3cb3".into(), "t1a2b3cv300".into())
    );
}

proptest! {
    #[test]
    fn everything_can_be_read_back((plan, seat) in anywhere()) {
        let address = plan.address(seat).unwrap();
        prop_assert_eq!(plan.seat(address), Some(seat));
        prop_assert_eq!(plan.seat_of_veth(&plan.veth(seat)), Some(seat));
        prop_assert_eq!(plan.subnet_of_bridge(&plan.bridge(seat.subnet)), Some(seat.subnet));
        prop_assert_eq!(Mac::of(address).address(), Some(address));
        prop_assert!(plan.pool().contains(&plan.subnet(seat.subnet).unwrap()));
        prop_assert!(plan.subnet(seat.subnet).unwrap().contains(&address));
    }

    #[test]
    fn names_fit_the_kernel((plan, seat) in anywhere()) {
        prop_assert!(plan.veth(seat).len() <= 15 && plan.bridge(seat.subnet).len() <= 15);
    }

    #[test]
    fn two_seats_share_nothing((plan, seat) in anywhere(), subnet in any::<u32>(), host in any::<u32>()) {
        let other = Seat { subnet: subnet % plan.subnets(), host: host % SEATS };
        prop_assume!(other != seat);
        prop_assert_ne!(plan.address(seat).unwrap(), plan.address(other).unwrap());
        prop_assert_ne!(plan.veth(seat), plan.veth(other));
    }

    #[test]
    fn only_names_of_the_plan_are_read(name in "t1a2b3c[bv][0-9a-f+]{0,9}") {
        let plan = plan("10.213.0.0/16");
        if let Some(seat) = plan.seat_of_veth(&name) {
            prop_assert_eq!(plan.veth(seat), name.clone());
        }
        if let Some(subnet) = plan.subnet_of_bridge(&name) {
            prop_assert_eq!(plan.bridge(subnet), name);
        }
    }

    #[test]
    fn a_pool_meets_no_route(instance in "[0-9a-f]{6}", octets in prop::collection::vec(any::<(u8, u8)>(), 0..60)) {
        let routes: Vec<Ipv4Net> =
            octets.iter().map(|(second, third)| Ipv4Net::new_assert(Ipv4Addr::new(10, *second, *third, 0), 24)).collect();
        let pool = pool_for(&instance, &routes).unwrap();
        prop_assert!(routes.iter().all(|route| !pool.contains(route) && !route.contains(&pool)));
        prop_assert!(Plan::new(&instance, pool).is_ok());
    }
}

#[test]
fn what_is_outside_is_refused() {
    let plan = plan("10.213.0.0/23");
    assert_eq!(plan.subnets(), 2);
    assert!(matches!(plan.subnet(2), Err(PlanError::Subnet { room: 2, .. })));
    assert!(matches!(
        plan.address(Seat {
            subnet: 0,
            host: SEATS
        }),
        Err(PlanError::Host { .. })
    ));
    for address in [
        "10.213.0.0",
        "10.213.0.1",
        "10.213.1.255",
        "10.213.2.2",
        "10.212.255.2",
    ] {
        assert_eq!(plan.seat(address.parse().unwrap()), None, "{address}");
    }
    for instance in ["", "1a2b3", "1A2B3C", "1a2b3c4", "1a2b3g"] {
        assert!(
            matches!(
                Plan::new(instance, net("10.0.0.0/16")),
                Err(PlanError::Instance(_))
            ),
            "{instance}"
        );
    }
    for pool in [
        "8.0.0.0/16",
        "10.0.0.0/7",
        "10.1.0.0/25",
        "10.1.2.0/16",
        "172.0.0.0/8",
    ] {
        assert!(
            matches!(Plan::new("1a2b3c", net(pool)), Err(PlanError::Pool(_))),
            "{pool}"
        );
    }
}

#[test]
fn instances_begin_at_different_pools() {
    let pools: std::collections::BTreeSet<_> = (0..20)
        .filter_map(|number| pool_for(&format!("{number:06x}"), &[]))
        .collect();
    assert!(pools.len() > 10, "{pools:?}");
}

#[test]
fn a_vpn_around_everything_leaves_a_pool() {
    assert!(pool_for("1a2b3c", &[net("10.0.0.0/8")]).is_some());
    let all: Vec<Ipv4Net> = (0..=255)
        .map(|second| net(&format!("10.{second}.0.0/16")))
        .collect();
    assert_eq!(pool_for("1a2b3c", &all), None);
}
