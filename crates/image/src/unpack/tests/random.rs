//! Random layers over a small alphabet, so that names collide and links are walked through.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Act {
    File(String),
    Dir(String),
    Symlink(String, String),
    HardLink(String, String),
}

fn component() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "a",
        "b",
        "c",
        "..",
        ".",
        "",
        ".wh.a",
        ".wh..wh..opq",
        "outside",
        "secret",
    ];
    proptest::sample::select(NAMES).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    (
        proptest::bool::weighted(0.1),
        proptest::collection::vec(component(), 1..5),
    )
        .prop_map(|(absolute, parts)| {
            let relative = parts.join("/");
            if absolute {
                format!("/{relative}")
            } else {
                relative
            }
        })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        path().prop_map(Act::File),
        path().prop_map(Act::Dir),
        (path(), path()).prop_map(|(name, target)| Act::Symlink(name, target)),
        (path(), path()).prop_map(|(name, target)| Act::HardLink(name, target)),
    ]
}

fn archive(act: &Act) -> Vec<u8> {
    let archive = Archive::new();
    match act {
        Act::File(name) => archive.file(name, "written"),
        Act::Dir(name) => archive.dir(name),
        Act::Symlink(name, target) => archive.symlink(name, target),
        Act::HardLink(name, target) => archive.hard_link(name, target),
    }
    .end()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each act is a layer of its own, so that a refused one does not spare the next.
    #[test]
    fn nothing_reaches_outside(acts in proptest::collection::vec(act(), 1..24)) {
        let ground = Ground::new();
        for act in &acts {
            let _ = ground.unpack(&[archive(act)]);
        }
        ground.outside_is_untouched();
    }

    /// The tree depends on the layers only: unpacked twice, it is the same.
    #[test]
    fn unpacking_is_a_function(acts in proptest::collection::vec(act(), 1..16)) {
        let (first, second) = (Ground::new(), Ground::new());
        for act in &acts {
            let (a, b) = (first.unpack(&[archive(act)]), second.unpack(&[archive(act)]));
            prop_assert_eq!(a.is_ok(), b.is_ok());
        }
        prop_assert_eq!(names(&first), names(&second));
    }
}

fn names(ground: &Ground) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    let root = ground.root();
    crate::tree::walk(&root, &Cancel::default(), &mut |path, _| {
        names.insert(path.strip_prefix(&root).unwrap().to_owned());
        Ok(())
    })
    .unwrap();
    names
}
