//! `toft apply` and `toft diff`: objects as files say. What was applied last is kept in the
//! annotation that kubectl uses, so that both can be used on the same objects.

mod files;
mod merge;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use http::Method;
use serde_json::{Value, json};
use similar::TextDiff;
use toft_model::Kind;

use crate::client::{Api, escape};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::verbs::get::collection;

/// Arguments of `apply`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft apply -f site/\n  toft get ws dev -o yaml | sed s/dev/dev2/ | toft apply -f -"
)]
pub struct Apply {
    #[command(flatten)]
    files: Files,
    /// Delete what was applied before with these labels and is in no file now.
    #[arg(long, requires = "selector")]
    prune: bool,
    /// Which objects `--prune` may delete.
    #[arg(long, short = 'l', value_name = "KEY=VALUE")]
    selector: Option<String>,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft diff -f site/\n  toft diff -f dev.yaml\nEnds with 1 where something would change."
)]
pub struct Diff {
    #[command(flatten)]
    files: Files,
}

/// Where the objects come from.
#[derive(Debug, Args)]
struct Files {
    /// A file, a folder, or `-` for standard input; may be given several times.
    #[arg(long, short, required = true, value_name = "FILE")]
    filename: Vec<PathBuf>,
}

/// An object of a file, and where it stands in the API.
struct Wanted {
    object: Value,
    kind: Kind,
    collection: String,
    path: String,
}

// === impl Apply ===

impl Apply {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let wanted = self.files.read(api).await?;
        for one in &wanted {
            let verb = one
                .apply(api, "")
                .await
                .map_err(|failure| failure.while_doing(&one.label()))?
                .1;
            output::data(&format!("{} {verb}\n", one.label()))?;
        }
        match (&self.selector, self.prune) {
            (Some(selector), true) => prune(api, &wanted, selector).await,
            _ => Ok(()),
        }
    }
}

// === impl Diff ===

impl Diff {
    pub async fn run(self, api: &Api) -> Outcome<ExitCode> {
        let mut changed = false;
        for one in self.files.read(api).await? {
            let before = api.find(&one.path).await?.unwrap_or_default();
            let after = one
                .apply(api, "?dryRun=All")
                .await
                .map_err(|failure| failure.while_doing(&one.label()))?
                .0;
            let (before, after) = (comparable(before)?, comparable(after)?);
            if before != after {
                changed = true;
                let text = TextDiff::from_lines(&before, &after);
                output::data(
                    &text
                        .unified_diff()
                        .header(&format!("live/{}", one.label()), &format!("file/{}", one.label()))
                        .to_string(),
                )?;
            }
        }
        Ok(if changed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

// === impl Files ===

impl Files {
    async fn read(&self, api: &Api) -> Outcome<Vec<Wanted>> {
        let mut wanted = Vec::new();
        for (origin, object) in files::read(&self.filename)? {
            wanted.push(
                Wanted::locate(api, object)
                    .await
                    .map_err(|failure| failure.while_doing(&origin))?,
            );
        }
        Ok(wanted)
    }
}

// === impl Wanted ===

impl Wanted {
    async fn locate(api: &Api, mut object: Value) -> Outcome<Self> {
        let kind = object["kind"].as_str().unwrap_or_default();
        let kind = Kind::parse(kind)
            .filter(|kind| *kind != Kind::Event)
            .ok_or_else(|| {
                Failure::new(format!("'{kind}' is no kind that can be applied"))
                    .hint("kinds are Workspace, Template and Image")
            })?;
        let name = object["metadata"]["name"]
            .as_str()
            .ok_or_else(|| Failure::new("metadata.name: must not be empty"))?
            .to_owned();
        let owner = object["metadata"]["namespace"].as_str().map(str::to_owned);
        let collection = collection(api, kind, false, owner.as_deref()).await?;
        if kind.namespaced() && owner.is_none() {
            object["metadata"]["namespace"] = Value::from(api.own_namespace().await?);
        }
        let path = format!("{collection}/{}", escape(&name));
        Ok(Self {
            object,
            kind,
            collection,
            path,
        })
    }

    fn label(&self) -> String {
        let meta = &self.object["metadata"];
        let name = meta["name"].as_str().unwrap_or_default();
        match meta["namespace"].as_str() {
            Some(owner) => format!("{}/{owner}/{name}", self.kind.singular()),
            None => format!("{}/{name}", self.kind.singular()),
        }
    }

    /// Creates or patches the object; returns it as it then is, and the word for what was done.
    async fn apply(&self, api: &Api, query: &str) -> Outcome<(Value, &'static str)> {
        let annotated = merge::annotated(&self.object);
        let Some(live) = api.find(&self.path).await? else {
            let created = api
                .json(Method::POST, &format!("{}{query}", self.collection), &annotated)
                .await?;
            return Ok((created, "created"));
        };
        let patch = merge::patch(&live, &annotated);
        if patch == json!({}) {
            return Ok((live, "unchanged"));
        }
        Ok((
            api.patch(&format!("{}{query}", self.path), &patch).await?,
            "configured",
        ))
    }
}

async fn prune(api: &Api, wanted: &[Wanted], selector: &str) -> Outcome<()> {
    let kept: BTreeSet<&str> = wanted.iter().map(|one| one.path.as_str()).collect();
    let collections: BTreeSet<(&str, &'static str)> = wanted
        .iter()
        .map(|one| (one.collection.as_str(), one.kind.singular()))
        .collect();
    for (collection, kind) in collections {
        let list = api
            .get(&format!("{collection}?labelSelector={}", escape(selector)))
            .await?;
        for object in list["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|object| merge::was_applied(object))
        {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let path = format!("{collection}/{}", escape(name));
            if !kept.contains(path.as_str()) {
                api.delete(&path).await?;
                output::data(&format!("{kind}/{name} pruned\n"))?;
            }
        }
    }
    Ok(())
}

/// An object without what changes by itself.
fn comparable(mut object: Value) -> Outcome<String> {
    if object.is_null() {
        return Ok(String::new());
    }
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("status");
    }
    if let Some(meta) = object["metadata"].as_object_mut() {
        for key in [
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
            "finalizers",
        ] {
            meta.shift_remove(key);
        }
        if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
            notes.shift_remove(merge::LAST_APPLIED);
            if notes.is_empty() {
                meta.shift_remove("annotations");
            }
        }
    }
    output::yaml(&object)
}
