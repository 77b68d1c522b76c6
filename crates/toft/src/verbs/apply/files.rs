//! The objects in files, folders and standard input: YAML with several documents, or JSON;
//! lists count as their items.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::{Context, Failure, Outcome};

/// Largest file that is read.
const SIZE_MAX: u64 = 16 << 20;

/// All objects with the place where each stands, in the files' order and the order of names.
///
/// # Errors
/// A file cannot be read or understood.
pub fn read(paths: &[PathBuf]) -> Outcome<Vec<(String, Value)>> {
    let mut objects = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            parse(
                "standard input",
                &bounded(std::io::stdin(), "standard input")?,
                &mut objects,
            )?;
            continue;
        }
        for file in listed(path)? {
            let name = file.display().to_string();
            let source = std::fs::File::open(&file).context(|| format!("read {name}"))?;
            parse(&name, &bounded(source, &name)?, &mut objects)?;
        }
    }
    if objects.is_empty() {
        return Err(Failure::new("there is no object in what was given").hint(
            "a file holds objects with apiVersion, kind, metadata and spec: toft get ws NAME -o yaml",
        ));
    }
    Ok(objects)
}

fn listed(path: &Path) -> Outcome<Vec<PathBuf>> {
    let doing = || format!("read {}", path.display());
    if !std::fs::metadata(path).context(doing)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).context(doing)? {
        let entry = entry.context(doing)?.path();
        let wanted = entry
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if entry.is_dir() {
            files.extend(listed(&entry)?);
        } else if wanted {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

fn bounded(source: impl Read, name: &str) -> Outcome<String> {
    let mut text = String::new();
    source
        .take(SIZE_MAX + 1)
        .read_to_string(&mut text)
        .context(|| format!("read {name}"))?;
    if text.len() as u64 > SIZE_MAX {
        return Err(Failure::new(format!(
            "{name} is larger than {}",
            crate::output::bytes(SIZE_MAX)
        )));
    }
    Ok(text)
}

fn parse(name: &str, text: &str, objects: &mut Vec<(String, Value)>) -> Outcome<()> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).context(|| format!("understand {name}"))?;
    for mut document in documents.into_iter().filter(|document| !document.is_null()) {
        if document["kind"] == "List" {
            let items = document["items"]
                .as_array_mut()
                .map(std::mem::take)
                .unwrap_or_default();
            objects.extend(items.into_iter().map(|item| (name.to_owned(), item)));
        } else {
            objects.push((name.to_owned(), document));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
