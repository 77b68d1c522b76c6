//! A real Debian: `sudo`, `apt` and what else expects a machine of its own.
//!
//! The root is made once by `mmdebstrap` and kept under the user's cache directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toft_effects::Door;
use toft_effects::spawn::Program;
use toft_runtime::{Resources, Root, Runtime, SandboxSpec};

use crate::support::{Host, run};

/// A minimal Debian with `sudo`, with the ids it has inside.
async fn debian() -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/root".into());
    let cache =
        std::env::var_os("XDG_CACHE_HOME").map_or_else(|| Path::new(&home).join(".cache"), PathBuf::from);
    let target = cache.join("toft-test/debian-sudo");
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    let lock = fs::File::create(target.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if target.is_dir() {
        return target;
    }
    let fresh = target.with_extension("new");
    let _ = fs::remove_dir_all(&fresh);
    let program = Program::new("t", "mmdebstrap")
        .args([
            "--quiet",
            "--variant=minbase",
            "--include=sudo",
            "--aptopt=APT::Sandbox::User \"root\"",
            "bookworm",
        ])
        .arg(&fresh)
        .timeout(Duration::from_mins(5));
    Door::default().run(program).await.unwrap();
    fs::remove_file(fresh.join("etc/apt/apt.conf.d/99mmdebstrap")).unwrap();
    fs::rename(&fresh, &target).unwrap();
    target
}

async fn started(host: &Host) -> SandboxSpec {
    let mut spec = host.spec("debian");
    spec.root = Root::Directory(debian().await);
    spec.user.shell = "/bin/bash".into();
    spec.resources = Resources {
        memory_limit_bytes: Some(1 << 30),
        ..Resources::default()
    };
    host.runtime.start(&spec).await.unwrap();
    host.say(spec.id, "true").await;
    spec
}

#[tokio::test]
async fn sudo_gives_root_inside_even_where_the_host_is_guarded() {
    let host = Host::new();
    // As the server does it with the data directory.
    host.runtime.guard().unwrap();
    let spec = started(&host).await;
    let said = run(
        &host.client(spec.id),
        "dev",
        "id -un; sudo id -un; sudo -u dev id -u; sudo hostname",
    )
    .await;
    assert_eq!(said, "dev\nroot\n1000\ndebian\n");
}

#[tokio::test]
async fn packages_install_and_survive_a_stop() {
    let host = Host::new();
    let spec = started(&host).await;
    let script = "set -e; mkdir -p pkg/DEBIAN pkg/usr/bin; \
        printf 'Package: hallo\\nVersion: 1\\nArchitecture: all\\nMaintainer: me <me@example.org>\\nDescription: says hallo\\n' > pkg/DEBIAN/control; \
        printf '#!/bin/sh\\nadduser --system --quiet hallo\\n' > pkg/DEBIAN/postinst; chmod 755 pkg/DEBIAN/postinst; \
        printf '#!/bin/sh\\necho hallo\\n' > pkg/usr/bin/hallo; chmod 755 pkg/usr/bin/hallo; \
        dpkg-deb --root-owner-group --build pkg hallo.deb; sudo apt-get -qq install -y ./hallo.deb; hallo";
    let said = run(&host.client(spec.id), "dev", &format!("({script}) 2>&1")).await;
    assert!(said.ends_with("hallo\n"), "{said}");
    host.runtime.stop(spec.id, Duration::from_secs(5)).await.unwrap();
    host.runtime.start(&spec).await.unwrap();
    assert_eq!(host.say(spec.id, "hallo; id -un hallo").await, "hallo\nhallo\n");
    // Renaming a directory of the image works, as packages that move files expect.
    assert_eq!(
        host.say(
            spec.id,
            "mv /usr/share/doc /usr/share/doc.old && mv /usr/share/doc.old /usr/share/doc"
        )
        .await,
        ""
    );
}

#[tokio::test]
async fn terminals_users_and_limits_look_as_on_a_machine() {
    let host = Host::new();
    let spec = started(&host).await;
    let script = "script -qec 'tty; stty size >/dev/null && echo sized' /dev/null; ls -ld /tmp /dev/shm /run/lock | cut -c1-10; ulimit -n";
    let said = run(&host.client(spec.id), "dev", script).await;
    assert!(
        said.starts_with("/dev/pts/0\r\nsized\r\ndrwxrwxrwt\ndrwxrwxrwt\ndrwxrwxrwt\n"),
        "{said}"
    );
}
