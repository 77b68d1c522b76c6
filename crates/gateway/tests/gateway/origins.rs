//! Pages of workspaces that try to act as their visitor elsewhere.

use http::{Request, StatusCode};

use crate::house::{DOMAIN, House, PRIVATE, PUBLIC, SESSION, TOKEN};

#[tokio::test]
async fn a_cookie_changes_something_only_from_the_hosts_own_pages() {
    let house = House::start();
    for host in [PRIVATE, DOMAIN] {
        for (origin, expected) in [
            (None, 403),
            (Some("null".to_owned()), 403),
            (Some(format!("https://{}", house.at(PUBLIC))), 403),
            (Some(format!("https://{host}")), 403),
            (Some(format!("http://{}", house.at(host))), 403),
            (Some(format!("https://{}", house.at(host))), 200),
        ] {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                let mut request = House::signed_in(method, "/");
                if let Some(origin) = &origin {
                    request = request.header("origin", origin);
                }
                let answer = house.send(host, request).await;
                assert_eq!(
                    answer.status.as_u16(),
                    expected,
                    "{method} {host} from {origin:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn two_origins_are_none() {
    let house = House::start();
    let own = format!("https://{}", house.at(PRIVATE));
    let request = House::signed_in("POST", "/")
        .header("origin", &own)
        .header("origin", "https://evil.example");
    assert_eq!(house.send(PRIVATE, request).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn tokens_and_public_apps_need_no_origin() {
    let house = House::start();
    let token = format!("Bearer {TOKEN}");
    for origin in ["https://evil.example", "null"] {
        let request = Request::post("/")
            .header("authorization", &token)
            .header("origin", origin);
        assert_eq!(house.send(PRIVATE, request).await.status, StatusCode::OK);
        let request = Request::post("/").header("origin", origin);
        assert_eq!(house.send(PUBLIC, request).await.status, StatusCode::OK);
    }
    // A wrong token does not fall back to the cookie.
    let request = House::signed_in("POST", "/").header("authorization", "Bearer toft_wrong");
    assert_eq!(
        house.send(PRIVATE, request).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_neighbours_page_cannot_embed_or_fetch_with_the_visitors_cookie() {
    let house = House::start();
    for (site, mode, expected) in [
        ("same-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("same-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ] {
        let request = House::signed_in("GET", "/")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", mode);
        assert_eq!(
            house.send(PRIVATE, request).await.status.as_u16(),
            expected,
            "{site} {mode}"
        );
    }
}

#[tokio::test]
async fn a_session_of_another_host_is_asked_for_by_its_authority() {
    // The server binds sessions to hosts; the gateway tells it which host asks.
    let house = House::start();
    let request = Request::get("/").header("cookie", format!("__Host-toft-8443={SESSION}"));
    assert_eq!(house.send(PRIVATE, request).await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn an_app_cannot_speak_for_the_host_name_as_a_whole() {
    let house = House::start();
    let request = Request::get("/")
        .header(
            "x-reply",
            "strict-transport-security: max-age=31536000; includeSubDomains",
        )
        .header("x-reply", "alt-svc: h3=\":9999\"")
        .header("x-reply", "clear-site-data: \"cookies\", \"cache\"")
        .header("x-reply", "service-worker-allowed: /")
        .header("x-reply", "x-own: kept");
    let answer = house.send(PUBLIC, request).await;
    assert_eq!(answer.header("strict-transport-security"), "");
    assert_eq!(answer.header("alt-svc"), "");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    // Its scope is the app's own origin.
    assert_eq!(answer.header("service-worker-allowed"), "/");
    assert_eq!(answer.header("x-own"), "kept");
    let all = house
        .send(
            PUBLIC,
            Request::get("/").header("x-reply", "clear-site-data: \"*\""),
        )
        .await;
    assert_eq!(
        all.header("clear-site-data"),
        "\"cache\", \"storage\", \"executionContexts\""
    );
}
