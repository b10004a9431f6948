//! What many clusters in one process take, and how fast they are made. In a process of its own, so that
//! nothing else counts.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use practice_cluster::{ClusterId, Enforcement, Options, PracticeClusters, World};
use serde_json::Value;
use tower::ServiceExt;

use crate::figure::{Budget, Figure};
use crate::runtime;

const CLUSTERS: usize = 1_000;
const LAB: &str = "default-deny";
/// What else each learner begins.
const MORE: [&str; 2] = ["deny-ingress", "dns-egress"];

/// The figures, from another process.
pub(crate) fn figures() -> Vec<Figure> {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).arg("--memory").output().expect("this program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|number| number.parse().expect("numbers"));
    let mut next = || numbers.next().expect("as many numbers as figures");
    vec![
        Figure::new("a further cluster, with its first answer", next(), "ms", Budget::Most(1.0)),
        Figure::new("memory of an idle cluster", next(), "KiB", Budget::Most(64.0)),
        Figure::new(format!("starting the lab {LAB} in a cluster"), next(), "ms", Budget::None),
        Figure::new("memory of a cluster that holds this lab", next(), "KiB", Budget::None),
        Figure::new("going from one lab's world to another's", next(), "ms", Budget::None),
        Figure::new(
            format!("{CLUSTERS} learners with the worlds of three labs each, all in memory"),
            next(),
            "MiB",
            Budget::None,
        ),
        Figure::new(
            format!("{CLUSTERS} clusters, a lab in each: the most memory of the process"),
            next(),
            "MiB",
            Budget::None,
        ),
    ]
}

/// Measures, and prints the numbers for [`figures`].
pub(crate) fn print() {
    runtime().block_on(async {
        let clusters = PracticeClusters::open(Options::default()).await.expect("opens");
        let router = clusters.router();
        // What all clusters share is made with the first.
        first_answer(&clusters, &router).await;
        let (empty, start) = (status("VmRSS:"), Instant::now());
        let mut ids = Vec::with_capacity(CLUSTERS);
        for _ in 0..CLUSTERS {
            ids.push(first_answer(&clusters, &router).await);
        }
        println!("{} {}", each(start), (status("VmRSS:") - empty) / CLUSTERS as f64);
        let start = Instant::now();
        begin(&clusters, &ids, LAB).await;
        println!("{} {}", each(start), (status("VmRSS:") - empty) / CLUSTERS as f64);
        let one_each = status("VmHWM:") / 1024.0;
        for lab in MORE {
            begin(&clusters, &ids, lab).await;
        }
        let start = Instant::now();
        begin(&clusters, &ids, LAB).await;
        println!("{} {}", each(start), status("VmRSS:") / 1024.0);
        println!("{one_each}");
    });
}

/// Leads every learner to the world of a lab.
async fn begin(clusters: &PracticeClusters, ids: &[ClusterId], lab: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs").join(lab).join("start");
    let objects: Vec<Value> = manifest::files::load(&[folder]).expect("the lab's files").into_values();
    let world = World::named(lab).expect("a name");
    for id in ids {
        clusters.start(id, &world, Enforcement::Enforcing, &objects).await.expect("starts the lab");
    }
}

async fn first_answer(clusters: &PracticeClusters, router: &Router) -> ClusterId {
    let id = ClusterId::random();
    clusters.create(&id).await.expect("creates");
    let request = Request::builder().uri(format!("/clusters/{id}/api/v1/namespaces")).body(Body::empty());
    let response = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
    assert!(response.status().is_success());
    axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    id
}

/// Milliseconds for each cluster.
fn each(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3 / CLUSTERS as f64
}

/// A line of what the system says of this process, in KiB.
fn status(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(f64::NAN)
}
