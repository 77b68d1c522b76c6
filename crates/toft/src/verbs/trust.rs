//! `toft trust`: this machine's programs and browsers accept Toft's certificates.

use std::path::PathBuf;

use clap::Args;
use http::Method;
use toft_effects::Door;
use toft_gateway::trust::{Place, Trusted, places};

use crate::client::{Api, Settings, fingerprint, read};
use crate::failure::{Context, Failure, Outcome};
use crate::output;

/// Arguments of `trust`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sudo toft trust\n  toft trust --show")]
pub struct Trust {
    /// Take the trust back.
    #[arg(long, conflicts_with = "show")]
    undo: bool,
    /// Only print the fingerprint (SHA-256) of the authority.
    #[arg(long)]
    show: bool,
}

// === impl Trust ===

impl Trust {
    pub async fn run(self, settings: &Settings) -> Outcome<()> {
        let pem = authority(settings).await?;
        if self.show {
            return output::data(&format!("{}\n", fingerprint(&pem)?));
        }
        let mut file = tempfile::NamedTempFile::new().context(|| "keep the certificate".to_owned())?;
        std::io::Write::write_all(&mut file, &pem).context(|| "keep the certificate".to_owned())?;
        let trusted = Trusted::read(file.path()).context(|| "read the certificate".to_owned())?;
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/root"), PathBuf::from);
        let mut failures = 0;
        let all = places(&home);
        for place in &all {
            failures += usize::from(!self.change(&trusted, place).await);
        }
        if failures == all.len() {
            return Err(Failure::new("nothing could be changed")
                .hint("run it as root for the whole machine: sudo toft trust"));
        }
        if !self.undo {
            output::say("restart open browsers for it to take effect");
        }
        Ok(())
    }

    async fn change(&self, trusted: &Trusted, place: &Place) -> bool {
        let door = Door::default();
        let (changed, word) = if self.undo {
            (trusted.remove(&door, place).await, "forgets")
        } else {
            (trusted.install(&door, place).await, "trusts")
        };
        let name = match place {
            Place::System(_) => "the system (curl, git, …)".to_owned(),
            Place::Nss(dir) => format!("the browser of {}", dir.display()),
        };
        match changed {
            Ok(()) => output::say(&format!("\x1b[32m✓\x1b[0m {name} {word} this Toft")),
            Err(ref error) => output::say(&format!("\x1b[33m-\x1b[0m {name}: {error}")),
        }
        changed.is_ok()
    }
}

/// The authority's certificate: of the daemon, or of a data directory whose daemon is down.
async fn authority(settings: &Settings) -> Outcome<Vec<u8>> {
    let asked = async {
        let api = Api::connect(settings)?;
        let answer = api
            .call(Method::GET, "/api/toft/v1/ca.pem", "*/*", "", bytes::Bytes::new())
            .await?;
        read(answer).await
    };
    match asked.await {
        Ok(pem) => Ok(pem.to_vec()),
        Err(failure) => std::fs::read(settings.data_dir().join("tls/ca.pem")).map_err(|_| failure),
    }
}
