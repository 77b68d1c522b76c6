//! A host for sandboxes that leaves nothing behind: directories, an image of one static busybox,
//! and whatever a failed test left running removed at the end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use toft_agent::wire::ExecRequest;
use toft_agent::{Client, ExecEvent, UnixDialer};
use toft_effects::Door;
use toft_effects::namespaces::IdRange;
use toft_runtime::{HomeSource, Mounted, Resources, Root, SandboxId, SandboxSpec, User};
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
        Self {
            dir,
            instance,
            runtime,
        }
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
        spec_at(self.dir.path(), name, SandboxId(uuid::Uuid::now_v7()))
    }

    /// What a shell of root's inside says, and its exit code behind it when that is not zero.
    pub async fn say(&self, id: SandboxId, line: &str) -> String {
        let client = self.client(id);
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(error) = client.info().await {
            assert!(
                Instant::now() < deadline,
                "{error}; console: {}",
                self.console(id)
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        run(&client, "root", line).await
    }

    /// A client of the agent inside.
    pub fn client(&self, id: SandboxId) -> Client {
        Client::new(UnixDialer::new(
            self.path("sandboxes").join(id.to_string()).join("agent.sock"),
        ))
    }

    /// Gives the image an init of its own: busybox's, which does what `inittab` says.
    pub fn give_init(&self, inittab: &str) {
        let image = self.path("image");
        fs::create_dir(image.join("sbin")).unwrap();
        symlink("../bin/busybox", image.join("sbin/init")).unwrap();
        fs::write(image.join("etc/inittab"), inittab).unwrap();
    }

    pub fn console(&self, id: SandboxId) -> String {
        fs::read_to_string(self.path("volumes").join(id.to_string()).join("console.log")).unwrap_or_default()
    }
}

/// A sandbox whose directories are below `dir`.
fn spec_at(dir: &Path, name: &str, id: SandboxId) -> SandboxSpec {
    let home = dir.join("volumes").join(id.to_string()).join("home");
    fs::create_dir_all(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(1_000), Some(1_000)).unwrap();
    let user = User {
        shell: "/bin/sh".into(),
        ..User::named("dev")
    };
    SandboxSpec {
        id,
        owner: "ada".into(),
        name: name.into(),
        hostname: name.into(),
        root: Root::Directory(dir.join("image")),
        keep_machine: true,
        init: toft_runtime::Init::Agent,
        nesting: toft_runtime::Nesting::None,
        home: Mounted {
            source: HomeSource::Directory(home),
            target: user.home.clone(),
        },
        user,
        resources: Resources::default(),
        env: [("GREETING".to_owned(), "hello".to_owned())].into(),
        network: None,
        id_range: range_of(id),
        agent_binary: agent(),
        grace: Duration::from_secs(5),
    }
}

/// A range that depends on nothing but the sandbox, as one kept in a store does.
fn range_of(id: SandboxId) -> IdRange {
    let random = u32::from_le_bytes(id.0.as_bytes()[12..].try_into().unwrap());
    IdRange::nth(0, random % IdRange::count()).unwrap()
}

/// The same host in another process, which may be killed.
pub struct Reopened {
    pub runtime: ContainerRuntime,
    pub spec: SandboxSpec,
}

const REOPENED: &str = "TOFT_TEST_REOPENED";

impl Reopened {
    /// What the process was started for, if it was.
    pub fn from_env() -> Option<Self> {
        let told = std::env::var(REOPENED).ok()?;
        let [dir, instance, id]: [&str; 3] = told.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let spec = spec_at(Path::new(dir), "killed", id.parse().unwrap());
        Some(Self {
            runtime: runtime(Path::new(dir), instance),
            spec,
        })
    }

    /// Runs this very test program for one life of a sandbox.
    // Test programs have no door; this one is the victim of the sweep.
    #[allow(clippy::disallowed_methods)]
    pub fn run(host: &Host, spec: &SandboxSpec, env: &[(&str, &str)]) -> std::process::ExitStatus {
        let told = format!("{} {} {}", host.dir.path().display(), host.instance, spec.id);
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crash::victim"])
            .env(REOPENED, told)
            .envs(env.iter().copied());
        command.stdout(std::process::Stdio::null()).status().unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let (path, instance) = (self.dir.path().to_owned(), self.instance.clone());
        // A runtime of its own: the test's may be busy ending.
        let cleaned = std::thread::spawn(move || {
            let tasks = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            tasks.block_on(async {
                let runtime = runtime(&path, &instance);
                let left = runtime.purge().await;
                assert!(left.is_empty(), "{left:?}");
            });
        });
        let _ = cleaned.join();
    }
}

fn runtime(data: &Path, instance: &str) -> ContainerRuntime {
    let config = ContainerConfig {
        data: data.into(),
        volumes: data.join("volumes"),
        instance: instance.into(),
        host: "here".into(),
    };
    ContainerRuntime::new(Door::from_env(), config)
}

/// The agent, beside this test's own program.
fn agent() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples/agent")
}

/// What shells in the tests use.
const APPLETS: &str = "cat chmod chown cp dd df dmesg echo env grep head hostname id kill ln ls mkdir mknod mount ps \
                       readlink rm sh sleep stat tail test touch true umount unshare wc";

/// The smallest root that a shell runs in.
fn busybox_root(root: &Path) {
    for dir in ["bin", "etc", "home", "proc", "sys", "dev", "run", "tmp", "root"] {
        fs::create_dir_all(root.join(dir)).unwrap();
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"]
        .iter()
        .find(|path| Path::new(path).exists());
    fs::copy(busybox.expect("install busybox-static"), root.join("bin/busybox")).unwrap();
    for name in APPLETS.split_whitespace() {
        symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n").unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\n").unwrap();
}

/// What a shell of this user's inside says.
pub async fn run(client: &Client, user: &str, line: &str) -> String {
    let request = ExecRequest {
        command: ["/bin/sh", "-c", line].map(str::to_owned).to_vec(),
        user: Some(user.to_owned()),
        ..ExecRequest::default()
    };
    let mut stream = client.exec(request).await.unwrap();
    let mut said = String::new();
    loop {
        match stream.reader.recv().await.unwrap() {
            Some(ExecEvent::Stdout(bytes) | ExecEvent::Stderr(bytes)) => {
                said.push_str(&String::from_utf8_lossy(&bytes));
            }
            Some(ExecEvent::Exit(0)) | None => return said,
            Some(ExecEvent::Exit(code)) => return format!("{said}exit {code}\n"),
        }
    }
}
