//! The template `docker`, as somebody uses it: no registry of the world's is asked.

use toft_e2e::{Daemon, eventually};

use crate::{page, token};

/// What the workspace may have, so that one without a limit of its own meets this one.
const MEMORY: &str = "1Gi";
/// An image of one program, from a file that was copied in.
const IMPORT: &str = "mkdir -p ~/bb/bin && cp ~/busybox ~/bb/bin/ && chmod 755 ~/bb/bin/busybox && \
    for name in sh echo cat sleep dd head tail wget httpd true id; do ln -sf busybox ~/bb/bin/$name; done && \
    tar -C ~/bb -c . | docker import - bb >/dev/null";

#[test]
fn docker_works_inside_and_stays() {
    let mut toft = Daemon::start();
    toft.run(&[
        "create",
        "dk",
        "--template",
        "docker",
        "--memory",
        MEMORY,
        "--wait=1200",
    ])
    .ok();
    // Ready means that it answers, to the person and without `sudo`.
    let info = "{{.Driver}} {{.ServerVersion}}";
    let info = toft
        .run(&["exec", "dk", "--", "docker", "info", "--format", info])
        .ok();
    assert!(info.starts_with("overlay2 "), "{info}");
    toft.run(&["cp", "/bin/busybox", "dk:busybox"]).ok();
    toft.sh("dk", IMPORT).ok();

    runs(&toft);
    limits_hold(&toft);
    builds(&toft);
    composes(&toft);
    pushes_and_pulls(&toft);
    let token = token(&toft);
    publishes(&toft, &token);
    outlives_the_daemon(&mut toft, &token);
    comes_back_after_a_stop(&toft, &token);
}

fn runs(toft: &Daemon) {
    assert_eq!(toft.sh("dk", "docker run --rm bb echo hello").ok(), "hello\n");
    assert_eq!(toft.sh("dk", "docker run --rm bb sh -c 'exit 7'").code, 7);
    assert_eq!(
        toft.sh(
            "dk",
            "docker run --rm -v ~/bb:/there bb sh -c 'id -u; echo $$; echo /there/*'"
        )
        .ok(),
        "0\n1\n/there/bin\n"
    );
    // As much as a privileged one means in a workspace: a mount of its own.
    let mounts = "docker run --rm --privileged bb sh -c '/bin/busybox mount -t tmpfs none /home 2>/dev/null || \
                  { mkdir /m; /bin/busybox mount -t tmpfs none /m; } && echo mounted'";
    assert!(toft.sh("dk", mounts).out.contains("mounted"));
    assert!(
        toft.sh("dk", "docker info --format '{{.SecurityOptions}}'")
            .ok()
            .contains("seccomp"),
        "inner containers have a table of calls of their own"
    );
}

/// An inner limit ends who goes beyond it, and the workspace's own ends who has none.
fn limits_hold(toft: &Daemon) {
    let hog = |limit: &str, bytes: &str| {
        let line = format!("docker run --rm {limit} bb dd if=/dev/zero of=/dev/null bs={bytes} count=1");
        toft.sh("dk", &line).code
    };
    assert_eq!(hog("-m 64m", "16M"), 0, "the control");
    assert_eq!(hog("-m 64m", "200M"), 137);
    assert_eq!(hog("", "1400M"), 137, "it took more than its workspace has");
    let processes = "docker run --rm --pids-limit 8 bb sh -c 'i=0; while [ $i -lt 20 ]; do sleep 60 & i=$((i+1)); done; echo all'";
    let ran = toft.sh("dk", processes);
    assert!(!ran.out.contains("all"), "{ran:?}");
    // What was ended was not Docker.
    assert_eq!(toft.sh("dk", "docker run --rm bb echo calm").ok(), "calm\n");
}

fn builds(toft: &Daemon) {
    let dockerfile = r"mkdir -p ~/b && printf 'FROM bb\nRUN echo built > /file\nCMD [\042cat\042, \042/file\042]\n' > ~/b/Dockerfile";
    toft.sh("dk", dockerfile).ok();
    for kit in ["0", "1"] {
        let line = format!(
            "DOCKER_BUILDKIT={kit} docker build -q -t by{kit} ~/b >/dev/null && docker run --rm by{kit}"
        );
        assert_eq!(toft.sh("dk", &line).ok(), "built\n", "BuildKit: {kit}");
    }
}

