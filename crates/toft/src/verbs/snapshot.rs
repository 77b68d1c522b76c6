//! `toft snapshot`: what a workspace's disk held, kept and brought back.

use std::time::Duration;

use clap::{Args, Subcommand};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::{Api, GROUP, escape};
use crate::failure::{Failure, Outcome};
use crate::output::table::Table;
use crate::output::{self, bytes};
use crate::target::Target;
use crate::target::snapshot::{Moment, shown};

/// How long a snapshot or a restore may take: the disk may have much to write before.
const PATIENCE: Duration = Duration::from_mins(2);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub struct Snapshot {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Keep what a workspace's disk holds now, running or not.
    #[command(
        after_help = "Examples:\n  toft snapshot create dev\n  toft snapshot create dev@before-upgrade --days 30"
    )]
    Create {
        /// `[OWNER/]NAME[@SNAPSHOT]`; the time is its name without one.
        of: Moment,
        /// Days until it removes itself; never without it.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
    },
    /// List snapshots.
    #[command(after_help = "Examples:\n  toft snapshot ls\n  toft snapshot ls dev")]
    Ls {
        /// Of this workspace only.
        name: Option<Target>,
    },
    /// Put what a snapshot holds in the place of the workspace's disk; what is there now is kept as a
    /// snapshot before.
    #[command(
        after_help = "Examples:\n  toft stop dev --wait && toft snapshot restore dev@before-upgrade\n  toft snapshot restore dev@before-upgrade --stop"
    )]
    Restore {
        /// `[OWNER/]NAME@SNAPSHOT`; `toft clone` makes a new workspace of it instead.
        from: Moment,
        /// Stop the workspace for it if it runs, and start it again.
        #[arg(long)]
        stop: bool,
    },
    /// Remove snapshots.
    #[command(
        after_help = "Examples:\n  toft snapshot rm dev@before-upgrade\n  toft snapshot rm dev@one dev@two"
    )]
    Rm {
        /// `[OWNER/]NAME@SNAPSHOT` of each.
        #[arg(required = true)]
        names: Vec<Moment>,
    },
}

// === impl Snapshot ===

impl Snapshot {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        match self.what {
            What::Create { of, days } => create(api, &of, days).await,
            What::Ls { name } => list(api, name.as_ref()).await,
            What::Restore { from, stop } => restore(api, &from, stop).await,
            What::Rm { names } => {
                for name in &names {
                    let found = find(api, name).await?;
                    let path = path(api, name, text(&found["metadata"]["name"])).await?;
                    api.delete(&path).await?;
                    gone(api, &path).await?;
                    output::say(&format!("{name} is removed"));
                }
                Ok(())
            }
        }
    }
}

async fn create(api: &Api, of: &Moment, days: Option<u32>) -> Outcome<()> {
    let now = Timestamp::now();
    let by_time = || now.strftime("%Y%m%d-%H%M%S").to_string();
    let name = of.snapshot.clone().unwrap_or_else(by_time);
    let object = of.object(&name);
    let mut spec = json!({ "workspace": of.workspace.name });
    if let Some(days) = days {
        spec["expiresAt"] = json!(now + Duration::from_hours(24 * u64::from(days)));
    }
    // Asked for first: of one that is not there nothing else should be said.
    let workspace = api.path_of(&of.workspace).await?;
    api.get(&workspace).await?;
    let collection = collection(api, &of.workspace).await?;
    let wish = json!({
        "apiVersion": toft_model::API_VERSION, "kind": "Snapshot", "metadata": { "name": object }, "spec": spec,
    });
    api.json(Method::POST, &collection, &wish).await?;
    let path = format!("{collection}/{}", escape(&object));
    until(api, &path, taken).await?;
    output::data(&format!("{}@{name}\n", of.workspace))
}

async fn list(api: &Api, of: Option<&Target>) -> Outcome<()> {
    let collection = match of {
        Some(target) => collection(api, target).await?,
        None => format!("{GROUP}/snapshots"),
    };
    let found = api.get(&collection).await?;
    let own = api.own_namespace().await?;
    let mut table = Table::new(["SNAPSHOT", "PHASE", "SIZE", "TAKEN", "EXPIRES"]);
    let items = found["items"].as_array().into_iter().flatten();
    for item in items {
        let workspace = text(&item["spec"]["workspace"]);
        if of.is_some_and(|target| target.name != workspace) {
            continue;
        }
        let owner = text(&item["metadata"]["namespace"]);
        let name = shown(workspace, text(&item["metadata"]["name"]));
        let or_dash = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        table.row([
            if owner == own {
                name
            } else {
                format!("{owner}/{name}")
            },
            or_dash(&item["status"]["phase"]),
            item["status"]["sizeBytes"]
                .as_u64()
                .map_or_else(|| "-".to_owned(), bytes),
            or_dash(&item["status"]["takenAt"]),
            or_dash(&item["spec"]["expiresAt"]),
        ]);
    }
    output::data(&table.render())
}

