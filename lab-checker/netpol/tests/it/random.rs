//! Random clusters: small, so that everything in them meets everything else, and with every feature
//! that the engine knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, ContainerPort, IpBlock, Labels, Namespace,
    NamespaceScope, NamespacedPods, NetworkPolicy, Node, Peer, Pod, PortRef, PortRule, PortSpec, Protocol, Requirement,
    Rule, Selector, Service, ServicePort, Snapshot, Subject, Tier,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// How many namespaces and nodes a cluster has.
const NAMESPACES: usize = 3;

/// A cluster with everything.
pub(crate) fn cluster() -> impl Strategy<Value = Snapshot> {
    (
        vec(namespace_labels(), NAMESPACES),
        vec(pod(), 1..7),
        vec(labels(), 0..4),
        vec(policy(), 0..5),
        vec(cluster_policy(), 0..3),
        vec(service(), 0..2),
    )
        .prop_map(|(namespaces, pods, nodes, policies, cluster_policies, services)| Snapshot {
            networks: netpol::Networks::default(),
            namespaces: namespaces.into_iter().enumerate().map(|(at, labels)| namespace(at, labels)).collect(),
            pods: pods.into_iter().enumerate().map(|(at, pod)| settle(at, pod)).collect(),
            services: services
                .into_iter()
                .enumerate()
                .map(|(at, one)| Service { name: format!("s{at}"), ..one })
                .collect(),
            nodes: nodes.into_iter().enumerate().map(|(at, labels)| node(at, labels)).collect(),
            policies: numbered(policies, |policy, at| policy.name = format!("np{at}")),
            cluster_policies: numbered(cluster_policies, |policy, at| policy.name = format!("cnp{at}")),
            unlisted: Vec::new(),
        })
}

/// The outside addresses that tests ask about: some in blocks, one of a node, both families.
pub(crate) fn outside() -> Vec<IpAddr> {
    ["10.0.1.200", "192.168.0.1", "203.0.113.5", "2001:db8::5", "fd00::1:99"].map(|text| text.parse().unwrap()).to_vec()
}

fn numbered<T>(mut list: Vec<T>, name: impl Fn(&mut T, usize)) -> Vec<T> {
    list.iter_mut().enumerate().for_each(|(at, one)| name(one, at));
    list
}

fn namespace(at: usize, mut labels: Labels) -> Namespace {
    labels.insert("kubernetes.io/metadata.name".into(), format!("n{at}"));
    Namespace { name: format!("n{at}"), labels }
}

fn node(at: usize, labels: Labels) -> Node {
    let v6 = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 9, at as u16);
    let addresses = vec![Ipv4Addr::new(192, 168, 0, at as u8).into(), v6.into()];
    Node { name: format!("node{at}"), labels, addresses }
}

/// Gives a pod its name and addresses; the field `addresses` of the raw pod only says which families.
fn settle(at: usize, mut pod: Pod) -> Pod {
    pod.name = format!("p{at}");
    let node: Option<u8> = pod.node.as_ref().map(|node| node.as_bytes()[4] - b'0');
    let last = node.unwrap_or(7);
    for address in &mut pod.addresses {
        *address = match (pod.host_network, address.is_ipv4()) {
            (true, true) => Ipv4Addr::new(192, 168, 0, last).into(),
            (true, false) => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 9, last.into()).into(),
            (false, true) => Ipv4Addr::new(10, 0, (at % 3) as u8, at as u8).into(),
            (false, false) => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, (at % 3) as u16, at as u16).into(),
        };
    }
    if let Some(node) = node
        && at.is_multiple_of(2)
    {
        pod.host_addresses = vec![Ipv4Addr::new(192, 168, 0, node).into()];
    }
    pod
}

fn some_value() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", ""]).prop_map(str::to_owned)
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["app", "tier", "env"]).prop_map(str::to_owned)
}

fn labels() -> impl Strategy<Value = Labels> {
    prop::collection::btree_map(key(), some_value(), 0..3)
}

fn namespace_labels() -> impl Strategy<Value = Labels> {
    labels()
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![3 => Just(Protocol::Tcp), 1 => Just(Protocol::Udp), 1 => Just(Protocol::Sctp)]
}

fn port_name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["web", "dns", "none"]).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![1, 53, 80, 81, 443, 8080, 65535])
}

