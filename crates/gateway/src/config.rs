//! What the gateway is told at start: names, addresses, limits.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::host::Domain;

/// Everything [`crate::Gateway::start`] needs to know.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The domain of the UI, and the parent of the apps' names.
    pub domain: Domain,
    /// Further names under which the UI answers (the host's own names). IP addresses and
    /// `localhost` always do.
    pub host_names: Vec<String>,
    /// Where to listen; empty means every address, at 443 or else at 8443.
    pub listen: Vec<SocketAddr>,
    /// Where the CA and the server's keys are kept (`D/tls`).
    pub tls_dir: PathBuf,
    /// Bounds on what clients may take.
    pub limits: Limits,
}

/// Bounds on what clients may take, in time, size and number.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections in all.
    pub connections: usize,
    /// Connections of one source (an IPv4 address or an IPv6 /64). Loopback is exempt.
    pub connections_per_source: usize,
    /// TLS handshakes going on at once. When more begin, the oldest unfinished one is dropped, so
    /// that half-open connections cannot keep anybody out.
    pub handshakes: usize,
    /// Time for a TLS handshake.
    pub handshake_timeout: Duration,
    /// Time for the head of a request.
    pub header_timeout: Duration,
    /// Size of a request's head.
    pub header_bytes: usize,
    /// Number of header fields.
    pub header_count: usize,
    /// How long a body may pause, either way, before it is given up.
    pub body_idle: Duration,
    /// How long a connection without a request stays open. Does not touch `WebSocket`s.
    pub keep_alive: Duration,
    /// Concurrent requests on one HTTP/2 connection.
    pub h2_streams: u32,
    /// Idle connections kept open to one app.
    pub idle_per_app: usize,
    /// How long a connection to an app may lie idle.
    pub idle_upstream: Duration,
    /// Time for an app to begin its response. Long polls exist, so this is long.
    pub response_timeout: Duration,
}

// === impl GatewayConfig ===

impl GatewayConfig {
    /// The usual configuration for `domain`, with keys in `tls_dir`.
    pub fn new(domain: Domain, tls_dir: PathBuf) -> Self {
        Self {
            domain,
            host_names: Vec::new(),
            listen: Vec::new(),
            tls_dir,
            limits: Limits::default(),
        }
    }
}

// === impl Limits ===

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            connections_per_source: 1_024,
            handshakes: 1_024,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            header_bytes: 64 * 1024,
            header_count: 100,
            body_idle: Duration::from_mins(5),
            keep_alive: Duration::from_mins(2),
            h2_streams: 128,
            idle_per_app: 64,
            idle_upstream: Duration::from_secs(30),
            response_timeout: Duration::from_mins(10),
        }
    }
}
