//! What real packets did in a real cluster, `tests/data/real-verdicts.txt`: four pods, three ports
//! each, one policy at a time in namespace `x`.

use manifest::{Source, lower};
use netpol::{Destination, Endpoint, Engine, Flow, Protocol};

/// The cluster of the recording. `alt` is the name of port 81, and only `x/a` carries `tier: web`.
const CLUSTER: &str = r#"
{apiVersion: v1, kind: Namespace, metadata: {name: x, labels: {team: "x"}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: "y", labels: {team: "y"}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: x, labels: {pod: a, tier: web}}, spec: {containers: [{name: c, image: x, ports: [{name: alt, containerPort: 81}]}]}, status: {podIP: 10.244.0.17}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: x, labels: {pod: b}}, spec: {containers: [{name: c, image: x, ports: [{name: alt, containerPort: 81}]}]}, status: {podIP: 10.244.0.18}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: "y", labels: {pod: a}}, spec: {containers: [{name: c, image: x, ports: [{name: alt, containerPort: 81}]}]}, status: {podIP: 10.244.0.19}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: "y", labels: {pod: b}}, spec: {containers: [{name: c, image: x, ports: [{name: alt, containerPort: 81}]}]}, status: {podIP: 10.244.0.20}}
"#;

#[test]
fn real_packets_agree() {
    let recording = include_str!("../data/real-verdicts.txt");
    let columns: Vec<Destination> = recording
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .skip(1)
        .map(|column| {
            let (pod, port) = column.split_once(':').unwrap();
            let port = netpol::PortRef::Number(port.parse().unwrap());
            Destination { endpoint: pod.parse::<Endpoint>().unwrap(), port, protocol: Protocol::Tcp }
        })
        .collect();
    let mut checked = 0;
    for case in recording.split("\n## ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let is_row = |line: &&str| line.starts_with("x/") || line.starts_with("y/");
        let spec: String =
            rest.lines().filter(|line| !is_row(line) && !line.is_empty()).map(|line| format!("  {line}\n")).collect();
        let header =
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: x}\nspec:\n";
        let text = if spec.is_empty() { CLUSTER.to_owned() } else { format!("{CLUSTER}{header}{spec}") };
        let engine = Engine::new(lower(&crate::suites::objects(name, &text), Source::Files).unwrap());
        for row in rest.lines().filter(is_row) {
            let mut cells = row.split_whitespace();
            let from: Endpoint = cells.next().unwrap().parse().unwrap();
            for (to, cell) in columns.iter().zip(cells).filter(|(_, cell)| *cell != "-") {
                let verdict = engine.verdict(&Flow { from: from.clone(), to: to.clone() }).unwrap();
                assert_eq!(verdict.is_allowed(), cell == ".", "{name}: {from} → {to}");
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 25 * 4 * 9);
}
