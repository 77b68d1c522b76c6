use super::*;
use crate::row::Side;

fn rows() -> Vec<Row> {
    let absent = || Reading::Absent("docker: command not found".to_owned());
    vec![
        Row::times(
            "create → exec, p50",
            Unit::Millis,
            Side::AtMost,
            (0.1, "Incus"),
            Reading::once(100.0),
            Reading::once(2000.0),
        ),
        Row::fixed(
            "daemon, idle",
            Unit::Megabytes,
            Side::AtMost,
            40.0,
            Reading::once(44.0),
        ),
        Row::times(
            "a|b",
            Unit::Millis,
            Side::AtMost,
            (0.6, "docker run"),
            Reading::once(100.0),
            absent(),
        ),
        Row::times(
            "again",
            Unit::Millis,
            Side::AtMost,
            (0.6, "docker run"),
            Reading::once(100.0),
            absent(),
        ),
    ]
}

#[test]
fn text_has_its_columns_under_each_other_and_says_what_is_missed_and_absent() {
    let text = text(&rows());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[1],
        "create → exec, p50  ≤ 0.10 × Incus       100 ms   Incus 2000 ms      0.050  yes"
    );
    assert_eq!(
        lines[2],
        "daemon, idle        ≤ 40.0 MB            44.0 MB                     1.100  NO"
    );
    assert!(
        lines[3].ends_with("docker run absent         not measured"),
        "{text}"
    );
    assert_eq!(lines[5..], ["absent: docker run: docker: command not found"]);
}

#[test]
fn markdown_is_a_table_whatever_the_cells_hold() {
    let markdown = markdown(&rows());
    let lines: Vec<&str> = markdown.lines().collect();
    assert_eq!(lines[0], "| what | goal | Toft | peer | ratio | held |");
    assert_eq!(
        lines[2],
        "| create → exec, p50 | ≤ 0.10 × Incus | 100 ms | Incus 2000 ms | 0.050 | yes |"
    );
    assert!(lines[4].starts_with("| a\\|b |"));
    assert_eq!(
        lines.last(),
        Some(&"Absent: docker run: docker: command not found")
    );
}
