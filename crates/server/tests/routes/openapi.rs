//! The API's documents as they are served, compared with those in the source tree.
//! `UPDATE=1 cargo test -p toft-server openapi` rewrites them.

use std::path::PathBuf;

use http::Method;
use toft_server::openapi::{TOFT_OPERATIONS, documents};

use crate::support::Toft;

fn snapshot(name: &str) -> PathBuf {
    let file = format!("{}.json", name.replace('/', "_"));
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("openapi")
        .join(file)
}

#[tokio::test]
async fn the_documents_are_those_of_the_source_tree() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    let index = nobody.get("/openapi/v3").await.expect(200).json();
    for (name, _) in documents() {
        let url = index["paths"][name]["serverRelativeURL"].as_str().unwrap();
        let text = serde_json::to_string_pretty(&nobody.get(url).await.expect(200).json()).unwrap() + "\n";
        let path = snapshot(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            known == text,
            "{} has changed; look at it, then run with UPDATE=1",
            path.display()
        );
    }
}

#[tokio::test]
async fn patch_offers_what_kubectl_looks_for() {
    let toft = Toft::paused().await;
    let document = toft
        .nobody()
        .get("/openapi/v3/apis/toft.dev/v1alpha1")
        .await
        .expect(200)
        .json();
    let patch =
        &document["paths"]["/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}"]["patch"];
    let names: Vec<&str> = patch["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(
        names.contains(&"dryRun") && names.contains(&"fieldValidation"),
        "{names:?}"
    );
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Workspace");
    let schema = &document["components"]["schemas"]["dev.toft.v1alpha1.Workspace"];
    assert_eq!(schema["x-kubernetes-group-version-kind"][0]["group"], "toft.dev");
}

/// Everything that is documented is there: no path of a document falls through to the UI, and no
/// method is refused as impossible.
#[tokio::test]
async fn every_documented_operation_exists() {
    let toft = Toft::paused().await;
    let admin = toft.admin().await;
    for operation in TOFT_OPERATIONS {
        let path = operation
            .path
            .replace("{namespace}", "ada")
            .replace("{name}", "none")
            .replace("{id}", "none")
            .replace("{session}", "none");
        let method = Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap();
        let answer = admin.send(method, &path, "application/json", "{}").await;
        let text = answer.text();
        assert!(
            answer.status != 405 && !text.contains("could not find the requested resource"),
            "{} {}: {text}",
            operation.method,
            operation.path
        );
    }
}

#[tokio::test]
async fn people_can_read_it() {
    let toft = Toft::paused().await;
    let nobody = toft.nobody();
    let request = nobody
        .request(Method::GET, "/api")
        .header("accept", "text/html")
        .body(axum::body::Body::empty())
        .unwrap();
    let page = nobody.call(request).await.expect(200);
    assert!(page.text().contains("/workspaces/{name}/terminal"));
    assert!(
        page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
}
