//! The command line as a whole; each verb's own arguments stand beside what it does.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Effects, Styles};
use clap::{Parser, Subcommand};

use crate::verbs;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default());

/// A private cloud of workspaces on one Linux machine.
#[derive(Debug, Parser)]
#[command(name = "toft", version, styles = STYLES, propagate_version = false, disable_help_subcommand = true)]
#[command(
    after_help = "Start with `toft up`, then `toft create dev --wait`. Exit codes: 0 done, 1 failed, 2 wrong usage, 4 still going on when --wait ran out; `exec` ends with the command's own."
)]
pub struct Toft {
    /// Where the daemon of this machine keeps everything.
    #[arg(
        long,
        global = true,
        env = "TOFT_DATA_DIR",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// A remote Toft instead of this machine's; its token comes from `TOFT_TOKEN` or `toft login`.
    #[arg(
        long,
        global = true,
        env = "TOFT_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub url: Option<String>,
    #[command(subcommand)]
    pub verb: Verb,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Start Toft and print a link to sign in with.
    Up(verbs::up::Up),
    /// Start Toft without printing a link, as a service does.
    Serve(verbs::up::Serve),
    /// Sign in to a Toft, here or elsewhere, from this account.
    Login(verbs::login::Login),
    /// Let this machine's programs and browsers trust Toft's certificates.
    Trust(verbs::trust::Trust),
    /// Check what Toft needs and say how to mend what is missing.
    Doctor(verbs::doctor::Doctor),
    /// Create a workspace.
    Create(verbs::create::Create),
    /// List workspaces.
    Ls(verbs::get::Ls),
    /// Show objects of any kind.
    Get(verbs::get::Get),
    /// Show what a workspace or one of its apps has written.
    Logs(verbs::logs::Logs),
    /// Show what happened.
    Events(verbs::events::Events),
    /// Show what workspaces use.
    Top(verbs::top::Top),
    /// Start workspaces.
    Start(verbs::power::Start),
    /// Stop workspaces; homes and installed software stay.
    Stop(verbs::power::Stop),
    /// Stop workspaces and start them again.
    Restart(verbs::power::Restart),
    /// Delete workspaces with their homes.
    Delete(verbs::delete::Delete),
    /// Keep, list, restore and remove what a workspace's disk held.
    Snapshot(verbs::snapshot::Snapshot),
    /// Make a new workspace with what another one's disk holds.
    Clone(verbs::clone::Clone),
    /// Change the limits of a workspace, also while it runs.
    Resize(verbs::resize::Resize),
    /// Run a command in a workspace.
    Exec(verbs::exec::Exec),
    /// Copy files into or out of a workspace.
    Cp(verbs::cp::Cp),
    /// Open a workspace in the browser.
    Open(verbs::open::Open),
    /// Make objects as files say.
    Apply(verbs::apply::Apply),
    /// Show what `apply` would change.
    Diff(verbs::apply::Diff),
    /// Explain a field, as in `toft explain workspace.spec.lifecycle`.
    Explain(verbs::explain::Explain),
    /// Print a configuration file for kubectl.
    Kubeconfig(verbs::kubeconfig::Kubeconfig),
    /// Run Toft as a service of this machine.
    Service(verbs::service::Service),
    /// Remove everything that Toft made on this machine.
    Purge(verbs::purge::Purge),
    /// Manage people.
    User(verbs::user::User),
    /// Manage API tokens.
    Token(verbs::token::Token),
    /// Look at templates.
    Template(verbs::template::Template),
    /// Manage images.
    Image(verbs::image::Image),
    /// Measure how long things take on this machine.
    Bench(verbs::bench::Bench),
    /// Print the versions of this program and of the daemon.
    Version(verbs::version::Version),
    /// Print a completion script for a shell.
    Completion(verbs::completion::Completion),
    /// Write the manual pages into a directory.
    Man(verbs::completion::Man),
}
