//! Verdicts that other evaluators, conformance tests and real packets have agreed on, from Kubernetes
//! objects to the last cell of the matrix. `random.json` lies beside these tests; the others are
//! derived from other people's repositories and are read from `../shared/corpus` where that exists.

use std::collections::BTreeMap;
use std::path::Path;

use manifest::{Source, lower};
use netpol::{Destination, Endpoint, Engine, Flow, PortRef, Protocol, Query};
use serde::Deserialize;
use serde_json::Value;

/// Rows of a matrix by `TCP/80`; a row is a text with one character per destination.
type Matrix = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
struct Corpus {
    #[serde(default)]
    cluster: Vec<Value>,
    #[serde(default)]
    clusters: Vec<Vec<Value>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    cluster: usize,
    #[serde(default)]
    objects: Vec<Value>,
    #[serde(default)]
    policies: Vec<Value>,
    #[serde(default)]
    order: Vec<String>,
    #[serde(default)]
    matrix: Matrix,
    #[serde(default)]
    namespace_labels: BTreeMap<String, BTreeMap<String, Option<String>>>,
    #[serde(default)]
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    src: String,
    dst: String,
    protocol: Protocol,
    port: u16,
    allowed: bool,
}

impl Corpus {
    fn engine(&self, case: &Case) -> Engine {
        let cluster = self.clusters.get(case.cluster).unwrap_or(&self.cluster);
        let mut objects: Vec<Value> = cluster.iter().chain(&case.objects).chain(&case.policies).cloned().collect();
        for (namespace, labels) in &case.namespace_labels {
            let is = |object: &&mut Value| object["kind"] == "Namespace" && object["metadata"]["name"] == **namespace;
            let object = objects.iter_mut().find(is).unwrap();
            for (key, value) in labels {
                match value {
                    Some(value) => object["metadata"]["labels"][key] = Value::from(value.as_str()),
                    None => drop(object["metadata"]["labels"].as_object_mut().unwrap().shift_remove(key)),
                }
            }
        }
        Engine::new(lower(&objects, Source::Cluster).unwrap())
    }
}

fn endpoint(name: &str) -> Endpoint {
    name.strip_prefix("ip:").unwrap_or(name).parse().unwrap()
}

fn flow(from: &str, to: &str, protocol: Protocol, port: u16) -> Flow {
    let to = Destination { endpoint: endpoint(to), port: PortRef::Number(port), protocol };
    Flow { from: endpoint(from), to }
}

/// Checks a matrix cell by cell, by the flow and by the whole; returns how many cells it asserts.
fn check_matrix(engine: &Engine, case: &Case, wrong: &mut Vec<String>) -> usize {
    let mut asserted = 0;
    for (port, rows) in &case.matrix {
        let (protocol, number) = port.split_once('/').unwrap();
        let (protocol, number): (Protocol, u16) = (protocol.parse().unwrap(), number.parse().unwrap());
        let external = case.order.iter().filter_map(|name| name.strip_prefix("ip:")?.parse().ok()).collect();
        let reachability = engine.reachability(&Query { external, ..Query::port(number, protocol) });
        let whole: BTreeMap<(&str, &str), bool> =
            reachability.rows().map(|row| ((row.from, row.to), row.verdict.is_allowed())).collect();
        for (from, row) in case.order.iter().zip(rows) {
            for (to, cell) in case.order.iter().zip(row.chars()).filter(|(_, cell)| *cell != '.') {
                asserted += 1;
                let said = engine.verdict(&flow(from, to, protocol, number)).unwrap().is_allowed();
                let ends = (from.trim_start_matches("ip:"), to.trim_start_matches("ip:"));
                if said != (cell == '1') || whole[&ends] != said {
                    wrong.push(format!("{}: {from} → {to} {port}: should be {cell}", case.name));
                }
            }
        }
    }
    asserted
}

fn check_expected(engine: &Engine, case: &Case, wrong: &mut Vec<String>) -> usize {
    for expected in &case.expected {
        let Expected { src, dst, protocol, port, allowed } = expected;
        let said = engine.verdict(&flow(src, dst, *protocol, *port)).unwrap().is_allowed();
        if said != *allowed {
            wrong.push(format!("{}: {src} → {dst} {port}/{protocol}: should be {allowed}", case.name));
        }
    }
    case.expected.len()
}

/// Checks a whole file; returns how many cells it asserts.
fn check(path: &Path) -> usize {
    let corpus: Corpus = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut asserted = 0;
    for case in &corpus.cases {
        let engine = corpus.engine(case);
        asserted += check_matrix(&engine, case, &mut wrong) + check_expected(&engine, case, &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{} of {asserted} cells are wrong, first {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    asserted
}

/// Checks a file of the shared corpus, where there is one.
#[expect(clippy::print_stderr, reason = "a test that had nothing to read says so")]
fn check_shared(name: &str, cells: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    if path.exists() {
        assert_eq!(check(&path), cells, "{name} asserts another number of cells");
    } else {
        eprintln!("not checked: {} is not there", path.display());
    }
}

#[test]
fn random_clusters() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/random.json");
    assert_eq!(check(&path), 77_760);
}

#[test]
fn conformance_fuzzer() {
    check_shared("cyclonus.json", 109_956);
}

#[test]
fn popular_recipes() {
    check_shared("recipes.json", 267_300);
}

#[test]
fn cluster_network_policy_conformance() {
    check_shared("cnp_conformance.json", 301);
}
