//! After any sequence of changes the engine answers like a new one on a snapshot that was changed apart.

use std::net::IpAddr;

use netpol::{
    Action, Change, ClusterNetworkPolicy, ClusterPeer, ClusterRule, Destination, Endpoint, Engine, Flow, FlowText,
    NetworkPolicy, Node, ObjectName, PortQuery, PortRef, Protocol, Query, Selector, Service, Snapshot, Subject, Tier,
    Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::{another_namespace, another_node, another_pod, cluster, cluster_policy, outside, policy, service};
use crate::shop::{labels, pod, policy as policy_on, shop};

fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec(change(), 1..6)
}

fn change() -> impl Strategy<Value = Change> {
    let name = |kind: &'static str| (0..4usize).prop_map(move |at| format!("{kind}{at}"));
    let object = move |kind| ((0..3usize), name(kind)).prop_map(|(n, name)| ObjectName::new(format!("n{n}"), name));
    prop_oneof![
        4 => (name("np"), policy()).prop_map(|(name, policy)| Change::Policy(NetworkPolicy { name, ..policy })),
        2 => object("np").prop_map(Change::RemovePolicy),
        4 => (0..9usize).prop_flat_map(another_pod).prop_map(Change::Pod),
        2 => object("p").prop_map(Change::RemovePod),
        3 => (0..4usize).prop_flat_map(another_namespace).prop_map(Change::Namespace),
        2 => name("n").prop_map(Change::RemoveNamespace),
        2 => (name("cnp"), cluster_policy()).prop_map(|(name, policy)| {
            Change::ClusterPolicy(netpol::ClusterNetworkPolicy { name, ..policy })
        }),
        2 => name("cnp").prop_map(Change::RemoveClusterPolicy),
        1 => (name("s"), service()).prop_map(|(name, service)| Change::Service(Service { name, ..service })),
        1 => object("s").prop_map(Change::RemoveService),
        2 => (0..4usize).prop_flat_map(another_node).prop_map(Change::Node),
        1 => name("node").prop_map(Change::RemoveNode),
    ]
}

/// Replaces or adds (`Some`) or removes (`None`) the object of a list that has the same name.
fn put<T, N: PartialEq>(list: &mut Vec<T>, name: impl Fn(&T) -> N, gone: N, new: Option<T>) {
    list.retain(|one| name(one) != gone);
    list.extend(new);
}

/// What a change means, in the simplest way: for comparison with the engine's.
fn change_plainly(snapshot: &mut Snapshot, change: Change) {
    let policy = |one: &NetworkPolicy| ObjectName::new(&one.namespace, &one.name);
    let pod = |one: &netpol::Pod| ObjectName::new(&one.namespace, &one.name);
    let service = |one: &Service| ObjectName::new(&one.namespace, &one.name);
    match change {
        Change::Policy(new) => put(&mut snapshot.policies, policy, policy(&new), Some(new)),
        Change::RemovePolicy(name) => put(&mut snapshot.policies, policy, name, None),
        Change::Pod(new) => put(&mut snapshot.pods, pod, pod(&new), Some(new)),
        Change::RemovePod(name) => put(&mut snapshot.pods, pod, name, None),
        Change::Namespace(new) => put(&mut snapshot.namespaces, |one| one.name.clone(), new.name.clone(), Some(new)),
        Change::RemoveNamespace(name) => put(&mut snapshot.namespaces, |one| one.name.clone(), name, None),
        Change::ClusterPolicy(new) => {
            put(&mut snapshot.cluster_policies, |one| one.name.clone(), new.name.clone(), Some(new));
        }
        Change::RemoveClusterPolicy(name) => put(&mut snapshot.cluster_policies, |one| one.name.clone(), name, None),
        Change::Service(new) => put(&mut snapshot.services, service, service(&new), Some(new)),
        Change::RemoveService(name) => put(&mut snapshot.services, service, name, None),
        Change::Node(new) => put(&mut snapshot.nodes, |one| one.name.clone(), new.name.clone(), Some(new)),
        Change::RemoveNode(name) => put(&mut snapshot.nodes, |one| one.name.clone(), name, None),
    }
}

/// What every pod hears from every Service that there might be.
fn through_services(engine: &Engine) -> Vec<(String, Option<Verdict>)> {
    let mut sources: Vec<_> =
        engine.snapshot().pods.iter().map(|pod| ObjectName::new(&pod.namespace, &pod.name)).collect();
    sources.sort();
    let mut told = Vec::new();
    for source in sources {
        for (namespace, service, port) in
            (0..3).flat_map(|n| (0..4).flat_map(move |s| [53, 80, 8080].map(|p| (n, s, p))))
        {
            let endpoint = Endpoint::Service(ObjectName::new(format!("n{namespace}"), format!("s{service}")));
            let to = Destination { endpoint, port: PortRef::Number(port), protocol: Protocol::Tcp };
            let flow = Flow { from: Endpoint::Pod(source.clone()), to };
            told.push((flow.to_string(), engine.verdict(&flow).ok()));
        }
    }
    told
}

