use serde_json::{Value, json};

use crate::support::{Toft, WORKSPACES, workspace};

fn told(event: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&event["type"]), text(&event["object"]["metadata"]["name"]))
}

#[tokio::test]
async fn every_change_is_told_from_the_version_on() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("before")).await.expect(201);
    let version = ada.get(WORKSPACES).await.json()["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut lines = ada
        .lines(&format!("{WORKSPACES}?watch=true&resourceVersion={version}"))
        .await;
    ada.post(WORKSPACES, &workspace("dev")).await.expect(201);
    ada.merge(
        &format!("{WORKSPACES}/dev"),
        &json!({ "spec": { "running": false } }),
    )
    .await
    .expect(200);
    assert_eq!(told(&lines.next().await.unwrap()), ("ADDED".into(), "dev".into()));
    let change = lines.next().await.unwrap();
    assert_eq!(
        (told(&change).0.as_str(), &change["object"]["spec"]["running"]),
        ("MODIFIED", &json!(false))
    );
}

#[tokio::test]
async fn without_a_version_what_is_there_comes_first_and_others_never() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    ada.post(WORKSPACES, &workspace("a")).await.expect(201);
    ada.post(WORKSPACES, &workspace("b")).await.expect(201);
    let mut lines = ada.lines("/apis/toft.dev/v1alpha1/workspaces?watch=1").await;
    assert_eq!(told(&lines.next().await.unwrap()).1, "a");
    assert_eq!(told(&lines.next().await.unwrap()).1, "b");
    admin
        .post(&WORKSPACES.replace("ada", "bob"), &workspace("secret"))
        .await
        .expect(201);
    ada.post(WORKSPACES, &workspace("c")).await.expect(201);
    assert_eq!(told(&lines.next().await.unwrap()).1, "c");
}

#[tokio::test]
async fn what_stops_being_selected_is_told_as_deleted() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let mut lines = ada
        .lines(&format!("{WORKSPACES}?watch=true&labelSelector=on%3Dyes"))
        .await;
    let mut object = workspace("dev");
    object["metadata"]["labels"] = json!({ "on": "yes" });
    ada.post(WORKSPACES, &object).await.expect(201);
    let label = |value: &str| json!({ "metadata": { "labels": { "on": value } } });
    ada.merge(&format!("{WORKSPACES}/dev"), &label("no"))
        .await
        .expect(200);
    ada.merge(&format!("{WORKSPACES}/dev"), &label("yes"))
        .await
        .expect(200);
    let types =
        [lines.next().await, lines.next().await, lines.next().await].map(|event| told(&event.unwrap()).0);
    assert_eq!(types, ["ADDED", "DELETED", "ADDED"]);
}

#[tokio::test]
async fn a_watch_of_one_hears_nothing_of_others_that_change() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("other")).await.expect(201);
    let created = ada.post(WORKSPACES, &workspace("dev")).await.expect(201).json();
    let version = created["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    let query = format!("watch=true&resourceVersion={version}&fieldSelector=metadata.name%3Ddev");
    let mut lines = ada.lines(&format!("{WORKSPACES}?{query}")).await;
    for name in ["other", "dev"] {
        let stop = json!({ "spec": { "running": false } });
        ada.merge(&format!("{WORKSPACES}/{name}"), &stop)
            .await
            .expect(200);
    }
    let first = told(&lines.next().await.unwrap());
    assert_eq!(first.1, "dev", "{first:?}");
}

#[tokio::test]
async fn what_was_never_selected_is_not_told() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    for name in ["dev", "other", "third"] {
        ada.post(WORKSPACES, &workspace(name)).await.expect(201);
    }
    let list = ada.get(WORKSPACES).await.json();
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let query =
        format!("{WORKSPACES}?watch=true&resourceVersion={version}&fieldSelector=metadata.name%3Ddev");
    let mut lines = ada.lines(&query).await;
    let label = json!({ "metadata": { "labels": { "on": "yes" } } });
    ada.merge(&format!("{WORKSPACES}/other"), &label)
        .await
        .expect(200);
    ada.delete(&format!("{WORKSPACES}/third")).await.expect(200);
    ada.merge(&format!("{WORKSPACES}/dev"), &label).await.expect(200);
    let first = told(&lines.next().await.unwrap());
    assert!(first.1 == "dev" && first.0 != "DELETED", "{first:?}");
}

#[tokio::test]
async fn a_table_is_watched_as_rows() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    ada.post(WORKSPACES, &workspace("a")).await.expect(201);
    ada.post(WORKSPACES, &workspace("b")).await.expect(201);
    let request = ada.request(
        http::Method::GET,
        &format!("{WORKSPACES}?watch=true&timeoutSeconds=1"),
    );
    let request = request
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
        .body(axum::body::Body::empty())
        .unwrap();
    let text = ada.call(request).await.expect(200).text();
    let events: Vec<Value> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events[0]["object"]["kind"], "Table");
    assert!(events[0]["object"]["columnDefinitions"].is_array());
    assert_eq!(events[1]["object"]["rows"][0]["cells"][0], "b");
    assert!(
        events[1]["object"]["columnDefinitions"].is_null(),
        "columns are told once"
    );
}

#[tokio::test]
async fn a_watch_ends_in_time_with_a_bookmark_to_go_on_from() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let mut lines = ada
        .lines(&format!(
            "{WORKSPACES}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true"
        ))
        .await;
    let bookmark = lines.next().await.unwrap();
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(
        bookmark["object"]["metadata"]["resourceVersion"],
        toft.app.store().latest().to_string()
    );
    assert!(lines.next().await.is_none());
}

#[tokio::test]
async fn a_version_that_is_gone_or_unknown_answers_410() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    for name in ["a", "b", "c"] {
        ada.post(WORKSPACES, &workspace(name)).await.expect(201);
    }
    toft.app
        .store()
        .compact(std::time::Duration::ZERO, 0)
        .await
        .unwrap();
    let old = ada
        .get(&format!("{WORKSPACES}?watch=true&resourceVersion=1"))
        .await
        .expect(410)
        .json();
    assert_eq!(old["reason"], "Expired");
    ada.get(&format!("{WORKSPACES}?watch=true&resourceVersion=999999"))
        .await
        .expect(410);
}

#[tokio::test]
async fn a_daemon_that_ends_ends_its_watches() {
    let toft = Toft::paused().await;
    let mut lines = toft
        .client("ada")
        .await
        .lines(&format!("{WORKSPACES}?watch=true"))
        .await;
    toft.app.close();
    assert!(lines.next().await.is_none());
}
