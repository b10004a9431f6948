//! Any bytes as a manifest: read, validated, lowered, and every question asked about what came out. Nothing
//! may panic or hang, the engine's two ways to a verdict must agree with each other and with the naive
//! evaluator, and everything that has a form must keep it.
#![no_main]

#[path = "../../netpol/tests/it/naive.rs"]
mod naive;

use libfuzzer_sys::fuzz_target;
use manifest::Source;
use naive::End;
use netpol::{Destination, Endpoint, Engine, Flow, FlowVerdict, PortQuery, PortRef, Query, Snapshot, Verdict};

/// More flows than this of one cluster are not looked at one by one.
const FLOWS: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parsed = manifest::parse("fuzz.yaml", text);
    // A carriage return alone ends a line too.
    let lines = text.split(['\r', '\n']).count();
    for diagnostic in &parsed.diagnostics {
        assert!((1..=lines).contains(&diagnostic.line) && diagnostic.column >= 1 && diagnostic.length >= 1);
    }
    if parsed.has_errors() {
        return;
    }
    // What passes without an error can be used.
    let snapshot = manifest::lower(&parsed.into_values(), Source::Files).expect("valid objects lower");
    ask(&Engine::new(snapshot));
});

fn ask(engine: &Engine) {
    let port = |text: &str| text.parse::<PortQuery>().expect("a port");
    let external = ["203.0.113.5", "10.0.0.1", "2001:db8::5"].map(|text| text.parse().expect("an address"));
    let query = Query {
        ports: vec![port("80/TCP"), port("53/UDP"), port("8080-8081/TCP"), port("web")],
        external: external.to_vec(),
        ..Query::default()
    };
    let reachability = engine.reachability(&query);
    for row in reachability.rows().take(FLOWS) {
        let flow = flow(&row);
        assert_eq!(engine.verdict(&flow).expect("a row names what exists"), row.verdict, "{}", row.flow());
        let said = naive::allowed(
            engine.snapshot(),
            end(engine.snapshot(), row.from),
            end(engine.snapshot(), row.to),
            row.protocol,
            row.port,
        );
        assert_eq!(said, row.verdict == Verdict::Allowed, "{}", row.flow());
    }
    for row in reachability.rows().take(10) {
        let explanation = engine.explain(&flow(&row)).expect("a row names what exists");
        assert!(!explanation.summary.is_empty());
    }
    assert!(netpol::diff(engine, engine, &query).is_empty());
    netpol::lint(engine);
    netpol::exposure(engine);
    assert!(netpol::svg(&reachability).trim_end().ends_with("</svg>"));
    assert!(netpol::dot(&reachability).starts_with("digraph"));
}

fn flow(row: &FlowVerdict<'_>) -> Flow {
    let endpoint = |name: &str| name.parse::<Endpoint>().expect("an endpoint that can be written");
    let to = Destination { endpoint: endpoint(row.to), port: PortRef::Number(row.port), protocol: row.protocol };
    Flow { from: endpoint(row.from), to }
}

fn end<'a>(cluster: &'a Snapshot, name: &str) -> End<'a> {
    match name.parse() {
        Ok(address) => End::Outside(address),
        Err(_) => {
            let named = |pod: &&netpol::Pod| name == format!("{}/{}", pod.namespace, pod.name);
            End::Pod(cluster.pods.iter().find(named).expect("a pod of the cluster"))
        }
    }
}
