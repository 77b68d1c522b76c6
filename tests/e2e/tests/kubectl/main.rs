//! A stock kubectl, built from its Go module, works as it does with a cluster.

#![allow(clippy::unwrap_used, reason = "tests")]

mod api;
mod objects;
mod owners;
mod refusals;
mod running;

/// A workspace that does not run, as a file has it.
fn stopped(name: &str, more: &str) -> String {
    format!(
        "apiVersion: toft.dev/v1alpha1\nkind: Workspace\nmetadata: {{name: {name}, labels: {{course: rust}}}}\nspec: {{template: shell, running: false{more}}}\n"
    )
}
