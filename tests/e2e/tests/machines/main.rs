//! Whole machines: a Docker of one's own, a server with an init of its own; and hosts that cannot.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod docker;
mod refusal;
mod webspace;

use std::process::Command;

use toft_e2e::Daemon;

/// What the gateway answers on the host of an app (or a port) of the admin's workspace: status and
/// body.
fn page(toft: &Daemon, token: &str, app: &str, workspace: &str) -> (String, String) {
    let host = format!("{app}--{workspace}--admin.toft.localhost");
    let output = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "60",
            "--cacert",
        ])
        .arg(toft.data_dir().join("tls/ca.pem"))
        .args(["--resolve", &format!("{host}:{}:127.0.0.1", toft.port())])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--write-out", "\n%{http_code}"])
        .arg(format!("https://{host}:{}/", toft.port()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = said.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

fn token(toft: &Daemon) -> String {
    toft.run(&["token", "create", "pages"]).ok().trim().to_owned()
}

/// A shell command of root's in a workspace.
fn root(toft: &Daemon, name: &str, line: &str) -> toft_e2e::Ran {
    toft.run(&["exec", "--user", "root", name, "--", "sh", "-c", line])
}
