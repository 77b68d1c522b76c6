//! Apps at ports of their own, where wildcard names cannot be had.

use http::{Request, StatusCode};
use http_body_util::Full;
use toft_gateway::AppHost;
use toft_gateway::signin::Authorize;

use crate::house::{Answer, House, SESSION};

fn app(label: &str) -> AppHost {
    AppHost::from_label(label).unwrap()
}

async fn get(house: &House, port: u16, request: http::request::Builder) -> Answer {
    let to = (house.address.ip(), port).into();
    let request = request
        .header("host", format!("127.0.0.1:{port}"))
        .body(Full::default())
        .unwrap();
    house.exchange(to, "127.0.0.1", request).await
}

#[tokio::test]
async fn an_app_is_served_at_its_port_and_nowhere_else() {
    let house = House::start();
    let address = house.gateway().open_app_port(0, app("site--lab--alice")).unwrap();
    let port = address.port();
    let answer = get(&house, port, Request::get("/x")).await;
    assert!(answer.body.starts_with("GET /x\n"), "{}", answer.body);
    assert_eq!(
        house
            .gateway()
            .open_app_port(port, app("site--lab--alice"))
            .unwrap(),
        address
    );
    let taken = house
        .gateway()
        .open_app_port(port, app("web--den--mallory"))
        .unwrap_err();
    assert_eq!(
        taken.to_string(),
        format!("port {port} already belongs to site--lab--alice")
    );
    // A stranger's name that was made to mean our address.
    let request = Request::get("/")
        .header("host", format!("evil.example:{port}"))
        .body(Full::default())
        .unwrap();
    let answer = house.exchange(address, "127.0.0.1", request).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(house.gateway().close_app_port(port));
    assert!(!house.gateway().close_app_port(port));
    assert_eq!(
        house.gateway().directory().app_at(&format!("127.0.0.1:{port}")),
        None
    );
}

#[tokio::test]
async fn signing_in_there_uses_cookies_of_its_own() {
    let house = House::start();
    let port = house
        .gateway()
        .open_app_port(0, app("web--lab--alice"))
        .unwrap()
        .port();
    // The UI's cookie, which the browser sends to every port of the host, does not count.
    let answer = get(
        &house,
        port,
        Request::get("/p").header("cookie", format!("__Host-toft={SESSION}")),
    )
    .await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let (url, query) = answer.header("location").split_once('?').unwrap();
    assert_eq!(
        url,
        format!("https://127.0.0.1:{}/api/toft/v1/authorize", house.address.port())
    );
    let ask = Authorize::from_query(query).unwrap();
    assert_eq!(ask.host, format!("127.0.0.1:{port}"));
    assert_eq!(
        house.gateway().directory().app_at(&ask.host),
        Some(app("web--lab--alice"))
    );
    let state = format!("__Host-toft-state-{port}={}", ask.state);
    assert!(answer.header("set-cookie").starts_with(&state));

    house
        .world
        .codes
        .lock()
        .unwrap()
        .insert("code-12345".into(), ask.host.clone());
    let url = ask.callback_url("code-12345");
    let path = url.strip_prefix(&format!("https://127.0.0.1:{port}")).unwrap();
    let answer = get(&house, port, Request::get(path).header("cookie", state)).await;
    let session = format!("__Host-toft-{port}={SESSION}");
    assert!(answer.header("set-cookie").starts_with(&session));

    let cookies = format!("__Host-toft=ui-secret; {session}; toft-{port}.own=1; other=1");
    let answer = get(&house, port, Request::get("/").header("cookie", cookies)).await;
    assert_eq!(answer.saw("cookie"), ["own=1"]);
}

