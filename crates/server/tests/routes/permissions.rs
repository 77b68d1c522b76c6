//! Every route × role × own or foreign, against a table written by hand.

use http::Method;

use crate::support::{Client, Toft, WORKSPACES, workspace};

/// What each gets: the admin, Ada on her own, Ada's read-only token, Bob on Ada's, nobody.
type Row = (&'static str, &'static str, [u16; 5]);

const OWN: &str = "/apis/toft.dev/v1alpha1/namespaces/ada/workspaces";
const ALL: &str = "/apis/toft.dev/v1alpha1";

/// 409 is a way inside that is open but for the workspace, which does not run; 400 and 422 are
/// bodies that the check before did not look at.
const TABLE: &[Row] = &[
    ("GET", "{own}", [200, 200, 200, 404, 401]),
    ("POST", "{own}", [422, 422, 403, 404, 401]),
    ("GET", "{own}/dev", [200, 200, 200, 404, 401]),
    ("GET", "{own}/dev/status", [200, 200, 200, 404, 401]),
    ("PUT", "{own}/dev", [422, 422, 403, 404, 401]),
    ("PATCH", "{own}/dev", [200, 200, 403, 404, 401]),
    ("DELETE", "{own}/none", [404, 404, 403, 404, 401]),
    ("DELETE", "{own}?labelSelector=no%3Dne", [200, 200, 403, 404, 401]),
    ("GET", "{own}/dev/terminal", [409, 409, 403, 404, 401]),
    ("GET", "{own}/dev/exec", [409, 409, 403, 404, 401]),
    ("GET", "{own}/dev/terminals", [409, 409, 409, 404, 401]),
    ("DELETE", "{own}/dev/terminals/x", [409, 409, 403, 404, 401]),
    ("GET", "{own}/dev/files?path=x", [409, 409, 409, 404, 401]),
    ("PUT", "{own}/dev/files?path=x", [409, 409, 403, 404, 401]),
    (
        "POST",
        "{own}/dev/files?path=x&op=mkdir",
        [409, 409, 403, 404, 401],
    ),
    ("DELETE", "{own}/dev/files?path=x", [409, 409, 403, 404, 401]),
    ("GET", "{own}/dev/logs?app=web", [409, 409, 409, 404, 401]),
    ("GET", "{own}/dev/usage", [200, 200, 200, 404, 401]),
    ("POST", "{own}/dev/open", [200, 200, 403, 404, 401]),
    ("GET", "{all}/workspaces", [200, 200, 200, 200, 401]),
    ("GET", "{all}/templates", [200, 200, 200, 200, 401]),
    ("GET", "{all}/templates/shell", [200, 200, 200, 200, 401]),
    ("POST", "{all}/templates", [422, 403, 403, 403, 401]),
    ("PUT", "{all}/templates/shell", [422, 403, 403, 403, 401]),
    ("PATCH", "{all}/templates/shell", [200, 403, 403, 403, 401]),
    ("DELETE", "{all}/templates/none", [404, 403, 403, 403, 401]),
    (
        "DELETE",
        "{all}/templates?labelSelector=no%3Dne",
        [200, 403, 403, 403, 401],
    ),
    ("GET", "{all}/images", [200, 200, 200, 200, 401]),
    ("GET", "{all}/images/base", [200, 200, 200, 200, 401]),
    ("POST", "{all}/images", [422, 403, 403, 403, 401]),
    ("PUT", "{all}/images/base", [422, 403, 403, 403, 401]),
    ("PATCH", "{all}/images/base", [200, 403, 403, 403, 401]),
    ("DELETE", "{all}/images/none", [404, 403, 403, 403, 401]),
    ("POST", "{all}/images/none/pull", [404, 403, 403, 403, 401]),
    ("GET", "/api/v1/events", [200, 200, 200, 200, 401]),
    ("GET", "/api/v1/namespaces/ada/events", [200, 200, 200, 404, 401]),
    (
        "GET",
        "/api/v1/namespaces/ada/events/none",
        [404, 404, 404, 404, 401],
    ),
    ("GET", "/api/v1/namespaces", [200, 200, 200, 200, 401]),
    ("GET", "/api/v1/namespaces/ada", [200, 200, 200, 404, 401]),
    ("GET", "/api/toft/v1/me", [200, 200, 200, 200, 401]),
    ("GET", "/api/toft/v1/users", [200, 200, 200, 200, 401]),
    ("POST", "/api/toft/v1/users", [422, 422, 422, 422, 401]),
    ("GET", "/api/toft/v1/tokens", [200, 200, 200, 200, 401]),
    ("POST", "/api/toft/v1/tokens", [422, 422, 422, 422, 401]),
    ("DELETE", "/api/toft/v1/tokens/none", [404, 404, 403, 404, 401]),
    ("GET", "/api/toft/v1/sessions", [200, 200, 200, 200, 401]),
    ("DELETE", "/api/toft/v1/sessions/none", [404, 404, 403, 404, 401]),
    ("POST", "/api/toft/v1/login-links", [200, 200, 404, 200, 401]),
    ("GET", "/api/toft/v1/audit", [200, 200, 200, 200, 401]),
    ("GET", "/api/toft/v1/host", [200, 200, 200, 200, 401]),
    ("GET", "/api/toft/v1/doctor", [200, 403, 403, 403, 401]),
    (
        "GET",
        "/api/toft/v1/doctor?workspace=ada/dev",
        [200, 200, 200, 404, 401],
    ),
    ("GET", "/api/toft/v1/usage", [200, 200, 200, 200, 401]),
    ("POST", "/api/toft/v1/images/gc", [200, 403, 403, 403, 401]),
    ("GET", "/api/toft/v1/ca.pem", [200, 200, 200, 200, 200]),
    ("POST", "/api/toft/v1/logout", [204, 204, 204, 204, 401]),
    ("GET", "/metrics", [200, 403, 403, 403, 401]),
    ("GET", "/livez", [200, 200, 200, 200, 200]),
    ("GET", "/readyz", [200, 200, 200, 200, 200]),
    ("GET", "/healthz", [200, 200, 200, 200, 200]),
    ("GET", "/version", [200, 200, 200, 200, 200]),
    ("GET", "/openapi/v3", [200, 200, 200, 200, 200]),
];

