use http::Method;
use serde_json::{Value, json};

use crate::support::{Toft, WORKSPACES, running, workspace};

#[tokio::test]
async fn a_new_workspace_has_what_the_server_keeps_and_its_defaults() {
    let toft = Toft::paused().await;
    let made = toft
        .client("ada")
        .await
        .post(WORKSPACES, &workspace("dev"))
        .await
        .expect(201)
        .json();
    let meta = &made["metadata"];
    assert_eq!(
        (&meta["namespace"], &meta["generation"]),
        (&json!("ada"), &json!(1))
    );
    assert!(
        meta["uid"].is_string()
            && meta["resourceVersion"].is_string()
            && meta["creationTimestamp"].is_string()
    );
    assert_eq!(meta["finalizers"], json!(["toft.dev/workspace"]));
    assert_eq!(
        (&made["spec"]["running"], &made["status"]["phase"]),
        (&json!(true), &json!("Pending"))
    );
}

#[tokio::test]
async fn it_comes_to_run() {
    let toft = Toft::start().await;
    let _agent = toft.with_agent();
    let object = running(&toft.client("ada").await, "dev").await;
    assert_eq!(object["status"]["apps"][0]["ready"], true);
    let events = toft
        .client("ada")
        .await
        .get("/api/v1/namespaces/ada/events")
        .await
        .expect(200)
        .json();
    let reasons: Vec<&str> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["reason"].as_str())
        .collect();
    assert!(reasons.contains(&"Created"), "{reasons:?}");
}

#[tokio::test]
async fn a_taken_name_is_refused() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    let refused = ada.post(WORKSPACES, &workspace("dev")).await.expect(409).json();
    assert_eq!(
        (&refused["kind"], &refused["reason"]),
        (&json!("Status"), &json!("AlreadyExists"))
    );
    let dry = ada
        .post(&format!("{WORKSPACES}?dryRun=All"), &workspace("dev"))
        .await
        .expect(409)
        .json();
    assert_eq!(dry["reason"], "AlreadyExists");
}

#[tokio::test]
async fn bad_input_is_refused_with_the_path_of_the_field() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let with = |pointer: &str, value: Value| {
        let mut object = workspace("dev");
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[field] = value;
        object
    };
    let cases = [
        (with("/metadata/name", json!("Dev_1")), "metadata.name"),
        (with("/metadata/name", json!("")), "metadata.name"),
        (with("/spec/bogus", json!(1)), "spec.bogus"),
        (with("/spec/running", json!("yes")), "spec.running"),
        (
            with("/spec/resources", json!({ "limits": { "cpu": "lots" } })),
            "spec.resources.limits.cpu",
        ),
        (with("/spec/template", json!("desk")), "spec.template"),
        (with("/spec/image", json!("nope")), "spec.image"),
        (
            with("/spec/parameters", json!({ "tz": "Mars" })),
            "spec.parameters.tz",
        ),
        (
            with("/spec/parameters", json!({ "zone": "UTC" })),
            "spec.parameters.zone",
        ),
        (
            with(
                "/spec/resources",
                json!({ "requests": { "memory": "64Gi" }, "limits": { "memory": "64Gi" } }),
            ),
            "spec.resources.requests.memory",
        ),
        (with("/apiVersion", json!("toft.dev/v9")), "apiVersion"),
        (with("/kind", json!("Pod")), "kind"),
        (
            with("/metadata/labels", json!({ "a b": "c" })),
            "metadata.labels[a b]",
        ),
    ];
    for (object, field) in cases {
        let refused = ada.post(WORKSPACES, &object).await.expect(422);
        assert_eq!(refused.fields(), [field], "{}", refused.text());
        assert_eq!(refused.json()["reason"], "Invalid");
    }
    assert_eq!(ada.get(WORKSPACES).await.json()["items"], json!([]));
}

#[tokio::test]
async fn refusals_say_what_would_be_right() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let message = async |change: &dyn Fn(&mut Value)| {
        let mut object = workspace("dev");
        change(&mut object);
        ada.post(WORKSPACES, &object).await.json()["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(
        message(&|object| object["spec"]["template"] = "desk".into())
            .await
            .contains("known are shell")
    );
    let large = message(&|object| object["spec"]["resources"]["requests"]["cpu"] = "64".into()).await;
    assert!(
        large.contains("this host has '8'") || large.contains("limit"),
        "{large}"
    );
    assert!(
        message(&|object| object["metadata"]["name"] = "Dev".into())
            .await
            .contains("for example")
    );
    assert!(
        message(&|object| object["spec"]["tempalte"] = "x".into())
            .await
            .contains("template")
    );
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_changes_nothing() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let before = toft.app.store().latest();
    let path = format!("{WORKSPACES}?dryRun=All&fieldValidation=Strict");
    assert!(ada.post(&path, &workspace("dev")).await.expect(201).json()["metadata"]["uid"].is_string());
    let mut wrong = workspace("dev");
    wrong["spec"]["template"] = "desk".into();
    ada.post(&path, &wrong).await.expect(422);
    ada.post(&format!("{WORKSPACES}?dryRun=Some"), &workspace("dev"))
        .await
        .expect(400);
    assert_eq!(toft.app.store().latest(), before);
}

#[tokio::test]
async fn a_name_is_made_up_where_only_a_prefix_is_given() {
    let toft = Toft::paused().await;
    let mut object = workspace("");
    object["metadata"] = json!({ "generateName": "ci-" });
    let made = toft
        .client("ada")
        .await
        .post(WORKSPACES, &object)
        .await
        .expect(201)
        .json();
    let name = made["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("ci-") && name.len() == 8, "{name}");
}

#[tokio::test]
async fn a_namespace_without_a_person_is_not_there() {
    let toft = Toft::paused().await;
    let path = WORKSPACES.replace("ada", "carl");
    let refused = toft
        .admin()
        .await
        .post(&path, &workspace("dev"))
        .await
        .expect(404)
        .json();
    assert!(
        refused["message"].as_str().unwrap().contains("toft user add"),
        "{refused}"
    );
    let mut elsewhere = workspace("dev");
    elsewhere["metadata"]["namespace"] = "bob".into();
    toft.client("ada")
        .await
        .post(WORKSPACES, &elsewhere)
        .await
        .expect(400);
}

#[tokio::test]
async fn bodies_are_bounded_and_must_be_understood() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.send(
        Method::POST,
        WORKSPACES,
        "application/json",
        vec![b' '; (3 << 20) + 1],
    )
    .await
    .expect(413);
    ada.send(
        Method::POST,
        WORKSPACES,
        "application/vnd.kubernetes.protobuf",
        "x",
    )
    .await
    .expect(415);
    ada.send(Method::POST, WORKSPACES, "application/json", "{")
        .await
        .expect(400);
    ada.send(Method::POST, WORKSPACES, "application/json", "[]")
        .await
        .expect(422);
    ada.send(Method::POST, WORKSPACES, "application/yaml", "a: [")
        .await
        .expect(400);
}
