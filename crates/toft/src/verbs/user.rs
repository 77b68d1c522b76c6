//! `toft user`: people.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Api, escape};
use crate::failure::Outcome;
use crate::output::table::Table;
use crate::output::{self, Format};

/// Arguments of `user`.
#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add somebody and print a link with which they sign in.
    #[command(after_help = "Examples:\n  toft user add ada\n  toft user add bob --role admin")]
    Add {
        /// Their name: lower-case letters, digits and '-'; also the owner of their workspaces.
        name: String,
        /// What they may do: `member` their own things, `admin` everything.
        #[arg(long, default_value = "member", value_parser = ["member", "admin"])]
        role: String,
    },
    /// Print a new link with which somebody signs in.
    #[command(after_help = "Examples:\n  toft user link ada\n  toft user link")]
    Link {
        /// Their name; oneself without it.
        name: Option<String>,
    },
    /// List everybody.
    #[command(after_help = "Examples:\n  toft user ls\n  toft user ls -o json")]
    Ls {
        /// How it is printed.
        #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
        output: Format,
    },
}

// === impl User ===

impl User {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        match self.what {
            What::Add { name, role } => {
                let added = api
                    .json(
                        Method::POST,
                        "/api/toft/v1/users",
                        &json!({ "name": name, "role": role }),
                    )
                    .await?;
                output::say(&format!("{name} signs in once with one of these links:"));
                links(&added)
            }
            What::Link { name } => {
                let wish = name.map_or_else(|| json!({}), |name| json!({ "user": name }));
                links(&api.json(Method::POST, "/api/toft/v1/login-links", &wish).await?)
            }
            What::Ls { output } => list(api, output).await,
        }
    }
}

/// Prints the links of an answer, one a line.
pub fn links(answer: &Value) -> Outcome<()> {
    let lines: String = answer["links"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|link| format!("{link}\n"))
        .collect();
    output::data(&lines)
}

async fn list(api: &Api, format: Format) -> Outcome<()> {
    let users = api.get("/api/toft/v1/users").await?;
    let items = || users["items"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match format {
        Format::Json => output::data(&output::json(&users)),
        Format::Yaml => output::data(&output::yaml(&users)?),
        Format::Name => output::data(
            &items()
                .map(|user| format!("{}\n", text(&user["name"])))
                .collect::<String>(),
        ),
        Format::Table | Format::Wide => {
            let mut table = Table::new(["NAME", "ROLE", "SINCE"]);
            for user in items() {
                table.row([text(&user["name"]), text(&user["role"]), text(&user["createdAt"])]);
            }
            output::data(&table.render())
        }
    }
}

/// The path of a token or another thing by its id.
pub fn by_id(collection: &str, id: &str) -> String {
    format!("/api/toft/v1/{collection}/{}", escape(id))
}
