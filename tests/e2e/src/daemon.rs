//! One daemon and the commands that people give it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::traces::Instance;
use crate::wait::eventually;

/// A daemon; purged when it is dropped.
pub struct Daemon {
    dir: TempDir,
    data: PathBuf,
    port: u16,
    child: Option<Child>,
    /// What marks it on this host, once it has served.
    instance: Option<Instance>,
    /// The sign-in links that it printed last.
    pub links: Vec<String>,
}

/// What a command left.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

// === impl Ran ===

impl Ran {
    /// Its output, given that it succeeded.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.out, self.err);
        self.out
    }

    /// What it complained of, given that it failed.
    pub fn failed(self) -> String {
        assert_ne!(self.code, 0, "stdout: {}\nstderr: {}", self.out, self.err);
        self.err
    }
}

// === impl Daemon ===

impl Daemon {
    /// Starts one, and waits until it prints its links.
    pub fn start() -> Self {
        Self::with_env(&[])
    }

    /// Starts one with more variables.
    pub fn with_env(env: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        Self::at(dir, data, env)
    }

    /// Starts one whose data directory is in this folder.
    pub fn within(folder: &Path) -> Self {
        Self::at(tempfile::tempdir().unwrap(), folder.join("data"), &[])
    }

    /// The same with more variables.
    pub fn within_env(folder: &Path, env: &[(&str, &str)]) -> Self {
        Self::at(tempfile::tempdir().unwrap(), folder.join("data"), env)
    }

    fn at(dir: TempDir, data: PathBuf, env: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut daemon = Self {
            data,
            dir,
            port,
            child: None,
            instance: None,
            links: Vec::new(),
        };
        daemon.launch(env);
        daemon
    }

    /// Starts it (again) and waits until it serves.
    pub fn launch(&mut self, env: &[(&str, &str)]) {
        assert!(
            self.try_launch(env),
            "the daemon printed no link:\n{}",
            self.log()
        );
    }

