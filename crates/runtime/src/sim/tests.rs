use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::conformance::{self, Harness, Limit};
use crate::spec::{IdRange, Mounted, Resources, User};

fn spec(name: &str) -> SandboxSpec {
    SandboxSpec {
        id: SandboxId(Uuid::now_v7()),
        owner: "ada".into(),
        name: name.into(),
        hostname: name.into(),
        root: Root::Image("debian@sha256:0".into()),
        keep_machine: true,
        init: crate::Init::Agent,
        nesting: crate::Nesting::None,
        home: Mounted {
            source: HomeSource::Provided { bytes: 1 << 30 },
            target: "/home/dev".into(),
        },
        user: User::named("dev"),
        resources: Resources::default(),
        env: std::collections::BTreeMap::default(),
        network: None,
        id_range: IdRange {
            start: 0x4000_0000,
            len: 65_536,
        },
        agent_binary: "/toft".into(),
        grace: Duration::from_secs(5),
    }
}

struct InMemory(World);

#[async_trait]
impl Harness for InMemory {
    fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(SimRuntime::new(self.0.clone()))
    }

    fn spec(&self, name: &str) -> SandboxSpec {
        spec(name)
    }

    async fn write(&self, id: SandboxId, path: &str, text: &str) -> Result<(), String> {
        if self.0.write(id, path, text) {
            Ok(())
        } else {
            Err("it does not run".into())
        }
    }

    async fn read(&self, id: SandboxId, path: &str) -> Result<Option<String>, String> {
        Ok(self.0.read(id, path))
    }

    async fn kill_init(&self, id: SandboxId) {
        self.0.kill_init(id);
    }

    async fn reboot(&self, _: SandboxId) {
        self.0.reboot();
    }

    async fn traces(&self, id: SandboxId) -> Vec<String> {
        self.0.traces(id)
    }

    async fn exceed(&self, _: SandboxId, _: Limit) -> Option<Result<(), String>> {
        None
    }
}

#[tokio::test]
async fn it_conforms() {
    conformance::suite(&InMemory(World::new())).await.unwrap();
}

#[tokio::test]
async fn the_suite_notices_a_host_that_keeps_things() {
    struct Keeps(InMemory);
    #[async_trait]
    impl Harness for Keeps {
        fn runtime(&self) -> Arc<dyn Runtime> {
            self.0.runtime()
        }
        fn spec(&self, name: &str) -> SandboxSpec {
            self.0.spec(name)
        }
        async fn write(&self, id: SandboxId, path: &str, text: &str) -> Result<(), String> {
            self.0.write(id, path, text).await
        }
        async fn read(&self, id: SandboxId, path: &str) -> Result<Option<String>, String> {
            self.0.read(id, path).await
        }
        async fn kill_init(&self, id: SandboxId) {
            self.0.kill_init(id).await;
        }
        async fn reboot(&self, id: SandboxId) {
            self.0.reboot(id).await;
        }
        async fn traces(&self, _: SandboxId) -> Vec<String> {
            vec!["an orphan".into()]
        }
        async fn exceed(&self, _: SandboxId, _: Limit) -> Option<Result<(), String>> {
            None
        }
    }
    let error = conformance::suite(&Keeps(InMemory(World::new())))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("removing leaves nothing"), "{error}");
}

#[tokio::test]
async fn a_call_that_dies_never_returns_and_leaves_what_it_did() {
    let (world, spec) = (World::new(), spec("w"));
    world.fail_at(Some(Operation::Start), 0, When::After, Failure::Die);
    let runtime = SimRuntime::new(world.clone());
    tokio::select! {
        _ = runtime.start(&spec) => panic!("it returned"),
        () = world.died(1) => {}
    }
    let fresh = SimRuntime::new(world);
    assert!(fresh.inspect(spec.id).await.unwrap().is_running());
}

#[tokio::test]
async fn a_start_cut_off_midway_has_exited_and_starts_again() {
    let (world, spec) = (World::new(), spec("w"));
    world.fail_at(None, 0, When::Midway, Failure::Error);
    let runtime = SimRuntime::new(world);
    runtime.start(&spec).await.unwrap_err();
    assert!(matches!(
        runtime.inspect(spec.id).await.unwrap(),
        SandboxState::Exited(_)
    ));
    runtime.start(&spec).await.unwrap();
    assert!(runtime.inspect(spec.id).await.unwrap().is_running());
}

#[tokio::test]
async fn faults_strike_the_call_they_were_set_for_once() {
    let (world, spec) = (World::new(), spec("w"));
    world.fail_at(Some(Operation::Inspect), 1, When::Before, Failure::Error);
    let runtime = SimRuntime::new(world.clone());
    runtime.inspect(spec.id).await.unwrap();
    runtime.list().await.unwrap();
    runtime.inspect(spec.id).await.unwrap_err();
    runtime.inspect(spec.id).await.unwrap();
    assert_eq!(world.calls().len(), 4);
}

#[tokio::test]
async fn what_is_stuck_is_listed_until_it_comes_loose() {
    let (world, spec) = (World::new(), spec("w"));
    let runtime = SimRuntime::new(world.clone());
    runtime.start(&spec).await.unwrap();
    world.stick(spec.id, true);
    assert_eq!(runtime.remove(spec.id).await.len(), 1);
    world.stick(spec.id, false);
    assert!(runtime.remove(spec.id).await.is_empty());
}

#[tokio::test]
async fn a_specification_for_another_kind_of_runtime_is_refused_for_good() {
    let runtime = SimRuntime::providing(World::new(), Provides::default());
    let error = runtime.create(&spec("w")).await.unwrap_err();
    assert!(error.is_permanent(), "{error}");
}
