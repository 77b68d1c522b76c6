//! Columns: cells aligned by what they take on the screen, foreign text without its escapes.

use serde_json::Value;

/// A table to print: the header and the rows.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

// === impl Table ===

impl Table {
    /// A table with these columns.
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            header: header.into_iter().map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().map(|cell| plain(&cell)).collect());
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Reads a `Table` of the API (`meta.k8s.io/v1`). Columns with a priority above 0 are for
    /// `wide`; `namespaces` puts the owner first.
    pub fn from_api(value: &Value, wide: bool, namespaces: bool) -> Self {
        let none = Vec::new();
        let columns = value["columnDefinitions"].as_array().unwrap_or(&none);
        let shown: Vec<usize> = (0..columns.len())
            .filter(|&at| wide || columns[at]["priority"].as_i64().unwrap_or(0) == 0)
            .collect();
        let titles = shown
            .iter()
            .map(|&at| columns[at]["name"].as_str().unwrap_or_default().to_uppercase());
        let mut table = Self {
            header: Vec::new(),
            rows: Vec::new(),
        };
        if namespaces {
            table.header.push("OWNER".to_owned());
        }
        table.header.extend(titles);
        for row in value["rows"].as_array().unwrap_or(&none) {
            let owner = namespaces.then(|| text(&row["object"]["metadata"]["namespace"]));
            let cells = shown.iter().map(|&at| text(&row["cells"][at]));
            table.row(owner.into_iter().chain(cells));
        }
        table
    }

    /// The table as text. The last column is not padded, so that no line ends in spaces.
    pub fn render(&self) -> String {
        let columns = self.header.len();
        let lines = || std::iter::once(&self.header).chain(&self.rows);
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                lines()
                    .map(|row| row.get(at).map_or(0, |cell| cell.chars().count()))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut out = String::new();
        for (index, row) in lines().enumerate() {
            let mut line = String::new();
            for (at, width) in widths.iter().enumerate() {
                let cell = row.get(at).map_or("", String::as_str);
                let gap = if at + 1 == columns {
                    0
                } else {
                    width - cell.chars().count() + 3
                };
                line.push_str(&coloured(cell, index == 0));
                line.extend(std::iter::repeat_n(' ', gap));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// The header is bold, states have their colour. Stripped again where nobody sees it.
fn coloured(cell: &str, header: bool) -> String {
    let code = match cell {
        _ if header => "1",
        "Running" | "Ready" | "True" | "ok" => "32",
        "Failed" | "False" | "fail" => "31",
        "Queued" | "Starting" | "Stopping" | "Deleting" | "Preparing" | "Pending" | "warn" => "33",
        "Stopped" | "Absent" => "2",
        _ => return cell.to_owned(),
    };
    format!("\x1b[{code}m{cell}\x1b[0m")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Foreign text cannot move the cursor or colour the screen.
fn plain(cell: &str) -> String {
    cell.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
