use std::os::unix::fs::{MetadataExt, PermissionsExt};

use tempfile::TempDir;

use super::*;
use crate::spawn::Program;

const RANGE: IdRange = IdRange {
    start: 0x4100_0000,
    len: 65_536,
};

/// An image, a layer, a home and pinned namespaces in a directory that nobody else may enter.
struct Scratch {
    dir: TempDir,
    /// Where stages are: reachable, unlike the rest.
    at: TempDir,
    door: Door,
}

impl Scratch {
    fn new() -> Self {
        let scratch = Self {
            dir: TempDir::new().unwrap(),
            at: TempDir::new().unwrap(),
            door: Door::default(),
        };
        let root = scratch.dir.path();
        for dir in ["image/etc", "layer/upper", "layer/work", "home"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        fs::write(root.join("image/etc/motd"), "from the image\n").unwrap();
        fs::write(root.join("home/notes"), "mine\n").unwrap();
        std::os::unix::fs::chown(root.join("home/notes"), Some(1_000), Some(1_000)).unwrap();
        scratch.door.ensure_namespaces(&root.join("ns"), RANGE).unwrap();
        scratch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn stage(&self) -> Stage {
        let parts = vec![
            Part::Overlay {
                name: "root",
                lower: self.path("image"),
                layer: self.path("layer"),
            },
            Part::Tree {
                name: "home",
                source: self.path("home"),
                mapped: true,
                read_only: false,
            },
            Part::Tree {
                name: "note",
                source: self.path("image/etc/motd"),
                mapped: false,
                read_only: true,
            },
            Part::Devices {
                name: "dev",
                more: vec![("net/tun", 10, 200)],
                places: vec![".lxc/proc"],
            },
        ];
        Stage {
            at: self.at.path().into(),
            user_namespace: self.path("ns/user"),
            range: RANGE,
            parts,
        }
    }

    /// Runs a shell on the stage as root of the range, in its user namespace.
    async fn inside(&self, script: &str) -> String {
        let mounts = self.door.stage(&self.stage()).unwrap();
        let user = fs::File::open(self.path("ns/user")).unwrap();
        let program = Program::new("t", "nsenter")
            .args([
                "--user=/proc/self/fd/3",
                "--",
                "sh",
                "-c",
                &format!("cd {}; {script}", self.at.path().display()),
            ])
            .fds(vec![user.into()])
            .mounts(mounts);
        let done = self.door.run_any(program).await.unwrap();
        String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = self.door.remove_namespaces(&self.path("ns"));
        let _ = self.door.unguard_directory(&self.path("home"));
    }
}

/// The stage directory itself must be reachable by the range's root.
fn open_up(scratch: &Scratch) {
    fs::set_permissions(scratch.at.path(), fs::Permissions::from_mode(0o711)).unwrap();
}

#[tokio::test]
async fn what_root_writes_inside_is_roots_on_disk() {
    let scratch = Scratch::new();
    open_up(&scratch);
    let said = scratch
        .inside("cat root/etc/motd; echo changed > root/etc/motd; echo new > root/new; stat -c %u root/new")
        .await;
    assert_eq!(said, "from the image\n0\n");
    for name in ["layer/upper/new", "layer/upper/etc/motd"] {
        assert_eq!(
            fs::metadata(scratch.path(name)).unwrap().uid(),
            0,
            "{name} carries no range"
        );
    }
    assert_eq!(
        fs::read_to_string(scratch.path("image/etc/motd")).unwrap(),
        "from the image\n"
    );
}

#[tokio::test]
async fn homes_show_the_ids_that_are_on_disk() {
    let scratch = Scratch::new();
    open_up(&scratch);
    assert_eq!(scratch.inside("stat -c %u home/notes").await, "1000\n");
}

#[tokio::test]
async fn read_only_trees_refuse_writing() {
    let scratch = Scratch::new();
    open_up(&scratch);
    let said = scratch.inside("echo x > note").await;
    assert!(said.contains("Read-only file system"), "{said}");
}

#[tokio::test]
async fn devices_work_and_belong_to_root_inside() {
    let scratch = Scratch::new();
    open_up(&scratch);
    let script = "echo x > dev/null && head -c 4 dev/zero | wc -c; stat -c '%u %a' dev/null; readlink dev/ptmx; mknod dev/sda b 8 0";
    let said = scratch.inside(script).await;
    assert!(said.starts_with("4\n0 666\npts/ptmx\n"), "{said}");
    assert!(
        said.contains("Operation not permitted"),
        "no nodes of one's own: {said}"
    );
}

#[tokio::test]
async fn the_hosts_mounts_never_see_a_stage() {
    let scratch = Scratch::new();
    let before = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let held = scratch.door.stage(&scratch.stage()).unwrap();
    let at = scratch.at.path().to_str().unwrap().to_owned();
    let after = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!before.contains(&at) && !after.contains(&at));
    drop(held);
}

#[test]
fn a_missing_source_is_named() {
    let scratch = Scratch::new();
    let mut stage = scratch.stage();
    stage.parts[1] = Part::Tree {
        name: "home",
        source: "/no/such/home".into(),
        mapped: true,
        read_only: false,
    };
    let error = scratch.door.stage(&stage).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("failed to open the tree /no/such/home: "),
        "{error}"
    );
}

#[test]
fn a_guard_takes_set_user_id_and_devices_away_once() {
    let scratch = Scratch::new();
    let home = scratch.path("home");
    for _ in 0..2 {
        scratch.door.guard_directory(&home).unwrap();
    }
    let flags = rustix::fs::statvfs(&home).unwrap().f_flag;
    assert!(flags.contains(StatVfsMountFlags::NOSUID | StatVfsMountFlags::NODEV));
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert_eq!(
        table.matches(home.to_str().unwrap()).count() / 2,
        1,
        "mounted once: {table}"
    );
    scratch.door.unguard_directory(&home).unwrap();
    scratch.door.unguard_directory(&home).unwrap();
    assert!(
        !rustix::fs::statvfs(&home)
            .unwrap()
            .f_flag
            .contains(StatVfsMountFlags::NODEV)
    );
}
