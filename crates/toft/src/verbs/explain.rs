//! `toft explain`: what a field means, without a daemon.

use std::fmt::Write;

use clap::Args;
use toft_model::schema::{self, Explanation, Field};

use crate::failure::{Failure, Outcome};
use crate::output;

/// Columns of a description.
const WIDTH: usize = 76;

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft explain workspace\n  toft explain workspace.spec.lifecycle")]
pub struct Explain {
    /// `KIND[.FIELD…]`.
    path: String,
}

// === impl Explain ===

impl Explain {
    pub fn run(self) -> Outcome<()> {
        let found = schema::explain(&self.path).map_err(|error| Failure::new(error.to_string()))?;
        output::data(&page(&found))
    }
}

fn page(found: &Explanation) -> String {
    let path: Vec<&str> = std::iter::once(found.kind.singular())
        .chain(found.path.iter().map(String::as_str))
        .collect();
    let mut out = format!(
        "\x1b[1m{}\x1b[0m <{}>\n{}",
        path.join("."),
        found.type_name,
        indented(&found.description, 2)
    );
    let mut facts = Vec::new();
    facts.extend(
        found
            .default
            .as_ref()
            .map(|default| format!("default: {default}")),
    );
    facts.extend((!found.options.is_empty()).then(|| format!("one of: {}", found.options.join(", "))));
    for fact in facts {
        let _ = writeln!(out, "  {fact}");
    }
    if !found.fields.is_empty() {
        out.push_str("\nFIELDS\n");
    }
    for field in &found.fields {
        out.push_str(&entry(field));
    }
    out
}

fn entry(field: &Field) -> String {
    let required = if field.required { " (required)" } else { "" };
    format!(
        "  \x1b[36m{}\x1b[0m <{}>{required}\n{}",
        field.name,
        field.type_name,
        indented(&field.description, 6)
    )
}

/// Text broken into lines, each indented.
fn indented(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(out, "{:indent$}{line}", "");
    }
    out
}
