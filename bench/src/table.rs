//! The rows of a run as one table: for a terminal, and as Markdown for the README.

use crate::row::{Row, Verdict};
use crate::samples::{Reading, Unit};

const HEADER: [&str; 6] = ["what", "goal", "Toft", "peer", "ratio", "held"];

/// The table as text, and below it why anything is absent.
pub fn text(rows: &[Row]) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(cells).collect();
    let header = HEADER.map(str::to_owned);
    let lines = || std::iter::once(&header).chain(&cells);
    let width = |at: usize| lines().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut out = String::new();
    for row in lines() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    for reason in reasons(rows) {
        out.push_str(&format!("absent: {reason}\n"));
    }
    out
}

/// The table as Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut out = line(&HEADER.map(str::to_owned));
    out.push_str("|---|---|--:|--:|--:|---|\n");
    for row in rows {
        out.push_str(&line(&cells(row).map(|cell| cell.replace('|', "\\|"))));
    }
    for reason in reasons(rows) {
        out.push_str(&format!("\nAbsent: {reason}\n"));
    }
    out
}

fn cells(row: &Row) -> [String; 6] {
    let peer = row
        .peer()
        .map(|(name, reading)| format!("{name} {}", show(row.unit, reading)));
    let held = match row.verdict() {
        Verdict::Held => "yes",
        Verdict::Missed => "NO",
        Verdict::Unknown => "not measured",
    };
    [
        row.what.clone(),
        row.goal(),
        show(row.unit, &row.toft),
        peer.unwrap_or_default(),
        row.ratio().map(|ratio| format!("{ratio:.3}")).unwrap_or_default(),
        held.to_owned(),
    ]
}

fn show(unit: Unit, reading: &Reading) -> String {
    match reading {
        Reading::Value { value, .. } => unit.show(*value),
        Reading::Absent(_) => "absent".to_owned(),
    }
}

/// Why anything is absent, each said once.
fn reasons(rows: &[Row]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for row in rows {
        let peer = row.peer();
        for (name, reading) in peer.into_iter().chain([("Toft", &row.toft)]) {
            if let Reading::Absent(why) = reading {
                let line = format!("{name}: {why}");
                if !all.contains(&line) {
                    all.push(line);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests;
