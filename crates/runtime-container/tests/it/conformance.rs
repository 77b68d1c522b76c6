//! The suite that every runtime passes.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use toft_effects::Door;
use toft_effects::cgroup::Hierarchies;
use toft_runtime::conformance::{self, Harness, Limit};
use toft_runtime::{Runtime, SandboxId, SandboxSpec, SandboxState};

use crate::support::{Host, run};

#[tokio::test]
async fn it_conforms() {
    conformance::suite(&Host::new()).await.unwrap();
}

#[async_trait]
impl Harness for Host {
    fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(self.fresh())
    }

    fn spec(&self, name: &str) -> SandboxSpec {
        Host::spec(self, name)
    }

    async fn write(&self, id: SandboxId, path: &str, text: &str) -> Result<(), String> {
        let client = self.client(id);
        client.info().await.map_err(|error| error.to_string())?;
        let said = run(&client, "root", &format!("printf %s '{text}' > {path}")).await;
        if said.is_empty() { Ok(()) } else { Err(said) }
    }

    async fn read(&self, id: SandboxId, path: &str) -> Result<Option<String>, String> {
        let client = self.client(id);
        client.info().await.map_err(|error| error.to_string())?;
        let said = run(&client, "root", &format!("cat {path}")).await;
        Ok((!said.ends_with("exit 1\n")).then_some(said))
    }

    async fn kill_init(&self, id: SandboxId) {
        let SandboxState::Running { pid: Some(pid), .. } = self.runtime.inspect(id).await.unwrap() else {
            panic!("{id} does not run");
        };
        // SAFETY: a plain system call; the process is the sandbox's first.
        unsafe { libc::kill(pid.try_into().unwrap(), libc::SIGKILL) };
    }

    async fn reboot(&self, id: SandboxId) {
        let group = self.cgroup(id);
        Door::default().kill_cgroup(&group).await.unwrap();
        Door::default().remove_cgroup(&group).await.unwrap();
        for pin in ["user", "net"] {
            let pin = self.path("run/ns").join(id.to_string()).join(pin);
            Door::default().unguard_directory(&pin).unwrap();
        }
    }

    async fn traces(&self, id: SandboxId) -> Vec<String> {
        self.traces_of(id)
    }

    async fn exceed(&self, id: SandboxId, limit: Limit) -> Option<Result<(), String>> {
        Some(match limit {
            Limit::Cpu => self.burn(id).await,
            Limit::Memory => self.hog(id).await,
            Limit::Pids => self.fork(id).await,
        })
    }
}

impl Host {
    async fn burn(&self, id: SandboxId) -> Result<(), String> {
        let pid = self
            .say(id, "(while :; do :; done) >/dev/null 2>&1 </dev/null & echo $!")
            .await;
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.runtime.usage(id).await.unwrap().cpu_throttled_ns == 0 {
            if Instant::now() > deadline {
                return Err("a busy loop is never held back".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.say(id, &format!("kill -9 {pid}")).await;
        Ok(())
    }

    async fn hog(&self, id: SandboxId) -> Result<(), String> {
        let said = self.say(id, "dd if=/dev/zero of=/dev/null bs=300M count=1").await;
        let kills = self.runtime.usage(id).await.unwrap().oom_kills;
        if said.contains("exit 137") && kills > 0 {
            Ok(())
        } else {
            Err(format!("{said} ({kills} kills)"))
        }
    }

    async fn fork(&self, id: SandboxId) -> Result<(), String> {
        let bomb = "i=0; while [ $i -lt 200 ]; do sleep 600 >/dev/null 2>&1 & i=$((i+1)); done; echo $i";
        let said = self.say(id, bomb).await;
        // From outside: inside there is no room for a process that could do it.
        for pid in Hierarchies::detect().unwrap().processes(&self.cgroup(id)) {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if name == "sleep\n" {
                // SAFETY: a plain system call; the process is one of the sandbox's.
                unsafe { libc::kill(pid.try_into().unwrap(), libc::SIGKILL) };
            }
        }
        if said.contains("fork") { Ok(()) } else { Err(said) }
    }

    pub fn cgroup(&self, id: SandboxId) -> String {
        format!("toft-{}/{id}", self.instance)
    }

    pub fn traces_of(&self, id: SandboxId) -> Vec<String> {
        let name = id.to_string();
        let mut found = Vec::new();
        for dir in ["sandboxes", "run/ns", "run/oci"] {
            if self.path(dir).join(&name).exists() {
                found.push(format!("{dir}/{name}"));
            }
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        found.extend(
            mounts
                .lines()
                .filter(|line| line.contains(&name))
                .map(str::to_owned),
        );
        let hierarchies = Hierarchies::detect().unwrap();
        found.extend(
            hierarchies
                .directories(&self.cgroup(id))
                .iter()
                .map(|dir| dir.display().to_string()),
        );
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let group = fs::read_to_string(process.path().join("cgroup")).unwrap_or_default();
            let status = fs::read_to_string(process.path().join("status")).unwrap_or_default();
            // One that has ended and waits for the host's first process to notice is no trace.
            if group.contains(&name) && !status.contains("State:\tZ") {
                found.push(format!("process {}", process.file_name().display()));
            }
        }
        found
    }
}
