//! `toft bench`: how long things take on this machine, with a workspace of its own that it makes
//! and removes, also when it is interrupted. `make bench` is the long form, beside its peers.

mod inside;
mod report;

use std::time::{Duration, Instant};

use clap::Args;
use http::Method;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::report::{Report, Unit};
use crate::client::{Api, GROUP, Settings};
use crate::failure::{Context, Failure, Outcome};
use crate::output::{self, Format};
use crate::verbs::wait::{self, Goal};

/// How long a step may take; the first one may have to make the image.
const PATIENCE: Duration = Duration::from_mins(15);
/// Round trips are short: of these there are more.
const ROUND_TRIPS: u32 = 20;
/// Exit code of a program that was interrupted, as shells have it.
const INTERRUPTED: u8 = 130;

/// Arguments of `bench`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft bench\n  toft bench --rounds 20 -o json")]
pub struct Bench {
    /// The template of the workspace that is made.
    #[arg(long, short, default_value = "shell")]
    template: String,
    /// How often it is created and started.
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How it is printed.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// A run on the way.
struct Run<'a> {
    api: &'a Api,
    collection: String,
    name: String,
    template: String,
    interrupt: Signal,
    terminate: Signal,
    report: Report,
}

// === impl Bench ===

impl Bench {
    pub async fn run(self, api: &Api, settings: &Settings) -> Outcome<()> {
        let mut run = Run::new(api, self.template).await?;
        let measured = run.measure(self.rounds, settings).await;
        // Whatever happened: nothing stays.
        run.remove().await?;
        measured?;
        match self.output {
            Format::Json => output::data(&output::json(&run.report.to_json())),
            Format::Yaml => output::data(&output::yaml(&run.report.to_json())?),
            _ => output::data(&run.report.table()),
        }
    }
}

// === impl Run ===

impl<'a> Run<'a> {
    async fn new(api: &'a Api, template: String) -> Outcome<Self> {
        let on = |kind| signal(kind).context(|| "listen for signals".to_owned());
        Ok(Self {
            collection: format!("{GROUP}/namespaces/{}/workspaces", api.own_namespace().await?),
            api,
            name: unused_name(),
            template,
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            report: Report::default(),
        })
    }

    async fn measure(&mut self, rounds: u32, settings: &Settings) -> Outcome<()> {
        output::say("making a first one, with its image if it is not there yet");
        self.create().await?;
        self.remove().await?;
        for _ in 0..rounds {
            let began = Instant::now();
            self.create().await?;
            self.report
                .time("create", "create → command answers", began.elapsed());
            self.remove().await?;
        }
        self.create().await?;
        for _ in 0..rounds {
            self.power(false, Goal::Stopped).await?;
            let began = Instant::now();
            self.power(true, Goal::Ready).await?;
            self.answer().await?;
            self.report
                .time("start", "start → command answers", began.elapsed());
        }
        for _ in 0..ROUND_TRIPS {
            let began = Instant::now();
            self.answer().await?;
            self.report
                .time("exec", "a command, there and back", began.elapsed());
        }
        let (api, path) = (self.api, self.path());
        let echoes = self
            .unless_interrupted(inside::echoes(api, &path, ROUND_TRIPS))
            .await?;
        for took in echoes {
            self.report.time("echo", "a key in a terminal → its echo", took);
        }
        self.memory(settings).await
    }

    /// Only of a daemon on this machine, and for who may look.
    async fn memory(&mut self, settings: &Settings) -> Outcome<()> {
        if self.api.remote_url().is_some() {
            return Ok(());
        }
        let object = self.api.get(&self.path()).await?;
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        let daemon = inside::daemon_resident(&settings.data_dir());
        let agent = inside::agent_memory(uid);
        for (name, what, bytes) in [
            ("daemon", "memory of the daemon", daemon),
            ("agent", "memory of the workspace's agent, its own", agent),
        ] {
            if let Some(bytes) = bytes {
                self.report.add(name, what, Unit::Megabytes, bytes);
            }
        }
        Ok(())
    }

    /// From nothing to a command that answers.
    async fn create(&mut self) -> Outcome<()> {
        let object = json!({
            "apiVersion": toft_model::API_VERSION, "kind": "Workspace",
            "metadata": { "name": self.name }, "spec": { "template": self.template, "running": true },
        });
        // Not to be interrupted: what is on its way could not be removed.
        self.api.json(Method::POST, &self.collection, &object).await?;
        self.until(Goal::Ready).await?;
        self.answer().await
    }

    async fn power(&mut self, running: bool, goal: Goal) -> Outcome<()> {
        let lifecycle = json!({ "stopGraceSeconds": 0 });
        let patch = json!({ "spec": { "running": running, "lifecycle": lifecycle } });
        self.api.patch(&self.path(), &patch).await?;
        self.until(goal).await
    }

    async fn answer(&mut self) -> Outcome<()> {
        let (api, path) = (self.api, self.path());
        self.unless_interrupted(inside::run(api, &path, &["true"])).await
    }

    async fn until(&mut self, goal: Goal) -> Outcome<()> {
        let (api, path) = (self.api, self.path());
        self.unless_interrupted(wait::quietly(api, &path, goal, PATIENCE))
            .await
            .map(drop)
    }

    /// Deletes the workspace if it is there, and waits until it is gone.
    async fn remove(&self) -> Outcome<()> {
        let path = self.path();
        if self.api.find(&path).await?.is_none() {
            return Ok(());
        }
        self.api.delete(&format!("{path}?gracePeriodSeconds=0")).await?;
        wait::quietly(self.api, &path, Goal::Gone, PATIENCE)
            .await
            .map(drop)
    }

    async fn unless_interrupted<T>(&mut self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        tokio::select! {
            outcome = work => outcome,
            _ = self.interrupt.recv() => Err(interrupted()),
            _ = self.terminate.recv() => Err(interrupted()),
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection, self.name)
    }
}

fn interrupted() -> Failure {
    Failure::new("interrupted; what was made for the bench is removed").code(INTERRUPTED)
}

/// Not the name of anything of the person's own.
fn unused_name() -> String {
    let moment = jiff::Timestamp::now().subsec_nanosecond().unsigned_abs();
    format!(
        "bench-{:06x}",
        (moment ^ std::process::id().rotate_left(8)) & 0x00ff_ffff
    )
}
