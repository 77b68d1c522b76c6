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
use toft_engine::Done;

/// Bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// The same for steps: some are a write, some fetch an image.
const STEP_BUCKETS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0];

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

/// Which step of a reconcile, and how it went.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct StepLabel {
    step: String,
    outcome: &'static str,
}

/// All figures.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Route, Counter>,
    durations: Histogram,
    workspaces: Family<PhaseLabel, Gauge>,
    open_streams: Gauge,
    terminals: Gauge,
    agents: Gauge,
    steps: Family<StepLabel, Histogram, fn() -> Histogram>,
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
        let (terminals, agents) = (Gauge::default(), Gauge::default());
        let new_steps: fn() -> Histogram = || Histogram::new(STEP_BUCKETS);
        let steps = Family::new_with_constructor(new_steps);
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
        registry.register(
            "open_terminals",
            "Terminals that somebody is connected to",
            terminals.clone(),
        );
        registry.register(
            "agent_connections",
            "Connections to agents: terminals, commands, files, logs, apps",
            agents.clone(),
        );
        registry.register(
            "reconcile_step_duration_seconds",
            "What the steps of reconciles took, by step and outcome",
            steps.clone(),
        );
        registry.register("sign_ins", "Sessions begun", sign_ins.clone());
        Self {
            registry: Mutex::new(registry),
            requests,
            durations,
            workspaces,
            open_streams,
            terminals,
            agents,
            steps,
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

    /// Counts a terminal, which is a long answer too, until it is dropped.
    pub fn terminal(&self) -> (OpenStream, OpenStream) {
        self.terminals.inc();
        (OpenStream(self.terminals.clone()), self.stream())
    }

    /// Counts what a step of a reconcile took.
    pub fn step(&self, done: &Done) {
        let label = StepLabel {
            step: format!("{:?}", done.step),
            outcome: if done.succeeded { "ok" } else { "failed" },
        };
        self.steps.get_or_create(&label).observe(done.took.as_secs_f64());
    }

    /// Counts a connection to an agent until it is dropped.
    pub fn agent(&self) -> OpenStream {
        self.agents.inc();
        OpenStream(self.agents.clone())
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

#[cfg(test)]
mod tests {
    use toft_engine::plan::Step;

    use super::*;

    #[test]
    fn steps_are_counted_by_kind_and_outcome_and_what_is_open_while_it_is() {
        let metrics = Metrics::new();
        for succeeded in [true, true, false] {
            metrics.step(&Done {
                step: Step::StartSandbox,
                succeeded,
                took: Duration::from_millis(30),
            });
        }
        let open = (metrics.terminal(), metrics.agent());
        let text = metrics.render();
        for line in [
            "toft_reconcile_step_duration_seconds_count{step=\"StartSandbox\",outcome=\"ok\"} 2",
            "toft_reconcile_step_duration_seconds_count{step=\"StartSandbox\",outcome=\"failed\"} 1",
            "toft_reconcile_step_duration_seconds_bucket{le=\"0.025\",step=\"StartSandbox\",outcome=\"ok\"} 0",
            "toft_open_terminals 1",
            "toft_open_streams 1",
            "toft_agent_connections 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        drop(open);
        let text = metrics.render();
        assert!(text.contains("toft_open_terminals 0") && text.contains("toft_agent_connections 0"));
    }
}
