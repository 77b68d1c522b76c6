use proptest::prelude::*;

use super::*;

fn candidate(key: u32, cpu_milli: u64, memory_bytes: u64, admitted: bool) -> Candidate<u32> {
    let since = Timestamp::from_second(i64::from(key)).unwrap();
    Candidate {
        key,
        needs: Room {
            cpu_milli,
            memory_bytes,
        },
        admitted,
        since,
    }
}

const HOST: Room = Room {
    cpu_milli: 2000,
    memory_bytes: 4 << 30,
};

#[test]
fn what_fits_is_admitted_and_the_rest_waits_in_order() {
    let decisions = decide(
        HOST,
        &[
            candidate(3, 500, 1, false),
            candidate(1, 1500, 1, true),
            candidate(2, 1000, 1 << 30, false),
        ],
    );
    let place = |position, needs: &str| {
        Decision::Queued(QueuePlace {
            position,
            of: 2,
            needs: needs.into(),
        })
    };
    assert_eq!(
        decisions,
        [(2, place(1, "1 cores")), (3, place(2, "500m cores and 1 memory"))]
    );
}

#[test]
fn what_can_never_fit_is_refused_with_what_the_host_has() {
    let resources = |memory: &str| Resources {
        requests: toft_model::workspace::Amounts {
            memory: memory.parse().ok(),
            ..Default::default()
        },
        ..Resources::default()
    };
    assert_eq!(never_fits(HOST, &resources("4Gi")), Ok(()));
    let invalid = never_fits(HOST, &resources("5Gi")).unwrap_err();
    assert_eq!(
        invalid.to_string(),
        "spec.resources.requests.memory: '5Gi' can never be reserved: this host has '4Gi' in all; ask for less"
    );
}

proptest! {
    /// Whatever is asked: nothing is promised twice, and nobody is overtaken.
    #[test]
    fn never_more_than_there_is_and_never_out_of_turn(all in proptest::collection::vec((0u64..1500, 0u64..(3 << 30), any::<bool>()), 0..20)) {
        let mut taken = Room::default();
        let mut candidates = Vec::new();
        for (key, (cpu, memory, admitted)) in (0u32..).zip(&all) {
            // What is admitted fitted once.
            let fits = taken.cpu_milli + cpu <= HOST.cpu_milli && taken.memory_bytes + memory <= HOST.memory_bytes;
            let admitted = *admitted && fits;
            if admitted {
                taken = Room { cpu_milli: taken.cpu_milli + cpu, memory_bytes: taken.memory_bytes + memory };
            }
            candidates.push(candidate(key, *cpu, *memory, admitted));
        }
        let decisions = decide(HOST, &candidates);
        let mut last_admitted = true;
        for (key, decision) in decisions {
            let admitted = decision == Decision::Admitted;
            prop_assert!(last_admitted || !admitted, "{key} overtook somebody");
            last_admitted = admitted;
            if admitted {
                let needs = all[key as usize];
                taken = Room { cpu_milli: taken.cpu_milli + needs.0, memory_bytes: taken.memory_bytes + needs.1 };
            }
        }
        prop_assert!(taken.cpu_milli <= HOST.cpu_milli && taken.memory_bytes <= HOST.memory_bytes);
    }
}
