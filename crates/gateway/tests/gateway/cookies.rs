//! Cookies that apps set.

use http::Request;

use crate::house::{House, PUBLIC};

#[tokio::test]
async fn an_apps_cookies_stay_its_own() {
    let house = House::start();
    let mut request = Request::get("/");
    for cookie in [
        "sid=1; Path=/; HttpOnly",
        "__Host-toft=fixed; Path=/; Secure",
        "tossed=1; Domain=toft.localhost",
        "theme=dark; Domain=site--lab--alice.toft.localhost",
        "=__Host-toft=nameless; Path=/; Secure",
        "wide=1; domain=.LOCALHOST",
    ] {
        request = request.header("x-reply", format!("set-cookie: {cookie}"));
    }
    let answer = house.send(PUBLIC, request).await;
    let kept = [
        "sid=1; Path=/; HttpOnly",
        "theme=dark; Domain=site--lab--alice.toft.localhost",
    ];
    assert_eq!(answer.all("set-cookie"), kept);
}
