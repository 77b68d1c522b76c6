//! Two owners on one machine: they share it and nothing else.

#![allow(clippy::unwrap_used, reason = "tests")]

use toft_e2e::Daemon;

#[test]
fn owners_neither_see_nor_reach_each_other() {
    let toft = Daemon::start();
    for owner in ["ada", "bob"] {
        toft.run(&["user", "add", owner]).ok();
    }
    for name in ["ada/one", "ada/two", "bob/three"] {
        toft.create(name);
    }
    let address = |name: &str| {
        let (owner, name) = name.split_once('/').unwrap();
        let object = toft
            .run(&["get", "ws", &format!("{owner}/{name}"), "-o", "json"])
            .ok();
        serde_json::from_str::<serde_json::Value>(&object).unwrap()["status"]["address"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let reaches = |from: &str, to: &str| {
        toft.sh(from, &format!("ping -c 1 -W 2 {to} >/dev/null 2>&1"))
            .code
            == 0
    };
    assert!(
        reaches("ada/one", &address("ada/two")),
        "one's own answer: the control"
    );
    assert!(reaches("ada/one", "two"), "and by name");
    assert!(!reaches("ada/one", &address("bob/three")));
    assert!(!reaches("ada/one", "three") && !reaches("ada/one", "three.bob.toft.internal"));

    let token = toft.run(&["token", "create", "t", "--user", "bob"]).ok();
    let as_bob = |args: &[&str]| {
        let mut command = toft.command(args);
        command
            .env_remove("TOFT_DATA_DIR")
            .env("TOFT_URL", toft.url())
            .env("TOFT_TOKEN", token.trim());
        command.env("TOFT_CA", toft.data_dir().join("tls/ca.pem"));
        let output = command.output().unwrap();
        (
            output.status.code(),
            format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        )
    };
    let (code, said) = as_bob(&["ls"]);
    assert!(
        code == Some(0) && said.contains("three") && !said.contains("one"),
        "{said}"
    );
    let (code, others) = as_bob(&["get", "ws", "ada/one"]);
    let (_, nobodys) = as_bob(&["get", "ws", "ada/none"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        others.replace("one", "none"),
        nobodys,
        "another's is not found, not forbidden"
    );
    assert_ne!(as_bob(&["exec", "ada/one", "--", "true"]).0, Some(0));
    assert_ne!(as_bob(&["delete", "ada/one", "--yes"]).0, Some(0));
    assert_ne!(as_bob(&["user", "add", "eve"]).0, Some(0));
    assert!(!as_bob(&["ls", "-A"]).1.contains("one"));
}
