//! `toft service`: Toft as a unit of systemd, so that it and the workspaces that were wanted
//! running come back with the machine.

use std::path::Path;

use clap::{Args, Subcommand};
use toft_effects::Door;
use toft_effects::spawn::Program;

use crate::client::Settings;
use crate::failure::{Context, Failure, Outcome};
use crate::output;

/// Where the unit lies.
const UNIT: &str = "/etc/systemd/system/toft.service";
/// Where the program lies for the unit.
const PROGRAM: &str = "/usr/local/bin/toft";

/// Arguments of `service`.
#[derive(Debug, Args)]
pub struct Service {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Install the unit and start it.
    #[command(after_help = "Examples:\n  sudo toft service install\n  sudo toft service install --print")]
    Install {
        /// Only print the unit.
        #[arg(long)]
        print: bool,
    },
    /// Stop the unit and remove it; workspaces and data stay.
    #[command(
        after_help = "Examples:\n  sudo toft service uninstall\n  sudo toft service uninstall && sudo toft purge"
    )]
    Uninstall,
}

// === impl Service ===

impl Service {
    pub async fn run(self, settings: &Settings) -> Outcome<()> {
        match self.what {
            What::Install { print: true } => output::data(&unit(&settings.data_dir())),
            What::Install { print: false } => install(&settings.data_dir()).await,
            What::Uninstall => uninstall().await,
        }
    }
}

/// The unit. `KillMode=process` ends the daemon alone: the forwarder of names stays in the unit's
/// control group. Workspaces have groups of their own beside it, and are not spared as the daemon
/// is when memory runs out.
/// A reload starts the program anew, which takes over sockets and all (`NotifyAccess`: it is the
/// new process that says that it is the service now).
fn unit(data_dir: &Path) -> String {
    let data_dir = data_dir.display();
    format!(
        "[Unit]\nDescription=Toft, a private cloud of workspaces\nDocumentation=man:toft(1)\n\
         After=network-online.target\nWants=network-online.target\n\n\
         [Service]\nType=notify\nNotifyAccess=all\nExecStart={PROGRAM} serve --data-dir {data_dir}\n\
         ExecReload=/bin/kill -HUP $MAINPID\n\
         KillMode=process\nKillSignal=SIGTERM\nTimeoutStopSec=30\nRestart=always\nRestartSec=1\n\
         Delegate=yes\nLimitNOFILE=1048576\nTasksMax=infinity\nOOMScoreAdjust=-500\n\n\
         [Install]\nWantedBy=multi-user.target\n"
    )
}

async fn install(data_dir: &Path) -> Outcome<()> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Err(Failure::new("this machine is not run by systemd").hint("start `toft serve` by whatever starts services here; `toft service install --print` shows what systemd would do"));
    }
    let own = std::env::current_exe().context(|| "find this program".to_owned())?;
    if own.as_path() != Path::new(PROGRAM) {
        // The copy is renamed into place: the running one is not overwritten.
        let next = format!("{PROGRAM}.new");
        std::fs::copy(&own, &next)
            .and_then(|_| std::fs::rename(&next, PROGRAM))
            .context(|| format!("install {PROGRAM}"))?;
    }
    std::fs::write(UNIT, unit(data_dir)).context(|| format!("write {UNIT}"))?;
    systemctl(&["daemon-reload"]).await?;
    systemctl(&["enable", "toft.service"]).await?;
    // One that runs gives its place to the program that was just installed.
    systemctl(&["reload-or-restart", "toft.service"]).await?;
    output::say("Toft runs as a service; `toft user link` prints a link to sign in with");
    Ok(())
}

async fn uninstall() -> Outcome<()> {
    if !Path::new(UNIT).exists() {
        return Err(Failure::new("Toft is not installed as a service"));
    }
    systemctl(&["disable", "--now", "toft.service"]).await?;
    std::fs::remove_file(UNIT).context(|| format!("remove {UNIT}"))?;
    systemctl(&["daemon-reload"]).await?;
    output::say(&format!(
        "the service is gone; workspaces that run go on, and data stays: `toft purge` removes both, and {PROGRAM} is yours to remove"
    ));
    Ok(())
}

async fn systemctl(args: &[&str]) -> Outcome<()> {
    let program = Program::new("spawn.systemctl", "systemctl").args(args.iter().copied());
    Door::default()
        .run(program)
        .await
        .context(|| format!("run systemctl {}", args.join(" ")))
        .map(|_| ())
}

#[cfg(test)]
mod tests;
