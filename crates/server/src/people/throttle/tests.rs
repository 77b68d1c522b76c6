use super::*;

#[test]
fn a_source_is_held_after_its_burst_and_let_go_again() {
    let (throttle, start) = (Throttle::default(), Instant::now());
    let (ada, bob): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
    for _ in 0..BURST {
        assert!(throttle.check(ada, start).is_ok());
        throttle.failed(ada, start);
    }
    let wait = throttle.check(ada, start).unwrap_err();
    assert!((1..=7).contains(&wait), "{wait}");
    assert!(throttle.check(bob, start).is_ok(), "another source is not held");
    assert!(
        throttle.check(ada, start + REFILL).is_ok(),
        "one more after a while"
    );
    throttle.failed(ada, start + REFILL);
    assert!(throttle.check(ada, start + REFILL).is_err());
}

#[test]
fn a_household_is_one_source_and_memory_is_bounded() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    for host in 0..BURST {
        throttle.failed(format!("2001:db8:1:2::{host:x}").parse().unwrap(), now);
    }
    assert!(
        throttle
            .check("2001:db8:1:2:ffff::1".parse().unwrap(), now)
            .is_err()
    );
    assert!(throttle.check("2001:db8:1:3::1".parse().unwrap(), now).is_ok());
    for source in 0..6_000u32 {
        throttle.failed(
            IpAddr::V4(source.into()),
            now + Duration::from_millis(source.into()),
        );
    }
    assert!(throttle.buckets.lock().unwrap().len() <= SOURCES_MAX);
}
