//! Namespaces of the test's own in which somebody has all power and no wall is: the control.

use std::process::Command;

use crate::house::ATTACK;
use crate::verdict::Verdicts;

/// Whoever is root on the host, apart from it in everything that attacks would change.
const APART: [&str; 9] = [
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--cgroup",
    "--fork",
    "--kill-child",
    "--mount-proc",
];
/// What is a mount of its own inside, and an interface.
const SCENE: &str = "mount --bind /proc/sys /proc/sys && { [ ! -e /proc/keys ] || mount --bind /proc/keys /proc/keys; } \
                     && ip link add eth0 type veth peer name eth1 && exec \"$@\"";

/// Attacks where no wall is.
pub fn unwalled(args: &[&str]) -> Verdicts {
    let mut command = Command::new("unshare");
    command
        .args(APART)
        .args(["sh", "-c", SCENE, "sh", ATTACK])
        .args(args);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Verdicts::read(&said)
}

/// Set in the process that is on the stage.
const ON_STAGE: &str = "TOFT_TEST_STAGE";
/// The control groups of this machine stay; the rest of `/sys` shows the new network.
const STAGE: &str = "mount -t tmpfs tmpfs /run && mkdir /run/groups && mount --rbind /sys/fs/cgroup /run/groups \
                     && mount -t sysfs sysfs /sys && mount --move /run/groups /sys/fs/cgroup && ip link set lo up \
                     && exec \"$@\"";

/// A network namespace beside the host's.
#[derive(Clone, Copy)]
pub struct Beside(pub &'static str);

/// Runs a story on a host with a network of its own, by starting this test again inside:
///
/// ```text
///   workspaces ─ bridges ─ host ─── up0 203.0.113.2 ── 203.0.113.1 inet (also 8.8.8.8, 169.254.169.254)
///                            └───── lan0 192.168.50.2 ── 192.168.50.10 lan
/// ```
pub fn on_a_host(test: &str, story: impl FnOnce()) {
    if std::env::var_os(ON_STAGE).is_some() {
        connect();
        return story();
    }
    let output = Command::new("unshare")
        .args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
        ])
        .args(["sh", "-c", STAGE, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ON_STAGE, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
    assert!(said[0].contains("1 passed"), "{test} did not run: {}", said[0]);
}

fn connect() {
    for (ns, link, near, far) in [
        ("inet", "up0", "203.0.113.2/24", "203.0.113.1/24"),
        ("lan", "lan0", "192.168.50.2/24", "192.168.50.10/24"),
    ] {
        sh(&format!(
            "ip netns add {ns} && ip -n {ns} link set lo up && ip link add {link} type veth peer name eth0 netns {ns} \
             && ip addr add {near} dev {link} && ip link set {link} up \
             && ip -n {ns} addr add {far} dev eth0 && ip -n {ns} link set eth0 up"
        ));
    }
    sh("ip route add default via 203.0.113.1");
    sh("ip -n inet addr add 8.8.8.8/32 dev lo && ip -n inet addr add 169.254.169.254/32 dev lo");
    // One more way in would be an answer by the new protocol.
    sh("ip -6 addr add fd00:50::2/64 dev lan0 nodad && ip -n lan -6 addr add fd00:50::10/64 dev eth0 nodad");
}

/// Runs a shell line of the host's that must succeed.
pub fn sh(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{line}: {}", said.concat());
    said[0].clone()
}

// === impl Beside ===

impl Beside {
    /// The program of attacks, there.
    pub fn command(self, args: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", self.0, ATTACK]).args(args);
        command
    }
}
