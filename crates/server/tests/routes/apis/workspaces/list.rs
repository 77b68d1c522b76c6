use serde_json::{Value, json};

use crate::support::{Toft, WORKSPACES, workspace};

async fn some(toft: &Toft) {
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    for (name, course) in [("a", "rust"), ("b", "go"), ("c", "rust"), ("d", "rust")] {
        let mut object = workspace(name);
        object["metadata"]["labels"] = json!({ "course": course });
        ada.post(WORKSPACES, &object).await.expect(201);
    }
    admin
        .post(&WORKSPACES.replace("ada", "bob"), &workspace("z"))
        .await
        .expect(201);
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["metadata"]["name"].as_str())
        .collect()
}

#[tokio::test]
async fn each_sees_what_is_theirs() {
    let toft = Toft::paused().await;
    some(&toft).await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    let everywhere = "/apis/toft.dev/v1alpha1/workspaces";
    assert_eq!(names(&ada.get(WORKSPACES).await.json()), ["a", "b", "c", "d"]);
    assert_eq!(names(&ada.get(everywhere).await.json()), ["a", "b", "c", "d"]);
    assert_eq!(
        names(&admin.get(everywhere).await.json()),
        ["a", "b", "c", "d", "z"]
    );
}

#[tokio::test]
async fn selectors_choose_and_nonsense_is_refused() {
    let toft = Toft::paused().await;
    some(&toft).await;
    let ada = toft.client("ada").await;
    let listed = async |query: &str| ada.get(&format!("{WORKSPACES}?{query}")).await.expect(200).json();
    assert_eq!(
        names(&listed("labelSelector=course%3Drust").await),
        ["a", "c", "d"]
    );
    assert_eq!(names(&listed("labelSelector=course%20in%20(go)").await), ["b"]);
    assert_eq!(names(&listed("fieldSelector=metadata.name%3Dc").await), ["c"]);
    assert_eq!(
        names(&listed("fieldSelector=status.phase!%3DPending").await),
        Vec::<&str>::new()
    );
    for bad in [
        "labelSelector=a%20b%20c",
        "fieldSelector=spec.secret%3D1",
        "limit=-1",
        "continue=!!",
        "resourceVersion=x",
    ] {
        ada.get(&format!("{WORKSPACES}?{bad}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_list_comes_in_parts() {
    let toft = Toft::paused().await;
    some(&toft).await;
    let ada = toft.client("ada").await;
    let mut seen = Vec::new();
    let mut query = "limit=2&labelSelector=course%3Drust".to_owned();
    loop {
        let part = ada.get(&format!("{WORKSPACES}?{query}")).await.expect(200).json();
        let found: Vec<String> = names(&part).into_iter().map(ToOwned::to_owned).collect();
        assert!(found.len() <= 2);
        seen.extend(found);
        let Some(next) = part["metadata"]["continue"].as_str() else {
            break;
        };
        query = format!("limit=2&labelSelector=course%3Drust&continue={next}");
    }
    assert_eq!(seen, ["a", "c", "d"]);
    let first = ada.get(&format!("{WORKSPACES}?limit=1")).await.json();
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
}

#[tokio::test]
async fn a_table_has_rows_for_people() {
    let toft = Toft::paused().await;
    some(&toft).await;
    let ada = toft.client("ada").await;
    let table = ada.table(WORKSPACES).await.expect(200).json();
    assert_eq!(table["kind"], "Table");
    let heads: Vec<&str> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|column| column["name"].as_str())
        .collect();
    assert_eq!(
        heads[..7],
        ["Name", "Template", "Phase", "Ready", "CPU", "Memory", "Age"]
    );
    assert_eq!(
        table["rows"][0]["cells"].as_array().unwrap()[..3],
        [json!("a"), json!("shell"), json!("Pending")]
    );
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let one = ada
        .table(&format!("{WORKSPACES}/b?includeObject=Object"))
        .await
        .expect(200)
        .json();
    assert_eq!(one["rows"][0]["object"]["spec"]["template"], "shell");
}

/// Between two parts an object of the first changes: a watch from the version of the whole tells.
#[tokio::test]
async fn every_part_of_a_list_has_the_version_of_the_first() {
    let toft = Toft::paused().await;
    some(&toft).await;
    let ada = toft.client("ada").await;
    let first = ada.get(&format!("{WORKSPACES}?limit=2")).await.expect(200).json();
    ada.post(WORKSPACES, &workspace("aa")).await.expect(201);
    let next = first["metadata"]["continue"].as_str().unwrap();
    let rest = ada
        .get(&format!("{WORKSPACES}?limit=2&continue={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!(names(&rest), ["c", "d"]);
    assert_eq!(
        rest["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
}
