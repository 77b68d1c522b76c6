use super::*;

fn limits() -> Limits {
    Limits {
        header_timeout: Duration::from_secs(10),
        keep_alive: Duration::from_secs(100),
        ..Limits::default()
    }
}

fn at(activity: &Activity, seconds: u64) -> Verdict {
    activity.verdict_at(&limits(), Duration::from_secs(seconds))
}

#[test]
fn a_head_has_less_time_than_an_idle_connection() {
    let activity = Activity::new(true);
    assert!(matches!(at(&activity, 50), Verdict::Wait(_)));
    activity.head_begins(Duration::from_secs(50));
    // More bytes of the same head buy no time.
    activity.saw_bytes();
    assert!(matches!(at(&activity, 59), Verdict::Wait(_)));
    assert_eq!(at(&activity, 61), Verdict::Stuck);
}

#[test]
fn a_request_takes_as_long_as_it_takes_and_idleness_counts_from_its_end() {
    let activity = Activity::new(true);
    activity.saw_bytes();
    let busy = activity.begin_request();
    activity.saw_bytes();
    assert!(matches!(at(&activity, 1000), Verdict::Wait(_)));
    std::mem::forget(busy);
    activity.request_ends(Duration::from_secs(1000));
    assert!(matches!(at(&activity, 1099), Verdict::Wait(_)));
    assert_eq!(at(&activity, 1101), Verdict::Idle);
}

#[test]
fn an_upgraded_connection_is_left_alone() {
    let activity = Activity::new(true);
    activity.set_upgraded();
    activity.saw_bytes();
    assert!(matches!(at(&activity, 100_000), Verdict::Wait(_)));
}

#[test]
fn frames_between_requests_are_no_heads() {
    let activity = Activity::new(false);
    activity.saw_bytes();
    assert!(matches!(at(&activity, 50), Verdict::Wait(_)));
    assert_eq!(at(&activity, 101), Verdict::Idle);
}
