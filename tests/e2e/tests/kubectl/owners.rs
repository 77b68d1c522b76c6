//! Two people's files: neither sees the other's objects.

use toft_e2e::{Daemon, Kubectl, eventually};

use crate::stopped;

#[test]
fn others_are_not_seen() {
    let toft = Daemon::start();
    let (admin, bob) = (Kubectl::of_admin(&toft), Kubectl::of(&toft, "bob"));
    admin.with_file("apply", &stopped("secret", "")).ok();
    bob.with_file("apply", &stopped("mine", "")).ok();
    assert_eq!(
        bob.run("get ws -o name").ok(),
        "workspace.toft.dev/mine\n",
        "one's own namespace is the default"
    );
    let all = bob.run("get ws -A").ok();
    assert!(all.contains("mine") && !all.contains("secret"), "{all}");
    let others = bob.run("-n admin get ws secret").failed();
    assert_eq!(
        others.replace("secret", "nothing"),
        bob.run("-n admin get ws nothing").failed()
    );
    assert!(!bob.run("-n admin get ws").out.contains("secret"));
    assert!(!bob.run("get namespaces").ok().contains("admin"));
    assert!(!bob.run("get events -A").ok().contains("secret"));
    for attempt in [
        "-n admin delete ws secret",
        "-n admin label ws secret a=b",
        r#"-n admin patch ws secret --type=merge -p {"spec":{"running":true}}"#,
    ] {
        assert!(bob.run(attempt).failed().contains("NotFound"), "{attempt:?}");
    }
    assert_ne!(bob.with_file("-n admin create", &stopped("planted", "")).code, 0);
    let image = "apiVersion: toft.dev/v1alpha1\nkind: Image\nmetadata: {name: x}\nspec: {source: {oci: {reference: 'a/b:c'}}}\n";
    assert!(bob.with_file("create", image).failed().contains("Forbidden"));
    let following = bob.follow("get ws -A --watch --output-watch-events");
    admin.run("label ws secret seen=no").ok();
    bob.run("label ws mine seen=yes").ok();
    following.until("MODIFIED mine");
    drop(following);
    assert!(
        admin.run("get ws -A").ok().contains("mine"),
        "an admin sees everybody's"
    );

    // A token that is none opens nothing.
    let config = bob.config();
    let forged = Kubectl::with(&config.replace("toft_", "toft_x"));
    let said = forged.run("get ws").failed();
    assert!(said.contains("You must be logged in"), "{said}");
    // And a kubectl that trusts another authority does not talk to this daemon.
    let other = Daemon::start();
    let foreign = Kubectl::with(
        &other
            .run(&["kubeconfig"])
            .ok()
            .replace(&port(&other), &port(&toft)),
    );
    assert!(foreign.run("get ws").failed().contains("certificate"));
    eventually("the daemon goes on", || {
        (admin.run("get ws").code == 0).then_some(())
    });
}

/// `:PORT`, as it ends its URL.
fn port(toft: &Daemon) -> String {
    toft.url()
        .rsplit_once(':')
        .map(|(_, port)| format!(":{port}"))
        .unwrap()
}
