//! `toft clone`: a new workspace that begins with what another one's disk holds.

use clap::Args;
use http::Method;
use serde_json::{Value, json};

use crate::client::{Api, GROUP};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::target::Target;
use crate::target::snapshot::Moment;
use crate::verbs::snapshot;
use crate::verbs::wait::{self, Goal, Wait};

/// Arguments of `clone`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft clone dev dev2 --start --wait\n  toft clone dev@before-upgrade old"
)]
pub struct Clone {
    /// `[OWNER/]NAME[@SNAPSHOT]` of what is copied: the disk as it is at this moment, or as it was.
    source: Moment,
    /// `NAME` of the new workspace, which has the same owner.
    name: Target,
    /// Start it.
    #[arg(long)]
    start: bool,
    #[command(flatten)]
    wait: Wait,
}

// === impl Clone ===

impl Clone {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let owner = match &self.source.workspace.owner {
            Some(owner) => owner.clone(),
            None => api.own_namespace().await?,
        };
        if self.name.owner.as_ref().is_some_and(|other| *other != owner) {
            return Err(
                Failure::new("a clone belongs to the owner of what it is made from")
                    .hint("leave the owner out of its name"),
            );
        }
        let (like, source) = self.source(api).await?;
        let mut spec = json!({ "template": like["template"], "running": self.start, "dataSource": source });
        for field in ["parameters", "image", "resources"] {
            if !like[field].is_null() {
                spec[field] = like[field].clone();
            }
        }
        let collection = format!("{GROUP}/namespaces/{owner}/workspaces");
        let wish = json!({
            "apiVersion": toft_model::API_VERSION, "kind": "Workspace",
            "metadata": { "name": self.name.name }, "spec": spec,
        });
        api.json(Method::POST, &collection, &wish).await?;
        let path = format!("{collection}/{}", self.name.name);
        if let Some(limit) = self.wait.limit() {
            let goal = if self.start { Goal::Ready } else { Goal::Stopped };
            wait::until(api, &path, &self.name.to_string(), goal, limit).await?;
        }
        output::data(&format!("{owner}/{}\n", self.name.name))
    }

    /// What the new one is like, and where its disk comes from.
    async fn source(&self, api: &Api) -> Outcome<(Value, Value)> {
        if self.source.snapshot.is_none() {
            let found = api.get(&api.path_of(&self.source.workspace).await?).await?;
            let source = json!({ "kind": "Workspace", "name": self.source.workspace.name });
            return Ok((found["spec"].clone(), source));
        }
        let found = snapshot::ready(api, &self.source).await?;
        let source = json!({ "kind": "Snapshot", "name": found["metadata"]["name"] });
        Ok((found["status"]["source"].clone(), source))
    }
}
