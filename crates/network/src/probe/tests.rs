use serde_json::json;

use super::*;

fn plan() -> Plan {
    Plan::new("1a2b3c", "10.213.0.0/16".parse().unwrap()).unwrap()
}

fn chain(family: &str, table: &str, name: &str, hook: &str, policy: &str) -> Value {
    json!({ "chain": { "family": family, "table": table, "name": name, "hook": hook, "policy": policy } })
}

fn listing(chains: &[Value]) -> Value {
    json!({ "nftables": chains })
}

#[test]
fn docker_and_ufw_are_in_the_way_until_openings_are_made() {
    let chains = listing(&[
        chain("ip", "filter", "FORWARD", "forward", "drop"),
        chain("ip6", "filter", "FORWARD", "forward", "drop"),
        chain("ip", "nat", "PREROUTING", "prerouting", "accept"),
    ]);
    let check = others(&chains, &plan(), false);
    assert_eq!(
        (check.verdict, check.found.as_str()),
        (Verdict::Fail, "dropped by ip filter FORWARD")
    );
    assert_eq!(others(&chains, &plan(), true).verdict, Verdict::Ok);
}

#[test]
fn chains_that_cannot_be_opened_are_named_with_a_way_out() {
    let own = listing(&[chain("inet", "filter", "forward", "forward", "drop")]);
    let check = others(&own, &plan(), true);
    assert_eq!(check.verdict, Verdict::Fail);
    assert!(check.hint.unwrap().contains("t1a2b3cb*"));
    let firewalld = listing(&[chain("inet", "firewalld", "filter_FORWARD", "forward", "accept")]);
    assert!(
        others(&firewalld, &plan(), true)
            .hint
            .unwrap()
            .starts_with("firewall-cmd")
    );
}

#[test]
fn both_tables_must_stand() {
    let table = |family: &str| json!({ "table": { "family": family, "name": "toft_1a2b3c" } });
    assert!(has_tables(
        &listing(&[table("inet"), table("bridge")]),
        "toft_1a2b3c"
    ));
    assert!(!has_tables(&listing(&[table("inet")]), "toft_1a2b3c"));
    assert!(!has_tables(&Value::Null, "toft_1a2b3c"));
}

#[test]
fn legacy_rules_are_told_about() {
    assert_eq!(legacy(""), None);
    assert_eq!(legacy("nat\n"), None);
    assert_eq!(legacy("nat\nfilter\n").unwrap().verdict, Verdict::Warn);
}
