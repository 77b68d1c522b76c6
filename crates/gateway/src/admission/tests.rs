use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_source_has_its_bound_and_this_machine_none() {
    let admission = Admission::new(100, 2, 10);
    let first = admission.admit(ip("192.0.2.1")).unwrap();
    let _second = admission.admit(ip("::ffff:192.0.2.1")).unwrap();
    assert!(admission.admit(ip("192.0.2.1")).is_none());
    let _other = admission.admit(ip("192.0.2.2")).unwrap();
    drop(first);
    let _again = admission.admit(ip("192.0.2.1")).unwrap();
    // One /64 is one source.
    let _six = (
        admission.admit(ip("2001:db8::1")).unwrap(),
        admission.admit(ip("2001:db8::2")).unwrap(),
    );
    assert!(admission.admit(ip("2001:db8::3")).is_none());
    let local: Vec<_> = (0..10)
        .map(|_| admission.admit(ip("127.0.0.1")).unwrap())
        .collect();
    assert_eq!(admission.open(), 5 + local.len());
}

#[test]
fn nothing_is_counted_twice_or_kept() {
    let admission = Admission::new(2, 1, 10);
    let one = admission.admit(ip("192.0.2.1")).unwrap();
    let two = admission.admit(ip("192.0.2.2")).unwrap();
    assert!(admission.admit(ip("192.0.2.3")).is_none());
    drop((one, two));
    assert_eq!(admission.open(), 0);
    assert!(admission.state().sources.is_empty());
    assert!(admission.admit(ip("192.0.2.3")).is_some());
}

#[tokio::test]
async fn the_oldest_unfinished_handshake_makes_room() {
    let admission = Admission::new(2, 100, 2);
    let mut first = admission.begin_handshake();
    let _second = admission.begin_handshake();
    let third = admission.begin_handshake();
    first.evicted().await;
    drop(third);
    assert_eq!(admission.state().pending.len(), 1);
    // When all places are taken, too.
    let _open = (
        admission.admit(ip("192.0.2.1")).unwrap(),
        admission.admit(ip("192.0.2.1")).unwrap(),
    );
    let _instead = admission.admit(ip("192.0.2.1")).unwrap();
    assert!(admission.state().pending.is_empty());
    assert!(admission.admit(ip("192.0.2.1")).is_none());
}
