use proptest::prelude::*;

use super::*;

const LIMITS: PathLimits = PathLimits {
    bytes: 1000,
    depth: 20,
};

fn object(name: &[u8]) -> Vec<Vec<u8>> {
    match place(name, LIMITS).unwrap() {
        Place::Object(Location { mut parent, name }) => {
            parent.push(name);
            parent
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn ordinary_names() {
    assert_eq!(object(b"a"), [b"a"]);
    assert_eq!(object(b"./usr//bin/./sh"), [&b"usr"[..], b"bin", b"sh"]);
    assert_eq!(object(b"etc/"), [b"etc"]);
    assert_eq!(object("grüße/\u{1f980}".as_bytes()).len(), 2);
    assert_eq!(object(b"...\n/\xff"), [&b"...\n"[..], b"\xff"]);
    for root in [&b"./"[..], b".", b"/"] {
        assert_eq!(place(root, LIMITS), Ok(Place::Root));
    }
}

#[test]
fn whiteouts() {
    let hidden = Location {
        parent: vec![b"a".to_vec()],
        name: b"b".to_vec(),
    };
    assert_eq!(place(b"a/.wh.b", LIMITS), Ok(Place::Whiteout(hidden)));
    assert_eq!(
        place(b"a/.wh..wh..opq", LIMITS),
        Ok(Place::Opaque(vec![b"a".to_vec()]))
    );
    assert_eq!(place(b".wh..wh..opq", LIMITS), Ok(Place::Opaque(vec![])));
    assert_eq!(place(b"a/.wh..wh.aufs", LIMITS), Ok(Place::Ignored));
    for bad in [&b".wh."[..], b".wh..", b".wh...", b".wh.x/y"] {
        assert_eq!(place(bad, LIMITS), Err(PathError::BadWhiteout), "{bad:?}");
    }
}

#[test]
fn links() {
    assert_eq!(symlink(b"/anywhere/../at/all", LIMITS), Ok(()));
    assert_eq!(symlink(b"", LIMITS), Err(PathError::Empty));
    assert_eq!(
        symlink(&[b'x'; 1001], LIMITS),
        Err(PathError::TooLong { limit: 1000 })
    );
    assert_eq!(hard_link(b"/etc/passwd", LIMITS), Err(PathError::Absolute));
    assert_eq!(hard_link(b"./", LIMITS), Err(PathError::Empty));
    assert_eq!(hard_link(b"a/../b", LIMITS), Err(PathError::Upwards));
}

#[test]
fn bounds() {
    assert_eq!(
        place(&[b'x'; 256], LIMITS),
        Err(PathError::TooLong { limit: 255 })
    );
    assert_eq!(
        place(&b"a/".repeat(21), LIMITS),
        Err(PathError::TooDeep { limit: 20 })
    );
    assert_eq!(
        place(&b"./".repeat(501), LIMITS),
        Err(PathError::TooLong { limit: 1000 })
    );
    assert_eq!(place(b"a\0b", LIMITS), Err(PathError::Nul));
    assert_eq!(place(b"", LIMITS), Err(PathError::Empty));
}

fn is_safe(component: &[u8]) -> bool {
    !matches!(component, b"" | b"." | b"..")
        && !component.contains(&b'/')
        && !component.contains(&0)
        && component.len() <= 255
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // Mostly of the bytes that mean something.
    let byte = prop_oneof![4 => proptest::sample::select(&b"./wh\0a"[..]), 1 => any::<u8>()];
    proptest::collection::vec(byte, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is let through names one place beneath the root by harmless components.
    #[test]
    fn no_component_leads_out(raw in bytes()) {
        match place(&raw, LIMITS) {
            Ok(Place::Object(at) | Place::Whiteout(at)) => {
                prop_assert!(at.parent.iter().all(|component| is_safe(component)) && is_safe(&at.name));
                prop_assert!(at.parent.len() < LIMITS.depth);
            }
            Ok(Place::Opaque(dir)) => prop_assert!(dir.iter().all(|component| is_safe(component))),
            Ok(Place::Root | Place::Ignored) | Err(_) => {}
        }
        if let Ok(at) = hard_link(&raw, LIMITS) {
            prop_assert!(at.parent.iter().all(|component| is_safe(component)) && is_safe(&at.name));
        }
    }

    /// A name made of harmless components is let through as it is.
    #[test]
    fn honest_names_pass(parts in proptest::collection::vec("[a-z][a-z.]{0,8}", 1..10)) {
        prop_assert_eq!(object(parts.join("/").as_bytes()), parts.iter().map(|part| part.as_bytes().to_vec()).collect::<Vec<_>>());
    }
}
