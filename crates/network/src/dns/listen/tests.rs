use super::*;

#[test]
fn one_client_cannot_take_the_others_places() {
    let load = Arc::new(Load::default());
    let (greedy, modest) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 3));
    let held: Vec<Place> = std::iter::from_fn(|| load.enter(greedy, false)).collect();
    assert_eq!(held.len(), QUESTIONS);
    assert!(load.enter(modest, false).is_some() && load.enter(greedy, true).is_some());
    drop(held);
    assert!(load.enter(greedy, false).is_some());
    assert!(
        load.counts.lock().unwrap().is_empty(),
        "what has ended is forgotten"
    );
}

#[test]
fn all_together_are_bounded() {
    let load = Arc::new(Load::default());
    let clients = (0u32..1000).map(Ipv4Addr::from);
    let held: Vec<Place> = clients
        .flat_map(|client| std::iter::from_fn(|| load.enter(client, false)).collect::<Vec<_>>())
        .collect();
    assert_eq!(held.len(), EVERYBODY);
}
