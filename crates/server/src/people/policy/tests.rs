use super::*;

fn caller(user: &str, role: Role, read_only: bool) -> Caller {
    Caller {
        user: user.into(),
        role,
        via: Via::Token,
        credential: "c".into(),
        read_only,
    }
}

#[test]
fn the_whole_table() {
    use Subject::{AllOwned, Common, OfUser, Owned, People, Shared, Site};
    use Verdict::{Allow, AllowOwn, Forbidden, NotFound};
    // subject, a member reads, a member writes
    let table = [
        (Owned("ada"), Allow, Allow),
        (Owned("bob"), NotFound, NotFound),
        (AllOwned, AllowOwn, Forbidden),
        (Shared, Allow, Forbidden),
        (People, AllowOwn, Forbidden),
        (OfUser("ada"), Allow, Allow),
        (OfUser("bob"), NotFound, NotFound),
        (Site, Forbidden, Forbidden),
        (Common, Allow, Forbidden),
    ];
    let (ada, admin) = (
        caller("ada", Role::Member, false),
        caller("root", Role::Admin, false),
    );
    let (reader, watcher) = (
        caller("ada", Role::Member, true),
        caller("root", Role::Admin, true),
    );
    for (subject, read, write) in table {
        assert_eq!(decide(&ada, Act::Read, subject), read, "{subject:?}");
        assert_eq!(decide(&ada, Act::Write, subject), write, "{subject:?}");
        assert_eq!(decide(&reader, Act::Read, subject), read, "{subject:?}");
        assert_eq!(decide(&reader, Act::Write, subject), Forbidden, "{subject:?}");
        for act in [Act::Read, Act::Write] {
            assert_eq!(decide(&admin, act, subject), Allow, "{subject:?}");
        }
        assert_eq!(decide(&watcher, Act::Write, subject), Forbidden, "{subject:?}");
    }
}
