//! What was measured, as a table and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use crate::output::table::Table;

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Millis,
    /// Megabytes, of 1,000,000 octets.
    Megabytes,
}

/// All that was measured, in the order in which it first came.
#[derive(Debug, Default)]
pub struct Report(Vec<Line>);

#[derive(Debug)]
struct Line {
    name: &'static str,
    what: &'static str,
    unit: Unit,
    samples: Vec<f64>,
}

// === impl Report ===

impl Report {
    /// Adds a time.
    pub fn time(&mut self, name: &'static str, what: &'static str, took: Duration) {
        self.push(name, what, Unit::Millis, took.as_secs_f64() * 1000.0);
    }

    /// Adds a number of octets.
    #[allow(clippy::cast_precision_loss, reason = "shown with one decimal")]
    pub fn add(&mut self, name: &'static str, what: &'static str, unit: Unit, bytes: u64) {
        self.push(name, what, unit, bytes as f64 / 1e6);
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut table = Table::new(["WHAT", "MIDDLE", "FASTEST", "SLOWEST", "SAMPLES"]);
        for line in &self.0 {
            let [least, middle, most] = line.figures();
            let extremes = [least, most].map(|value| {
                if line.samples.len() > 1 {
                    line.unit.show(value)
                } else {
                    String::new()
                }
            });
            let [least, most] = extremes;
            let count = line.samples.len().to_string();
            table.row([line.what.to_owned(), line.unit.show(middle), least, most, count]);
        }
        table.render()
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let lines = self.0.iter().map(|line| {
            let [least, middle, most] = line.figures();
            json!({
                "name": line.name, "what": line.what, "unit": line.unit.name(),
                "p50": middle, "min": least, "max": most, "samples": line.samples.len(),
            })
        });
        json!({ "measurements": lines.collect::<Vec<_>>() })
    }

    fn push(&mut self, name: &'static str, what: &'static str, unit: Unit, sample: f64) {
        if let Some(line) = self.0.iter_mut().find(|line| line.name == name) {
            return line.samples.push(sample);
        }
        self.0.push(Line {
            name,
            what,
            unit,
            samples: vec![sample],
        });
    }
}

// === impl Line ===

impl Line {
    /// The smallest, the middle one and the largest sample. A line has at least one.
    fn figures(&self) -> [f64; 3] {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len() - 1;
        [
            sorted[0],
            f64::midpoint(sorted[last / 2], sorted[sorted.len() / 2]),
            sorted[last],
        ]
    }
}

// === impl Unit ===

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Millis => "ms",
            Self::Megabytes => "MB",
        }
    }

    fn show(self, value: f64) -> String {
        format!("{value:.1} {}", self.name())
    }
}

#[cfg(test)]
mod tests;
