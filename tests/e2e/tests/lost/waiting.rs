//! Who waits for something that the daemon does: over its end, and with Ctrl-C.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use toft_e2e::{Daemon, eventually};

/// A client that was started and is not waited for yet.
struct Client(Child);

// === impl Client ===

impl Client {
    fn start(toft: &Daemon, args: &[&str]) -> Self {
        Self::spawn(toft.command(args))
    }

    fn spawn(mut command: Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    fn out(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.0.stdout.take().unwrap())
    }

    /// Waits until it handles Ctrl-C itself.
    fn listens(&self) {
        let status = format!("/proc/{}/status", self.0.id());
        eventually("the client handles Ctrl-C", || {
            let text = std::fs::read_to_string(&status).unwrap();
            let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
            let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
            (caught & (1 << (Signal::INT.as_raw() - 1)) != 0).then_some(())
        });
    }

    fn interrupt(&self) {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
    }

    /// Its exit code, and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.0.wait().unwrap().code(), said)
    }
}

fn daemon(trap: &Path) -> Daemon {
    Daemon::with_env(&[("TOFT_FAILPOINT_FILE", trap.to_str().unwrap())])
}

/// Waits until the daemon has ended at the trap.
fn ends(toft: &mut Daemon) {
    eventually("the daemon meets the trap", || (!toft.lives()).then_some(()));
}

#[test]
fn who_waits_stays_over_the_daemons_end() {
    let dir = tempfile::tempdir().unwrap();
    let trap = dir.path().join("trap");
    let mut toft = daemon(&trap);
    for (args, point) in [
        (
            ["create", "dev", "--wait=300"].as_slice(),
            "before:spawn.oci.run:1",
        ),
        (&["stop", "dev", "--wait=60"], "after:agent.shutdown:1"),
        (&["start", "dev", "--wait=60"], "after:namespaces.ensure:1"),
        (
            &["delete", "dev", "--yes", "--wait=60"],
            "before:volume.discard:1",
        ),
    ] {
        std::fs::write(&trap, point).unwrap();
        let client = Client::start(&toft, args);
        ends(&mut toft);
        std::fs::remove_file(&trap).unwrap();
        toft.launch(&[("TOFT_FAILPOINT_FILE", trap.to_str().unwrap())]);
        let (code, said) = client.end();
        assert_eq!(code, Some(0), "{args:?}: {said}");
    }
    assert!(toft.run(&["ls"]).ok().is_empty());
}

#[test]
fn a_change_that_was_not_answered_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let trap = dir.path().join("trap");
    let mut toft = daemon(&trap);
    toft.run(&["create", "old", "--stopped"]).ok();
    for (args, hint) in [
        (["create", "dev", "--stopped"].as_slice(), "toft get ws dev"),
        (&["delete", "old", "--yes"], "again"),
    ] {
        // It is written, and nobody is told. What is written meanwhile may come before it.
        let mut tries = 0;
        let (code, said) = loop {
            tries += 1;
            std::fs::write(&trap, "after:store.commit:1").unwrap();
            let (code, said) = Client::start(&toft, args).end();
            ends(&mut toft);
            std::fs::remove_file(&trap).unwrap();
            if said.contains("hint: it may") || tries == 10 {
                break (code, said);
            }
            toft.launch(&[("TOFT_FAILPOINT_FILE", trap.to_str().unwrap())]);
        };
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(said.contains(hint), "{args:?}: {said}");
        toft.launch(&[("TOFT_FAILPOINT_FILE", trap.to_str().unwrap())]);
        toft.run(args);
    }
    let ran = toft.run(&["create", "dev", "--stopped"]);
    assert!(ran.err.contains("already exists"), "{ran:?}");
}

#[test]
fn ctrl_c_ends_the_waiting_and_says_what_goes_on() {
    let toft = Daemon::start();
    let slow = "apiVersion: toft.dev/v1alpha1\nkind: Template\nmetadata: {name: slow}\nspec: {title: Slow, image: debian-shell, \
                user: {name: toft, uid: 1000, home: /home/toft, shell: /bin/bash}, \
                apps: [{name: site, title: Site, kind: web, port: 9000, command: [sleep, infinity]}]}\n";
    toft.feed(&["apply", "-f", "-"], slow.as_bytes()).ok();
    // Its app never answers.
    let client = Client::start(&toft, &["create", "dev", "--template", "slow", "--wait"]);
    client.listens();
    client.interrupt();
    let (code, said) = client.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("goes on starting") && said.contains("toft get ws dev"),
        "{said}"
    );
    eventually("it goes on", || {
        toft.sh("dev", "pgrep sleep").out.lines().next().map(drop)
    });
    // A process that does not care holds the stop up.
    toft.sh(
        "dev",
        "nohup python3 -c 'import signal,time; signal.signal(15, signal.SIG_IGN); open(\"deaf\", \"w\"); time.sleep(1000)' >/dev/null 2>&1 & \
         until test -e deaf; do sleep 0.1; done",
    )
    .ok();
    let client = Client::start(&toft, &["delete", "dev", "--yes", "--wait"]);
    client.listens();
    client.interrupt();
    let (code, said) = client.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("goes on being deleted") && said.contains("toft get ws dev"),
        "{said}"
    );
    eventually("the delete ends", || {
        toft.run(&["get", "ws", "dev"])
            .err
            .contains("not found")
            .then_some(())
    });
}

#[test]
fn ctrl_c_reaches_a_command_and_leaves_one_that_cannot_be_reached() {
    let mut toft = Daemon::start();
    toft.create("dev");
    let script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done";
    let mut client = Client::start(&toft, &["exec", "dev", "--", "sh", "-c", script]);
    let mut lines = client.out().lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("ready"));
    client.interrupt();
    assert_eq!(lines.next().as_deref(), Some("caught"));
    assert_eq!(client.end().0, Some(9), "its own exit code");

    let script = "echo ready; until test -e enough; do sleep 0.05; done; echo done > result";
    let mut client = Client::start(&toft, &["exec", "dev", "--", "sh", "-c", script]);
    let mut lines = client.out().lines().map_while(Result::ok);
    assert_eq!(lines.next().as_deref(), Some("ready"));
    toft.kill();
    client.interrupt();
    let (code, said) = client.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("may go on") && said.contains("toft exec"), "{said}");
    toft.launch(&[]);
    toft.sh("dev", "touch enough").ok();
    eventually("the command went on", || {
        (toft.sh("dev", "cat result").out == "done\n").then_some(())
    });
}
