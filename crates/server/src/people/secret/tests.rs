use super::*;

#[test]
fn a_secret_comes_back_from_both_forms_and_matches_its_hash_only() {
    let secret = Secret::new().unwrap();
    let kept = secret.hash();
    for read in [
        Secret::parse_token(&secret.as_token()),
        Secret::parse_value(&secret.as_value()),
    ] {
        let read = read.unwrap();
        assert_eq!(read.id, secret.id);
        assert!(read.matches(&kept));
    }
    assert!(!Secret::new().unwrap().matches(&kept));
    assert!(!format!("{secret:?}{kept}").contains(&secret.secret));
}

#[test]
fn what_is_no_secret_is_not_looked_up() {
    let long = format!("toft_0123456789abcdef_{}", "x".repeat(200));
    for bad in [
        "",
        "toft_",
        "toft_x_y",
        "toft_0123456789abcdef_",
        "toft_0123456789ABCDEF_x",
        "0123456789abcdef_x",
        &long,
    ] {
        assert!(Secret::parse_token(bad).is_none(), "{bad}");
    }
}
