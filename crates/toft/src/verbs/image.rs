//! `toft image`: root file systems.

use std::time::Duration;

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Api, GROUP, escape};
use crate::failure::{Failure, Outcome};
use crate::output::progress::Progress;
use crate::output::table::Table;
use crate::output::{self, bytes};

/// How often a pull's progress is read.
const POLL: Duration = Duration::from_millis(500);

/// Arguments of `image`.
#[derive(Debug, Args)]
pub struct Image {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them with what they take on disk.
    #[command(after_help = "Examples:\n  toft image ls\n  toft get images -o yaml")]
    Ls,
    /// Fetch or make an image now, so that no workspace waits for it.
    #[command(
        after_help = "Examples:\n  toft image pull shell\n  toft image pull docker.io/library/debian:bookworm --name debian"
    )]
    Pull {
        /// An image's name, or a reference in an OCI registry.
        image: String,
        /// What an image from a registry is called here.
        #[arg(long)]
        name: Option<String>,
    },
    /// Remove an image; workspaces that run keep what they have.
    #[command(after_help = "Examples:\n  toft image rm debian\n  toft image gc")]
    Rm {
        /// Its name.
        name: String,
    },
    /// Remove what no image and no workspace uses.
    #[command(after_help = "Examples:\n  toft image gc\n  toft image ls")]
    Gc,
}

// === impl Image ===

impl Image {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        match self.what {
            What::Ls => output::data(
                &Table::from_api(&api.table(&format!("{GROUP}/images")).await?, false, false).render(),
            ),
            What::Pull { image, name } => pull(api, &image, name).await,
            What::Rm { name } => {
                api.delete(&format!("{GROUP}/images/{}", escape(&name))).await?;
                output::say(&format!("{name} is removed; `toft image gc` frees its space"));
                Ok(())
            }
            What::Gc => {
                let removed = api
                    .json(Method::POST, "/api/toft/v1/images/gc", &json!({}))
                    .await?;
                let items: Vec<&Value> = removed["removed"].as_array().into_iter().flatten().collect();
                let freed: u64 = items.iter().filter_map(|item| item["bytes"].as_u64()).sum();
                output::say(&format!("{} removed, {} freed", items.len(), bytes(freed)));
                Ok(())
            }
        }
    }
}

async fn pull(api: &Api, image: &str, name: Option<String>) -> Outcome<()> {
    let by_reference = image.contains(['/', ':']);
    let name = match name {
        Some(name) => name,
        None if by_reference => toft_model::name::suggest(
            image.rsplit('/').next().unwrap_or(image),
            toft_model::name::OBJECT_MAX,
        ),
        None => image.to_owned(),
    };
    let path = format!("{GROUP}/images/{}", escape(&name));
    if by_reference && api.find(&path).await?.is_none() {
        let object = json!({
            "apiVersion": toft_model::API_VERSION, "kind": "Image", "metadata": { "name": name },
            "spec": { "source": { "oci": { "reference": image } } },
        });
        api.json(Method::POST, &format!("{GROUP}/images"), &object)
            .await?;
    }
    api.json(Method::POST, &format!("{path}/pull"), &json!({}))
        .await?;
    let mut progress = Progress::new(&name);
    loop {
        let object = api.get(&path).await?;
        let status = &object["status"];
        let message = status["message"].as_str().unwrap_or_default();
        match status["phase"].as_str() {
            Some("Ready") => {
                progress.finish("ready");
                return output::data(&format!("{}\n", status["digest"].as_str().unwrap_or_default()));
            }
            Some("Failed") => {
                progress.abandon();
                return Err(Failure::new(format!(
                    "failed to prepare the image '{name}': {message}"
                )));
            }
            _ => progress.step(&status["progress"].as_u64().map_or_else(
                || message.to_owned(),
                |percent| format!("{message} ({percent} %)"),
            )),
        }
        progress.tick();
        tokio::time::sleep(POLL).await;
    }
}
