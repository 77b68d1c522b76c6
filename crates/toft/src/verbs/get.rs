//! `toft ls` and `toft get`: objects as tables, JSON, YAML or names.

use clap::Args;
use serde_json::{Value, json};
use toft_model::Kind;

use crate::client::{Api, GROUP, escape};
use crate::failure::{Failure, Outcome};
use crate::output::table::Table;
use crate::output::{self, Format};

/// Most objects of one answer; longer lists come in pieces.
const PAGE: usize = 500;

/// Arguments of `ls`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft ls\n  toft ls -A -o wide")]
pub struct Ls {
    #[command(flatten)]
    which: Which,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft get workspace dev -o yaml\n  toft get templates")]
pub struct Get {
    /// `workspaces`, `templates`, `images`, `events`, or a short form.
    kind: String,
    /// `[OWNER/]NAME`; all of the kind without it.
    name: Option<String>,
    #[command(flatten)]
    which: Which,
}

/// Which objects, and how.
#[derive(Debug, Args)]
struct Which {
    /// Of every owner.
    #[arg(long, short = 'A')]
    all: bool,
    /// Of this owner.
    #[arg(long, short = 'n', value_name = "OWNER")]
    owner: Option<String>,
    /// Only with these labels.
    #[arg(long = "selector", short = 'l', value_name = "KEY=VALUE")]
    selector: Option<String>,
    /// How they are printed.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

// === impl Ls ===

impl Ls {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        self.which.list(api, Kind::Workspace).await
    }
}

// === impl Get ===

impl Get {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let (kind, name) = split(&self.kind, self.name.as_deref());
        let kind = Kind::parse(kind).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.into_iter().map(Kind::plural).collect();
            Failure::new(format!("'{kind}' is no kind of object"))
                .hint(format!("kinds are {}", known.join(", ")))
        })?;
        match name {
            None => self.which.list(api, kind).await,
            Some(name) => self.which.one(api, kind, name).await,
        }
    }
}

/// `get workspace/dev` is as good as `get workspace dev`.
fn split<'a>(kind: &'a str, name: Option<&'a str>) -> (&'a str, Option<&'a str>) {
    match (kind.split_once('/'), name) {
        (Some((kind, name)), None) => (kind, Some(name)),
        _ => (kind, name),
    }
}

// === impl Which ===

impl Which {
    async fn list(&self, api: &Api, kind: Kind) -> Outcome<()> {
        let path = collection(api, kind, self.all, self.owner.as_deref()).await?;
        let query = self.selector.as_deref().map_or(String::new(), |selector| {
            format!("&labelSelector={}", escape(selector))
        });
        if matches!(self.output, Format::Table | Format::Wide) {
            let table = pages(api, &path, &query, true).await?;
            let table = Table::from_api(&table, self.output == Format::Wide, self.all && kind.namespaced());
            return if table.is_empty() {
                output::say(&nothing(kind));
                Ok(())
            } else {
                output::data(&table.render())
            };
        }
        let list = pages(api, &path, &query, false).await?;
        match self.output {
            Format::Json => output::data(&output::json(&list)),
            Format::Yaml => output::data(&output::yaml(&list)?),
            _ => {
                let names: String = list["items"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(name_line)
                    .collect();
                output::data(&names)
            }
        }
    }

    async fn one(&self, api: &Api, kind: Kind, name: &str) -> Outcome<()> {
        let (owner, name) = name
            .split_once('/')
            .map_or((self.owner.as_deref(), name), |(owner, name)| (Some(owner), name));
        let path = format!("{}/{}", collection(api, kind, false, owner).await?, escape(name));
        match self.output {
            Format::Table | Format::Wide => output::data(
                &Table::from_api(&api.table(&path).await?, self.output == Format::Wide, false).render(),
            ),
            Format::Json => output::data(&output::json(&api.get(&path).await?)),
            Format::Yaml => output::data(&output::yaml(&api.get(&path).await?)?),
            Format::Name => output::data(&name_line(&api.get(&path).await?)),
        }
    }
}

/// The path of a kind's objects: everybody's, an owner's, or one's own.
///
/// # Errors
/// As [`Api::call`], where the owner has to be asked for.
pub async fn collection(api: &Api, kind: Kind, all: bool, owner: Option<&str>) -> Outcome<String> {
    let base = if kind == Kind::Event { "/api/v1" } else { GROUP };
    if !kind.namespaced() || all {
        return Ok(format!("{base}/{}", kind.plural()));
    }
    let owner = match owner {
        Some(owner) => owner.to_owned(),
        None => api.own_namespace().await?,
    };
    Ok(format!("{base}/namespaces/{}/{}", escape(&owner), kind.plural()))
}

/// All pages of a list as one.
async fn pages(api: &Api, path: &str, query: &str, table: bool) -> Outcome<Value> {
    let entries = if table { "rows" } else { "items" };
    let mut whole = Value::Null;
    let mut from = String::new();
    loop {
        let url = format!("{path}?limit={PAGE}{query}{from}");
        let mut page = if table {
            api.table(&url).await?
        } else {
            api.get(&url).await?
        };
        let next = page["metadata"]["continue"]
            .as_str()
            .filter(|next| !next.is_empty())
            .map(|next| format!("&continue={}", escape(next)));
        let more = page[entries]
            .as_array_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        if whole.is_null() {
            whole = page;
            whole[entries] = json!([]);
        }
        if let Some(all) = whole[entries].as_array_mut() {
            all.extend(more);
        }
        match next {
            Some(next) => from = next,
            None => return Ok(whole),
        }
    }
}

fn name_line(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match object["metadata"]["namespace"].as_str() {
        Some(owner) => format!("{owner}/{name}\n"),
        None => format!("{name}\n"),
    }
}

fn nothing(kind: Kind) -> String {
    match kind {
        Kind::Workspace => "no workspaces yet; make one: toft create dev --wait".to_owned(),
        other => format!("no {}", other.plural()),
    }
}
