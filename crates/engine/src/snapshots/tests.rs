use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn snapshot(phase: SnapshotPhase) -> Snapshot {
    let spec = SnapshotSpec {
        workspace: "dev".into(),
        expires_at: None,
    };
    let mut snapshot = Snapshot::new(ObjectMeta::default(), spec);
    snapshot.status = Some(SnapshotStatus {
        phase,
        ..SnapshotStatus::default()
    });
    snapshot
}

#[test]
fn it_is_taken_once_and_kept() {
    let now = at(100);
    for there in [false, true] {
        // Cut off between the taking and the telling it is asked for again, which changes nothing.
        assert_eq!(turn(&snapshot(SnapshotPhase::Pending), there, now), Turn::Take);
        assert_eq!(
            turn(&snapshot(SnapshotPhase::Failed), there, now),
            Turn::Rest(None)
        );
    }
    assert_eq!(turn(&snapshot(SnapshotPhase::Ready), true, now), Turn::Rest(None));
    assert_eq!(turn(&snapshot(SnapshotPhase::Ready), false, now), Turn::Lose);
}

#[test]
fn it_goes_when_its_time_is_over_or_when_it_is_told_to() {
    let mut kept = snapshot(SnapshotPhase::Ready);
    kept.spec.expires_at = Some(at(100));
    assert_eq!(turn(&kept, true, at(99)), Turn::Rest(Some(at(100))));
    assert_eq!(turn(&kept, true, at(100)), Turn::Expire);
    for phase in [
        SnapshotPhase::Pending,
        SnapshotPhase::Ready,
        SnapshotPhase::Failed,
    ] {
        let mut gone = snapshot(phase);
        gone.metadata.deletion_timestamp = Some(at(1));
        assert_eq!(turn(&gone, true, at(2)), Turn::Remove);
        assert_eq!(turn(&gone, false, at(2)), Turn::Drop);
    }
}
