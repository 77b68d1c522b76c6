//! Chores of the repository: `cargo xtask help` lists them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use toft_model::Kind;
use toft_model::schema;

const HELP: &str = "cargo xtask crds          write deploy/crds/*.yaml from the model
cargo xtask crds --check  fail where they are not what the model says";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["crds"] => crds(false),
        ["crds", "--check"] => crds(true),
        _ => {
            println!("{HELP}");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes, or compares, the custom resource definition of each kind.
fn crds(check: bool) -> Result<()> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/crds");
    for kind in Kind::ALL {
        let Some(crd) = schema::crd(kind) else { continue };
        let text =
            serde_saphyr::to_string(&crd).with_context(|| format!("failed to write the {kind} as YAML"))?;
        let path: PathBuf = dir.join(format!("{}.yaml", kind.plural()));
        if !check {
            std::fs::create_dir_all(&dir)?;
            std::fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
        } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
            bail!(
                "{} is not what the model says: run `cargo xtask crds`",
                path.display()
            );
        }
    }
    Ok(())
}
