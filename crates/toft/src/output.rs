//! What a person reads: data on standard output, talk on standard error, colour only with
//! meaning and only where somebody sees it (`NO_COLOR` and pipes switch it off).

pub mod progress;
pub mod table;

use std::io::{IsTerminal, Write};

use serde_json::Value;

use crate::failure::{Context, Outcome};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Columns that fit 80 characters.
    #[default]
    Table,
    /// More columns.
    Wide,
    /// JSON.
    Json,
    /// YAML, as `apply` reads it.
    Yaml,
    /// Names only, as `delete` accepts them.
    Name,
}

/// Writes an error and what to do about it.
pub fn error(message: &str, hint: Option<&str>) {
    let mut stderr = anstream::stderr();
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(stderr, "\x1b[1;31merror:\x1b[0m {}", harmless(message));
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "\x1b[1;36mhint:\x1b[0m {}", harmless(hint));
    }
}

/// Foreign text for a person's terminal: lines and tabs stay, what a terminal would obey does not.
pub fn harmless(text: &str) -> String {
    let seen = |c: char| {
        if c.is_control() && !matches!(c, '\n' | '\t') {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(seen).collect()
}

/// A line that a workspace has written. Programs get it as it is; a person's terminal gets its colours and
/// nothing else that it would obey.
///
/// # Errors
/// The data cannot be written for another reason than a reader that went away.
pub fn foreign_line(line: &str) -> Outcome<()> {
    if std::io::stdout().is_terminal() {
        return data(&format!("{}\n", coloured(line)));
    }
    data(&format!("{line}\n"))
}

/// Keeps `ESC [ numbers m` of a line's control sequences, and ends with none in force.
fn coloured(line: &str) -> String {
    const ESCAPE: char = '\u{1b}';
    let (mut out, mut rest, mut any) = (String::with_capacity(line.len()), line, false);
    while let Some(at) = rest.find(ESCAPE) {
        out.push_str(&harmless(&rest[..at]));
        rest = &rest[at..];
        let body = rest.strip_prefix("\u{1b}[").unwrap_or_default();
        let length = body
            .find(|c: char| !c.is_ascii_digit() && c != ';')
            .unwrap_or(body.len());
        let whole = if body[length..].starts_with('m') {
            length + 3
        } else {
            1
        };
        if whole > 1 {
            out.push_str(&rest[..whole]);
            any = true;
        } else {
            out.push('\u{fffd}');
        }
        rest = &rest[whole..];
    }
    out.push_str(&harmless(rest));
    if any {
        out.push_str("\u{1b}[0m");
    }
    out
}

/// Writes a line of talk to standard error.
pub fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Writes data to standard output. A reader that went away ends the program quietly, as it does
/// with any other filter.
///
/// # Errors
/// The data cannot be written for another reason, such as a full disk.
pub fn data(text: &str) -> Outcome<()> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.context(|| "write to standard output".to_owned()),
    }
}

/// An object as JSON, indented.
pub fn json(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// An object as YAML that `apply` reads.
///
/// # Errors
/// It cannot be written as YAML.
pub fn yaml(value: &Value) -> Outcome<String> {
    serde_saphyr::to_string(value).context(|| "write YAML".to_owned())
}

/// Whether a person looks at standard error.
pub fn talks_to_a_person() -> bool {
    std::io::stderr().is_terminal()
}

/// A number of bytes for people: `1.5 GiB`.
#[allow(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{count} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests;
