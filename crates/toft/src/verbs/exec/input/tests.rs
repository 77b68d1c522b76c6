use super::*;

#[test]
fn what_has_not_arrived_is_kept() {
    let mut input = Unconfirmed::default();
    input.push(b"hello ");
    input.push(b"world");
    input.confirm(6);
    assert_eq!(input.rest(), b"world");
    input.confirm(3);
    assert_eq!(input.rest(), b"world", "an old word changes nothing");
    input.confirm(99);
    assert!(input.rest().is_empty(), "more than was sent cannot have arrived");
}

#[test]
fn a_full_window_or_the_end_stops_more() {
    let mut input = Unconfirmed::default();
    input.push(&vec![0; WINDOW]);
    assert!(!input.has_room());
    input.confirm(1);
    assert!(input.has_room());
    input.end();
    assert!(!input.has_room() && input.ended());
}
