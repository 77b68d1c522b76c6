//! `toft exec`: a command in a workspace, with its streams and its exit code. A connection that
//! breaks (the daemon restarts) is made again, and goes on at the octet where it stopped.

mod input;
mod session;
mod terminal;

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use self::session::Session;
use self::terminal::RawTerminal;
use crate::client::Api;
use crate::failure::{Failure, Outcome};
use crate::target::Target;
use crate::verbs::create::pair;

/// Arguments of `exec`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  toft exec dev -- make -C project test\n  toft exec -t dev -- bash\nEnds with the command's own exit code."
)]
pub struct Exec {
    /// `[OWNER/]NAME`.
    name: Target,
    /// Give the command a terminal.
    #[arg(long, short)]
    tty: bool,
    /// A variable of its environment.
    #[arg(long, short, value_name = "KEY=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// Its working directory; the home otherwise.
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// Whose rights it has; the workspace's user otherwise.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The command and its arguments.
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

// === impl Exec ===

impl Exec {
    pub async fn run(self, api: &Api) -> Outcome<ExitCode> {
        let path = format!("{}/exec", api.path_of(&self.name).await?);
        let raw = if self.tty {
            Some(RawTerminal::enter()?)
        } else {
            None
        };
        let outcome = Session::new(api, path, self.start()).run(self.tty).await;
        // The screen is the person's again before anything is said.
        drop(raw);
        outcome.map(exit_code)
    }

    fn start(&self) -> Value {
        let env: Map<String, Value> = self
            .env
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect();
        let mut start =
            json!({ "type": "start", "command": self.command, "env": env, "tty": self.tty, "stdin": true });
        if let Some(cwd) = &self.cwd {
            start["cwd"] = Value::from(cwd.as_str());
        }
        if let Some(user) = &self.user {
            start["user"] = Value::from(user.as_str());
        }
        if let Some((cols, rows)) = terminal::size().filter(|_| self.tty) {
            start["cols"] = cols.into();
            start["rows"] = rows.into();
        }
        start
    }
}

fn exit_code(code: i64) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// What a broken session is told as.
fn lost(reason: &str) -> Failure {
    Failure::new(format!("the connection to the command was lost: {reason}"))
        .hint("it may still run; look with `toft exec NAME -- ps aux`")
}
