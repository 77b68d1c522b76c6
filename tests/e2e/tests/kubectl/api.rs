//! What kubectl asks before anything else, and for people.

use toft_e2e::{Daemon, Kubectl};

#[test]
fn the_api_introduces_itself() {
    let toft = Daemon::start();
    let kubectl = Kubectl::of_admin(&toft);
    let version = kubectl.run("version");
    assert!(
        version.err.is_empty(),
        "no warning of a version that is too far away: {}",
        version.err
    );
    assert!(version.ok().contains("Server Version: v1."));
    let resources = kubectl
        .run("api-resources --api-group=toft.dev --no-headers")
        .ok();
    let words: Vec<Vec<&str>> = resources
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(
        words.contains(&vec![
            "workspaces",
            "ws",
            "toft.dev/v1alpha1",
            "true",
            "Workspace"
        ]),
        "{resources}"
    );
    assert!(
        words
            .iter()
            .any(|row| row[0] == "templates" && row.contains(&"false")),
        "{resources}"
    );
    assert!(
        kubectl
            .run("api-versions")
            .ok()
            .lines()
            .any(|line| line == "toft.dev/v1alpha1")
    );

    let explained = kubectl.run("explain workspace.spec.lifecycle").ok();
    for part in [
        "GROUP:      toft.dev",
        "How it stops and restarts",
        "stopGraceSeconds",
        "<integer>",
    ] {
        assert!(explained.contains(part), "{part} in {explained}");
    }
    let all = kubectl.run("explain ws --recursive").ok();
    assert!(all.contains("restartedAt") && all.contains("parameters"), "{all}");
    assert!(
        kubectl
            .run("explain workspace.spec.nonsense")
            .failed()
            .contains("nonsense")
    );

    assert!(kubectl.run("get namespaces").ok().contains("admin"));
    let templates = kubectl.run("get templates").ok();
    assert!(
        templates.contains("TITLE") && templates.lines().any(|line| line.starts_with("shell ")),
        "{templates}"
    );
    assert!(
        kubectl
            .run("get toft -A")
            .ok()
            .contains("template.toft.dev/shell"),
        "a category"
    );
    assert_eq!(kubectl.run("get --raw /readyz").ok().trim(), "ok");
}