    /// Starts it and waits until it serves or has ended; says whether it serves.
    pub fn try_launch(&mut self, env: &[(&str, &str)]) -> bool {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.dir.path().join("daemon.log"))
            .unwrap();
        let mut command = Command::new(binary());
        command
            .arg("up")
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        command
            .env("TOFT_LOG", "info")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        self.links.clear();
        for line in lines.map_while(Result::ok) {
            if let Some(at) = line.find("https://") {
                self.links.push(line[at..].trim().to_owned());
            }
            if !self.links.is_empty() {
                break;
            }
        }
        if self.links.is_empty() {
            child.wait().unwrap();
            return false;
        }
        self.child = Some(child);
        if self.instance.as_ref().is_none_or(|known| known.data != self.data) {
            self.instance = Some(Instance::of(self));
        }
        true
    }

    /// Whether it runs. One that has ended by itself is taken note of.
    pub fn lives(&mut self) -> bool {
        let ended = self
            .child
            .as_mut()
            .is_none_or(|child| child.try_wait().unwrap().is_some());
        if ended {
            self.child = None;
        }
        !ended
    }

    /// What the API answers at a path, over the local socket and without a command line.
    pub fn api(&self, path: &str) -> Value {
        let (status, answer) = self.request(path).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// The status and what else the API answers at a path, given that it answers at all.
    pub fn request(&self, path: &str) -> Option<(u16, Value)> {
        let mut stream = UnixStream::connect(self.data_dir().join("toft.sock")).ok()?;
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    }

    /// What marks everything of it on this host.
    pub fn instance(&self) -> Instance {
        self.instance.clone().unwrap().with_pool()
    }

    /// The uid of a workspace.
    pub fn uid(&self, name: &str) -> String {
        self.get("ws", name)["metadata"]["uid"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Starts one as a service does, from a program of its own that can be replaced.
    pub fn service() -> Self {
        Self::service_told(Path::new(""))
    }

    /// The same with a service manager that is told at this socket.
    pub fn service_told(notify: &Path) -> Self {
        let port = free_port();
        let dir = tempfile::tempdir().unwrap();
        let mut daemon = Self {
            data: dir.path().join("data"),
            dir,
            port,
            child: None,
            instance: None,
            links: Vec::new(),
        };
        daemon.install(&binary());
        let log = File::options()
            .create(true)
            .append(true)
            .open(daemon.dir.path().join("daemon.log"))
            .unwrap();
        let mut command = Command::new(daemon.program());
        command
            .arg("serve")
            .arg("--data-dir")
            .arg(daemon.data_dir())
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .env("TOFT_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if !notify.as_os_str().is_empty() {
            command.env("NOTIFY_SOCKET", notify);
        }
        daemon.child = Some(command.spawn().unwrap());
        eventually("it serves", || daemon.log().contains("\"serving\"").then_some(()));
        daemon.instance = Some(Instance::of(&daemon));
        daemon
    }

    /// Puts another program where the service's is, as an upgrade does.
    pub fn install(&self, program: &Path) {
        let next = self.dir.path().join("toft.next");
        // By another process: a child that is being started just now, by another test, would keep
        // a file that this one writes open for writing, and nobody could run it.
        let copied = Command::new("cp").arg(program).arg(&next).status().unwrap();
        assert!(copied.success());
        std::fs::rename(next, self.program()).unwrap();
    }

    fn program(&self) -> PathBuf {
        self.dir.path().join("toft")
    }

    /// A file beside the data, for what a test needs.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Asks it to give its place to the program that is installed now.
    pub fn reload(&self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.serving_pid()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    /// The process that has the data directory.
    pub fn serving_pid(&self) -> u32 {
        let holder = std::fs::read_to_string(self.data_dir().join("lock")).unwrap_or_default();
        holder.trim().parse().unwrap_or_default()
    }

    /// Waits for the end of the process that was started first.
    pub fn first_ends(&mut self) -> i32 {
        let status = self.child.take().unwrap().wait().unwrap();
        status.code().unwrap_or(-1)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let pid = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            child.wait().unwrap();
        }
    }

    /// The process that serves.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Its data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.data.clone()
    }

    /// Copies the data directory of a stopped daemon elsewhere, and forgets the first.
    pub fn move_data(&mut self) {
        let forwarders = Command::new("pgrep")
            .args(["-f", &format!("dns --dir {}", self.data.display())])
            .output()
            .unwrap();
        assert!(
            forwarders.stdout.is_empty(),
            "a stopped daemon with nothing running leaves nothing running"
        );
        let there = self.dir.path().join("elsewhere/data");
        std::fs::create_dir(self.dir.path().join("elsewhere")).unwrap();
        assert!(
            Command::new("cp")
                .arg("-a")
                .arg(&self.data)
                .arg(&there)
                .status()
                .unwrap()
                .success()
        );
        std::fs::remove_dir_all(&self.data).unwrap();
        self.data = there;
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("https://toft.localhost:{}", self.port)
    }

    /// Asks the API over the network, by this machine's address, as the admin; where there is a body it
    /// is posted.
    pub fn ask_by_address(&self, path: &str, body: Option<&Value>) -> Value {
        let token = self.run(&["token", "create", "address"]).ok();
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--cacert"])
            .arg(self.data_dir().join("tls/ca.pem"))
            .args(["--header", &format!("Authorization: Bearer {}", token.trim())])
            .arg(format!("https://127.0.0.1:{}{path}", self.port));
        if let Some(body) = body {
            command
                .args(["--header", "Content-Type: application/json"])
                .args(["--data", &body.to_string()]);
        }
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{path}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stdout)))
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("daemon.log")).unwrap_or_default()
    }

    /// A command line that is about to be given.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(args)
            .env("TOFT_DATA_DIR", self.data_dir())
            .env("NO_COLOR", "1")
            .env_remove("TOFT_URL");
        command
            .env("HOME", self.dir.path())
            .env("XDG_CONFIG_HOME", self.dir.path().join("config"));
        command
    }

    /// Gives a command line and waits for its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.feed(args, b"")
    }

    /// The same with this on standard input.
    pub fn feed(&self, args: &[&str], input: &[u8]) -> Ran {
        self.finish(self.command(args), input)
    }

    /// Gives a command line that was made ready, and waits for its end.
    pub fn finish(&self, mut command: Command, input: &[u8]) -> Ran {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command may end without reading all of it.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Creates a workspace and waits until it is ready.
    pub fn create(&self, name: &str) {
        let ran = self.run(&["create", name, "--wait=600"]);
        assert_eq!(ran.code, 0, "{}\n{}\n{}", ran.out, ran.err, self.log());
    }

    /// Runs a shell command in a workspace.
    pub fn sh(&self, name: &str, script: &str) -> Ran {
        self.run(&["exec", name, "--", "sh", "-c", script])
    }

    /// An object as JSON.
    pub fn get(&self, kind: &str, name: &str) -> Value {
        serde_json::from_str(&self.run(&["get", kind, name, "-o", "json"]).ok()).unwrap()
    }

    /// Waits until a workspace is in this phase.
    pub fn until_phase(&self, name: &str, phase: &str) -> Value {
        eventually(&format!("{name} is {phase}"), || {
            let object = self.get("workspace", name);
            (object["status"]["phase"] == phase).then_some(object)
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let serving = self.serving_pid();
        let own = self.child.as_ref().map(Child::id);
        self.kill();
        // One that took over is nobody's child here.
        let words = std::fs::read(format!("/proc/{serving}/cmdline")).unwrap_or_default();
        let ours = String::from_utf8_lossy(&words).contains(&*self.data.to_string_lossy());
        let heir = i32::try_from(serving)
            .ok()
            .filter(|_| ours && own != Some(serving));
        if let Some(heir) = heir.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(heir, rustix::process::Signal::KILL);
            eventually("the one that took over is gone", || {
                rustix::process::test_kill_process(heir).is_err().then_some(())
            });
        }
        if std::thread::panicking() {
            eprintln!("--- the daemon's log ---\n{}", self.log());
        }
        if !self.data_dir().exists() {
            return;
        }
        let instance = self.instance.take().map(Instance::with_pool);
        let purged = Command::new(binary())
            .args(["purge", "--yes", "--data-dir"])
            .arg(self.data_dir())
            .output()
            .unwrap();
        if std::thread::panicking() {
            eprintln!("purge: {}", String::from_utf8_lossy(&purged.stderr));
        } else {
            assert!(
                purged.status.success(),
                "purge failed: {}",
                String::from_utf8_lossy(&purged.stderr)
            );
            assert!(!self.data_dir().exists(), "purge left the data directory");
            let left = instance.map(|instance| instance.on_host()).unwrap_or_default();
            assert!(left.is_empty(), "purge left {left:#?}");
        }
    }
}

fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").unwrap();
    probe.local_addr().unwrap().port()
}

/// The program under test.
pub fn binary() -> PathBuf {
    let path = std::env::var_os("TOFT_BIN").expect("TOFT_BIN names the toft binary: run `make e2e`");
    assert!(
        Path::new(&path).exists(),
        "TOFT_BIN does not exist: run `make build`"
    );
    path.into()
}
