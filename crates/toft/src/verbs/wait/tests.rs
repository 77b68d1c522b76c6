use serde_json::json;

use super::*;

fn object(phase: &str, observed: i64) -> Value {
    json!({
        "metadata": {"generation": 2},
        "spec": {"running": true},
        "status": {"phase": phase, "observedGeneration": observed, "message": "making the network"},
    })
}

#[test]
fn only_what_was_observed_for_this_spec_counts() {
    assert_eq!(verdict(&object("Running", 2), Goal::Ready), Verdict::Reached);
    assert_eq!(
        verdict(&object("Running", 1), Goal::Ready),
        Verdict::OnTheWay("making the network".into())
    );
    assert_eq!(
        verdict(&object("Failed", 1), Goal::Ready),
        Verdict::OnTheWay("making the network".into())
    );
}

#[test]
fn a_failure_is_told_but_never_ends_a_delete() {
    assert_eq!(
        verdict(&object("Failed", 2), Goal::Ready),
        Verdict::Failed("making the network".into())
    );
    assert!(matches!(
        verdict(&object("Failed", 2), Goal::Gone),
        Verdict::OnTheWay(_)
    ));
}

#[test]
fn a_restart_is_done_when_it_was_observed() {
    let mut object = object("Running", 2);
    object["spec"]["lifecycle"]["restartedAt"] = "2026-01-01T00:00:00Z".into();
    assert!(matches!(verdict(&object, Goal::Ready), Verdict::OnTheWay(_)));
    object["status"]["restartObserved"] = "2026-01-01T00:00:00Z".into();
    assert_eq!(verdict(&object, Goal::Ready), Verdict::Reached);
}