async fn ask(client: &Client, method: &str, path: &str) -> u16 {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let media = if method == Method::PATCH {
        "application/merge-patch+json"
    } else {
        "application/json"
    };
    client.send(method, path, media, "{}").await.status.as_u16()
}

#[tokio::test]
async fn everybody_gets_what_the_table_says() {
    let toft = Toft::paused().await;
    let mut stopped = workspace("dev");
    stopped["spec"]["running"] = false.into();
    stopped["status"] = serde_json::json!({ "phase": "Stopped" });
    stopped["metadata"]["namespace"] = "ada".into();
    toft.app.store().create(stopped).await.unwrap();
    let everybody = [
        toft.admin().await,
        toft.client("ada").await,
        toft.reader("ada").await,
        toft.client("bob").await,
        toft.nobody(),
    ];
    let mut wrong = Vec::new();
    for (method, pattern, expected) in TABLE {
        let path = pattern.replace("{own}", OWN).replace("{all}", ALL);
        for (index, client) in everybody.iter().enumerate() {
            let got = ask(client, method, &path).await;
            if got != expected[index] {
                wrong.push(format!(
                    "{method} {pattern} as {index}: expected {}, got {got}",
                    expected[index]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is another's looks exactly like what is not there at all.
#[tokio::test]
async fn names_of_others_cannot_be_guessed() {
    let toft = Toft::paused().await;
    toft.client("ada")
        .await
        .post(WORKSPACES, &workspace("dev"))
        .await
        .expect(201);
    let bob = toft.client("bob").await;
    for (there, not_there) in [
        ("ada/workspaces/dev", "ada/workspaces/not"),
        ("ada/workspaces", "nobody/workspaces"),
    ] {
        let text = async |path: &str| {
            let answer = bob
                .get(&format!("{ALL}/namespaces/{path}"))
                .await
                .expect(404)
                .text();
            answer
                .replace("dev", "X")
                .replace("not\\\"", "X\\\"")
                .replace("\"not\"", "\"X\"")
                .replace("ada", "X")
                .replace("nobody", "X")
        };
        assert_eq!(text(there).await, text(not_there).await);
    }
}
