//! Images that attack who pulls them, from a real registry, against the real daemon.

use std::fs;
use std::path::Path;
use std::process::Command;

use toft_e2e::registry::{Layer, small_machine};
use toft_e2e::{Daemon, Registry};

/// Bytes of memory that the daemon has.
fn resident(toft: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", toft.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// A layer as this script packs it, in a folder of its own, to `$1`.
fn layer(script: &str) -> Layer {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("layer.tar");
    let inside = dir.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let output = Command::new("sh")
        .args(["-ec", script, "sh"])
        .arg(&file)
        .current_dir(&inside)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Layer::raw(fs::read(file).unwrap())
}

#[test]
fn no_image_reaches_outside_or_takes_the_daemon_along() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let outside = toft.data_dir().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    let there = outside.display();
    let attacks = [
        (
            "dots",
            "echo x > f; tar -cPf $1 --transform 's,^f,../../../../../../../../tmp/toft-walls-dots,' f"
                .to_owned(),
        ),
        (
            "absolute",
            format!("echo x > f; tar -cPf $1 --transform 's,^f,{there}/absolute,' f"),
        ),
        (
            "through-a-link",
            format!(
                "ln -s {there} way; tar -cf $1 way; rm way; mkdir way; echo x > way/linked; tar -rf $1 way/linked"
            ),
        ),
        (
            "hard-link-out",
            "echo x > f; ln f g; tar -cPf $1 --transform 's,^f,../../../../../../../../etc/passwd,h' f g"
                .to_owned(),
        ),
        (
            "device",
            "mknod disk b 8 0; mknod mem c 1 1; tar -cf $1 disk mem".to_owned(),
        ),
        (
            "loop",
            "ln -s b a; ln -s a b; tar -cf $1 a b; rm a; mkdir a; echo x > a/f; tar -rf $1 a/f".to_owned(),
        ),
        (
            "whiteout-out",
            "mkdir -p d; echo > d/.wh...; echo > .wh..; tar -cf $1 d .wh..".to_owned(),
        ),
        (
            "sparse",
            "truncate -s 8E huge || truncate -s 4T huge; tar -S -cf $1 huge".to_owned(),
        ),
        // A third of a gigabyte of nothing, in as many kilobytes.
        ("bomb", "truncate -s 300M f; tar -cf $1 f".to_owned()),
    ];
    let before = resident(&toft);
    let mut refused = Vec::new();
    for (name, script) in &attacks {
        let mut layers = small_machine();
        layers.push(layer(script));
        registry.push(&format!("{name}:1"), &layers);
        let ran = toft.run(&["image", "pull", &registry.reference(&format!("{name}:1"))]);
        if ran.code != 0 {
            assert!(!ran.err.is_empty(), "{name} is refused without a word");
            refused.push(*name);
        }
        assert_eq!(toft.run(&["ls"]).code, 0, "{name}");
    }
    // What is refused outright; the others are unpacked inside, where they harm nobody.
    for name in ["dots", "through-a-link", "device", "sparse"] {
        assert!(
            refused.contains(&name),
            "{name} was not refused, only {refused:?}"
        );
    }
    assert_eq!(
        fs::read_dir(&outside).unwrap().count(),
        0,
        "something was written outside"
    );
    assert!(!Path::new("/tmp/toft-walls-dots").exists());
    assert!(devices_below(&toft.data_dir().join("images")).is_empty());
    let after = resident(&toft);
    assert!(after < before + (96 << 20), "from {before} to {after}");
    // The control, and that the daemon is none the worse for it.
    registry.push("honest:1", &small_machine());
    toft.run(&["image", "pull", &registry.reference("honest:1")]).ok();
}

fn devices_below(dir: &Path) -> Vec<String> {
    let found = Command::new("find")
        .arg(dir)
        .args(["-type", "b", "-o", "-type", "c", "!", "-size", "0"])
        .output()
        .unwrap();
    String::from_utf8(found.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}
