use std::collections::HashSet;

use super::*;

fn ports() -> impl Iterator<Item = String> {
    (0..1000).map(|number| number.to_string())
}

#[tokio::test]
async fn an_owner_keeps_what_it_has_and_others_get_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.allocate("port", "a", ports()).await.unwrap(), "0");
    assert_eq!(store.allocate("port", "b", ports()).await.unwrap(), "1");
    assert_eq!(store.allocate("port", "a", ports()).await.unwrap(), "0");
    store.release_all("a").await.unwrap();
    assert_eq!(store.allocate("port", "c", ports()).await.unwrap(), "0");
    assert_eq!(store.allocations("port").await.unwrap().len(), 2);
}

#[tokio::test]
async fn when_nothing_is_free_it_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.allocate("subnet", "a", ["1".to_owned()]).await.unwrap();
    let error = store.allocate("subnet", "b", ["1".to_owned()]).await.unwrap_err();
    assert_eq!(error.to_string(), "no subnet is free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_racing_claims_never_meet() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let claims: Vec<_> = (0..1000)
        .map(|owner| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .allocate("port", &format!("o{owner}"), ports())
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut given = HashSet::new();
    for claim in claims {
        assert!(given.insert(claim.await.unwrap()), "granted twice");
    }
    assert!(matches!(
        store.allocate("port", "late", ports()).await,
        Err(StoreError::Exhausted { .. })
    ));
}
