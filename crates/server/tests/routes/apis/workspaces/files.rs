use axum::body::Body;
use http::{Method, header};
use serde_json::json;

use crate::support::{Agent, Client, Toft, WORKSPACES, running};

async fn start() -> (Toft, Agent, Client) {
    let toft = Toft::start().await;
    let agent = toft.with_agent();
    let ada = toft.client("ada").await;
    running(&ada, "dev").await;
    (toft, agent, ada)
}

fn url(path: &str, rest: &str) -> String {
    format!("{WORKSPACES}/dev/files?path={path}{rest}")
}

#[tokio::test]
async fn a_file_is_written_looked_at_and_read() {
    let (_toft, agent, ada) = start().await;
    let path = agent.path("a.txt");
    ada.send(Method::PUT, &url(&path, "&mode=0640"), "", "hello world")
        .await
        .expect(201);
    let stat = ada.get(&url(&path, "&op=stat")).await.expect(200).json();
    let entry = &stat["entries"][0];
    assert_eq!(
        (&entry["name"], &entry["kind"], &entry["size"], &entry["mode"]),
        (&json!("a.txt"), &json!("file"), &json!(11), &json!(0o640))
    );
    let read = ada.get(&url(&path, "")).await.expect(200);
    assert_eq!(read.text(), "hello world");
    assert!(
        read.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert!(
        read.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
}

#[tokio::test]
async fn what_changed_since_it_was_read_is_not_overwritten() {
    let (_toft, agent, ada) = start().await;
    let url = url(&agent.path("a.txt"), "");
    let save = async |tag: &str, text: &'static str| {
        let request = ada.request(Method::PUT, &url).header(header::IF_MATCH, tag);
        ada.call(request.body(Body::from(text)).unwrap()).await
    };
    ada.send(Method::PUT, &url, "", "one").await.expect(201);
    let read = ada.get(&url).await.expect(200);
    let tag = read.headers[header::ETAG].to_str().unwrap().to_owned();
    let saved = save(&tag, "second").await.expect(201);
    let newer = saved.headers[header::ETAG].to_str().unwrap().to_owned();
    assert_ne!(tag, newer);
    // Somebody who had read what was there before.
    let refused = save(&tag, "third").await.expect(412);
    assert!(
        refused.text().contains("was changed since it was read"),
        "{}",
        refused.text()
    );
    assert_eq!(ada.get(&url).await.expect(200).text(), "second");
    save(&newer, "fourth!").await.expect(201);
    ada.send(Method::DELETE, &url, "", "").await.expect(204);
    let gone = save(&newer, "fifth").await.expect(412);
    assert!(gone.text().contains("not there any more"), "{}", gone.text());
    ada.get(&url).await.expect(404);
    save("nonsense", "sixth").await.expect(400);
    let tar = format!("{url}&op=tar");
    let request = ada.request(Method::PUT, &tar).header(header::IF_MATCH, &newer);
    let answer = ada.call(request.body(Body::empty()).unwrap()).await;
    assert!(answer.expect(400).text().contains("one file"));
}

#[tokio::test]
async fn a_part_of_a_file_is_read() {
    let (_toft, agent, ada) = start().await;
    let path = agent.path("a.txt");
    ada.send(Method::PUT, &url(&path, ""), "", "0123456789")
        .await
        .expect(201);
    let part = async |range: &str| {
        let request = ada
            .request(Method::GET, &url(&path, ""))
            .header(header::RANGE, range)
            .body(Body::empty())
            .unwrap();
        ada.call(request).await
    };
    let middle = part("bytes=2-4").await.expect(206);
    assert_eq!(
        (middle.text().as_str(), &middle.headers[header::CONTENT_RANGE]),
        ("234", &"bytes 2-4/10".parse().unwrap())
    );
    assert_eq!(part("bytes=-3").await.expect(206).text(), "789");
    part("bytes=10-").await.expect(416);
}

#[tokio::test]
async fn directories_are_made_listed_renamed_and_removed() {
    let (_toft, agent, ada) = start().await;
    let dir = agent.path("d");
    ada.send(Method::POST, &url(&dir, "&op=mkdir"), "", "")
        .await
        .expect(201);
    ada.send(Method::PUT, &url(&format!("{dir}/x"), ""), "", "1")
        .await
        .expect(201);
    let renamed = url(&format!("{dir}/x"), &format!("&op=rename&to={dir}/y"));
    ada.send(Method::POST, &renamed, "", "").await.expect(204);
    let list = ada.get(&url(&dir, "&op=list")).await.expect(200).json();
    assert_eq!(
        (
            list["entries"].as_array().unwrap().len(),
            &list["entries"][0]["name"]
        ),
        (1, &json!("y"))
    );
    ada.delete(&url(&dir, "&recursive=false")).await.expect(409);
    ada.delete(&url(&dir, "")).await.expect(204);
    ada.get(&url(&dir, "&op=stat")).await.expect(404);
}

#[tokio::test]
async fn a_folder_goes_out_and_in_as_an_archive() {
    let (_toft, agent, ada) = start().await;
    let (from, to) = (agent.path("from"), agent.path("to"));
    std::fs::create_dir(&from).unwrap();
    std::fs::write(format!("{from}/f"), vec![7; 300_000]).unwrap();
    let tar = ada.get(&url(&from, "&op=tar")).await.expect(200);
    assert_eq!(tar.headers[header::CONTENT_TYPE], "application/x-tar");
    ada.send(Method::PUT, &url(&to, "&op=tar"), "application/x-tar", tar.body)
        .await
        .expect(201);
    assert_eq!(std::fs::read(format!("{to}/from/f")).unwrap(), vec![7; 300_000]);
}

#[tokio::test]
async fn an_upload_that_breaks_leaves_no_file_and_nonsense_is_refused() {
    let (_toft, agent, ada) = start().await;
    let path = agent.path("half");
    let pieces = futures_util::stream::iter([Ok(bytes("first")), Err(std::io::Error::other("gone"))]);
    ada.send(Method::PUT, &url(&path, ""), "", Body::from_stream(pieces))
        .await
        .expect(400);
    assert!(!std::path::Path::new(&path).exists());
    for bad in ["&op=chmod", "&bogus=1"] {
        ada.get(&url("/", bad)).await.expect(400);
    }
    ada.send(Method::PUT, &url(&path, "&mode=999"), "", "x")
        .await
        .expect(400);
    ada.get(&format!("{WORKSPACES}/dev/files")).await.expect(400);
}

fn bytes(text: &'static str) -> axum::body::Bytes {
    axum::body::Bytes::from_static(text.as_bytes())
}
