//! `toft events`: what happened, and what happens.

use clap::Args;
use serde_json::Value;
use toft_model::Kind;

use crate::client::Api;
use crate::failure::Outcome;
use crate::output::{self, Format};
use crate::verbs::get::collection;

/// Arguments of `events`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft events -f\n  toft events -A -o json | jq -r .reason")]
pub struct Events {
    /// Only of this workspace.
    name: Option<String>,
    /// Go on as more happens.
    #[arg(long, short)]
    follow: bool,
    /// Of every owner.
    #[arg(long, short = 'A')]
    all: bool,
    /// Of this owner.
    #[arg(long, short = 'n', value_name = "OWNER")]
    owner: Option<String>,
    /// `json` prints one object a line.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

// === impl Events ===

impl Events {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let (owner, name) = match self.name.as_deref().map(|name| {
            name.split_once('/')
                .map_or((None, name), |(owner, name)| (Some(owner), name))
        }) {
            Some((owner, name)) => (owner.or(self.owner.as_deref()), Some(name)),
            None => (self.owner.as_deref(), None),
        };
        let path = collection(api, Kind::Event, self.all, owner).await?;
        let list = api.get(&path).await?;
        let mut items: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
        items.sort_by_key(|event| event["lastTimestamp"].as_str());
        for event in items {
            self.show(event, name)?;
        }
        if !self.follow {
            return Ok(());
        }
        let mut from = list["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or("0")
            .to_owned();
        loop {
            let mut lines = api
                .lines(&format!(
                    "{path}?watch=true&allowWatchBookmarks=true&resourceVersion={from}"
                ))
                .await?;
            while let Ok(Some((kind, event))) = Api::next_event(&mut lines).await {
                if let Some(version) = event["metadata"]["resourceVersion"].as_str() {
                    version.clone_into(&mut from);
                }
                if matches!(kind.as_str(), "ADDED" | "MODIFIED") {
                    self.show(&event, name)?;
                }
            }
        }
    }

    fn show(&self, event: &Value, name: Option<&str>) -> Outcome<()> {
        let object = &event["involvedObject"];
        if name.is_some_and(|name| object["name"] != name) {
            return Ok(());
        }
        match self.output {
            Format::Json => output::data(&format!("{event}\n")),
            Format::Yaml => output::data(&format!("---\n{}", output::yaml(event)?)),
            _ => {
                let text = |value: &Value| {
                    value
                        .as_str()
                        .unwrap_or_default()
                        .chars()
                        .filter(|c| !c.is_control())
                        .collect::<String>()
                };
                let time = text(&event["lastTimestamp"]);
                let colour = if event["type"] == "Warning" {
                    "\x1b[33m"
                } else {
                    "\x1b[32m"
                };
                let what = format!(
                    "{}/{}",
                    text(&object["kind"]).to_lowercase(),
                    text(&object["name"])
                );
                output::data(&format!(
                    "{time}  {colour}{:<12}\x1b[0m {what}: {}\n",
                    text(&event["reason"]),
                    text(&event["message"])
                ))
            }
        }
    }
}
