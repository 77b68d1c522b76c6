use super::*;

fn absent() -> Reading {
    Reading::Absent("not installed".to_owned())
}

fn against(side: Side, factor: f64, toft: Reading, peer: Reading) -> Row {
    Row::times("x", Unit::Millis, side, (factor, "Peer"), toft, peer)
}

#[test]
fn a_peer_s_number_sets_the_bound() {
    let row = |toft| against(Side::AtMost, 0.1, Reading::once(toft), Reading::once(2000.0));
    assert_eq!(row(200.0).verdict(), Verdict::Held);
    assert_eq!(row(201.0).verdict(), Verdict::Missed);
    assert_eq!(row(100.0).ratio(), Some(0.05));
    let row = |toft| against(Side::AtLeast, 1.5, Reading::once(toft), Reading::once(1000.0));
    assert_eq!(row(1500.0).verdict(), Verdict::Held);
    assert_eq!(row(1499.0).verdict(), Verdict::Missed);
}

#[test]
fn a_number_of_its_own_sets_the_bound() {
    let row = |toft| Row::fixed("x", Unit::Megabytes, Side::AtMost, 40.0, Reading::once(toft));
    assert_eq!(row(40.0).verdict(), Verdict::Held);
    assert_eq!(row(41.0).verdict(), Verdict::Missed);
    assert_eq!(row(20.0).ratio(), Some(0.5));
    assert_eq!(row(20.0).goal(), "≤ 40.0 MB");
}

#[test]
fn a_margin_is_on_top_of_the_peer() {
    let row = |toft| Row {
        bound: Bound::Over {
            margin: 2.0,
            peer: "PTY",
            reading: Reading::once(0.5),
        },
        ..Row::fixed("x", Unit::Millis, Side::AtMost, 0.0, Reading::once(toft))
    };
    assert_eq!(row(2.5).verdict(), Verdict::Held);
    assert_eq!(row(2.6).verdict(), Verdict::Missed);
}

#[test]
fn what_is_absent_is_neither_held_nor_missed() {
    let here = || Reading::once(1.0);
    assert_eq!(
        against(Side::AtMost, 0.1, here(), absent()).verdict(),
        Verdict::Unknown
    );
    assert_eq!(
        against(Side::AtMost, 0.1, absent(), here()).verdict(),
        Verdict::Unknown
    );
    assert_eq!(against(Side::AtMost, 0.1, here(), absent()).ratio(), None);
}

#[test]
fn a_peer_of_zero_gives_no_ratio() {
    assert_eq!(
        against(Side::AtMost, 0.1, Reading::once(1.0), Reading::once(0.0)).ratio(),
        None
    );
}