fn answers(engine: &Engine) -> Vec<(FlowText, Verdict)> {
    let ports: Vec<PortQuery> = ["53/UDP", "80/TCP", "81/TCP", "web"].map(|text| text.parse().unwrap()).to_vec();
    let reachability = engine.reachability(&Query { ports, external: outside(), ..Query::default() });
    let counts = reachability.count();
    let rows: Vec<_> = reachability.rows().map(|row| (row.flow(), row.verdict)).collect();
    assert_eq!(counts.flows, rows.len() as u64);
    assert_eq!(counts.allowed, rows.iter().filter(|(_, verdict)| verdict.is_allowed()).count() as u64);
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_engine_is_a_new_engine(cluster in cluster(), changes in changes()) {
        let mut engine = Engine::new(cluster.clone());
        let mut snapshot = cluster;
        answers(&engine);
        through_services(&engine);
        for change in changes {
            engine.apply(change.clone());
            change_plainly(&mut snapshot, change.clone());
            let new = Engine::new(snapshot.clone());
            prop_assert_eq!(answers(&engine), answers(&new), "after {:?}", change);
            prop_assert_eq!(through_services(&engine), through_services(&new), "after {:?}", change);
        }
    }
}

#[test]
fn a_removed_namespace_is_gone_once_nothing_names_it() {
    let namespaces = |engine: &Engine| -> Vec<(String, usize)> {
        engine.snapshot().namespaces.iter().map(|one| (one.name.clone(), one.labels.len())).collect()
    };
    let mut engine = Engine::new(shop());
    answers(&engine);
    engine.apply(Change::RemoveNamespace("nosuch".into()));
    assert_eq!(namespaces(&engine), [("shop".into(), 2), ("dev".into(), 2)]);
    engine.apply(Change::RemoveNamespace("dev".into()));
    assert_eq!(namespaces(&engine), [("shop".into(), 2), ("dev".into(), 1)], "a pod is there: it keeps its name");
    engine.apply(Change::RemovePod(ObjectName::new("dev", "webb")));
    engine.apply(Change::RemoveNamespace("dev".into()));
    assert_eq!(namespaces(&engine), [("shop".into(), 2)]);
    engine.apply(Change::Pod(pod("dev", "webb", "10.244.1.1", 80, "http")));
    assert_eq!(namespaces(&engine), [("shop".into(), 2), ("dev".into(), 1)], "a pod brings its namespace");
    engine.apply(Change::Policy(NetworkPolicy { namespace: "ops".into(), ..policy_on("p", "api", None, None) }));
    engine.apply(Change::RemoveNamespace("ops".into()));
    assert_eq!(namespaces(&engine)[2..], [("ops".into(), 1)], "and so does a policy");
}

#[test]
fn a_node_is_replaced_by_the_one_of_its_name() {
    let node = |name: &str, rack: &str, address: &str| Node {
        name: name.into(),
        labels: labels(&[("rack", rack)]),
        addresses: vec![address.parse().unwrap()],
    };
    let mut snapshot = shop();
    snapshot.nodes = vec![node("one", "a", "192.168.0.1"), node("two", "a", "192.168.0.2")];
    snapshot.cluster_policies = vec![ClusterNetworkPolicy {
        name: "no-rack-a".into(),
        tier: Tier::Admin,
        priority: 1,
        subject: Subject::Namespaces(Selector::everything()),
        ingress: vec![],
        egress: vec![ClusterRule {
            name: None,
            action: Action::Deny,
            peers: vec![ClusterPeer::Nodes(Selector::labels([("rack", "a")]))],
            ports: vec![],
        }],
    }];
    let mut engine = Engine::new(snapshot);
    let reached = |engine: &Engine| -> Vec<IpAddr> {
        let addresses: Vec<IpAddr> = ["192.168.0.1", "192.168.0.2"].map(|text| text.parse().unwrap()).to_vec();
        let query =
            Query { external: addresses, from: vec!["shop/api".parse().unwrap()], ..Query::port(80, Protocol::Tcp) };
        let reachability = engine.reachability(&query);
        let allowed = reachability.rows().filter(|row| row.verdict.is_allowed());
        allowed.filter_map(|row| row.to.parse().ok()).collect()
    };
    assert_eq!(reached(&engine), [] as [IpAddr; 0]);
    engine.apply(Change::Node(node("two", "b", "192.168.0.2")));
    assert_eq!(reached(&engine), ["192.168.0.2".parse::<IpAddr>().unwrap()]);
    engine.apply(Change::RemoveNode("one".into()));
    assert_eq!(reached(&engine).len(), 2, "what was its address is no node's any more");
}
