use toft_model::{ObjectMeta, TemplateSpec, WorkspaceSpec};

use super::*;

fn template() -> Template {
    let spec: TemplateSpec = serde_json::from_value(serde_json::json!({
        "title": "Site", "image": "base",
        "env": { "TZ": "${zone}" },
        "parameters": [{ "name": "zone", "title": "Time zone", "default": "UTC" }],
        "apps": [
            { "name": "terminal", "title": "Terminal", "kind": "terminal" },
            { "name": "site", "title": "Site", "port": 8080, "command": ["serve", "${zone}"], "readyPath": "/ok" },
            { "name": "db", "title": "DB", "port": 5432 },
        ],
    }))
    .unwrap();
    Template::new(
        ObjectMeta {
            name: "site".into(),
            ..ObjectMeta::default()
        },
        spec,
    )
}

fn workspace() -> Workspace {
    let mut spec = WorkspaceSpec {
        image: Some("other".into()),
        ..WorkspaceSpec::default()
    };
    spec.parameters.insert("zone".into(), "Europe/Dublin".into());
    Workspace::new(
        ObjectMeta {
            name: "dev".into(),
            namespace: Some("ada".into()),
            ..ObjectMeta::default()
        },
        spec,
    )
}

#[test]
fn parameters_reach_variables_and_commands() {
    let resolved = resolve(&workspace(), &template()).unwrap();
    assert_eq!(resolved.env["TZ"], "Europe/Dublin");
    assert_eq!(resolved.image, "other");
    let names: Vec<&str> = resolved.supervised.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(
        names,
        ["site"],
        "an app without a command is somebody else's to start"
    );
    assert_eq!(resolved.supervised[0].command, ["serve", "Europe/Dublin"]);
    assert_eq!(
        resolved.supervised[0].ready,
        Some(ReadyCheck::Http {
            port: 8080,
            path: "/ok".into()
        })
    );
}

#[test]
fn a_delete_may_be_in_a_hurry() {
    let mut workspace = workspace();
    assert_eq!(grace(&workspace), Duration::from_secs(10));
    workspace.metadata.deletion_grace_period_seconds = Some(0);
    assert_eq!(grace(&workspace), Duration::ZERO);
}
