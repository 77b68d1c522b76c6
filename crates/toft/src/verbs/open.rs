//! `toft open`: a workspace in the browser, already signed in.

use clap::Args;
use http::Method;
use serde_json::json;
use toft_effects::Door;
use toft_effects::spawn::Program;

use crate::client::Api;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::target::Target;

/// Arguments of `open`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft open dev\n  toft open dev site --print")]
pub struct Open {
    /// `[OWNER/]NAME`.
    name: Target,
    /// One of its apps, or a port; the first app without it.
    app: Option<String>,
    /// Print the link instead of opening it. It signs in once and soon expires.
    #[arg(long)]
    print: bool,
}

// === impl Open ===

impl Open {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        let path = format!("{}/open", api.path_of(&self.name).await?);
        let body = self
            .app
            .as_ref()
            .map_or_else(|| json!({}), |app| json!({ "app": app }));
        let answer = api.json(Method::POST, &path, &body).await?;
        let url = answer["url"]
            .as_str()
            .ok_or_else(|| Failure::new("the daemon gave no link"))?;
        if self.print {
            return output::data(&format!("{url}\n"));
        }
        let browser = Program::new("spawn.browser", "xdg-open").arg(url);
        let browser = [
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "HOME",
            "XDG_RUNTIME_DIR",
            "DBUS_SESSION_BUS_ADDRESS",
        ]
        .into_iter()
        .filter_map(|name| std::env::var_os(name).map(|value| (name, value)))
        .fold(browser, |program, (name, value)| program.env(name, value));
        if Door::default().run(browser).await.is_err() {
            output::say("no browser could be started here; open this link, it signs in once:");
            return output::data(&format!("{url}\n"));
        }
        Ok(())
    }
}
