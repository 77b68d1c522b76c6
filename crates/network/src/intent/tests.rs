use super::*;
use crate::network::Egress;
use crate::plan::Seat;

fn attach(uid: &str) -> Attach {
    Attach {
        uid: uid.to_owned(),
        owner: "ada".to_owned(),
        name: "web".to_owned(),
        netns: "/run/netns/x".into(),
        seat: Seat { subnet: 0, host: 3 },
        egress: Egress::Lan(vec!["192.168.1.0/24".parse().unwrap()]),
    }
}

#[test]
fn what_is_put_is_there_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let intents = Intents::at(dir.path());
    assert_eq!(intents.all().unwrap(), []);
    intents.put(&attach("b")).unwrap();
    intents.put(&attach("a")).unwrap();
    intents.put(&attach("a")).unwrap();
    assert_eq!(intents.all().unwrap(), [attach("a"), attach("b")]);
    intents.remove("a").unwrap();
    intents.remove("a").unwrap();
    assert_eq!(intents.all().unwrap(), [attach("b")]);
    intents.retain(|_| false).unwrap();
    assert_eq!(intents.all().unwrap(), []);
}

#[test]
fn one_bad_file_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let intents = Intents::at(dir.path());
    intents.put(&attach("good")).unwrap();
    std::fs::write(dir.path().join("attached/bad.json"), "{").unwrap();
    assert_eq!(intents.all().unwrap(), [attach("good")]);
}

#[test]
fn a_uid_is_no_path() {
    let dir = tempfile::tempdir().unwrap();
    for uid in ["", "../x", "a/b", "a.b", &"x".repeat(65)] {
        assert!(
            matches!(
                Intents::at(dir.path()).put(&attach(uid)),
                Err(NetworkError::Uid(_))
            ),
            "{uid}"
        );
    }
}
