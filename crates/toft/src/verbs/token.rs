//! `toft token`: what programs prove themselves with.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use crate::client::Api;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::output::table::Table;
use crate::verbs::user::by_id;

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct Token {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token and print it, this once only.
    #[command(
        after_help = "Examples:\n  toft token create ci --days 90\n  TOFT_TOKEN=$(toft token create backup --read-only) TOFT_URL=https://toft.localhost:8443 toft ls"
    )]
    Create {
        /// What it is for.
        name: String,
        /// Whose it is; one's own without it.
        #[arg(long)]
        user: Option<String>,
        /// Days until it expires; never without it.
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
        /// It may look and not touch.
        #[arg(long)]
        read_only: bool,
    },
    /// List tokens, not their secrets.
    #[command(after_help = "Examples:\n  toft token ls\n  toft token ls")]
    Ls,
    /// Make a token useless.
    #[command(
        after_help = "Examples:\n  toft token rm 3f2a9c\n  toft token rm $(toft token ls | awk '/ci/{print $1}')"
    )]
    Rm {
        /// Its id, as `ls` shows it.
        id: String,
    },
}

// === impl Token ===

impl Token {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        match self.what {
            What::Create {
                name,
                user,
                days,
                read_only,
            } => {
                let mut wish = json!({ "name": name, "readOnly": read_only });
                if let Some(user) = user {
                    wish["user"] = user.into();
                }
                if let Some(days) = days {
                    wish["expiresInSeconds"] = json!(u64::from(days) * 86_400);
                }
                let made = api.json(Method::POST, "/api/toft/v1/tokens", &wish).await?;
                let token = made["token"]
                    .as_str()
                    .ok_or_else(|| Failure::new("the daemon gave no token"))?;
                output::say("keep it now: it is shown this once only");
                output::data(&format!("{token}\n"))
            }
            What::Ls => list(&api.get("/api/toft/v1/tokens").await?),
            What::Rm { id } => {
                api.delete(&by_id("tokens", &id)).await?;
                output::say(&format!("{id} is useless now"));
                Ok(())
            }
        }
    }
}

fn list(tokens: &Value) -> Outcome<()> {
    let text = |value: &Value, none: &str| value.as_str().unwrap_or(none).to_owned();
    let mut table = Table::new(["ID", "NAME", "USER", "LAST USED", "EXPIRES"]);
    for token in tokens["items"].as_array().into_iter().flatten() {
        let cells = [
            text(&token["id"], ""),
            text(&token["name"], ""),
            text(&token["user"], ""),
        ];
        table.row(cells.into_iter().chain([
            text(&token["lastUsedAt"], "never"),
            text(&token["expiresAt"], "never"),
        ]));
    }
    output::data(&table.render())
}
