use super::*;
use crate::Store;
use crate::tx::now_ms;

async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    assert!(store.add_user("ada", "admin").await.unwrap());
    (dir, store)
}

fn session(id: &str, parent: Option<&str>) -> Session {
    Session {
        id: id.into(),
        hash: format!("hash-{id}"),
        user: "ada".into(),
        parent: parent.map(str::to_owned),
        host: parent.map_or(String::new(), |_| "a--b--ada.toft.localhost".into()),
        agent: "Firefox".into(),
        address: "127.0.0.1".into(),
        created_ms: 0,
        seen_ms: 0,
        expires_ms: now_ms() + 60_000,
    }
}

#[tokio::test]
async fn a_name_belongs_to_one_user() {
    let (_dir, store) = store().await;
    assert!(!store.add_user("ada", "member").await.unwrap());
    assert_eq!(store.user("ada").await.unwrap().unwrap().role, "admin");
    assert_eq!(store.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn sessions_on_hosts_end_with_the_one_they_came_from() {
    let (_dir, store) = store().await;
    store.add_session(session("ui", None)).await.unwrap();
    store.add_session(session("app", Some("ui"))).await.unwrap();
    assert_eq!(store.sessions("ada").await.unwrap().len(), 1);
    assert!(store.session("hash-app").await.unwrap().is_some());
    assert!(store.session_lives("app").await.unwrap());
    assert!(
        !store.end_session("bob", "ui").await.unwrap(),
        "nobody ends another's"
    );
    assert!(store.end_session("ada", "ui").await.unwrap());
    assert!(store.session("hash-app").await.unwrap().is_none());
    assert!(!store.session_lives("app").await.unwrap());
}

#[tokio::test]
async fn what_has_expired_is_not_there() {
    let (_dir, store) = store().await;
    store
        .add_session(Session {
            expires_ms: now_ms() - 1,
            ..session("old", None)
        })
        .await
        .unwrap();
    assert!(store.session("hash-old").await.unwrap().is_none());
    store.forget_expired().await.unwrap();
    let token = Token {
        id: "t".into(),
        hash: "h".into(),
        user: "ada".into(),
        name: "ci".into(),
        scopes: String::new(),
        created_ms: 0,
        expires_ms: Some(now_ms() - 1),
        used_ms: None,
    };
    store.add_token(token.clone()).await.unwrap();
    assert!(store.token("t").await.unwrap().is_none());
    assert!(store.remove_token(Some("ada"), "t").await.unwrap());
    store
        .add_token(Token {
            expires_ms: None,
            ..token
        })
        .await
        .unwrap();
    store.touch_token("t").await.unwrap();
    assert!(store.token("t").await.unwrap().unwrap().used_ms.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_works_once_however_many_try() {
    let (_dir, store) = store().await;
    let code = Code {
        hash: "c".into(),
        user: "ada".into(),
        purpose: "login".into(),
        target: "/".into(),
        session: None,
        expires_ms: now_ms() + 60_000,
    };
    store.add_code(code).await.unwrap();
    assert_eq!(
        store.redeem_code("c", "app").await.unwrap(),
        None,
        "only for what it was made for"
    );
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.redeem_code("c", "login").await.unwrap() })
        })
        .collect();
    let mut redeemed = 0;
    for one in tries {
        redeemed += usize::from(one.await.unwrap().is_some());
    }
    assert_eq!(redeemed, 1);
}
