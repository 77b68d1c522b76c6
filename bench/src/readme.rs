//! The table in the README, between two markers.

use std::path::Path;

use crate::failure::{Context, Failure};

const BEGIN: &str = "<!-- bench: written by `make bench ARGS=--readme` -->\n";
const END: &str = "<!-- /bench -->\n";

/// Puts `table` between the markers of the file at `path`.
///
/// # Errors
/// The file cannot be read or written, or has no markers.
pub fn update(path: &Path, table: &str) -> Result<(), Failure> {
    let doing = |verb: &str| format!("{verb} {}", path.display());
    let old = std::fs::read_to_string(path).context(|| doing("read"))?;
    let new = splice(&old, table).ok_or_else(|| {
        Failure::new(format!(
            "{} has no lines '{}' and '{}'",
            path.display(),
            BEGIN.trim(),
            END.trim()
        ))
    })?;
    std::fs::write(path, new).context(|| doing("write"))
}

/// `text` with `table` between its markers; nothing where there are none.
fn splice(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests;
