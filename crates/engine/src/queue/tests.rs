use super::*;

fn key(name: &str) -> Key {
    Key::workspace("ada", name)
}

#[tokio::test]
async fn the_same_is_never_out_twice() {
    let queue = Queue::default();
    queue.push(key("a"));
    queue.push(key("a"));
    queue.push(key("b"));
    assert_eq!(queue.next().await, key("a"));
    queue.push(key("a"));
    assert_eq!(queue.next().await, key("b"));
    let early = tokio::time::timeout(Duration::from_millis(20), queue.next()).await;
    assert!(early.is_err(), "a is still out");
    queue.done(key("a"), None);
    assert_eq!(
        queue.next().await,
        key("a"),
        "what was asked for meanwhile is not lost"
    );
}

#[tokio::test]
async fn what_is_for_later_comes_later_or_when_asked_for() {
    let queue = Queue::default();
    for name in ["a", "b"] {
        queue.push(key(name));
        queue.next().await;
        queue.done(key(name), Some(Duration::from_millis(300)));
    }
    queue.push(key("b"));
    assert_eq!(queue.next().await, key("b"));
    let begun = Instant::now();
    assert_eq!(queue.next().await, key("a"));
    assert!(begun.elapsed() >= Duration::from_millis(200));
}
