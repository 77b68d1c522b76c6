//! A real bootstrap: needs root, `mmdebstrap` and a Debian mirror that the host's tools know.

// How tests fail; the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex};

use toft_effects::Door;
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
