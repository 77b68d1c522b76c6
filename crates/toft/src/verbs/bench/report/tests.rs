use super::*;

fn report() -> Report {
    let mut report = Report::default();
    for took in [30, 10, 20, 40] {
        report.time("exec", "a command", Duration::from_millis(took));
    }
    report.add("daemon", "memory", Unit::Megabytes, 28_700_000);
    report
}

#[test]
fn a_line_has_its_middle_and_its_extremes() {
    let json = report().to_json();
    assert_eq!(
        json["measurements"][0],
        json!({ "name": "exec", "what": "a command", "unit": "ms", "p50": 25.0, "min": 10.0, "max": 40.0, "samples": 4 })
    );
    assert_eq!(json["measurements"][1]["p50"], 28.7);
}

#[test]
fn one_sample_has_no_extremes_in_the_table() {
    let table = report().table();
    let last = table.lines().last().unwrap();
    assert_eq!(
        last.split_whitespace().collect::<Vec<_>>(),
        ["memory", "28.7", "MB", "1"]
    );
}
