//! Whether the domain and the names below it lead here: asked of the host's resolver, as the
//! nearest thing to what visitors' resolvers say.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hickory_resolver::{ResolverBuilder, TokioResolver};
use toft_gateway::Directory;
use toft_gateway::names::lan_addresses;
use tokio::time::{sleep, timeout};

/// How often it is asked again.
const EVERY: Duration = Duration::from_mins(1);
/// How long a start waits for the first answer.
const FIRST: Duration = Duration::from_secs(1);
/// A name below the domain that nobody enters by hand: an app's that is never there.
const ANY: &str = "any--app--here";

/// What is known about the domain.
#[derive(Clone)]
pub(super) struct Names {
    directory: Arc<Directory>,
    domain: Arc<AtomicBool>,
}

// === impl Names ===

impl Names {
    /// Asks once, briefly.
    pub(super) async fn look(directory: Arc<Directory>) -> Self {
        let local = directory.domain().is_local();
        let names = Self {
            directory,
            domain: Arc::new(AtomicBool::new(local)),
        };
        if !local && timeout(FIRST, names.refresh()).await.is_err() {
            tracing::debug!("the name server is slow; the domain is looked up again later");
        }
        names
    }

    /// Whether the domain itself leads anywhere.
    pub(super) fn domain_works(&self) -> bool {
        self.domain.load(Ordering::Relaxed)
    }

    /// Asks again and again; not at all about names that mean this machine everywhere.
    pub(super) async fn keep(self) {
        while !self.directory.domain().is_local() {
            sleep(EVERY).await;
            self.refresh().await;
        }
    }

    async fn refresh(&self) {
        let domain = self.directory.domain().as_str();
        let found = look_up(domain).await;
        let below = look_up(&format!("{ANY}.{domain}")).await;
        let own = lan_addresses().unwrap_or_default();
        self.domain.store(!found.is_empty(), Ordering::Relaxed);
        self.directory.set_wildcard(leads_here(&below, &found, &own));
    }
}

/// Whether what a name below the domain resolves to is what the domain does, or this machine:
/// some resolvers answer every question with a page of advertisements.
fn leads_here(below: &[IpAddr], domain: &[IpAddr], own: &[IpAddr]) -> bool {
    below
        .iter()
        .any(|ip| domain.contains(ip) || own.contains(ip) || ip.is_loopback())
}

/// The addresses of a name; none where it has none or nobody can be asked.
async fn look_up(name: &str) -> Vec<IpAddr> {
    let resolver = TokioResolver::builder_tokio().and_then(ResolverBuilder::build);
    let Ok(resolver) = resolver else {
        return Vec::new();
    };
    // The final dot keeps the host's search domains out of it.
    match resolver.lookup_ip(format!("{name}.")).await {
        Ok(found) => found.iter().collect(),
        Err(error) => {
            tracing::debug!(name, %error, "the domain does not resolve");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_lead_here_where_they_mean_the_same() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let (lan, ads) = (ip("192.168.1.5"), ip("203.0.113.9"));
        assert!(leads_here(&[lan], &[lan], &[]));
        assert!(leads_here(&[lan], &[], &[lan]));
        assert!(leads_here(&[ip("127.0.0.1")], &[], &[lan]));
        assert!(!leads_here(&[ads], &[lan], &[lan]));
        assert!(!leads_here(&[], &[lan], &[lan]));
    }
}
