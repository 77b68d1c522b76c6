//! Objects that do not run: applied, shown, changed, compared, watched, deleted.

use serde_json::Value;
use toft_e2e::{Daemon, Kubectl};

use crate::stopped;

#[test]
fn objects_are_applied_shown_and_changed() {
    let toft = Daemon::start();
    let kubectl = Kubectl::of_admin(&toft);
    applies(&kubectl);
    shows(&kubectl);
    changes(&kubectl);
    diffs(&kubectl);
    watches(&kubectl);
}

fn applies(kubectl: &Kubectl) {
    let dry = kubectl
        .with_file("apply --dry-run=server", &stopped("dev", ""))
        .ok();
    assert_eq!(dry, "workspace.toft.dev/dev created (server dry run)\n");
    assert!(
        kubectl
            .run("get ws dev")
            .failed()
            .contains(r#"workspaces.toft.dev "dev" not found"#)
    );
    assert_eq!(
        kubectl.with_file("apply", &stopped("dev", "")).ok(),
        "workspace.toft.dev/dev created\n"
    );
    assert_eq!(
        kubectl.with_file("apply", &stopped("dev", "")).ok(),
        "workspace.toft.dev/dev unchanged\n"
    );
    let more = stopped("dev", ", lifecycle: {stopGraceSeconds: 3}");
    assert_eq!(
        kubectl.with_file("apply", &more).ok(),
        "workspace.toft.dev/dev configured\n"
    );
    assert_eq!(
        kubectl.json("get ws dev")["spec"]["lifecycle"]["stopGraceSeconds"],
        3
    );
    kubectl.with_file("apply", &stopped("dev", "")).ok();
    let left = kubectl.json("get ws dev")["spec"]["lifecycle"]["stopGraceSeconds"].clone();
    assert_ne!(left, 3, "what the file says no more is gone");
    let refused = kubectl
        .with_file("apply --server-side", &stopped("dev", ""))
        .failed();
    assert!(
        refused.contains("server-side apply is not supported"),
        "{refused}"
    );
    assert!(
        kubectl
            .with_file("create", &stopped("dev", ""))
            .failed()
            .contains("AlreadyExists")
    );
}

fn shows(kubectl: &Kubectl) {
    for name in ["b", "c", "d", "e"] {
        kubectl.with_file("apply", &stopped(name, "")).ok();
    }
    kubectl
        .run("wait ws --all --for=jsonpath={.status.phase}=Stopped --timeout=120s")
        .ok();
    let table = kubectl.run("get workspaces").ok();
    let head: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        head,
        ["NAME", "TEMPLATE", "PHASE", "READY", "CPU", "MEMORY", "AGE"]
    );
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["b", "shell", "Stopped"]);
    assert!(
        kubectl
            .run("get ws -o wide")
            .ok()
            .lines()
            .next()
            .unwrap()
            .contains("HOST")
    );
    assert!(kubectl.run("get ws -A").ok().starts_with("NAMESPACE"));
    let yaml = kubectl.run("get ws dev -o yaml").ok();
    assert!(
        yaml.contains("kind: Workspace") && yaml.contains("template: shell"),
        "{yaml}"
    );
    assert_eq!(kubectl.json("get ws")["items"].as_array().unwrap().len(), 5);
    assert_eq!(kubectl.run("get ws dev -o name").ok(), "workspace.toft.dev/dev\n");
    assert_eq!(
        kubectl
            .run("get ws -o custom-columns=N:.metadata.name --no-headers")
            .ok(),
        "b\nc\nd\ndev\ne\n"
    );
    assert_eq!(
        kubectl
            .run("get ws --field-selector=metadata.name=d -o name")
            .ok(),
        "workspace.toft.dev/d\n"
    );

    // In parts of two, the list is the same; and it does come in parts.
    assert_eq!(
        kubectl.run("get ws --chunk-size=2 -o name").ok().lines().count(),
        5
    );
    let part = kubectl
        .run("get --raw /apis/toft.dev/v1alpha1/workspaces?limit=2")
        .ok();
    let part: Value = serde_json::from_str(&part).unwrap();
    assert_eq!(
        (
            part["items"].as_array().unwrap().len(),
            &part["metadata"]["remainingItemCount"]
        ),
        (2, &Value::from(3))
    );
    let talk = kubectl.run("get ws --chunk-size=2 -v=8");
    assert_eq!(
        talk.err.matches("limit=2").count(),
        3,
        "three requests: {}",
        talk.err
    );
}

