use crate::support::Toft;

#[tokio::test]
async fn a_client_of_kubernetes_finds_its_way() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    let version = ada.get("/version").await.expect(200).json();
    assert!(version["gitVersion"].as_str().unwrap().starts_with("v1."));
    assert_eq!(ada.get("/api").await.expect(200).json()["versions"][0], "v1");
    let groups = ada.get("/apis").await.expect(200).json();
    assert_eq!(
        groups["groups"][0]["preferredVersion"]["groupVersion"],
        "toft.dev/v1alpha1"
    );
    assert_eq!(
        ada.get("/apis/toft.dev").await.expect(200).json()["kind"],
        "APIGroup"
    );
    for path in ["/api/v1", "/apis/toft.dev/v1alpha1"] {
        let list = ada.get(path).await.expect(200).json();
        for resource in list["resources"].as_array().unwrap() {
            let name = resource["name"].as_str().unwrap();
            if !name.contains('/') {
                let list = ada.get(&format!("{path}/{name}")).await.expect(200).json();
                assert_eq!(
                    list["kind"],
                    format!("{}List", resource["kind"].as_str().unwrap())
                );
                assert!(list["metadata"]["resourceVersion"].is_string());
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_status_or_a_problem() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    assert_eq!(
        ada.get("/apis/apps/v1").await.expect(404).json()["kind"],
        "Status"
    );
    let problem = ada.get("/api/toft/v1/nothing").await.expect(404);
    assert_eq!(problem.headers["content-type"], "application/problem+json");
    let wrong = ada.delete("/api/toft/v1/me").await.expect(405);
    assert_eq!(wrong.json()["title"], "Method Not Allowed");
    assert_eq!(
        toft.nobody()
            .get("/apis/toft.dev/v1alpha1/templates")
            .await
            .expect(401)
            .json()["reason"],
        "Unauthorized"
    );
}

#[tokio::test]
async fn an_owner_is_a_namespace() {
    let toft = Toft::paused().await;
    let (admin, ada) = (toft.admin().await, toft.client("ada").await);
    let names = |list: serde_json::Value| -> Vec<String> {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["metadata"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(admin.get("/api/v1/namespaces").await.json()),
        ["ada", "admin", "bob"]
    );
    assert_eq!(names(ada.get("/api/v1/namespaces").await.json()), ["ada"]);
    assert_eq!(
        ada.get("/api/v1/namespaces/ada").await.expect(200).json()["status"]["phase"],
        "Active"
    );
    ada.get("/api/v1/namespaces/bob").await.expect(404);
    let table = ada.table("/api/v1/namespaces").await.expect(200).json();
    assert_eq!(table["rows"][0]["cells"][0], "ada");
}

#[tokio::test]
async fn what_cannot_be_watched_does_not_say_so() {
    let toft = Toft::paused().await;
    let admin = toft.admin().await;
    let core = admin.get("/api/v1").await.expect(200).json();
    let verbs = |name: &str| {
        let all = core["resources"].as_array().unwrap();
        let found = all.iter().find(|one| one["name"] == name).unwrap();
        found["verbs"].to_string()
    };
    assert!(!verbs("namespaces").contains("watch"));
    assert!(verbs("events").contains("watch"));
    admin.get("/api/v1/namespaces?watch=true").await.expect(405);
}
