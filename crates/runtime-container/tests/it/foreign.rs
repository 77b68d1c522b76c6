//! Images that know nothing of Toft.

use toft_runtime::Runtime;

use crate::support::{Host, run};

#[tokio::test]
async fn people_are_a_user_of_their_own() {
    let host = Host::new();
    let spec = host.spec("foreign");
    host.runtime.start(&spec).await.unwrap();
    host.say(spec.id, "true").await;
    let said = run(
        &host.client(spec.id),
        "dev",
        "id -u; id -g; id -un; pwd; echo x > file && ls -l file",
    )
    .await;
    assert!(said.starts_with("1000\n1000\ndev\n/home/dev\n"), "{said}");
    let sudoers = host
        .say(
            spec.id,
            "cat /etc/sudoers.d/toft; ls -l /etc/sudoers.d/toft; head -n 2 /etc/passwd",
        )
        .await;
    assert!(
        sudoers.starts_with("dev ALL=(ALL:ALL) NOPASSWD: ALL\n-r--r-----"),
        "{sudoers}"
    );
    assert!(
        sudoers.ends_with("root:x:0:0:root:/root:/bin/sh\ndev:*:1000:1000::/home/dev:/bin/sh\n"),
        "{sudoers}"
    );
}

#[tokio::test]
async fn names_are_in_etc() {
    let host = Host::new();
    let spec = host.spec("named");
    host.runtime.start(&spec).await.unwrap();
    let said = host
        .say(spec.id, "hostname; cat /etc/hostname; cat /etc/hosts")
        .await;
    assert!(
        said.starts_with("named\nnamed\n") && said.contains("127.0.1.1\tnamed\n"),
        "{said}"
    );
    assert!(
        host.say(
            spec.id,
            "echo 10.1.2.3 x >> /etc/hosts && rm /etc/hosts && echo ok"
        )
        .await
        .ends_with("ok\n")
    );
}

#[tokio::test]
async fn homes_are_writable_by_their_user_and_run_directories_exist() {
    let host = Host::new();
    let spec = host.spec("home");
    host.runtime.start(&spec).await.unwrap();
    host.say(spec.id, "true").await;
    let script = "touch /home/dev/a /run/user/1000/b /run/lock/c /dev/shm/d && echo all; touch /run/e 2>/dev/null || echo not";
    let said = run(&host.client(spec.id), "dev", script).await;
    assert!(said.starts_with("all\n") && said.ends_with("not\n"), "{said}");
}