async fn restore(api: &Api, from: &Moment, stop: bool) -> Outcome<()> {
    let snapshot = ready(api, from).await?;
    let workspace = api.path_of(&from.workspace).await?;
    let found = api.get(&workspace).await?;
    if found["spec"]["running"] == true && !stop {
        let name = &from.workspace;
        return Err(
            Failure::new(format!("'{name}' runs, and a disk in use is not replaced")).hint(format!(
                "toft stop {name} --wait first, or add --stop: it is started again afterwards"
            )),
        );
    }
    let now = Timestamp::now().to_string();
    let wish = json!({ "snapshot": snapshot["metadata"]["name"], "requestedAt": now });
    api.patch(
        &workspace,
        &json!({ "spec": { "lifecycle": { "restore": wish } } }),
    )
    .await?;
    let restored = until(api, &workspace, |found| {
        if found["status"]["restored"] == now.as_str() {
            return Some(Ok(()));
        }
        let message = text(&found["status"]["message"]);
        let failed = found["status"]["phase"] == "Failed" || message.starts_with("restoring its disk:");
        failed.then(|| Err(message.to_owned()))
    });
    if let Err(failure) = restored.await {
        // Nobody waits for it any more: it must not happen later, or hold a start up.
        let withdrawn = json!({ "spec": { "lifecycle": { "restore": null } } });
        api.patch(&workspace, &withdrawn).await?;
        return Err(failure);
    }
    output::say(&format!(
        "{} holds what {from} held; what it held before is a snapshot: toft snapshot ls {0}",
        from.workspace
    ));
    Ok(())
}

/// The snapshot of this name: one made here, or one of that name that another tool made.
pub async fn find(api: &Api, moment: &Moment) -> Outcome<Value> {
    let Some(name) = &moment.snapshot else {
        return Err(
            Failure::new(format!("'{moment}' names no snapshot")).hint(format!(
                "write {moment}@SNAPSHOT; `toft snapshot ls {moment}` lists them"
            )),
        );
    };
    for object in [moment.object(name), name.clone()] {
        let found = api.find(&path(api, moment, &object).await?).await?;
        if let Some(found) =
            found.filter(|found| found["spec"]["workspace"] == moment.workspace.name.as_str())
        {
            return Ok(found);
        }
    }
    Err(
        Failure::new(format!("there is no snapshot '{moment}'")).hint(format!(
            "toft snapshot ls {} lists what there is",
            moment.workspace
        )),
    )
}

/// The same, once it was taken.
pub async fn ready(api: &Api, moment: &Moment) -> Outcome<Value> {
    let name = find(api, moment).await?["metadata"]["name"].clone();
    let path = path(api, moment, text(&name)).await?;
    until(api, &path, taken).await?;
    api.get(&path).await
}

/// Whether a snapshot was taken, or why not.
fn taken(found: &Value) -> Option<Result<(), String>> {
    match found["status"]["phase"].as_str() {
        Some("Ready") => Some(Ok(())),
        Some("Failed") => Some(Err(text(&found["status"]["message"]).to_owned())),
        _ => None,
    }
}

async fn collection(api: &Api, of: &Target) -> Outcome<String> {
    let owner = match &of.owner {
        Some(owner) => owner.clone(),
        None => api.own_namespace().await?,
    };
    Ok(format!("{GROUP}/namespaces/{owner}/snapshots"))
}

async fn path(api: &Api, moment: &Moment, object: &str) -> Outcome<String> {
    Ok(format!(
        "{}/{}",
        collection(api, &moment.workspace).await?,
        escape(object)
    ))
}

/// Looks until `done` says how it went.
pub async fn until(
    api: &Api,
    path: &str,
    done: impl Fn(&Value) -> Option<Result<(), String>>,
) -> Outcome<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match done(&api.get(path).await?) {
            Some(Ok(())) => return Ok(()),
            Some(Err(why)) => return Err(Failure::new(why)),
            None if Instant::now() > deadline => {
                return Err(Failure::new("it is not done yet, and goes on").timed_out());
            }
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn gone(api: &Api, path: &str) -> Outcome<()> {
    let deadline = Instant::now() + PATIENCE;
    while api.find(path).await?.is_some() {
        if Instant::now() > deadline {
            return Err(Failure::new("it is not removed yet, and goes on").timed_out());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
