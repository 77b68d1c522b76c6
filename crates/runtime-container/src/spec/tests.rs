use std::path::PathBuf;

use super::*;
use crate::fixture;

fn host() -> Host {
    Host {
        stage: "/run/toft-abc123".into(),
        cgroup: "toft-abc123/lab".into(),
        user_namespace: "/data/run/ns/lab/user".into(),
        net_namespace: "/data/run/ns/lab/net".into(),
        repeats_id_maps: true,
        open_files_max: 1_048_576,
        settings: ["fs", "kernel", "net", "vm"].map(str::to_owned).into(),
        oom_score: 0,
    }
}

/// The whole configuration but the table of system calls, as it is meant to be: a change shows
/// in review. `TOFT_UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_configuration_is_the_golden_one() {
    let mut config = oci(&fixture::spec(), &host());
    config["linux"]["seccomp"]["syscalls"] = json!("see seccomp");
    config["linux"]["seccomp"]["architectures"] = json!("see seccomp");
    let text = serde_json::to_string_pretty(&config).unwrap() + "\n";
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/spec/golden.json");
    if std::env::var_os("TOFT_UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&golden).unwrap());
}

#[test]
fn id_maps_stand_beside_the_path_only_where_they_must() {
    assert_eq!(
        oci(&fixture::spec(), &host())["linux"]["uidMappings"][0]["hostID"],
        0x4000_0000
    );
    let newer = Host {
        repeats_id_maps: false,
        ..host()
    };
    assert!(
        oci(&fixture::spec(), &newer)["linux"]
            .get("uidMappings")
            .is_none()
    );
}

#[test]
fn nothing_of_the_data_directory_is_mounted_by_path() {
    let config = oci(&fixture::spec(), &host());
    for mount in config["mounts"].as_array().unwrap() {
        assert!(!mount["source"].as_str().unwrap().starts_with("/data"), "{mount}");
    }
}

#[test]
fn open_files_never_exceed_what_this_process_may_give() {
    let poor = Host {
        open_files_max: 20_000,
        ..host()
    };
    let limit = &oci(&fixture::spec(), &poor)["process"]["rlimits"][0];
    assert_eq!(
        (limit["soft"].as_u64(), limit["hard"].as_u64()),
        (Some(20_000), Some(20_000))
    );
}
