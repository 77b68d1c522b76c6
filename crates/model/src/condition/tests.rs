use super::*;

fn ready(status: ConditionStatus, second: i64, message: &str) -> Condition {
    Condition {
        kind: "Ready".into(),
        status,
        reason: "Test".into(),
        message: message.into(),
        last_transition_time: Timestamp::from_second(second).unwrap(),
        observed_generation: None,
    }
}

#[test]
fn the_transition_time_moves_only_with_the_status() {
    let mut all = Vec::new();
    assert!(set(&mut all, ready(ConditionStatus::False, 1, "a")));
    assert!(set(&mut all, ready(ConditionStatus::False, 2, "b")));
    assert_eq!(find(&all, "Ready").unwrap().last_transition_time.as_second(), 1);
    assert!(set(&mut all, ready(ConditionStatus::True, 3, "b")));
    assert_eq!(find(&all, "Ready").unwrap().last_transition_time.as_second(), 3);
    assert_eq!(all.len(), 1);
}

#[test]
fn setting_the_same_again_changes_nothing() {
    let mut all = vec![ready(ConditionStatus::True, 1, "a")];
    assert!(!set(&mut all, ready(ConditionStatus::True, 9, "a")));
}
