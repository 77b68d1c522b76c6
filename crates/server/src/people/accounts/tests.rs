use super::*;

async fn accounts() -> (tempfile::TempDir, Accounts) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, Accounts::new(store))
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let (_dir, accounts) = accounts().await;
    assert_eq!(accounts.first_admin().await.unwrap(), "admin");
    accounts.store.add_user("zoe", "admin").await.unwrap();
    assert_eq!(accounts.first_admin().await.unwrap(), "admin");
    assert_eq!(accounts.store.users().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_session_holds_on_its_host_only_and_ends_at_once() {
    let (_dir, accounts) = accounts().await;
    let admin = accounts.first_admin().await.unwrap();
    let (id, cookie) = accounts.sign_in(&admin, Origin::default()).await.unwrap();
    let child = accounts.sign_in_on(&admin, &id, "a.b:1").await.unwrap();
    for _ in 0..2 {
        let caller = accounts.session(&cookie, "").await.unwrap().unwrap();
        assert_eq!((&*caller.user, caller.via), ("admin", Via::Session));
        assert!(accounts.session(&cookie, "a.b:1").await.unwrap().is_none());
        assert!(accounts.session(&child, "").await.unwrap().is_none());
        assert!(accounts.session(&child, "a.b:1").await.unwrap().is_some());
    }
    assert!(accounts.sign_out(&admin, &id).await.unwrap());
    assert!(accounts.session(&cookie, "").await.unwrap().is_none());
    assert!(accounts.session(&child, "a.b:1").await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_is_good_until_it_is_taken_back() {
    let (_dir, accounts) = accounts().await;
    let admin = accounts.first_admin().await.unwrap();
    let (id, token) = accounts.create_token(&admin, "ci", true, None).await.unwrap();
    assert!(accounts.token(&token).await.unwrap().unwrap().read_only);
    let wrong = format!("{}x", &token[..token.len() - 1]);
    assert!(accounts.token(&wrong).await.unwrap().is_none());
    assert!(accounts.remove_token(Some("admin"), &id).await.unwrap());
    assert!(accounts.token(&token).await.unwrap().is_none());
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_purpose() {
    let (_dir, accounts) = accounts().await;
    let admin = accounts.first_admin().await.unwrap();
    let (code, _) = accounts
        .issue_code(&admin, Purpose::Open, "/x", None)
        .await
        .unwrap();
    assert!(accounts.redeem(&code, Purpose::Login).await.unwrap().is_none());
    assert_eq!(
        accounts
            .redeem(&code, Purpose::Open)
            .await
            .unwrap()
            .unwrap()
            .target,
        "/x"
    );
    assert!(accounts.redeem(&code, Purpose::Open).await.unwrap().is_none());
}

#[tokio::test]
async fn what_was_read_before_something_was_taken_back_is_not_remembered_after() {
    let (_dir, accounts) = accounts().await;
    let caller = || Caller {
        user: "ada".into(),
        role: Role::Member,
        via: Via::Session,
        credential: "1".into(),
        read_only: false,
    };
    let before = accounts.epoch();
    accounts.forget();
    accounts.remember(before, "hash".to_owned(), caller(), String::new());
    assert!(accounts.recall("hash").is_none());
    accounts.remember(accounts.epoch(), "hash".to_owned(), caller(), String::new());
    assert!(accounts.recall("hash").is_some());
}
