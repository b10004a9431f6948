//! Peers that are no ordinary pods: nodes and the host-network pods on them, as sources that a pod's own
//! node lets in and as peers, and kinds of peers that are not known.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterRule, Engine, Flow, Node, Pod, Protocol, Query, Selector,
    Snapshot, Subject, Tier,
};

use crate::shop::{labels, pod, policy, shop};

/// The shop with nobody let in to the api, which runs on node `one`.
fn closed() -> Snapshot {
    let mut snapshot = shop();
    snapshot.policies = vec![policy("deny", "api", Some(vec![]), None)];
    snapshot.pods[1].node = Some("one".into());
    snapshot
}

fn node(name: &str, address: &str) -> Node {
    Node { name: name.into(), labels: labels(&[("rack", name)]), addresses: vec![address.parse().unwrap()] }
}

fn host_pod(node: Option<&str>, address: &str) -> Pod {
    let plain = pod("dev", "agent", address, 80, "http");
    Pod { host_network: true, node: node.map(str::to_owned), ..plain }
}

/// Whether a flow gets through, told alike by the verdict, the rows and the count.
fn allowed(snapshot: &Snapshot, from: &str, to: &str) -> bool {
    let engine = Engine::new(snapshot.clone());
    let flow = Flow { from: from.parse().unwrap(), to: format!("{to}:8080").parse().unwrap() };
    let allowed = engine.verdict(&flow).unwrap().is_allowed();
    let query =
        Query { from: vec![from.parse().unwrap()], to: vec![to.parse().unwrap()], ..Query::port(8080, Protocol::Tcp) };
    let reachability = engine.reachability(&query);
    let rows: Vec<bool> = reachability.rows().map(|row| row.verdict.is_allowed()).collect();
    assert_eq!(rows, [allowed], "{flow}");
    assert_eq!(reachability.count().allowed, u64::from(allowed), "{flow}");
    allowed
}

#[test]
fn a_node_reaches_the_pods_on_it() {
    let mut snapshot = closed();
    snapshot.nodes = vec![node("one", "192.168.0.1"), node("two", "192.168.0.2")];
    assert!(allowed(&snapshot, "192.168.0.1", "shop/api"));
    assert!(!allowed(&snapshot, "192.168.0.2", "shop/api"), "another node");
    assert!(!allowed(&snapshot, "192.168.0.3", "shop/api"), "no node");
    snapshot.nodes.clear();
    assert!(!allowed(&snapshot, "192.168.0.1", "shop/api"), "nothing says whose address it is");
    snapshot.pods[1].host_addresses = vec!["192.168.0.1".parse().unwrap()];
    assert!(allowed(&snapshot, "192.168.0.1", "shop/api"), "the pod's status says it");
}

#[test]
fn a_host_network_pod_counts_as_its_node() {
    let mut snapshot = closed();
    snapshot.pods.push(host_pod(Some("one"), "192.168.0.1"));
    assert!(allowed(&snapshot, "dev/agent", "shop/api"));
    snapshot.pods[4] = host_pod(Some("two"), "192.168.0.2");
    assert!(!allowed(&snapshot, "dev/agent", "shop/api"), "on another node");
    snapshot.pods[4] = host_pod(None, "192.168.0.1");
    assert!(!allowed(&snapshot, "dev/agent", "shop/api"), "on no node");
    snapshot.pods[1].node = None;
    assert!(!allowed(&snapshot, "dev/agent", "shop/api"), "two that are on no node are not on the same");
    snapshot.pods[1].host_addresses = vec!["192.168.0.1".parse().unwrap()];
    assert!(allowed(&snapshot, "dev/agent", "shop/api"), "it has the address of the api's node");
}

#[test]
fn flows_of_host_network_pods_are_said_to_be_undefined() {
    let mut snapshot = shop();
    snapshot.pods.push(host_pod(None, "192.168.0.1"));
    let reachability = Engine::new(snapshot).reachability(&Query::port(80, Protocol::Tcp));
    let agent = "dev/agent";
    assert!(reachability.rows().all(|row| row.undefined == (row.from == agent || row.to == agent)));
}

#[test]
fn a_pod_is_not_let_in_because_it_runs_on_the_same_node() {
    let mut snapshot = closed();
    snapshot.pods[0].node = Some("one".into());
    assert!(!allowed(&snapshot, "shop/web", "shop/api"));
}

#[test]
fn a_host_network_pod_belongs_to_the_nodes_that_a_rule_names() {
    let mut snapshot = shop();
    snapshot.policies.clear();
    snapshot.nodes = vec![node("one", "192.168.0.1"), node("two", "192.168.0.2")];
    snapshot.cluster_policies.push(ClusterNetworkPolicy {
        name: "not-to-rack-two".into(),
        tier: Tier::Admin,
        priority: 0,
        subject: Subject::Namespaces(Selector::everything()),
        ingress: vec![],
        egress: vec![ClusterRule {
            name: None,
            action: Action::Deny,
            peers: vec![ClusterPeer::Nodes(Selector::labels([("rack", "two")]))],
            ports: vec![],
        }],
    });
    // By the node's name, even where the address is another; else by the address.
    for (node, address, reached) in [
        (Some("one"), "192.168.0.9", true),
        (Some("two"), "192.168.0.9", false),
        (None, "192.168.0.1", true),
        (None, "192.168.0.2", false),
        (None, "192.168.0.9", true),
    ] {
        snapshot.pods.truncate(4);
        snapshot.pods.push(host_pod(node, address));
        assert_eq!(allowed(&snapshot, "shop/web", "dev/agent"), reached, "{node:?} {address}");
    }
    assert!(!allowed(&snapshot, "shop/web", "192.168.0.2"));
    assert!(allowed(&snapshot, "shop/web", "192.168.0.1"));
}

#[test]
fn a_peer_that_is_not_known_fails_closed() {
    let rule = |action, peer| ClusterRule { name: None, action, peers: vec![peer], ports: vec![] };
    let reached = |action, then| {
        let mut snapshot = shop();
        snapshot.policies.clear();
        snapshot.cluster_policies.push(ClusterNetworkPolicy {
            name: "fence".into(),
            tier: Tier::Admin,
            priority: 0,
            subject: Subject::Namespaces(Selector::everything()),
            ingress: vec![
                rule(action, ClusterPeer::Unknown),
                rule(then, ClusterPeer::Namespaces(Selector::everything())),
            ],
            egress: vec![],
        });
        allowed(&snapshot, "shop/web", "shop/api")
    };
    assert!(!reached(Action::Accept, Action::Deny), "Accept matches nothing");
    assert!(!reached(Action::Deny, Action::Accept), "Deny matches everything");
    assert!(reached(Action::Pass, Action::Deny), "and so does Pass");
}
