//! Figures for Prometheus.

use std::sync::Mutex;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Which requests: by the pattern of their address, never by the address itself.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Route {
    method: String,
    route: String,
    status: u16,
}

/// Which workspaces.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct PhaseLabel {
    phase: String,
}

/// All figures.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Route, Counter>,
    durations: Histogram,
    workspaces: Family<PhaseLabel, Gauge>,
    open_streams: Gauge,
    sign_ins: Counter,
}

/// A long answer that counts while it lasts.
#[derive(Debug)]
pub struct OpenStream(Gauge);

// === impl Metrics ===

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("toft");
        let requests = Family::default();
        let durations = Histogram::new(BUCKETS);
        let workspaces = Family::default();
        let (open_streams, sign_ins) = (Gauge::default(), Counter::default());
        registry.register(
            "http_requests",
            "Requests answered, by route and status",
            requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of the answer",
            durations.clone(),
        );
        registry.register("workspaces", "Workspaces by phase", workspaces.clone());
        registry.register(
            "open_streams",
            "Watches, terminals, commands and logs being followed",
            open_streams.clone(),
        );
        registry.register("sign_ins", "Sessions begun", sign_ins.clone());
        Self {
            registry: Mutex::new(registry),
            requests,
            durations,
            workspaces,
            open_streams,
            sign_ins,
        }
    }

    /// Counts an answered request.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let route = Route {
            method: method.to_owned(),
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&route).inc();
        self.durations.observe(took.as_secs_f64());
    }

    /// Counts a session.
    pub fn signed_in(&self) {
        self.sign_ins.inc();
    }

    /// Counts a long answer until it is dropped.
    pub fn stream(&self) -> OpenStream {
        self.open_streams.inc();
        OpenStream(self.open_streams.clone())
    }

    /// Says how many workspaces there are in each phase.
    pub fn set_workspaces(&self, phases: impl IntoIterator<Item = (String, i64)>) {
        self.workspaces.clear();
        for (phase, count) in phases {
            self.workspaces.get_or_create(&PhaseLabel { phase }).set(count);
        }
    }

    /// Lets other parts add figures of their own, below the same prefix.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self
            .registry
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// All figures in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let registry = self
            .registry
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}
