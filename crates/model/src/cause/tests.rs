use super::chain;

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(&'static str, #[source] Option<Box<Failed>>);

#[test]
fn every_cause_is_told_once() {
    let refused = Failed("connection refused", None);
    let connect = Failed("failed to connect: connection refused", Some(Box::new(refused)));
    let pull = Failed("failed to pull 'debian'", Some(Box::new(connect)));
    assert_eq!(
        chain(&pull),
        "failed to pull 'debian': failed to connect: connection refused"
    );
}
