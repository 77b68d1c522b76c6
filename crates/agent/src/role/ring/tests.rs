use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn holds_the_end_of_everything_pushed(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..30), capacity in 1_usize..64) {
        let mut ring = Ring::new(capacity);
        let mut all = Vec::new();
        for piece in &pieces {
            ring.push(piece);
            all.extend_from_slice(piece);
            prop_assert_eq!(ring.end(), all.len() as u64);
            prop_assert!(ring.end() - ring.start() <= capacity as u64);
            for offset in ring.start()..=ring.end() {
                let rest = ring.read(offset, usize::MAX);
                prop_assert_eq!(&rest[..], &all[usize::try_from(offset).unwrap()..]);
                let part = ring.read(offset, 3);
                prop_assert_eq!(&part[..], &rest[..rest.len().min(3)]);
            }
        }
    }
}

#[test]
fn knows_what_it_reaches() {
    let mut ring = Ring::new(4);
    ring.push(b"abcdef");
    assert_eq!((ring.start(), ring.end()), (2, 6));
    assert!(!ring.reaches(1));
    assert!(ring.reaches(2) && ring.reaches(6));
    assert!(!ring.reaches(7));
}
