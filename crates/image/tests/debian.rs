//! A real bootstrap: needs root, `mmdebstrap` and a Debian mirror that the host's tools know.

// How tests fail; the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use toft_effects::Door;
use toft_effects::spawn::Program;
use toft_image::{DebianRecipe, ImageRoot, ImageSource, ImageStore, Options, Progress, Step};

fn recipe() -> ImageSource {
    ImageSource::Debian(DebianRecipe::minimal())
}

fn store(dir: &Path, cache: &Path) -> ImageStore {
    let options = Options {
        cache: Some(cache.to_owned()),
        ..Options::default()
    };
    ImageStore::open_with(Door::default(), dir, options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_is_bootstrapped_published_and_cached() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second, cache) = (
        dir.path().join("a"),
        dir.path().join("b"),
        dir.path().join("cache"),
    );
    let seen: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let store_a = store(&first, &cache);
    let started = std::time::Instant::now();
    let image = store_a
        .ensure(&recipe(), |progress| seen.lock().unwrap().push(progress))
        .await
        .unwrap();
    println!(
        "bootstrap {:?}, {} MB",
        started.elapsed(),
        image.size_bytes / 1_000_000
    );

    a_person_can_work_in(&image);
    nothing_of_the_host_is_in(&image);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    for step in [
        Step::Resolve,
        Step::Download,
        Step::Unpack,
        Step::Configure,
        Step::Verify,
    ] {
        assert!(
            seen.iter().any(|progress| progress.step == step),
            "{step:?} was never reported"
        );
    }
    let fetched = seen
        .iter()
        .rfind(|progress| progress.step == Step::Download)
        .unwrap();
    assert!(
        fetched.done_bytes > 10_000_000 && fetched.total_bytes >= Some(fetched.done_bytes),
        "{fetched:?}"
    );

    assert_eq!(store_a.find(&recipe()), Some(image.clone()));
    assert_eq!(store_a.list().len(), 1);
    assert_eq!(std::fs::read_dir(first.join("tmp")).unwrap().count(), 0);

    // Another data directory takes it from the cache: the same tree, and no package is fetched.
    let started = std::time::Instant::now();
    let mut steps = Vec::new();
    let copy = store(&second, &cache)
        .ensure(&recipe(), |progress| steps.push(progress.step))
        .await
        .unwrap();
    println!("from the cache {:?}", started.elapsed());
    assert_eq!((&copy.digest, &copy.config), (&image.digest, &image.config));
    assert!(
        steps.contains(&Step::Unpack) && !steps.contains(&Step::Download),
        "{steps:?}"
    );
}

fn a_person_can_work_in(image: &ImageRoot) {
    let read = |name: &str| std::fs::read_to_string(image.root.join(name)).unwrap();
    assert!(read("etc/passwd").contains("\ntoft:x:1000:1000::/home/toft:/bin/bash\n"));
    assert!(
        read("etc/group")
            .lines()
            .any(|line| line.starts_with("sudo:") && line.ends_with(":toft"))
    );
    assert_eq!(read("etc/sudoers.d/toft"), "toft ALL=(ALL:ALL) NOPASSWD: ALL\n");
    let home = std::fs::metadata(image.root.join("home/toft")).unwrap();
    assert_eq!((home.uid(), home.gid()), (1000, 1000));
    assert!(image.root.join("home/toft/.bashrc").is_file());
    assert_eq!(image.config.user, "toft");
    assert_eq!(image.config.env["LANG"], "C.UTF-8");
    let sudo = std::fs::metadata(image.root.join("usr/bin/sudo")).unwrap();
    assert_eq!(sudo.permissions().mode() & 0o7777, 0o4755);
    assert!(
        std::fs::read_dir(image.root.join("var/lib/apt/lists"))
            .unwrap()
            .count()
            > 3,
        "apt knows no packages"
    );
}

fn nothing_of_the_host_is_in(image: &ImageRoot) {
    for name in [
        "etc/hostname",
        "etc/resolv.conf",
        "etc/apt/apt.conf.d/99mmdebstrap",
    ] {
        assert!(!image.root.join(name).exists(), "{name} is there");
    }
    assert_eq!(std::fs::read_dir(image.root.join("dev")).unwrap().count(), 0);
    assert_eq!(
        std::fs::read_to_string(image.root.join("etc/machine-id")).unwrap(),
        ""
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_ends_every_process_of_the_bootstrap() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), &dir.path().join("cache"));
    let recipe = recipe();
    let waiting = store.ensure(&recipe, |_| {});
    tokio::select! {
        outcome = waiting => panic!("it ended: {outcome:?}"),
        () = until(|| !processes_in(dir.path(), "mmdebstrap").is_empty()) => {}
    }
    until(|| processes_in(dir.path(), "").is_empty()).await;
    until(|| std::fs::read_dir(dir.path().join("tmp")).unwrap().count() == 0).await;
    assert_eq!(store.list(), []);
}

/// The daemon of the next test: run by it, as a program of its own.
#[tokio::test(flavor = "multi_thread")]
async fn bootstrap_until_killed() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let dir = PathBuf::from(dir);
    store(&dir, &dir.join("cache"))
        .ensure(&recipe(), |_| {})
        .await
        .unwrap();
}

const DIR: &str = "TOFT_TEST_BOOTSTRAP_DIR";

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_leaves_no_process_and_the_next_one_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let daemon = Program::new("test.self", std::env::current_exe().unwrap())
        .args(["--exact", "bootstrap_until_killed"])
        .env(DIR, dir.path());
    let pid = Door::default()
        .spawn_detached(daemon, tempfile::tempfile().unwrap())
        .unwrap();
    until(|| !processes_in(dir.path(), "mmdebstrap").is_empty()).await;
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    // Gone or waiting to be reaped: either way its lock is free.
    let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
    until(|| std::fs::read_to_string(&stat).map_or(true, |text| text.contains(") Z "))).await;
    until(|| processes_in(dir.path(), "").is_empty()).await;
    let store = store(dir.path(), &dir.path().join("cache"));
    assert_eq!(
        (
            store.list(),
            std::fs::read_dir(dir.path().join("tmp")).unwrap().count()
        ),
        (vec![], 0)
    );
}

/// Processes that name `dir` in their command line, and `program`.
fn processes_in(dir: &Path, program: &str) -> Vec<PathBuf> {
    let named = |path: &PathBuf| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains(dir.to_str().unwrap()) && line.contains(program)
    };
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    all.filter(named).collect()
}

/// Waits for something that must come; a minute is for machines under load.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within a minute");
}
