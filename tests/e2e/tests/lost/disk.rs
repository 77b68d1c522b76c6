//! A full disk: what cannot be made is refused in words, what runs goes on, and what is to be
//! deleted goes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::{Daemon, Registry, eventually};

/// Octets of the disk: what images leave free and some more.
const SIZE: u64 = 640 << 20;

#[test]
fn a_full_disk_is_told_stops_nothing_that_runs_and_no_delete() {
    let disk = Disk::new();
    let registry = Registry::start();
    registry.push("lab/small:1", &small_machine());
    let toft = Daemon::within(&disk.path);
    toft.feed(
        &["apply", "-f", "-"],
        template("small", &registry.reference("lab/small:1")).as_bytes(),
    )
    .ok();
    for name in ["stays", "goes", "too"] {
        toft.run(&["create", name, "--template", "small", "--wait=60"])
            .ok();
    }
    toft.run(&["stop", "too", "--wait=60"]).ok();

    // A little is left: the image does not fit.
    disk.leave(200 << 20);
    let large = "x".repeat(24 << 20);
    registry.push(
        "lab/large:1",
        &[Layer::busybox(), Layer::of(&[("large", &large)])],
    );
    let (kind, reference) = ("large", registry.reference("lab/large:1"));
    toft.feed(&["apply", "-f", "-"], template(kind, &reference).as_bytes())
        .ok();
    toft.run(&["create", "large", "--template", "large"]).ok();
    let message = eventually("it is told that there is no room", || {
        let object = toft.get("ws", "large");
        let message = object["status"]["message"].as_str()?.to_owned();
        message.contains("space").then_some(message)
    });
    println!("an image that does not fit: {message}");
    assert!(message.contains("free"), "{message}");
    toft.run(&["delete", "large", "--yes", "--wait=60"]).ok();

    // Nothing is left.
    disk.leave(0);
    let said = toft.run(&["create", "none", "--template", "small"]).failed();
    println!("nothing left: {said}");
    assert!(said.contains("disk") && said.contains("full"), "{said}");
    assert_eq!(toft.sh("stays", "echo on").ok(), "on\n");
    toft.run(&["delete", "goes", "too", "--yes", "--wait=60"]).ok();
    for name in ["goes", "too"] {
        let ran = toft.run(&["get", "ws", name]);
        assert!(ran.err.contains("not found"), "{ran:?}");
    }
    disk.leave(0);
    assert_eq!(toft.sh("stays", "echo on").ok(), "on\n");

    disk.release();
    toft.run(&["create", "none", "--template", "small", "--wait=60"])
        .ok();
    assert_eq!(toft.sh("none", "echo on").ok(), "on\n");
    // The purge at the end has no more room than a delete.
    disk.leave(0);
}

/// A file system in a file, mounted for the test.
struct Disk {
    _dir: TempDir,
    path: PathBuf,
}

// === impl Disk ===

impl Disk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (image, path) = (dir.path().join("disk"), dir.path().join("mounted"));
        File::create(&image).unwrap().set_len(SIZE).unwrap();
        fs::create_dir(&path).unwrap();
        run("mkfs.ext4", &["-q", "-m", "0", image.to_str().unwrap()]);
        run(
            "mount",
            &["-o", "loop", image.to_str().unwrap(), path.to_str().unwrap()],
        );
        Self { _dir: dir, path }
    }

    /// Fills it until so many octets are left.
    fn leave(&self, octets: u64) {
        self.release();
        let filler = self.path.join("filler");
        let free = free(&self.path);
        if octets > 0 {
            let size = (free - octets).to_string();
            return run("fallocate", &["-l", &size, filler.to_str().unwrap()]);
        }
        // By writing, to the last block.
        let status = Command::new("dd")
            .args(["if=/dev/zero", "bs=1M", &format!("of={}", filler.display())])
            .output();
        assert!(!status.unwrap().status.success(), "it is never full");
    }

    fn release(&self) {
        let _ = fs::remove_file(self.path.join("filler"));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}

fn free(path: &Path) -> u64 {
    let stat = rustix::fs::statvfs(path).unwrap();
    stat.f_bavail * stat.f_frsize
}

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {said}");
}
