//! A daemon with a small image that carries the attacks.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};

use serde_json::Value;
use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::wait::PATIENCE;
use toft_e2e::{Daemon, Registry};

use crate::verdict::Verdicts;

/// The program of attacks, here and inside.
pub const ATTACK: &str = env!("CARGO_BIN_EXE_attack");
pub const INSIDE: &str = "/bin/attack";

/// A daemon, and a template `box` of an image with the attacks.
pub struct House {
    pub toft: Daemon,
    _registry: Registry,
}

/// A program that goes on and says lines; ended when it is dropped.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<String>,
}

// === impl House ===

impl House {
    /// Starts one.
    pub fn new() -> Self {
        Self::over(Daemon::start())
    }

    /// One whose workspaces are made for Docker inside, as its template says.
    pub fn nested() -> Self {
        Self::with(Daemon::start(), "nesting: docker, ")
    }

    /// With this daemon.
    pub fn over(toft: Daemon) -> Self {
        Self::with(toft, "")
    }

    fn with(toft: Daemon, more: &str) -> Self {
        let registry = Registry::start();
        let mut layers = small_machine();
        layers.push(Layer::programs(&[Path::new(ATTACK)]));
        registry.push("walls:1", &layers);
        let mut yaml = template("box", &registry.reference("walls:1"));
        yaml.truncate(yaml.trim_end().trim_end_matches('}').len());
        let rest = "network: {egress: internet}, resources: {limits: {cpu: '1', memory: 192Mi, pids: '96'}}}";
        yaml.push_str(&format!("}}, {more}{rest}\n"));
        toft.feed(&["apply", "-f", "-"], yaml.as_bytes()).ok();
        Self {
            toft,
            _registry: registry,
        }
    }

    /// Creates a workspace and waits until it is ready.
    pub fn create(&self, name: &str) {
        let ran = self
            .toft
            .run(&["create", name, "--template", "box", "--wait=120"]);
        assert_eq!(ran.code, 0, "{}\n{}\n{}", ran.out, ran.err, self.toft.log());
    }

    /// Has root in a workspace attack.
    pub fn attack(&self, name: &str, args: &[&str]) -> Verdicts {
        let inside = [&["exec", "--user", "root", name, "--", INSIDE], args].concat();
        Verdicts::read(&self.toft.run(&inside).ok())
    }

    /// Has root in a workspace run a program that goes on.
    pub fn begin(&self, name: &str, args: &[&str]) -> Running {
        let inside = [&["exec", "--user", "root", name, "--", INSIDE], args].concat();
        Running::start(self.toft.command(&inside))
    }

    /// Has root in a workspace run a line of a shell's.
    pub fn root(&self, name: &str, line: &str) -> toft_e2e::Ran {
        self.toft
            .run(&["exec", "--user", "root", name, "--", "sh", "-c", line])
    }

    /// A workspace's object.
    pub fn object(&self, name: &str) -> Value {
        self.toft.get("ws", name)
    }

    /// The identity under which a workspace's directories are.
    pub fn uid(&self, name: &str) -> String {
        self.object(name)["metadata"]["uid"].as_str().unwrap().to_owned()
    }

    /// A workspace's home as the host sees it.
    pub fn home(&self, name: &str) -> PathBuf {
        self.toft
            .data_dir()
            .join("volumes")
            .join(self.uid(name))
            .join("home")
    }

    /// Asserts that a workspace and the daemon still answer.
    pub fn answers(&self, name: &str, while_what: &str) {
        let ran = self.toft.sh(name, "echo calm");
        assert_eq!(ran.out, "calm\n", "{while_what}: {}", ran.err);
        let ran = self.toft.run(&["ls"]);
        assert_eq!(ran.code, 0, "{while_what}: {}", ran.err);
    }
}

// === impl Running ===

impl Running {
    /// Starts a program.
    pub fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let (out, stdin) = (BufReader::new(child.stdout.take().unwrap()), child.stdin.take());
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            out.lines()
                .map_while(Result::ok)
                .try_for_each(|line| send.send(line))
        });
        Self {
            child,
            stdin,
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits for a line that begins so, unless it was said already.
    pub fn until(&mut self, start: &str) -> String {
        let line = self.until_or_end(start);
        line.unwrap_or_else(|| panic!("no line {start:?} after {:#?}", self.seen))
    }

    /// The same, where the program may end before.
    pub fn until_or_end(&mut self, start: &str) -> Option<String> {
        if let Some(line) = self.seen.iter().find(|line| line.starts_with(start)) {
            return Some(line.clone());
        }
        loop {
            let line = match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("no line {start:?} after {:#?}", self.seen),
            };
            self.seen.push(line.clone());
            if line.starts_with(start) {
                return Some(line);
            }
        }
    }

    /// What it has said by now.
    pub fn said(&mut self) -> Vec<String> {
        self.seen.extend(self.lines.try_iter());
        self.seen.clone()
    }

    /// Tells it to end by itself, and waits until it has; answers all that it said.
    pub fn finish(mut self) -> Vec<String> {
        self.stdin.take();
        self.child.wait().unwrap();
        while let Ok(line) = self.lines.recv() {
            self.seen.push(line);
        }
        self.seen.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stdin.take();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