fn container_port() -> impl Strategy<Value = ContainerPort> {
    (option::of(port_name()), number(), protocol()).prop_map(|(name, number, protocol)| ContainerPort {
        name,
        number,
        protocol,
    })
}

fn families() -> impl Strategy<Value = Vec<IpAddr>> {
    let v4: IpAddr = Ipv4Addr::UNSPECIFIED.into();
    let v6: IpAddr = Ipv6Addr::UNSPECIFIED.into();
    prop_oneof![
        4 => Just(vec![v4]),
        2 => Just(vec![v6]),
        2 => Just(vec![v4, v6]),
        2 => Just(vec![v6, v4]),
        1 => Just(vec![]),
    ]
}

fn pod() -> impl Strategy<Value = Pod> {
    let place = (0..NAMESPACES, option::weighted(0.7, 0..3usize));
    (place, labels(), families(), vec(container_port(), 0..3), prop::bool::weighted(0.15), prop::bool::weighted(0.1))
        .prop_map(|((namespace, node), labels, addresses, ports, host_network, finished)| Pod {
            namespace: format!("n{namespace}"),
            labels,
            addresses,
            ports,
            host_network,
            node: node.map(|node| format!("node{node}")),
            finished,
            ..Pod::default()
        })
}

fn requirement(
    key: impl Strategy<Value = String>,
    value: impl Strategy<Value = String> + Clone,
) -> impl Strategy<Value = Requirement> {
    (key, 0..5u8, vec(value, 1..3)).prop_map(|(key, operator, values)| match operator {
        0 => Requirement::NotIn { key, values },
        1 => Requirement::Exists { key },
        2 => Requirement::DoesNotExist { key },
        _ => Requirement::In { key, values },
    })
}

fn selector() -> impl Strategy<Value = Selector> {
    let value = prop::sample::select(vec!["a", "b", "c", ""]).prop_map(str::to_owned);
    vec(requirement(key(), value), 0..3).prop_map(|requirements| Selector { requirements })
}

fn namespace_selector() -> impl Strategy<Value = Selector> {
    let names = prop::sample::select(vec!["n0", "n1", "n2", "n9"]).prop_map(str::to_owned);
    let by_name = requirement(Just("kubernetes.io/metadata.name".to_owned()), names);
    prop_oneof![2 => selector(), 1 => vec(by_name, 1..2).prop_map(|requirements| Selector { requirements })]
}

fn block() -> impl Strategy<Value = IpNet> {
    let texts = [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.0.0.0/24",
        "10.0.1.0/24",
        "10.0.1.4/32",
        "192.168.0.0/24",
        "192.168.0.1/32",
        "203.0.113.0/24",
        "::/0",
        "fd00::/64",
        "fd00::1:0/112",
        "fd00::9:0/112",
        "2001:db8::/32",
        "10.0.2.77/24",
    ];
    prop::sample::select(texts.to_vec()).prop_map(|text| text.parse().unwrap())
}

fn ip_block() -> impl Strategy<Value = IpBlock> {
    (block(), vec(block(), 0..3)).prop_map(|(cidr, holes)| {
        let within = |hole: &IpNet| cidr.contains(&hole.trunc()) && hole.prefix_len() > cidr.prefix_len();
        IpBlock { cidr, except: holes.into_iter().filter(within).collect() }
    })
}

fn peer() -> impl Strategy<Value = Peer> {
    prop_oneof![
        3 => selector().prop_map(|pods| Peer::Pods { namespaces: NamespaceScope::Own, pods }),
        3 => (namespace_selector(), selector())
            .prop_map(|(namespaces, pods)| Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods }),
        2 => ip_block().prop_map(Peer::IpBlock),
    ]
}

