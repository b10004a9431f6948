//! What an operator watches: requests and graded attempts, for Prometheus.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::activity::{self, ActivityKind};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    /// One that HTTP has, or `other`.
    method: &'static str,
    /// The route's pattern, never the path: a path has no end of values.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    kind: &'static str,
    passed: &'static str,
}

/// The counters.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    attempts: Family<AttemptLabels, Counter>,
    /// What has been computed, not what was asked: what is known is not computed again.
    pub(crate) evaluations: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("lab_checker");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered, by route and status", requests.clone());
        let seconds = Histogram::new(exponential_buckets(0.000_5, 2.0, 15));
        registry.register("http_request_seconds", "How long answers took", seconds.clone());
        let attempts = Family::default();
        registry.register("attempts", "Attempts graded and stored", attempts.clone());
        let evaluations = Counter::default();
        registry.register("evaluations", "Checks, maps, previews and explanations computed", evaluations.clone());
        Self { registry, requests, seconds, attempts, evaluations }
    }

    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn graded(&self, kind: ActivityKind, passed: bool) {
        let passed = if passed { "true" } else { "false" };
        self.attempts.get_or_create(&AttemptLabels { kind: activity::word(kind), passed }).inc();
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
