//! A specification for unit tests.

use std::time::Duration;

use toft_runtime::{
    HomeSource, IdRange, Init, Mounted, Nesting, NetworkView, Resources, Root, SandboxId, SandboxSpec, User,
};

pub(crate) fn spec() -> SandboxSpec {
    let user = User::named("dev");
    SandboxSpec {
        id: "01900000-0000-7000-8000-000000000001"
            .parse::<SandboxId>()
            .unwrap(),
        owner: "ada".into(),
        name: "lab".into(),
        hostname: "lab".into(),
        root: Root::Directory("/data/images/root".into()),
        keep_machine: true,
        init: Init::Agent,
        nesting: Nesting::None,
        home: Mounted {
            source: HomeSource::Directory("/data/volumes/home".into()),
            target: user.home.clone(),
        },
        user,
        resources: Resources {
            cpu_request_millis: 100,
            cpu_limit_millis: Some(2_000),
            memory_limit_bytes: Some(1 << 30),
            pids_limit: 512,
        },
        env: [("EDITOR".to_owned(), "vim".to_owned())].into(),
        network: Some(NetworkView {
            namespaces: "/data/run/ns/lab".into(),
            address: "10.7.0.2".parse().unwrap(),
            gateway: Some("10.7.0.1".parse().unwrap()),
            dns: Some("10.7.0.1".parse().unwrap()),
            search: Some("ada.toft.internal".into()),
            hosts: vec![("10.7.0.3".parse().unwrap(), vec!["db".into(), "db.ada".into()])],
        }),
        id_range: IdRange {
            start: 0x4000_0000,
            len: 65_536,
        },
        agent_binary: "/data/bin/toft".into(),
        grace: Duration::from_secs(10),
    }
}
