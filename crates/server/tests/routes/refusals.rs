//! Refusals have the form that belongs to their address, whoever refuses: a handler, the check of who
//! asks, or what reads the address.

use crate::support::Toft;

const OWN: &str = "/apis/toft.dev/v1alpha1/namespaces/ada/workspaces";

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_form_of_its_address() {
    let toft = Toft::paused().await;
    let (ada, nobody) = (toft.client("ada").await, toft.nobody());
    for (client, path, status) in [
        (&ada, "/api/toft/v1/audit?limit=many", 400),
        (&ada, "/api/toft/v1/open", 400),
        (&ada, "/api/toft/v1/nothing", 404),
        (&nobody, "/api/toft/v1/me", 401),
    ] {
        let answer = client.get(path).await.expect(status);
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{path}"
        );
        assert!(answer.json()["detail"].is_string(), "{path}");
    }
    for (client, path, status) in [
        (&ada, format!("{OWN}/dev/files?mode=1"), 400),
        (&ada, format!("{OWN}/%ff"), 400),
        (&nobody, OWN.to_owned(), 401),
    ] {
        let answer = client.get(&path).await.expect(status);
        assert_eq!(answer.json()["kind"], "Status", "{path}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_there_names_those_that_are() {
    let toft = Toft::paused().await;
    let ada = toft.client("ada").await;
    for path in [format!("{OWN}/dev/status"), format!("{OWN}/dev/terminal")] {
        let answer = ada
            .send(http::Method::PUT, &path, "application/json", "{}")
            .await
            .expect(405);
        assert!(
            answer.headers["allow"].to_str().unwrap().contains("GET"),
            "{path}"
        );
    }
}
