use serde_json::json;

use super::*;

#[test]
fn rules_are_known_by_the_interfaces_in_them() {
    let on = |name: &str| json!({ "match": { "op": "==", "left": { "meta": { "key": "iifname" } }, "right": name } });
    let rule = |handle: u64, expr: Vec<Value>| json!({ "rule": { "chain": "FORWARD", "handle": handle, "expr": expr } });
    let listing = json!({ "nftables": [
        { "metainfo": { "json_schema_version": 1 } },
        { "chain": { "name": "FORWARD", "handle": 1 } },
        rule(4, vec![on("t1a2b3cb*"), json!({ "accept": null })]),
        rule(5, vec![on("docker0"), json!({ "accept": null })]),
        rule(6, vec![json!({ "xt": null }), on("t1a2b3cb*")]),
        rule(7, vec![on("t1a2b3db*")]),
    ] });
    assert_eq!(handles(&listing, "t1a2b3cb"), [4, 6]);
    assert_eq!(handles(&json!({}), "t1a2b3cb"), [] as [u64; 0]);
}