#[tokio::test]
async fn no_app_gets_the_cookies_of_another() {
    let house = House::start();
    let one = house
        .gateway()
        .open_app_port(0, app("site--lab--alice"))
        .unwrap()
        .port();
    let two = house
        .gateway()
        .open_app_port(0, app("site--den--mallory"))
        .unwrap()
        .port();
    let request = Request::get("/")
        .header("x-reply", "set-cookie: sid=secret; HttpOnly; Path=/")
        .header(
            "x-reply",
            "set-cookie: __Host-id=secret; Path=/; Secure; httponly",
        )
        .header("x-reply", "set-cookie: _xsrf=seen; Path=/")
        .header("x-reply", format!("set-cookie: toft-{two}.sid=planted; Path=/"));
    let answer = get(&house, one, request).await;
    let expected = [
        format!("toft-{one}.sid=secret; HttpOnly; Path=/"),
        format!("__Host-toft-{one}.id=secret; Path=/; Secure; httponly"),
        "_xsrf=seen; Path=/".to_owned(),
        format!("toft-{one}._xsrf=seen; Path=/; HttpOnly"),
    ];
    assert_eq!(answer.all("set-cookie"), expected);
    let cookies = format!(
        "sid=planted; toft-{one}.sid=secret; __Host-toft-{one}.id=secret; _xsrf=seen; toft-{one}._xsrf=seen; toft-{two}.b=2"
    );
    let answer = get(&house, one, Request::get("/").header("cookie", &cookies)).await;
    assert_eq!(answer.saw("cookie"), ["sid=secret; __Host-id=secret; _xsrf=seen"]);
    let answer = get(&house, two, Request::get("/").header("cookie", &cookies)).await;
    assert_eq!(answer.saw("cookie"), ["b=2"]);
}

#[tokio::test]
async fn whoever_can_use_names_is_sent_to_the_apps_name() {
    let house = House::start();
    let port = house
        .gateway()
        .open_app_port(0, app("site--lab--alice"))
        .unwrap()
        .port();
    let at = |host: &str| {
        let to = (house.address.ip(), port).into();
        let request = Request::get("/a?b=c").header("host", format!("{host}:{port}"));
        (to, host.to_owned(), request)
    };
    let (to, host, request) = at("toft.localhost");
    let answer = house
        .exchange(to, &host, request.body(Full::default()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let there = format!(
        "https://site--lab--alice.toft.localhost:{}/a?b=c",
        house.address.port()
    );
    assert_eq!(answer.header("location"), there);
    assert_eq!(
        house
            .gateway()
            .directory()
            .app_at(&format!("toft.localhost:{port}")),
        None
    );
    let (to, host, request) = at("toft.localhost");
    let answer = house
        .exchange(to, &host, request.method("POST").body(Full::default()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    // A bare name of the host has no names below it.
    let (to, host, request) = at("localhost");
    let answer = house
        .exchange(to, &host, request.body(Full::default()).unwrap())
        .await;
    assert!(answer.body.starts_with("GET /a?b=c"), "{}", answer.body);
}

#[tokio::test]
async fn a_neighbours_page_cannot_act_for_the_visitor() {
    let house = House::start();
    let one = house
        .gateway()
        .open_app_port(0, app("web--lab--alice"))
        .unwrap()
        .port();
    let two = house
        .gateway()
        .open_app_port(0, app("web--den--mallory"))
        .unwrap()
        .port();
    let cookies = format!("__Host-toft={SESSION}; __Host-toft-{one}={SESSION}; __Host-toft-{two}={SESSION}");
    let ui = house.address.port();
    for target in [ui, one] {
        for (method, site, mode) in [
            ("POST", "same-site", "navigate"),
            ("POST", "same-site", "cors"),
            ("DELETE", "same-site", "no-cors"),
            ("GET", "same-site", "cors"),
            ("GET", "same-site", "no-cors"),
        ] {
            let request = Request::builder()
                .method(method)
                .uri("/x")
                .header("cookie", &cookies)
                .header("origin", format!("https://127.0.0.1:{two}"))
                .header("sec-fetch-site", site)
                .header("sec-fetch-mode", mode);
            let answer = get(&house, target, request).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{method} {mode} at {target}"
            );
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
        let socket = Request::get("/ws")
            .header("cookie", &cookies)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("origin", format!("https://127.0.0.1:{two}"));
        assert_eq!(
            get(&house, target, socket).await.status,
            StatusCode::FORBIDDEN,
            "at {target}"
        );
    }
    let own = Request::post("/x")
        .header("cookie", &cookies)
        .header("origin", format!("https://127.0.0.1:{one}"));
    assert_eq!(
        get(&house, one, own).await.status,
        StatusCode::OK,
        "its own pages can"
    );
}
