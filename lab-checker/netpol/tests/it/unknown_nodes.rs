//! Nodes that nobody has told: what depends on which there are is told as such, and nothing else is.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterRule, Engine, Flow, Node, Pod, Protocol, Query, Requirement,
    Selector, Snapshot, Subject, Tier,
};

use crate::shop::{labels, pod};

/// A pod, and a host-network pod with an address, under rules about where the pods may go.
fn snapshot(rules: Vec<(Action, Selector)>) -> Snapshot {
    let rule =
        |(action, nodes)| ClusterRule { name: None, action, peers: vec![ClusterPeer::Nodes(nodes)], ports: Vec::new() };
    let policy = ClusterNetworkPolicy {
        name: "nodes".into(),
        tier: Tier::Admin,
        priority: 0,
        subject: Subject::Namespaces(Selector::everything()),
        ingress: Vec::new(),
        egress: rules.into_iter().map(rule).collect(),
    };
    let agent = Pod { host_network: true, assumed: true, ..pod("dev", "agent", "10.0.0.9", 80, "http") };
    Snapshot {
        pods: vec![pod("shop", "web", "10.244.1.1", 80, "http"), agent],
        cluster_policies: vec![policy],
        ..Snapshot::default()
    }
}

/// What is said of `shop/web` to `to`, by a row and in words.
fn said(snapshot: &Snapshot, to: &str) -> String {
    let engine = Engine::with_unknown_addresses(snapshot.clone());
    let flow = Flow { from: "shop/web".parse().unwrap(), to: format!("{to}:80").parse().unwrap() };
    let explanation = engine.explain(&flow).unwrap();
    assert_eq!(engine.decided(&flow).unwrap(), (explanation.verdict, explanation.decided_by.clone()));
    let query = Query {
        from: vec!["shop/web".parse().unwrap()],
        to: vec![to.parse().unwrap()],
        ..Query::port(80, Protocol::Tcp)
    };
    let reachability = engine.reachability(&query);
    let row = reachability.rows().next().unwrap();
    assert_eq!(row.depends_on(), explanation.depends_on, "{}", explanation.summary);
    assert_eq!(row.depends.node, row.depends.is_any(), "nothing depends on an address");
    assert_eq!(reachability.count().depends, u64::from(row.depends.is_any()));
    let text = explanation.to_string();
    assert!(!text.contains("another"), "a label that nobody has written: {text}");
    match row.depends.is_any() {
        true => {
            assert!(text.contains(&format!("depends on which node {to}")), "{text}");
            assert!(text.contains("--node tells which nodes there are"), "{text}");
            "depends".to_owned()
        }
        false => {
            assert_eq!(row.verdict, explanation.verdict);
            row.verdict.to_string()
        }
    }
}

fn ssd() -> Selector {
    Selector::labels([("disk", "ssd")])
}

fn no_ssd() -> Selector {
    Selector { requirements: vec![Requirement::NotIn { key: "disk".into(), values: vec!["ssd".into()] }] }
}

#[test]
fn what_hangs_on_nodes_depends_and_nothing_else_does() {
    use Action::{Accept, Deny};
    let all = Selector::everything;
    for (rules, to_address, to_host_pod) in [
        (vec![(Deny, ssd())], "depends", "depends"),
        // A host-network pod is on some node; an address may be nobody's.
        (vec![(Deny, all())], "depends", "blocked"),
        (vec![(Deny, ssd()), (Deny, no_ssd())], "depends", "blocked"),
        (vec![(Accept, ssd()), (Deny, all())], "depends", "depends"),
        (vec![(Accept, all()), (Deny, ssd())], "allowed", "allowed"),
        (vec![(Accept, ssd())], "allowed", "allowed"),
        (vec![], "allowed", "allowed"),
    ] {
        let words = format!("{rules:?}");
        let snapshot = snapshot(rules);
        assert_eq!(said(&snapshot, "192.168.0.1"), to_address, "{words}");
        assert_eq!(said(&snapshot, "dev/agent"), to_host_pod, "{words}");
        let mut on_node = snapshot.clone();
        on_node.pods[1].node = Some("one".into());
        assert_eq!(said(&on_node, "dev/agent"), to_host_pod, "its name says nothing of its labels: {words}");
    }
}

#[test]
fn who_names_the_nodes_gets_verdicts() {
    let mut snapshot = snapshot(vec![(Action::Deny, ssd())]);
    snapshot.pods[1].node = Some("two".into());
    let node = |name: &str, disk: &str, address: &str| Node {
        name: name.into(),
        labels: labels(&[("disk", disk)]),
        addresses: vec![address.parse().unwrap()],
    };
    snapshot.nodes = vec![node("one", "ssd", "192.168.0.1"), node("two", "hdd", "192.168.0.2")];
    assert_eq!(said(&snapshot, "192.168.0.1"), "blocked");
    assert_eq!(said(&snapshot, "192.168.0.2"), "allowed");
    assert_eq!(said(&snapshot, "192.168.0.3"), "allowed");
    assert_eq!(said(&snapshot, "dev/agent"), "allowed");
    // A pod of which nothing says where it runs is on one of the nodes.
    snapshot.pods[1].node = None;
    assert_eq!(said(&snapshot, "dev/agent"), "depends");
    assert_eq!(said(&snapshot, "192.168.0.3"), "allowed", "which is no node's");
    snapshot.nodes.pop();
    assert_eq!(said(&snapshot, "dev/agent"), "blocked", "there is one node");
}

#[test]
fn a_difference_that_hangs_on_nodes_says_so() {
    let (open, closed) = (snapshot(Vec::new()), snapshot(vec![(Action::Deny, ssd())]));
    let (a, b) = Engine::pair_with_unknown_addresses(open, closed.clone());
    let query = Query { to: vec!["192.168.0.1".parse().unwrap()], ..Query::port(80, Protocol::Tcp) };
    let difference = netpol::diff(&a, &b, &query);
    assert!(difference.only_in_a.is_empty() && difference.only_in_b.is_empty(), "{difference:?}");
    let [one] = difference.depends.as_slice() else { panic!("{difference:?}") };
    assert_eq!((one.in_a, one.in_b, one.on_nodes), ("allowed", "depends", true));
    assert_eq!(difference.summary(), ["1 difference depends on nodes, which the files do not name."]);
    let (a, b) = Engine::pair_with_unknown_addresses(closed.clone(), closed);
    assert!(netpol::diff(&a, &b, &query).is_empty());
}
