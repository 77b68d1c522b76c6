//! The directory: which host name and port means what.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use arc_swap::ArcSwap;

use crate::authority::Authority;
use crate::config::GatewayConfig;
use crate::host::{AppHost, Domain};

/// Which host name and port means what. The server asks it which app an authority belongs to
/// before it gives out a sign-in code for that authority.
#[derive(Debug)]
pub struct Directory {
    domain: Domain,
    suffix: String,
    names: Vec<String>,
    ui_port: AtomicU16,
    wildcard: AtomicBool,
    app_ports: ArcSwap<HashMap<u16, Arc<AppHost>>>,
}

/// How a visitor who named the UI in one way names an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the app's own host name: this is what follows the first label, `DOMAIN[:PORT]`.
    Name(String),
    /// By the app's own port at this host.
    Port(String),
}

/// What an authority means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Toft's own pages.
    Ui,
    /// An app; `port` when it is known by a port of its own rather than by its name.
    App { host: Arc<AppHost>, port: Option<u16> },
    /// An app that has a name of its own for whoever came this way: this authority.
    Moved(String),
    /// Nothing of ours.
    Unknown,
}

// === impl Directory ===

impl Directory {
    pub(crate) fn new(config: &GatewayConfig) -> Self {
        let names = config
            .host_names
            .iter()
            .map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        Self {
            domain: config.domain.clone(),
            suffix: format!(".{}", config.domain),
            names: names
                .filter(|name| !name.is_empty())
                .chain(["localhost".to_owned()])
                .collect(),
            ui_port: AtomicU16::new(443),
            wildcard: AtomicBool::new(config.domain.is_local()),
            app_ports: ArcSwap::default(),
        }
    }

    /// The domain of the UI and parent of the apps' names.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The port on which the UI is served.
    pub fn ui_port(&self) -> u16 {
        self.ui_port.load(Ordering::Relaxed)
    }

    /// Says whether names below the domain lead here, so that whoever knows the domain can use
    /// apps' names. Those below `localhost` always do.
    pub fn set_wildcard(&self, works: bool) {
        self.wildcard
            .store(works || self.domain.is_local(), Ordering::Relaxed);
    }

    /// Whether `authority` (`HOST[:PORT]`) is one of the UI's.
    pub fn is_ui(&self, authority: &str) -> bool {
        Authority::parse(authority).is_some_and(|authority| self.is_ui_host(&authority))
    }

    /// How whoever named the UI `authority` names apps. The domain's names below it are for those
    /// who use the domain; who came by an address may have nobody to ask for a name.
    pub fn way(&self, authority: &str) -> Way {
        let wildcard = self.wildcard.load(Ordering::Relaxed);
        match Authority::parse(authority) {
            Some(named) if wildcard && named.host() == self.domain.as_str() => {
                Way::Name(named.as_str().to_owned())
            }
            Some(named) => Way::Port(named.host().to_owned()),
            None => Way::Port(self.domain.to_string()),
        }
    }

    /// Which app is served at `authority` (`HOST[:PORT]`), be it by name or by a port of its own.
    pub fn app_at(&self, authority: &str) -> Option<AppHost> {
        let authority = Authority::parse(authority)?;
        let own_port = self.app_ports.load().get(&authority.port()).cloned();
        match self.place(&authority, own_port.as_ref()) {
            Place::App { host, .. } => Some(AppHost::clone(&host)),
            Place::Ui | Place::Moved(_) | Place::Unknown => None,
        }
    }

    /// What `authority` means to a listener, which is an app's own or everybody's.
    pub(crate) fn place(&self, authority: &Authority, own_port: Option<&Arc<AppHost>>) -> Place {
        let is_ui = self.is_ui_host(authority);
        let has_name = authority.host() == self.domain.as_str() && self.wildcard.load(Ordering::Relaxed);
        match own_port {
            // A neighbour on the UI's very host is what apps' names are there to prevent.
            Some(host) if has_name => Place::Moved(format!(
                "{host}{}",
                match self.ui_port() {
                    443 => self.suffix.clone(),
                    port => format!("{}:{port}", self.suffix),
                }
            )),
            Some(host) if is_ui => Place::App {
                host: Arc::clone(host),
                port: Some(authority.port()),
            },
            Some(_) => Place::Unknown,
            None if is_ui => Place::Ui,
            None => match authority
                .host()
                .strip_suffix(&self.suffix)
                .map(AppHost::from_label)
            {
                Some(Ok(host)) => Place::App {
                    host: Arc::new(host),
                    port: None,
                },
                _ => Place::Unknown,
            },
        }
    }

    /// Whether the UI answers under this host. Any address does: a page of a stranger's can make
    /// its own *name* mean our address, but not make the browser say an address of ours.
    pub(crate) fn is_ui_host(&self, authority: &Authority) -> bool {
        let host = authority.host();
        authority.ip().is_some() || host == self.domain.as_str() || self.names.iter().any(|name| name == host)
    }

    /// The names of the UI, for deciding which cookies would reach it.
    pub(crate) fn ui_names(&self) -> impl Iterator<Item = &str> + Clone {
        std::iter::once(self.domain.as_str()).chain(self.names.iter().map(String::as_str))
    }

    /// Where to sign in for an app at `authority`: the UI's authority.
    pub(crate) fn ui_authority_for(&self, authority: &Authority, port: Option<u16>) -> String {
        match (port, self.ui_port()) {
            (None, _) => authority.with_host(self.domain.as_str()),
            (Some(_), 443) => authority.host().to_owned(),
            (Some(_), ui) => format!("{}:{ui}", authority.host()),
        }
    }

    pub(crate) fn set_ui_port(&self, port: u16) {
        self.ui_port.store(port, Ordering::Relaxed);
    }

    pub(crate) fn set_app_port(&self, port: u16, host: Option<&Arc<AppHost>>) {
        self.app_ports.rcu(|ports| {
            let mut ports = HashMap::clone(ports);
            match host {
                Some(host) => ports.insert(port, Arc::clone(host)),
                None => ports.remove(&port),
            };
            ports
        });
    }
}

#[cfg(test)]
mod tests;
