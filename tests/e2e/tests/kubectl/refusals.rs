//! What is wrong is told by its field.

use toft_e2e::{Daemon, Kubectl};

use crate::stopped;

#[test]
fn bad_input_is_told_by_its_field() {
    let toft = Daemon::start();
    let kubectl = Kubectl::of_admin(&toft);
    let refused = |yaml: &str, validate: &str, parts: &[&str]| {
        let said = kubectl.with_file(&format!("apply {validate}"), yaml).failed();
        for part in parts {
            assert!(said.contains(part), "{yaml} should be told {part:?}: {said}");
        }
    };
    // kubectl asks the server to check fields, or (older ones) checks them against the schema
    // itself; the server refuses even those that ask for nothing.
    for validate in ["--validate=strict", "--validate=false"] {
        refused(
            &stopped("dev", ", runing: true"),
            validate,
            &["spec.runing", "unknown field"],
        );
        refused(&stopped("Dev", ""), validate, &["metadata.name", "lower-case"]);
        refused(
            &stopped("dev", ", resources: {limits: {memory: 2GB}}"),
            validate,
            &["spec.resources.limits.memory", "2Gi"],
        );
    }
    refused(
        &stopped("dev", ", parameters: {moon: full}"),
        "--validate=strict",
        &["spec.parameters.moon", "timezone"],
    );
    refused(
        &stopped("dev", "").replace("shell", "shall"),
        "--validate=strict",
        &["spec.template", "shell"],
    );
    refused(
        &stopped("dev", "").replace("{name", "{namespace: nobody, name"),
        "--validate=strict",
        &["nobody"],
    );
    refused(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n",
        "--validate=strict",
        &["Pod"],
    );
    refused(
        "apiVersion: toft.dev/v1alpha1\nkind: Nonsense\nmetadata: {name: x}\n",
        "--validate=strict",
        &["Nonsense"],
    );
    let said = kubectl
        .run(r#"patch template shell --type=merge -p {"spec":{"title":"Mine"}}"#)
        .failed();
    assert!(
        said.contains("Forbidden"),
        "what came with Toft follows its version: {said}"
    );
    assert!(
        kubectl
            .run("delete namespace admin")
            .failed()
            .contains("MethodNotAllowed")
    );
    assert!(kubectl.json("get ws -A")["items"].as_array().unwrap().is_empty());
}
