//! After any sequence of changes the engine answers like a new one on a snapshot that was changed apart.

use std::net::IpAddr;

use netpol::{
    Action, Change, ClusterNetworkPolicy, ClusterPeer, ClusterRule, Destination, Endpoint, Engine, Flow, FlowText,
    IpBlock, NamespaceScope, NetworkPolicy, Node, ObjectName, Peer, PortQuery, PortRef, PortRule, PortSpec, Protocol,
    Query, Requirement, Rule, Selector, Service, Snapshot, Subject, Tier, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::{another_namespace, another_node, another_pod, cluster, cluster_policy, outside, policy, service};
use crate::shop::{labels, pod, policy as policy_on, rule, shop};

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
    let ports: Vec<PortQuery> =
        ["53/UDP", "80/TCP", "81/TCP", "5432/TCP", "8080/TCP", "web"].map(|text| text.parse().unwrap()).to_vec();
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
fn words_that_no_policy_used_before_are_learned() {
    let app = |values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Selector { requirements: vec![Requirement::In { key: "app".into(), values }] }
    };
    let key = |key: &str| Selector { requirements: vec![Requirement::Exists { key: key.into() }] };
    let own = |pods| Peer::Pods { namespaces: NamespaceScope::Own, pods };
    let of = |namespaces, pods| Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods };
    let block = |cidr: &str| Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except: vec![] });
    let known = || rule(own(app(&["web"])), PortSpec::number(8080));
    let port = |protocol, port| Rule { peers: vec![], ports: vec![PortRule { protocol, port }] };

    let mut start = shop();
    start.pods[0].labels.insert("tier".into(), "front".into());
    start.policies = vec![policy_on("p", "api", Some(vec![known()]), None)];
    let selecting = |selector| NetworkPolicy { pod_selector: selector, ..policy_on("q", "", Some(vec![]), None) };
    let admitting = |rule| policy_on("p", "api", Some(vec![rule]), None);
    let changes = [
        selecting(app(&["db"])),
        selecting(app(&["web", "db"])),
        selecting(key("tier")),
        selecting(key("nosuch")),
        admitting(Rule { peers: vec![own(app(&["db"]))], ports: vec![] }),
        admitting(Rule { peers: vec![own(key("tier"))], ports: vec![] }),
        admitting(Rule { peers: vec![of(Selector::labels([("team", "dev")]), app(&["web"]))], ports: vec![] }),
        admitting(Rule { peers: vec![of(Selector::everything(), app(&["webb"]))], ports: vec![] }),
        admitting(Rule { peers: vec![block("10.244.0.3/32")], ports: vec![] }),
        admitting(port(Protocol::Tcp, PortSpec::number(5432))),
        admitting(port(Protocol::Tcp, PortSpec::Range { from: 80, to: 81 })),
        admitting(port(Protocol::Tcp, PortSpec::Named("http".into()))),
        admitting(port(Protocol::Udp, PortSpec::Any)),
        NetworkPolicy { namespace: "dev".into(), ..policy_on("p", "webb", Some(vec![]), Some(vec![])) },
        admitting(known()),
    ];
    for policy in changes {
        let mut engine = Engine::new(start.clone());
        answers(&engine);
        engine.apply(Change::Policy(policy.clone()));
        let mut snapshot = start.clone();
        change_plainly(&mut snapshot, Change::Policy(policy.clone()));
        assert_eq!(answers(&engine), answers(&Engine::new(snapshot)), "{policy:?}");
    }
}

#[test]
fn a_pod_may_give_a_name_to_another_port() {
    let mut start = shop();
    let rules = vec![Rule {
        peers: vec![],
        ports: vec![PortRule { protocol: Protocol::Tcp, port: PortSpec::Named("http".into()) }],
    }];
    start.policies = vec![policy_on("p", "api", Some(rules), None)];
    for number in [80, 81, 8080, 5432] {
        let mut engine = Engine::new(start.clone());
        answers(&engine);
        let change = Change::Pod(pod("shop", "api", "10.244.0.2", number, "http"));
        engine.apply(change.clone());
        let mut snapshot = start.clone();
        change_plainly(&mut snapshot, change);
        assert_eq!(answers(&engine), answers(&Engine::new(snapshot)), "{number}");
    }
}

#[test]
fn a_namespace_may_change_its_labels() {
    let mut start = shop();
    let namespaces = NamespaceScope::Matching(Selector::labels([("team", "shop")]));
    let peers = vec![Peer::Pods { namespaces, pods: Selector::everything() }];
    start.policies = vec![policy_on("p", "api", Some(vec![Rule { peers, ports: vec![] }]), None)];
    for (name, team) in [("shop", "other"), ("dev", "shop")] {
        let mut engine = Engine::new(start.clone());
        answers(&engine);
        let mut namespace = start.namespaces.iter().find(|one| one.name == name).unwrap().clone();
        namespace.labels.insert("team".into(), team.into());
        let change = Change::Namespace(namespace);
        engine.apply(change.clone());
        let mut snapshot = start.clone();
        change_plainly(&mut snapshot, change);
        let new = answers(&Engine::new(snapshot));
        assert_eq!(answers(&engine), new, "{name}");
        assert_ne!(answers(&Engine::new(start.clone())), new, "{name}: the change matters");
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
