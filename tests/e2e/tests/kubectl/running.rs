//! A workspace that runs, from `apply` to `delete`.

use toft_e2e::registry::{small_machine, template};
use toft_e2e::{Daemon, Kubectl, Registry};

#[test]
fn a_workspace_runs_and_tells_of_it() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let kubectl = Kubectl::of_admin(&toft);
    registry.push("box:1", &small_machine());
    let applied = kubectl
        .with_file("apply", &template("small", &registry.reference("box:1")))
        .ok();
    assert_eq!(
        applied,
        "image.toft.dev/small created\ntemplate.toft.dev/small created\n"
    );
    let following = kubectl.follow("get ws --watch");
    let yaml =
        "apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {name: dev}\nspec: {template: small}\n";
    kubectl.with_file("apply", yaml).ok();
    let waited = kubectl
        .run("wait ws/dev --for=condition=Ready --timeout=120s")
        .ok();
    assert_eq!(waited, "workspace.toft.dev/dev condition met\n");
    following.until("dev small Running");
    assert_eq!(toft.sh("dev", "whoami").ok(), "toft\n");

    let described = kubectl.run("describe ws dev").ok();
    let (object, events) = described.split_once("\nEvents:").unwrap();
    assert!(
        object.contains("Phase:") && object.contains("Running"),
        "{described}"
    );
    for reason in ["Created", "Started", "Ready"] {
        assert!(events.contains(reason), "{reason} in {described}");
    }
    let events = kubectl
        .run("get events --field-selector=involvedObject.name=dev")
        .ok();
    assert!(
        events.contains("LAST SEEN") && events.contains("workspace/dev"),
        "{events}"
    );
    assert!(
        kubectl
            .run("events --for=workspace.toft.dev/dev")
            .ok()
            .contains("Started")
    );

    kubectl
        .run(r#"patch ws dev --type=merge -p {"spec":{"running":false}}"#)
        .ok();
    kubectl
        .run("wait ws/dev --for=jsonpath={.status.phase}=Stopped --timeout=120s")
        .ok();
    following.until("dev Stopped");
    assert_ne!(
        kubectl.run("wait ws/dev --for=condition=Ready --timeout=1s").code,
        0
    );
    kubectl.run("delete ws dev --wait=false").ok();
    kubectl.run("wait ws/dev --for=delete --timeout=120s").ok();
    assert!(
        std::fs::read_dir(toft.data_dir().join("sandboxes"))
            .unwrap()
            .next()
            .is_none(),
        "nothing is left"
    );
}