fn changes(kubectl: &Kubectl) {
    let labels = |name: &str| kubectl.json(&format!("get ws {name}"))["metadata"]["labels"].clone();
    assert_eq!(
        kubectl.run("label ws b team=blue").ok(),
        "workspace.toft.dev/b labeled\n"
    );
    assert_eq!(labels("b")["team"], "blue");
    assert!(kubectl.run("label ws b team=red").failed().contains("overwrite"));
    assert_eq!(
        kubectl.run("get ws -l team=blue -o name").ok(),
        "workspace.toft.dev/b\n"
    );
    assert_eq!(
        kubectl
            .run("get ws -l course,team!=blue -o name")
            .ok()
            .lines()
            .count(),
        4
    );
    kubectl.run("label ws b team-").ok();
    assert_eq!(labels("b")["team"], Value::Null);
    kubectl.run("annotate ws b example.org/note=kept").ok();
    assert_eq!(
        kubectl.json("get ws b")["metadata"]["annotations"]["example.org/note"],
        "kept"
    );

    let grace =
        |name: &str| kubectl.json(&format!("get ws {name}"))["spec"]["lifecycle"]["stopGraceSeconds"].clone();
    kubectl
        .run(r#"patch ws b --type=merge -p {"spec":{"lifecycle":{"stopGraceSeconds":4}}}"#)
        .ok();
    assert_eq!(grace("b"), 4);
    kubectl.run(r#"patch ws b --type=json -p [{"op":"replace","path":"/spec/lifecycle/stopGraceSeconds","value":5}]"#).ok();
    assert_eq!(grace("b"), 5);
    let test = r#"[{"op":"test","path":"/spec/lifecycle/stopGraceSeconds","value":9},{"op":"remove","path":"/spec/lifecycle"}]"#;
    assert!(
        kubectl
            .run(&format!("patch ws b --type=json -p {test}"))
            .failed()
            .contains("does not apply")
    );
    assert_eq!(grace("b"), 5);
    kubectl
        .run(r#"patch ws b --type=merge --dry-run=server -p {"spec":{"lifecycle":{"stopGraceSeconds":6}}}"#)
        .ok();
    assert_eq!(grace("b"), 5, "a trial changes nothing");
    // An editor that changes a number.
    let mut edit = kubectl.command("edit ws b");
    let edited = edit
        .env(
            "KUBE_EDITOR",
            "sed -i s/stopGraceSeconds:.5/stopGraceSeconds:\\ 7/",
        )
        .output()
        .unwrap();
    assert!(
        edited.status.success(),
        "{}",
        String::from_utf8_lossy(&edited.stderr)
    );
    assert_eq!(grace("b"), 7);
    let mut stale = kubectl.json("get ws b");
    kubectl.run("label ws b team=red").ok();
    stale["spec"]["lifecycle"]["stopGraceSeconds"] = 8.into();
    assert!(
        kubectl
            .with_file("replace", &stale.to_string())
            .failed()
            .contains("Conflict")
    );
}

fn diffs(kubectl: &Kubectl) {
    assert_eq!(kubectl.with_file("diff", &stopped("c", "")).code, 0);
    let diff = kubectl.with_file("diff", &stopped("c", ", lifecycle: {stopGraceSeconds: 33}"));
    assert!(
        diff.code == 1 && diff.out.contains("+    stopGraceSeconds: 33"),
        "{diff:?}"
    );
    let diff = kubectl.with_file("diff", &stopped("new", ""));
    assert!(diff.code == 1 && diff.out.contains("+  name: new"), "{diff:?}");
    assert!(kubectl.run("get ws new").code != 0, "comparing creates nothing");
    assert!(kubectl.with_file("diff", &stopped("c", ", nonsense: 1")).code > 1);
}

fn watches(kubectl: &Kubectl) {
    let following = kubectl.follow("get ws -l course=rust --watch --output-watch-events");
    following.until("ADDED dev Stopped");
    kubectl.with_file("apply", &stopped("late", "")).ok();
    following.until("ADDED late");
    following.until("MODIFIED late Stopped");
    assert_eq!(
        kubectl.run("delete ws late").ok(),
        "workspace.toft.dev \"late\" deleted from admin namespace\n"
    );
    following.until("DELETED late");
    kubectl.run("delete ws -l course=rust --timeout=120s").ok();
    assert!(
        kubectl.json("get ws")["items"].as_array().unwrap().is_empty(),
        "delete waits until all are gone"
    );
}
