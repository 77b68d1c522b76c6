//! What the fuzz target runs over any text that people write, and the replay of its corpus too.

use std::collections::BTreeMap;

use crate::{Quantity, name, template, validate};

/// Names, quantities, labels and `${NAME}`.
///
/// # Panics
/// One of them is not what it promises.
pub fn text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(quantity) = text.parse::<Quantity>() {
        let again: Result<Quantity, _> = quantity.to_string().parse();
        assert_eq!(again.as_ref(), Ok(&quantity), "a quantity reads back");
        let _ = (quantity.milli(), quantity.units());
    }
    let suggested = name::suggest(text, name::WORKSPACE_MAX);
    assert!(
        suggested.is_empty() || name::check(&suggested, name::WORKSPACE_MAX).is_ok(),
        "what is suggested is a name: {suggested:?}"
    );
    if name::check(text, name::OBJECT_MAX).is_ok() {
        assert!(!text.contains("--"), "three names in one label can be told apart");
    }
    let _ = (validate::is_qualified(text), validate::is_label_value(text));
    let _ = crate::Kind::parse(text);
    let values = BTreeMap::from([
        ("a".to_owned(), "${a}".to_owned()),
        ("b".to_owned(), String::new()),
    ]);
    let expanded = template::expand(text, &values);
    assert!(
        expanded.len() <= text.len() + text.matches('$').count() * 4,
        "a value is not expanded again"
    );
}
