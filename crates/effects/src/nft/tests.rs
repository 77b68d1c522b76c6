use super::*;

/// A message as the kernel writes it: with a use count before the name.
fn message(kind: u16, name: &str) -> Vec<u8> {
    let text = [name.as_bytes(), b"\0"].concat();
    let attribute = |kind: u16, content: &[u8]| {
        let length = u16::try_from(4 + content.len()).unwrap();
        let mut all = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), content].concat();
        all.resize(all.len().next_multiple_of(4), 0);
        all
    };
    let body = [
        &[1, 0, 0, 9][..],
        &attribute(2, &[0, 0, 0, 1]),
        &attribute(TABLE_NAME, &text),
    ]
    .concat();
    let length = u32::try_from(HEADER + body.len()).unwrap();
    [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10], &body].concat()
}

#[test]
fn tables_that_come_and_go_are_told_in_order_and_nothing_else() {
    let rule_made = (10 << 8) | 6;
    let news = [
        message(TABLE_REMOVED, "toft_0a"),
        message(rule_made, "toft_0a"),
        message(TABLE_MADE, "toft_0a"),
    ];
    let expected = [
        TableChange::Removed((1, "toft_0a".to_owned())),
        TableChange::Made((1, "toft_0a".to_owned())),
    ];
    assert_eq!(table_changes(&news.concat()), expected);
    assert_eq!(table_changes(&[]), []);
}

#[test]
fn news_that_are_cut_off_are_untold() {
    let whole = message(TABLE_REMOVED, "toft_0a");
    assert_eq!(table_changes(&whole[..whole.len() - 4]), [TableChange::Untold]);
    let mut nameless = whole[..HEADER + FAMILY].to_vec();
    nameless[0] = u8::try_from(nameless.len()).unwrap();
    assert_eq!(table_changes(&nameless), [TableChange::Untold]);
    // A length of nothing does not go on for ever.
    let mut empty = whole;
    empty[..4].fill(0);
    assert_eq!(table_changes(&empty), [TableChange::Untold]);
}
