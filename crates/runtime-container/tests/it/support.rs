//! A host for sandboxes that leaves nothing behind: directories, an image of one static busybox,
//! and whatever a failed test left running removed at the end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use toft_effects::Door;
use toft_effects::namespaces::IdRange;
use toft_runtime::{
    HomeSource, Mounted, Resources, Root, Runtime, RuntimeError, SandboxId, SandboxSpec, Target, User,
};
use toft_runtime_container::{ContainerConfig, ContainerRuntime};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A data directory with a runtime over it.
pub struct Host {
    pub dir: TempDir,
    pub instance: String,
    pub runtime: ContainerRuntime,
}

impl Host {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Six characters, of which no other test process here has the same.
        let instance = format!("{:06x}", (std::process::id() * 64 + number) & 0xff_ffff);
        busybox_root(&dir.path().join("image"));
        let runtime = runtime(dir.path(), &instance);
        Self { dir, instance, runtime }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Another value of the runtime over the same host, as after a restart of the daemon.
    pub fn fresh(&self) -> ContainerRuntime {
        runtime(self.dir.path(), &self.instance)
    }

    /// A sandbox that was never seen before.
    pub fn spec(&self, name: &str) -> SandboxSpec {
        let id = SandboxId(uuid::Uuid::now_v7());
        let home = self.path("volumes").join(id.to_string());
        fs::create_dir_all(&home).unwrap();
        std::os::unix::fs::chown(&home, Some(1_000), Some(1_000)).unwrap();
        let user = User { shell: "/bin/sh".into(), ..User::named("dev") };
        SandboxSpec {
            id,
            owner: "ada".into(),
            name: name.into(),
            hostname: name.into(),
            root: Root::Directory(self.path("image")),
            keep_machine: true,
            home: Mounted { source: HomeSource::Directory(home), target: user.home.clone() },
            user,
            resources: Resources::default(),
            env: [("GREETING".to_owned(), "hello".to_owned())].into(),
            network: None,
            id_range: IdRange::nth(0, NEXT.fetch_add(1, Ordering::Relaxed)).unwrap(),
            agent_binary: first_process(),
            grace: Duration::from_secs(5),
        }
    }

    /// What a shell inside says.
    pub async fn say(&self, id: SandboxId, line: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut stream = loop {
            match self.runtime.connect(id, Target::Agent).await {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > deadline => panic!("{error}; console: {}", self.console(id)),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        stream.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        said
    }

    pub fn console(&self, id: SandboxId) -> String {
        fs::read_to_string(self.path("sandboxes").join(id.to_string()).join("console.log")).unwrap_or_default()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let (path, instance) = (self.dir.path().to_owned(), self.instance.clone());
        // A runtime of its own: the test's may be busy ending.
        let cleaned = std::thread::spawn(move || {
            let tasks = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tasks.block_on(async {
                let runtime = runtime(&path, &instance);
                for id in runtime.list().await.unwrap_or_default() {
                    let left = runtime.remove(id).await;
                    assert!(left.is_empty(), "{left:?}");
                }
                let _ = Door::default().remove_cgroup(&format!("toft-{instance}")).await;
                let _ = fs::remove_dir(format!("/run/toft-{instance}"));
            });
        });
        let _ = cleaned.join();
    }
}

fn runtime(data: &Path, instance: &str) -> ContainerRuntime {
    let config = ContainerConfig { data: data.into(), instance: instance.into(), host: "here".into() };
    ContainerRuntime::new(Door::from_env(), config)
}

/// The stand-in for the agent, beside this test's own program.
fn first_process() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples/first_process")
}

/// The smallest root that a shell runs in.
fn busybox_root(root: &Path) {
    for dir in ["bin", "etc", "home", "proc", "sys", "dev", "run", "tmp", "root"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].iter().find(|path| Path::new(path).exists());
    fs::copy(busybox.expect("install busybox-static"), root.join("bin/busybox")).unwrap();
    for name in ["sh", "cat", "echo", "id", "ls", "mount", "umount", "touch", "sleep", "stat", "dd", "mknod", "hostname", "chown", "test", "kill", "ps", "head", "wc", "unshare", "ln", "mkdir", "chmod", "rm", "su", "ip", "nproc", "df", "env", "tail", "grep", "true", "sysctl", "chroot"] {
        symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n").unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\n").unwrap();
}

/// Waits for something that others bring about.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The kind of an error, for assertions.
pub fn is_not_running<T>(result: &Result<T, RuntimeError>) -> bool {
    matches!(result, Err(RuntimeError::NotRunning(_)))
}
