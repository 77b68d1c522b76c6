use super::*;

fn unpainted(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn columns_line_up_and_no_line_ends_in_spaces() {
    let mut table = Table::new(["NAME", "PHASE"]);
    table.row(["dev".into(), "Running".into()]);
    table.row(["a-long-name".into(), String::new()]);
    assert_eq!(
        unpainted(&table.render()),
        "NAME          PHASE\ndev           Running\na-long-name\n"
    );
}

#[test]
fn foreign_cells_cannot_write_escapes() {
    let mut table = Table::new(["NAME"]);
    table.row(["a\x1b[2Jb\n".into()]);
    assert!(unpainted(&table.render()).ends_with("a [2Jb\n"));
}

#[test]
fn the_servers_table_is_shown_narrow_and_wide() {
    let value = serde_json::json!({
        "columnDefinitions": [{"name": "Name"}, {"name": "Address", "priority": 1}, {"name": "Age", "priority": 0}],
        "rows": [{"cells": ["dev", "10.0.0.2", "5s"], "object": {"metadata": {"namespace": "ada"}}}],
    });
    assert_eq!(
        unpainted(&Table::from_api(&value, false, false).render()),
        "NAME   AGE\ndev    5s\n"
    );
    assert_eq!(
        unpainted(&Table::from_api(&value, true, true).render()),
        "OWNER   NAME   ADDRESS    AGE\nada     dev    10.0.0.2   5s\n"
    );
}
