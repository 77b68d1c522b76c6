//! `toft create`: a workspace from a template.

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use crate::client::{Api, GROUP};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Format};
use crate::target::Target;
use crate::verbs::limits::Limits;
use crate::verbs::wait::{self, Goal, Wait};

/// Arguments of `create`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft create dev --wait\n  toft create ada/site --template shell --memory 2Gi --cpu 500m"
)]
pub struct Create {
    /// `[OWNER/]NAME` of the new workspace.
    name: Target,
    /// The template; `toft template ls` lists them.
    #[arg(long, short, default_value = "shell")]
    template: String,
    /// A parameter of the template.
    #[arg(long = "param", short, value_name = "KEY=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    /// A label.
    #[arg(long = "label", short, value_name = "KEY=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// Another image than the template's; `toft image ls` lists them.
    #[arg(long)]
    image: Option<String>,
    #[command(flatten)]
    limits: Limits,
    /// Create it without starting it.
    #[arg(long)]
    stopped: bool,
    #[command(flatten)]
    wait: Wait,
    /// How the result is printed.
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

/// `KEY=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("'{text}' is not KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

// === impl Create ===

impl Create {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let owner = match &self.name.owner {
            Some(owner) => owner.clone(),
            None => api.own_namespace().await?,
        };
        let path = format!("{GROUP}/namespaces/{owner}/workspaces");
        let created = api.json(Method::POST, &path, &self.object(&owner)).await;
        let created = created.map_err(|failure| {
            failure.if_unanswered(|| {
                let name = &self.name;
                format!("it may have been created; look with `toft get ws {name}`, and create it again if it is not there")
            })
        })?;
        let object = format!("{path}/{}", self.name.name);
        let shown = if let Some(limit) = self.wait.limit() {
            let goal = if self.stopped { Goal::Stopped } else { Goal::Ready };
            wait::until(api, &object, &self.name.to_string(), goal, limit).await?
        } else {
            created
        };
        self.show(api, &owner, &shown).await
    }

    fn object(&self, owner: &str) -> Value {
        let pairs = |pairs: &[(String, String)]| -> Map<String, Value> {
            pairs
                .iter()
                .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
                .collect()
        };
        let mut metadata = json!({ "name": self.name.name, "namespace": owner });
        if !self.labels.is_empty() {
            metadata["labels"] = pairs(&self.labels).into();
        }
        let mut spec = json!({ "template": self.template, "running": !self.stopped });
        if !self.params.is_empty() {
            spec["parameters"] = pairs(&self.params).into();
        }
        if let Some(image) = &self.image {
            spec["image"] = Value::from(image.as_str());
        }
        let limits = self.limits.given();
        if !limits.is_empty() {
            spec["resources"]["limits"] = limits.into();
        }
        json!({ "apiVersion": toft_model::API_VERSION, "kind": "Workspace", "metadata": metadata, "spec": spec })
    }

    async fn show(&self, api: &Api, owner: &str, object: &Value) -> Outcome<()> {
        match self.output {
            Some(Format::Json) => output::data(&output::json(object)),
            Some(Format::Yaml) => output::data(&output::yaml(object)?),
            Some(Format::Name) => output::data(&format!("{owner}/{}\n", self.name.name)),
            Some(Format::Table | Format::Wide) | None => {
                let page = page(api, owner, &self.name.name).await?;
                output::data(&format!("{page}\n"))?;
                output::say(&format!(
                    "open it with `toft open {0}`, or run a command: `toft exec -t {0} -- bash`",
                    self.name
                ));
                Ok(())
            }
        }
    }
}

/// The address of a workspace's page.
async fn page(api: &Api, owner: &str, name: &str) -> Outcome<String> {
    let host = api.get("/api/toft/v1/host").await?;
    let base = host["urls"][0]
        .as_str()
        .ok_or_else(|| Failure::new("the daemon does not say where it serves"))?;
    Ok(format!("{}/w/{owner}/{name}", base.trim_end_matches('/')))
}
