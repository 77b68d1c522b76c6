use proptest::prelude::*;

use super::*;

fn milli(text: &str) -> Option<u64> {
    text.parse::<Quantity>().ok().map(|quantity| quantity.milli())
}

#[test]
fn the_forms_of_kubernetes_are_read() {
    for (text, want) in [
        ("2", 2000),
        ("500m", 500),
        ("1.5", 1500),
        ("0.1", 100),
        ("2Ki", 2_048_000),
        ("1e3", 1_000_000),
        ("1E3", 1_000_000),
        ("5e-1", 500),
        ("1k", 1_000_000),
        ("1n", 1),
        (".5", 500),
    ] {
        assert_eq!(milli(text), Some(want), "{text}");
    }
}

#[test]
fn rubbish_is_refused_with_an_example() {
    for text in [
        "",
        "-1",
        "x",
        "1GB",
        "1.2.3",
        "1 Gi",
        "9999999999999999999E",
        "1e99",
        ".",
    ] {
        assert_eq!(milli(text), None, "{text}");
    }
    assert!(
        "2GB"
            .parse::<Quantity>()
            .unwrap_err()
            .to_string()
            .contains("'2Gi'")
    );
}

#[test]
fn numbers_in_yaml_are_quantities_too() {
    assert_eq!(serde_json::from_str::<Quantity>("2").unwrap().milli(), 2000);
    assert_eq!(serde_json::from_str::<Quantity>("0.5").unwrap().milli(), 500);
    assert_eq!(
        serde_json::to_string(&serde_json::from_str::<Quantity>("\"2Gi\"").unwrap()).unwrap(),
        "\"2Gi\""
    );
}

proptest! {
    #[test]
    fn bytes_and_cores_read_back(count in 0u64..(1 << 52)) {
        prop_assert_eq!(Quantity::bytes(count).to_string().parse::<Quantity>().unwrap().units(), count);
        prop_assert_eq!(Quantity::cores(count).to_string().parse::<Quantity>().unwrap().milli(), count);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let _ = text.parse::<Quantity>();
    }
}
