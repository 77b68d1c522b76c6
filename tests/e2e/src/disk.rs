//! A disk of the test's own, which can be full.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system in a file, which takes of the host's what is written to it; taken off when it is
/// dropped.
pub struct Disk {
    _dir: TempDir,
    /// Where it is mounted.
    pub path: PathBuf,
}

// === impl Disk ===

impl Disk {
    /// One of so many octets.
    pub fn new(size: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (image, path) = (dir.path().join("disk"), dir.path().join("mounted"));
        File::create(&image).unwrap().set_len(size).unwrap();
        fs::create_dir(&path).unwrap();
        run(
            "mkfs.ext4",
            &[
                "-q",
                "-m",
                "0",
                "-E",
                "lazy_itable_init=1",
                image.to_str().unwrap(),
            ],
        );
        run(
            "mount",
            &["-o", "loop", image.to_str().unwrap(), path.to_str().unwrap()],
        );
        Self { _dir: dir, path }
    }

    /// Fills it until so many octets are left.
    pub fn leave(&self, octets: u64) {
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

    /// Gives back what it was filled with.
    pub fn release(&self) {
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
