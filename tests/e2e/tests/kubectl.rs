//! A stock kubectl, built from its Go module, works as it does with a cluster; it verifies the
//! daemon's certificate.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver};

use serde_json::Value;
use tempfile::TempDir;
use toft_e2e::registry::{small_machine, template};
use toft_e2e::wait::PATIENCE;
use toft_e2e::{Daemon, Ran, Registry, eventually};

/// A kubectl with the file that `toft kubeconfig` prints for somebody.
struct Kubectl {
    home: TempDir,
}

/// A kubectl that goes on printing; ended when it is dropped.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

// === impl Kubectl ===

impl Kubectl {
    /// The admin's, who has a right to the data directory.
    fn of_admin(toft: &Daemon) -> Self {
        Self::with(&toft.run(&["kubeconfig"]).ok())
    }

    /// Somebody's who only has a token.
    fn of(toft: &Daemon, user: &str) -> Self {
        toft.run(&["user", "add", user]).ok();
        let token = toft.run(&["token", "create", "kubectl", "--user", user]).ok();
        let mut command = toft.command(&["kubeconfig"]);
        command.env_remove("TOFT_DATA_DIR").env("TOFT_URL", toft.url()).env("TOFT_TOKEN", token.trim());
        let output = command.env("TOFT_CA", toft.data_dir().join("tls/ca.pem")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::with(&String::from_utf8(output.stdout).unwrap())
    }

    fn with(config: &str) -> Self {
        assert!(!config.contains("insecure"), "the certificate is verified: {config}");
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config"), config).unwrap();
        Self { home }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(args).env("HOME", self.home.path()).env("KUBECONFIG", self.home.path().join("config"));
        command.env("NO_PROXY", "*").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.feed(args, "")
    }

    fn feed(&self, args: &[&str], input: &str) -> Ran {
        let mut child = self.command(args).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs it with a file on standard input, named by `-f -`.
    fn with_file(&self, verb: &[&str], yaml: &str) -> Ran {
        let args: Vec<&str> = verb.iter().copied().chain(["-f", "-"]).collect();
        self.feed(&args, yaml)
    }

    fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["-o", "json"]).collect();
        serde_json::from_str(&self.run(&args).ok()).unwrap()
    }

