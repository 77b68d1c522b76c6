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

#[tokio::test]
async fn a_change_that_a_daemon_broke_off_is_asked_for_again() {
    let broke_off = || Failure::new("connection closed").unanswered();
    let nobody_there = || Failure::new("no daemon").hint("toft up").unanswered();
    let refused = || Failure::new("it is being deleted");
    let ask = async |answers: Vec<Outcome<u8>>| {
        let answers = std::cell::RefCell::new(answers.into_iter());
        let outcome = answered(async || answers.borrow_mut().next().unwrap()).await;
        (outcome.ok(), answers.into_inner().count())
    };
    let gone_and_back = vec![Err(broke_off()), Err(nobody_there()), Err(broke_off()), Ok(1)];
    assert_eq!(ask(gone_and_back).await, (Some(1), 0));
    assert_eq!(
        ask(vec![Err(broke_off()), Err(refused()), Ok(1)]).await,
        (None, 1)
    );
    // One that was not there from the beginning is not waited for.
    assert_eq!(ask(vec![Err(nobody_there()), Ok(1)]).await, (None, 1));
    assert_eq!(ask(vec![Ok(1), Ok(2)]).await, (Some(1), 1));
}
