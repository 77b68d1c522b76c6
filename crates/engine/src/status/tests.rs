use super::*;
use crate::observed::Attempt;
use crate::plan::plan;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn told(wanted: Wanted, observed: &Observed, facts: &Facts) -> WorkspaceStatus {
    let next = plan(&wanted, observed, at(10));
    derive(
        &WorkspaceStatus::default(),
        &wanted,
        observed,
        &next,
        facts,
        at(10),
    )
}

const RUN: Wanted = Wanted {
    gone: false,
    running: true,
    restart: None,
    restart_observed: None,
    own_network: false,
    own_volume: false,
    copied: false,
};

#[test]
fn the_conditions_tell_the_step() {
    let preparing = ImageView::Preparing {
        message: "unpacking".into(),
        percent: Some(40),
    };
    let observed = Observed {
        admitted: true,
        allocated: true,
        image: preparing,
        ..Observed::default()
    };
    let status = told(
        RUN,
        &observed,
        &Facts {
            image: "debian".into(),
            ..Facts::default()
        },
    );
    assert_eq!(
        (status.phase, status.message.as_str()),
        (Phase::Starting, "preparing the image 'debian': unpacking (40 %)")
    );
    let reasons: Vec<&str> = status
        .conditions
        .iter()
        .map(|condition| condition.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "Reserved",
            "InProgress",
            "Waiting",
            "Waiting",
            "Waiting",
            "Waiting",
            "Waiting",
            "Starting"
        ]
    );
}

#[test]
fn a_place_in_the_queue_reads_as_a_sentence() {
    let queue = Some(QueuePlace {
        position: 2,
        of: 3,
        needs: "2Gi memory".into(),
    });
    let status = told(
        RUN,
        &Observed::default(),
        &Facts {
            queue,
            ..Facts::default()
        },
    );
    assert_eq!(status.phase, Phase::Queued);
    assert_eq!(
        status.message,
        "2nd of 3 in the queue, needs 2Gi memory; starts when others stop"
    );
}

#[test]
fn a_failure_says_why_and_what_happens_next() {
    let failed = Some(Attempt {
        step: Step::StartSandbox,
        count: 1,
        until: at(20),
        message: "no space left on the disk".into(),
    });
    let observed = Observed {
        admitted: true,
        allocated: true,
        image: ImageView::Ready,
        volume: true,
        network: true,
        network_traces: true,
        failed,
        ..Observed::default()
    };
    let status = told(RUN, &observed, &Facts::default());
    assert_eq!(
        (status.phase, status.message.as_str()),
        (Phase::Failed, "no space left on the disk; tried again by itself")
    );
    assert_eq!(
        condition::find(&status.conditions, "SandboxReady")
            .unwrap()
            .reason,
        "Failed"
    );
}

#[test]
fn ordinals_are_english() {
    let told: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 101, 111].map(ordinal).to_vec();
    assert_eq!(
        told,
        [
            "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th"
        ]
    );
}