/// Two containers of one project find each other by name.
fn composes(toft: &Daemon) {
    let file = r"mkdir -p ~/c && printf 'services:\n  page: {image: by1, command: httpd -f -p 80 -h /}\n  asker: {image: bb, command: sleep 600, depends_on: [page]}\n' > ~/c/compose.yaml";
    toft.sh("dk", file).ok();
    toft.sh("dk", "cd ~/c && docker compose up -d --quiet-pull").ok();
    let asked = eventually("one finds the other", || {
        let ran = toft.sh(
            "dk",
            "cd ~/c && docker compose exec -T asker wget -q -O- http://page/file",
        );
        (ran.code == 0).then_some(ran.out)
    });
    assert_eq!(asked, "built\n");
    toft.sh("dk", "cd ~/c && docker compose down -t 0").ok();
}

/// A registry of the workspace's own, on its loopback.
fn pushes_and_pulls(toft: &Daemon) {
    toft.run(&["cp", "/usr/bin/docker-registry", "dk:docker-registry"])
        .ok();
    let serve = r"chmod 755 ~/docker-registry && mkdir -p ~/r && \
        printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/r}}\nhttp: {addr: 127.0.0.1:5000}\n' ~ > ~/r.yml && \
        (setsid ~/docker-registry serve ~/r.yml >/dev/null 2>&1 &)";
    toft.sh("dk", serve).ok();
    eventually("the registry answers", || {
        (toft.sh("dk", "curl -sf http://127.0.0.1:5000/v2/").code == 0).then_some(())
    });
    let there_and_back = "docker tag by1 localhost:5000/by1 && docker push -q localhost:5000/by1 && \
        docker rmi localhost:5000/by1 && docker pull -q localhost:5000/by1 && docker run --rm localhost:5000/by1";
    assert!(toft.sh("dk", there_and_back).ok().ends_with("built\n"));
}

/// A published port is reached by its number, like any other.
fn publishes(toft: &Daemon, token: &str) {
    let line = "docker run -d --name site --restart always -p 8080:80 -v site:/site bb \
                sh -c 'echo page-of-the-container > /site/index.html; exec httpd -f -p 80 -h /site' >/dev/null";
    toft.sh("dk", line).ok();
    answers(toft, token);
    let stats = "docker stats --no-stream --format '{{.Name}} {{.PIDs}}' site";
    assert_eq!(toft.sh("dk", stats).ok(), "site 1\n");
    assert_eq!(
        toft.sh("dk", "docker exec site cat /site/index.html").ok(),
        "page-of-the-container\n"
    );
}

fn answers(toft: &Daemon, token: &str) {
    eventually("the published port answers", || {
        let (status, body) = page(toft, token, "8080", "dk");
        (status == "200").then(|| assert_eq!(body, "page-of-the-container\n"))
    });
}

fn outlives_the_daemon(toft: &mut Daemon, token: &str) {
    let started = "docker inspect --format '{{.State.StartedAt}}' site";
    let before = toft.sh("dk", started).ok();
    toft.kill();
    toft.launch(&[]);
    toft.until_phase("dk", "Running");
    assert_eq!(toft.sh("dk", started).ok(), before, "it was touched");
    answers(toft, token);
}

/// Images, volumes and what is to be always there are there again.
fn comes_back_after_a_stop(toft: &Daemon, token: &str) {
    toft.run(&["stop", "dk", "--wait=120"]).ok();
    toft.run(&["start", "dk", "--wait=300"]).ok();
    assert_eq!(toft.sh("dk", "docker run --rm by0").ok(), "built\n");
    answers(toft, token);
    let uid = toft.uid("dk");
    toft.run(&["delete", "dk", "--yes", "--wait=120"]).ok();
    assert!(
        !toft.data_dir().join("sandboxes").join(uid).exists(),
        "nothing is left"
    );
}
