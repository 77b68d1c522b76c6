use super::*;
use crate::meta::{ObjectMeta, Resource};

fn read(yaml: &str) -> Result<Workspace, String> {
    serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
}

fn workspace(spec: WorkspaceSpec) -> Workspace {
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
fn the_smallest_workspace_has_defaults() {
    let read = read(
        "{apiVersion: toft.dev/v1alpha1, kind: Workspace, metadata: {name: dev, namespace: ada}, spec: {}}",
    )
    .unwrap();
    assert_eq!(read, workspace(WorkspaceSpec::default()));
    assert_eq!(read.validate(), Ok(()));
    assert!(read.spec.running && read.spec.template == "shell");
}

#[test]
fn unknown_fields_are_refused_by_name() {
    let error =
        read("{apiVersion: toft.dev/v1alpha1, kind: Workspace, metadata: {name: dev}, spec: {runing: true}}")
            .unwrap_err();
    assert!(error.contains("runing"), "{error}");
}

#[test]
fn wrong_amounts_are_told_by_path() {
    let amounts = |cpu: &str, memory: &str| Amounts {
        cpu: cpu.parse().ok(),
        memory: memory.parse().ok(),
        pids: None,
        storage: None,
    };
    let resources = Resources {
        requests: amounts("2", "1Gi"),
        limits: amounts("1", "1Mi"),
    };
    let invalid = workspace(WorkspaceSpec {
        resources,
        ..WorkspaceSpec::default()
    })
    .validate()
    .unwrap_err();
    assert_eq!(
        invalid.fields(),
        [
            "spec.resources.requests.cpu",
            "spec.resources.requests.memory",
            "spec.resources.limits.memory"
        ]
    );
}

#[test]
fn what_is_left_out_comes_from_the_template() {
    let template = Resources {
        requests: Amounts {
            cpu: "500m".parse().ok(),
            memory: "1Gi".parse().ok(),
            pids: None,
            storage: None,
        },
        limits: Amounts {
            cpu: "2".parse().ok(),
            memory: "4Gi".parse().ok(),
            pids: "512".parse().ok(),
            storage: None,
        },
    };
    let own = Resources {
        limits: Amounts {
            memory: "512Mi".parse().ok(),
            ..Amounts::default()
        },
        ..Resources::default()
    };
    let both = own.or(&template);
    assert_eq!(both.limits.memory, "512Mi".parse().ok());
    assert_eq!(both.limits.cpu, "2".parse().ok());
    assert_eq!(both.requests.cpu, "500m".parse().ok());
    assert_eq!(
        both.requests.memory,
        "512Mi".parse().ok(),
        "the request follows the lower limit"
    );
}
