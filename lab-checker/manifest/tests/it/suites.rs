//! The Markdown files in `tests/suites` are a specification of NetworkPolicies and the test of it:
//! prose, objects in YAML, and a table of who reaches whom. The first YAML block of a file is the
//! cluster that all its cases share; every case adds its own objects.

use std::path::Path;

use manifest::{Source, lower};
use netpol::{Destination, Endpoint, Engine, Flow};
use serde_json::Value;

/// A case: a heading, objects, and what its tables say.
#[derive(Default)]
struct Case {
    name: String,
    yaml: String,
    cells: Vec<(String, String, String)>,
}

/// Reads a suite. What stands before the first `##` is the case of all.
fn read(text: &str) -> Vec<Case> {
    let mut cases = vec![Case::default()];
    let mut in_yaml = false;
    let mut columns: Vec<String> = Vec::new();
    for line in text.lines() {
        let case = cases.last_mut().unwrap();
        if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case { name: name.to_owned(), ..Case::default() });
            columns.clear();
        } else if line.starts_with("```") {
            in_yaml = line == "```yaml";
        } else if in_yaml {
            case.yaml.push_str(line);
            case.yaml.push('\n');
        } else if let Some(row) = line.strip_prefix('|') {
            let row: Vec<&str> = row.strip_suffix('|').unwrap().split('|').map(str::trim).collect();
            if columns.is_empty() {
                columns = row[1..].iter().map(|&column| column.to_owned()).collect();
            } else if !row[0].starts_with('-') {
                assert_eq!(row.len(), columns.len() + 1, "{}: a row is as long as the head: {line}", case.name);
                for (to, cell) in columns.iter().zip(&row[1..]).filter(|(_, cell)| !cell.is_empty()) {
                    case.cells.push((row[0].to_owned(), to.clone(), (*cell).to_owned()));
                }
            }
        } else {
            columns.clear();
        }
    }
    cases
}

/// The objects of a block. Pods may be as short as the case needs them; policies must be what the API
/// accepts.
pub(crate) fn objects(name: &str, yaml: &str) -> Vec<Value> {
    let (documents, diagnostics) = manifest::yaml::read(name, yaml);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let objects = documents.into_iter().map(|document| {
        let mut object = document.value;
        if object["kind"].as_str().is_some_and(|kind| kind.ends_with("Policy")) {
            manifest::admission::default(&mut object);
            assert_eq!(manifest::admission::validate(&object), [], "{name}: {object}");
        }
        object
    });
    objects.collect()
}

/// What the engine says, as a cell.
fn answer(engine: &Engine, from: &str, to: &str) -> String {
    let from: Endpoint = from.parse().unwrap();
    let to: Destination = to.parse().unwrap();
    match engine.explain(&Flow { from, to }) {
        Ok(explanation) => {
            let sign = if explanation.verdict.is_allowed() { "✓" } else { "✗" };
            let undefined = explanation.notes.iter().any(|note| note.starts_with("undefined"));
            format!("{sign}{}", if undefined { " undefined" } else { "" })
        }
        Err(netpol::UnknownEndpoint::NotAnEndpoint { .. }) => "nobody".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn check(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suites").join(file);
    let cases = read(&std::fs::read_to_string(path).unwrap());
    let (cluster, cases) = cases.split_first().unwrap();
    let cluster = objects(file, &cluster.yaml);
    let mut wrong = Vec::new();
    for case in cases {
        assert!(!case.cells.is_empty(), "{file}: {} asserts nothing", case.name);
        let all: Vec<Value> = cluster.iter().cloned().chain(objects(file, &case.yaml)).collect();
        let engine = Engine::new(lower(&all, Source::Files).unwrap());
        for (from, to, expected) in &case.cells {
            let said = answer(&engine, from, to);
            if said != *expected {
                wrong.push(format!(
                    "{file}: {}: {from} → {to}: the suite says {expected}, the engine {said}",
                    case.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

macro_rules! suites {
    ($($name:ident: $file:literal,)*) => {
        $(#[test] fn $name() { check($file); })*

        #[test]
        fn every_file_is_checked() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suites");
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!([$($file),*].contains(&name.as_str()), "{name} is not checked");
            }
        }
    };
}

suites! {
    policy_types: "policy-types.md",
    peers: "peers.md",
    adding_up: "adding-up.md",
    ports: "ports.md",
    addresses: "addresses.md",
    endpoints: "endpoints.md",
    services: "services.md",
    cluster_network_policy: "cluster-network-policy.md",
    other_engines: "other-engines.md",
}