    fn follow(&self, args: &[&str]) -> Following {
        let mut child = self.command(args).stdin(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let (send, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
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
    /// Waits for a line that holds all of these.
    fn until(&self, parts: &[&str]) {
        let mut seen = Vec::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line with {parts:?} after {seen:#?}"));
            if parts.iter().all(|part| line.contains(part)) {
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

/// A workspace that does not run, as a file has it.
fn stopped(name: &str, more: &str) -> String {
    format!("apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {{name: {name}, labels: {{course: rust}}}}\nspec: {{template: shell, running: false{more}}}\n")
}

#[test]
fn the_api_introduces_itself() {
    let toft = Daemon::start();
    let kubectl = Kubectl::of_admin(&toft);
    let version = kubectl.run(&["version"]);
    assert!(version.err.is_empty(), "no warning of a version that is too far away: {}", version.err);
    assert!(version.ok().contains("Server Version: v1."));
    let resources = kubectl.run(&["api-resources", "--api-group=toft.dev", "--no-headers"]).ok();
    let words: Vec<Vec<&str>> = resources.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(words.contains(&vec!["workspaces", "ws", "toft.dev/v1alpha1", "true", "Workspace"]), "{resources}");
    assert!(words.iter().any(|row| row[0] == "templates" && row.contains(&"false")), "{resources}");
    assert!(kubectl.run(&["api-versions"]).ok().lines().any(|line| line == "toft.dev/v1alpha1"));

    let explained = kubectl.run(&["explain", "workspace.spec.lifecycle"]).ok();
    for part in ["GROUP:      toft.dev", "How it stops and restarts", "stopGraceSeconds", "<integer>"] {
        assert!(explained.contains(part), "{part} in {explained}");
    }
    let all = kubectl.run(&["explain", "ws", "--recursive"]).ok();
    assert!(all.contains("restartedAt") && all.contains("parameters"), "{all}");
    assert!(kubectl.run(&["explain", "workspace.spec.nonsense"]).failed().contains("nonsense"));

    assert!(kubectl.run(&["get", "namespaces"]).ok().contains("admin"));
    let templates = kubectl.run(&["get", "templates"]).ok();
    assert!(templates.contains("TITLE") && templates.lines().any(|line| line.starts_with("shell ")), "{templates}");
    assert!(kubectl.run(&["get", "toft", "-A"]).ok().contains("template.toft.dev/shell"), "a category");
    assert_eq!(kubectl.run(&["get", "--raw", "/readyz"]).ok().trim(), "ok");
}

#[test]
fn objects_are_applied_shown_and_changed() {
    let toft = Daemon::start();
    let kubectl = Kubectl::of_admin(&toft);
    applies(&kubectl);
    shows(&kubectl);
    changes(&kubectl);
    diffs(&kubectl);
    watches(&kubectl);
}

fn applies(kubectl: &Kubectl) {
    let dry = kubectl.with_file(&["apply", "--dry-run=server"], &stopped("dev", "")).ok();
    assert_eq!(dry, "workspace.toft.dev/dev created (server dry run)\n");
    assert!(kubectl.run(&["get", "ws", "dev"]).failed().contains(r#"workspaces.toft.dev "dev" not found"#));
    assert_eq!(kubectl.with_file(&["apply"], &stopped("dev", "")).ok(), "workspace.toft.dev/dev created\n");
    assert_eq!(kubectl.with_file(&["apply"], &stopped("dev", "")).ok(), "workspace.toft.dev/dev unchanged\n");
    let more = stopped("dev", ", lifecycle: {stopGraceSeconds: 3}");
    assert_eq!(kubectl.with_file(&["apply"], &more).ok(), "workspace.toft.dev/dev configured\n");
    assert_eq!(kubectl.json(&["get", "ws", "dev"])["spec"]["lifecycle"]["stopGraceSeconds"], 3);
    kubectl.with_file(&["apply"], &stopped("dev", "")).ok();
    let left = kubectl.json(&["get", "ws", "dev"])["spec"]["lifecycle"]["stopGraceSeconds"].clone();
    assert_ne!(left, 3, "what the file says no more is gone");
    let refused = kubectl.with_file(&["apply", "--server-side"], &stopped("dev", "")).failed();
    assert!(refused.contains("server-side apply is not supported"), "{refused}");
    assert!(kubectl.with_file(&["create"], &stopped("dev", "")).failed().contains("AlreadyExists"));
}

fn shows(kubectl: &Kubectl) {
    for name in ["b", "c", "d", "e"] {
        kubectl.with_file(&["apply"], &stopped(name, "")).ok();
    }
    kubectl.run(&["wait", "ws", "--all", "--for=jsonpath={.status.phase}=Stopped", "--timeout=120s"]).ok();
    let table = kubectl.run(&["get", "workspaces"]).ok();
    let head: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["NAME", "TEMPLATE", "PHASE", "READY", "CPU", "MEMORY", "AGE"]);
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["b", "shell", "Stopped"]);
    assert!(kubectl.run(&["get", "ws", "-o", "wide"]).ok().lines().next().unwrap().contains("HOST"));
    assert!(kubectl.run(&["get", "ws", "-A"]).ok().starts_with("NAMESPACE"));
    let yaml = kubectl.run(&["get", "ws", "dev", "-o", "yaml"]).ok();
    assert!(yaml.contains("kind: Workspace") && yaml.contains("template: shell"), "{yaml}");
    assert_eq!(kubectl.json(&["get", "ws"])["items"].as_array().unwrap().len(), 5);
    assert_eq!(kubectl.run(&["get", "ws", "dev", "-o", "name"]).ok(), "workspace.toft.dev/dev\n");
    assert_eq!(kubectl.run(&["get", "ws", "-o", "custom-columns=N:.metadata.name", "--no-headers"]).ok(), "b\nc\nd\ndev\ne\n");
    assert_eq!(kubectl.run(&["get", "ws", "--field-selector=metadata.name=d", "-o", "name"]).ok(), "workspace.toft.dev/d\n");

    // In parts of two, the list is the same; and it does come in parts.
    assert_eq!(kubectl.run(&["get", "ws", "--chunk-size=2", "-o", "name"]).ok().lines().count(), 5);
    let part = kubectl.run(&["get", "--raw", "/apis/toft.dev/v1alpha1/workspaces?limit=2"]).ok();
    let part: Value = serde_json::from_str(&part).unwrap();
    assert_eq!((part["items"].as_array().unwrap().len(), &part["metadata"]["remainingItemCount"]), (2, &Value::from(3)));
    let talk = kubectl.run(&["get", "ws", "--chunk-size=2", "-v=8"]);
    assert_eq!(talk.err.matches("limit=2").count(), 3, "three requests: {}", talk.err);
}

fn changes(kubectl: &Kubectl) {
    let labels = |name: &str| kubectl.json(&["get", "ws", name])["metadata"]["labels"].clone();
    assert_eq!(kubectl.run(&["label", "ws", "b", "team=blue"]).ok(), "workspace.toft.dev/b labeled\n");
    assert_eq!(labels("b")["team"], "blue");
    assert!(kubectl.run(&["label", "ws", "b", "team=red"]).failed().contains("overwrite"));
    assert_eq!(kubectl.run(&["get", "ws", "-l", "team=blue", "-o", "name"]).ok(), "workspace.toft.dev/b\n");
    assert_eq!(kubectl.run(&["get", "ws", "-l", "course in (rust),team notin (blue)", "-o", "name"]).ok().lines().count(), 4);
    kubectl.run(&["label", "ws", "b", "team-"]).ok();
    assert_eq!(labels("b")["team"], Value::Null);
    kubectl.run(&["annotate", "ws", "b", "example.org/note=two words"]).ok();
    assert_eq!(kubectl.json(&["get", "ws", "b"])["metadata"]["annotations"]["example.org/note"], "two words");

    let grace = |name: &str| kubectl.json(&["get", "ws", name])["spec"]["lifecycle"]["stopGraceSeconds"].clone();
    kubectl.run(&["patch", "ws", "b", "--type=merge", "-p", r#"{"spec":{"lifecycle":{"stopGraceSeconds":4}}}"#]).ok();
    assert_eq!(grace("b"), 4);
    kubectl.run(&["patch", "ws", "b", "--type=json", "-p", r#"[{"op":"replace","path":"/spec/lifecycle/stopGraceSeconds","value":5}]"#]).ok();
    assert_eq!(grace("b"), 5);
    let test = r#"[{"op":"test","path":"/spec/lifecycle/stopGraceSeconds","value":9},{"op":"remove","path":"/spec/lifecycle"}]"#;
    assert!(kubectl.run(&["patch", "ws", "b", "--type=json", "-p", test]).failed().contains("does not apply"));
    assert_eq!(grace("b"), 5);
    kubectl.run(&["patch", "ws", "b", "--type=merge", "--dry-run=server", "-p", r#"{"spec":{"lifecycle":{"stopGraceSeconds":6}}}"#]).ok();
    assert_eq!(grace("b"), 5, "a trial changes nothing");
    // An editor that changes a number.
    let mut edit = kubectl.command(&["edit", "ws", "b"]);
    let edited = edit.env("KUBE_EDITOR", "sed -i s/stopGraceSeconds:.5/stopGraceSeconds:\\ 7/").output().unwrap();
    assert!(edited.status.success(), "{}", String::from_utf8_lossy(&edited.stderr));
    assert_eq!(grace("b"), 7);
    let mut stale = kubectl.json(&["get", "ws", "b"]);
    kubectl.run(&["label", "ws", "b", "team=red"]).ok();
    stale["spec"]["lifecycle"]["stopGraceSeconds"] = 8.into();
    assert!(kubectl.with_file(&["replace"], &stale.to_string()).failed().contains("Conflict"));
}

fn diffs(kubectl: &Kubectl) {
    assert_eq!(kubectl.with_file(&["diff"], &stopped("c", "")).code, 0);
    let diff = kubectl.with_file(&["diff"], &stopped("c", ", lifecycle: {stopGraceSeconds: 33}"));
    assert!(diff.code == 1 && diff.out.contains("+    stopGraceSeconds: 33"), "{diff:?}");
    let diff = kubectl.with_file(&["diff"], &stopped("new", ""));
    assert!(diff.code == 1 && diff.out.contains("+  name: new"), "{diff:?}");
    assert!(kubectl.run(&["get", "ws", "new"]).code != 0, "comparing creates nothing");
    assert!(kubectl.with_file(&["diff"], &stopped("c", ", nonsense: 1")).code > 1);
}

fn watches(kubectl: &Kubectl) {
    let following = kubectl.follow(&["get", "ws", "-l", "course=rust", "--watch", "--output-watch-events"]);
    following.until(&["ADDED", "dev", "Stopped"]);
    kubectl.with_file(&["apply"], &stopped("late", "")).ok();
    following.until(&["ADDED", "late"]);
    following.until(&["MODIFIED", "late", "Stopped"]);
    assert_eq!(kubectl.run(&["delete", "ws", "late"]).ok(), "workspace.toft.dev \"late\" deleted from admin namespace\n");
    following.until(&["DELETED", "late"]);
    kubectl.run(&["delete", "ws", "-l", "course=rust", "--timeout=120s"]).ok();
    assert!(kubectl.json(&["get", "ws"])["items"].as_array().unwrap().is_empty(), "delete waits until all are gone");
}

#[test]
fn a_workspace_runs_and_tells_of_it() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let kubectl = Kubectl::of_admin(&toft);
    registry.push("box:1", &small_machine());
    let applied = kubectl.with_file(&["apply"], &template("small", &registry.reference("box:1"))).ok();
    assert_eq!(applied, "image.toft.dev/small created\ntemplate.toft.dev/small created\n");
    let following = kubectl.follow(&["get", "ws", "--watch"]);
    let yaml = "apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {name: dev}\nspec: {template: small}\n";
    kubectl.with_file(&["apply"], yaml).ok();
    let waited = kubectl.run(&["wait", "ws/dev", "--for=condition=Ready", "--timeout=120s"]).ok();
    assert_eq!(waited, "workspace.toft.dev/dev condition met\n");
    following.until(&["dev", "small", "Running"]);
    assert_eq!(toft.sh("dev", "whoami").ok(), "toft\n");

    let described = kubectl.run(&["describe", "ws", "dev"]).ok();
    let (object, events) = described.split_once("\nEvents:").unwrap();
    assert!(object.contains("Phase:") && object.contains("Running"), "{described}");
    for reason in ["Created", "Started", "Ready"] {
        assert!(events.contains(reason), "{reason} in {described}");
    }
    let events = kubectl.run(&["get", "events", "--field-selector=involvedObject.name=dev"]).ok();
    assert!(events.contains("LAST SEEN") && events.contains("workspace/dev"), "{events}");
    assert!(kubectl.run(&["events", "--for=workspace.toft.dev/dev"]).ok().contains("Started"));

    kubectl.run(&["patch", "ws", "dev", "--type=merge", "-p", r#"{"spec":{"running":false}}"#]).ok();
    kubectl.run(&["wait", "ws/dev", "--for=jsonpath={.status.phase}=Stopped", "--timeout=120s"]).ok();
    following.until(&["dev", "Stopped"]);
    assert_ne!(kubectl.run(&["wait", "ws/dev", "--for=condition=Ready", "--timeout=1s"]).code, 0);
    kubectl.run(&["delete", "ws", "dev", "--wait=false"]).ok();
    kubectl.run(&["wait", "ws/dev", "--for=delete", "--timeout=120s"]).ok();
    assert!(std::fs::read_dir(toft.data_dir().join("sandboxes")).unwrap().next().is_none(), "nothing is left");
}

#[test]
fn bad_input_is_told_by_its_field() {
    let toft = Daemon::start();
    let kubectl = Kubectl::of_admin(&toft);
    let refused = |yaml: &str, validate: &str, parts: &[&str]| {
        let said = kubectl.with_file(&["apply", validate], yaml).failed();
        for part in parts {
            assert!(said.contains(part), "{yaml} should be told {part:?}: {said}");
        }
    };
    // kubectl asks the server to check fields, or (older ones) checks them against the schema
    // itself; the server refuses even those that ask for nothing.
    for validate in ["--validate=strict", "--validate=false"] {
        refused(&stopped("dev", ", runing: true"), validate, &["spec.runing", "unknown field"]);
        refused(&stopped("Dev", ""), validate, &["metadata.name", "lower-case"]);
        refused(&stopped("dev", ", resources: {limits: {memory: 2GB}}"), validate, &["spec.resources.limits.memory", "2Gi"]);
    }
    refused(&stopped("dev", ", parameters: {moon: full}"), "--validate=strict", &["spec.parameters.moon", "timezone"]);
    refused(&stopped("dev", "").replace("shell", "shall"), "--validate=strict", &["spec.template", "shell"]);
    refused(&stopped("dev", "").replace("{name", "{namespace: nobody, name"), "--validate=strict", &["nobody"]);
    refused("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", "--validate=strict", &["Pod"]);
    refused("apiVersion: toft.dev/v1alpha1\nkind: Nonsense\nmetadata: {name: x}\n", "--validate=strict", &["Nonsense"]);
    let said = kubectl.run(&["patch", "template", "shell", "--type=merge", "-p", r#"{"spec":{"title":"Mine"}}"#]).failed();
    assert!(said.contains("Forbidden"), "what came with Toft follows its version: {said}");
    assert!(kubectl.run(&["delete", "namespace", "admin"]).failed().contains("MethodNotAllowed"));
    assert!(kubectl.json(&["get", "ws", "-A"])["items"].as_array().unwrap().is_empty());
}

#[test]
fn others_are_not_seen() {
    let toft = Daemon::start();
    let (admin, bob) = (Kubectl::of_admin(&toft), Kubectl::of(&toft, "bob"));
    admin.with_file(&["apply"], &stopped("secret", "")).ok();
    bob.with_file(&["apply"], &stopped("mine", "")).ok();
    assert_eq!(bob.run(&["get", "ws", "-o", "name"]).ok(), "workspace.toft.dev/mine\n", "one's own namespace is the default");
    let all = bob.run(&["get", "ws", "-A"]).ok();
    assert!(all.contains("mine") && !all.contains("secret"), "{all}");
    let others = bob.run(&["-n", "admin", "get", "ws", "secret"]).failed();
    assert_eq!(others.replace("secret", "nothing"), bob.run(&["-n", "admin", "get", "ws", "nothing"]).failed());
    assert!(!bob.run(&["-n", "admin", "get", "ws"]).out.contains("secret"));
    assert!(!bob.run(&["get", "namespaces"]).ok().contains("admin"));
    assert!(!bob.run(&["get", "events", "-A"]).ok().contains("secret"));
    for attempt in [
        &["-n", "admin", "delete", "ws", "secret"][..],
        &["-n", "admin", "label", "ws", "secret", "a=b"],
        &["-n", "admin", "patch", "ws", "secret", "--type=merge", "-p", r#"{"spec":{"running":true}}"#],
    ] {
        assert!(bob.run(attempt).failed().contains("NotFound"), "{attempt:?}");
    }
    assert_ne!(bob.with_file(&["-n", "admin", "create"], &stopped("planted", "")).code, 0);
    let image = "apiVersion: toft.dev/v1alpha1\nkind: Image\nmetadata: {name: x}\nspec: {source: {oci: {reference: 'a/b:c'}}}\n";
    assert!(bob.with_file(&["create"], image).failed().contains("Forbidden"));
    let following = bob.follow(&["get", "ws", "-A", "--watch", "--output-watch-events"]);
    admin.run(&["label", "ws", "secret", "seen=no"]).ok();
    bob.run(&["label", "ws", "mine", "seen=yes"]).ok();
    following.until(&["MODIFIED", "mine"]);
    drop(following);
    assert!(admin.run(&["get", "ws", "-A"]).ok().contains("mine"), "an admin sees everybody's");

    // A token that is none opens nothing.
    let config = std::fs::read_to_string(bob.home.path().join("config")).unwrap();
    let forged = Kubectl::with(&config.replace("toft_", "toft_x"));
    let said = forged.run(&["get", "ws"]).failed();
    assert!(said.contains("You must be logged in"), "{said}");
    // And a kubectl that trusts another authority does not talk to this daemon.
    let other = Daemon::start();
    let foreign = Kubectl::with(&other.run(&["kubeconfig"]).ok().replace(&port(&other), &port(&toft)));
    assert!(foreign.run(&["get", "ws"]).failed().contains("certificate"));
    eventually("the daemon goes on", || (admin.run(&["get", "ws"]).code == 0).then_some(()));
}

/// `:PORT`, as it ends its URL.
fn port(toft: &Daemon) -> String {
    toft.url().rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap()
}