fn range() -> impl Strategy<Value = (u16, u16)> {
    (number(), number()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn port_rule() -> impl Strategy<Value = PortRule> {
    let port = prop_oneof![
        1 => Just(PortSpec::Any),
        3 => number().prop_map(PortSpec::number),
        1 => range().prop_map(|(from, to)| PortSpec::Range { from, to }),
        2 => port_name().prop_map(PortSpec::Named),
    ];
    (protocol(), port).prop_map(|(protocol, port)| PortRule { protocol, port })
}

fn rule() -> impl Strategy<Value = Rule> {
    (vec(peer(), 0..3), vec(port_rule(), 0..3)).prop_map(|(peers, ports)| Rule { peers, ports })
}

/// A NetworkPolicy without a name.
pub(crate) fn policy() -> impl Strategy<Value = NetworkPolicy> {
    let rules = || option::weighted(0.7, vec(rule(), 0..3));
    (0..NAMESPACES, selector(), rules(), rules()).prop_map(|(namespace, pod_selector, ingress, egress)| NetworkPolicy {
        namespace: format!("n{namespace}"),
        name: String::new(),
        pod_selector,
        ingress,
        egress,
    })
}

/// A pod that a test may add to a cluster, settled as number `at`.
pub(crate) fn another_pod(at: usize) -> impl Strategy<Value = Pod> {
    pod().prop_map(move |pod| settle(at, pod))
}

/// The labels of namespace `n{at}`, changed.
pub(crate) fn another_namespace(at: usize) -> impl Strategy<Value = Namespace> {
    labels().prop_map(move |labels| namespace(at, labels))
}

/// The labels of node `node{at}`, changed.
pub(crate) fn another_node(at: usize) -> impl Strategy<Value = Node> {
    labels().prop_map(move |labels| node(at, labels))
}

fn both() -> impl Strategy<Value = NamespacedPods> {
    (namespace_selector(), selector()).prop_map(|(namespaces, pods)| NamespacedPods { namespaces, pods })
}

fn cluster_peer() -> impl Strategy<Value = ClusterPeer> {
    prop_oneof![
        4 => namespace_selector().prop_map(ClusterPeer::Namespaces),
        4 => both().prop_map(ClusterPeer::Pods),
        1 => Just(ClusterPeer::Unknown),
    ]
}

fn egress_peer() -> impl Strategy<Value = ClusterPeer> {
    prop_oneof![
        3 => cluster_peer(),
        2 => vec(block(), 1..3).prop_map(ClusterPeer::Networks),
        2 => selector().prop_map(ClusterPeer::Nodes),
        1 => Just(ClusterPeer::DomainNames(vec!["example.com".into()])),
    ]
}

fn cluster_port() -> impl Strategy<Value = ClusterPort> {
    prop_oneof![
        3 => (protocol(), range()).prop_map(|(protocol, (from, to))| ClusterPort::Range { protocol, from, to }),
        1 => protocol().prop_map(|protocol| ClusterPort::Range { protocol, from: 0, to: u16::MAX }),
        1 => port_name().prop_map(ClusterPort::Named),
    ]
}

fn cluster_rule(peer: impl Strategy<Value = ClusterPeer>) -> impl Strategy<Value = ClusterRule> {
    let action = prop::sample::select(vec![Action::Accept, Action::Deny, Action::Pass]);
    (action, vec(peer, 1..3), vec(cluster_port(), 0..3)).prop_map(|(action, peers, ports)| ClusterRule {
        name: None,
        action,
        peers,
        ports,
    })
}

pub(crate) fn cluster_policy() -> impl Strategy<Value = ClusterNetworkPolicy> {
    let subject = prop_oneof![namespace_selector().prop_map(Subject::Namespaces), both().prop_map(Subject::Pods)];
    let tier = prop::sample::select(vec![Tier::Admin, Tier::Baseline]);
    let rules = (vec(cluster_rule(cluster_peer()), 0..3), vec(cluster_rule(egress_peer()), 0..3));
    (tier, 0..3u16, subject, rules).prop_map(|(tier, priority, subject, (ingress, egress))| ClusterNetworkPolicy {
        name: String::new(),
        tier,
        priority,
        subject,
        ingress,
        egress,
    })
}

pub(crate) fn service() -> impl Strategy<Value = Service> {
    let target = prop_oneof![number().prop_map(PortRef::Number), port_name().prop_map(PortRef::Name)];
    let port = (number(), target, protocol()).prop_map(|(port, target, protocol)| ServicePort {
        name: None,
        port,
        target,
        protocol,
    });
    (0..NAMESPACES, option::of(labels()), vec(port, 1..3)).prop_map(|(namespace, selector, ports)| Service {
        namespace: format!("n{namespace}"),
        selector,
        ports,
        ..Service::default()
    })
}
