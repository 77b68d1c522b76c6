//! A stock kubectl with somebody's configuration.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};

use serde_json::Value;
use tempfile::TempDir;

use crate::daemon::{Daemon, Ran};
use crate::wait::PATIENCE;

/// A kubectl with the file that `toft kubeconfig` prints for somebody.
pub struct Kubectl {
    home: TempDir,
}

/// A kubectl that goes on printing; ended when it is dropped.
pub struct Following {
    child: Child,
    lines: Receiver<String>,
}

// === impl Kubectl ===

impl Kubectl {
    /// The admin's, who has a right to the data directory.
    pub fn of_admin(toft: &Daemon) -> Self {
        Self::with(&toft.run(&["kubeconfig"]).ok())
    }

    /// Somebody's who only has a token.
    pub fn of(toft: &Daemon, user: &str) -> Self {
        toft.run(&["user", "add", user]).ok();
        let token = toft.run(&["token", "create", "kubectl", "--user", user]).ok();
        let mut command = toft.command(&["kubeconfig"]);
        command
            .env_remove("TOFT_DATA_DIR")
            .env("TOFT_URL", toft.url())
            .env("TOFT_TOKEN", token.trim());
        let output = command
            .env("TOFT_CA", toft.data_dir().join("tls/ca.pem"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self::with(&String::from_utf8(output.stdout).unwrap())
    }

    /// With this file.
    pub fn with(config: &str) -> Self {
        assert!(
            !config.contains("insecure"),
            "the certificate is verified: {config}"
        );
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config"), config).unwrap();
        Self { home }
    }

    /// The file.
    pub fn config(&self) -> String {
        std::fs::read_to_string(self.home.path().join("config")).unwrap()
    }

    /// It with these words, about to be run.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(program());
        command
            .args(words.split_whitespace())
            .env("HOME", self.home.path())
            .env("KUBECONFIG", self.home.path().join("config"));
        command
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it with these words, and waits for its end.
    pub fn run(&self, words: &str) -> Ran {
        self.feed(words, "")
    }

    fn feed(&self, words: &str, input: &str) -> Ran {
        let mut child = self.command(words).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Runs it with a file on standard input, named by `-f -`.
    pub fn with_file(&self, words: &str, yaml: &str) -> Ran {
        self.feed(&format!("{words} -f -"), yaml)
    }

    /// What it prints as JSON.
    pub fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.run(&format!("{words} -o json")).ok()).unwrap()
    }

    /// Runs it for as long as the answer is kept.
    pub fn follow(&self, words: &str) -> Following {
        let mut child = self
            .command(words)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (send, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            out.lines()
                .map_while(Result::ok)
                .try_for_each(|line| send.send(line))
        });
        Following { child, lines }
    }
}

/// Built once; see `scripts/kubectl`.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/kubectl");
        let output = Command::new(script).stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "kubectl cannot be built");
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

// === impl Following ===

impl Following {
    /// Waits for a line that holds all of these words.
    pub fn until(&self, words: &str) {
        let mut seen = Vec::new();
        loop {
            let line = self
                .lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("no line with {words:?} after {seen:#?}"));
            if words.split_whitespace().all(|part| line.contains(part)) {
                return;
            }
            seen.push(line);
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
