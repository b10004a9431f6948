//! A small shop: the cluster that the tests about words and pictures look at.

use netpol::{
    ContainerPort, Labels, Namespace, NamespaceScope, NetworkPolicy, Peer, Pod, PortRef, PortRule, PortSpec, Protocol,
    Rule, Selector, Service, ServicePort, Snapshot,
};

/// `shop/web`, `shop/api`, `shop/db`, `dev/webb` and Service `shop/api` (80 → 8080). The api admits web
/// at 8080, the db admits the api at the port named `sql`, and web may only go to the api.
pub(crate) fn shop() -> Snapshot {
    let mut snapshot = Snapshot {
        namespaces: vec![namespace("shop", &[("team", "shop")]), namespace("dev", &[("team", "dev")])],
        pods: vec![
            pod("shop", "web", "10.244.0.1", 80, "http"),
            pod("shop", "api", "10.244.0.2", 8080, "http"),
            pod("shop", "db", "10.244.0.3", 5432, "sql"),
            pod("dev", "webb", "10.244.1.1", 80, "http"),
        ],
        services: vec![Service {
            namespace: "shop".into(),
            name: "api".into(),
            selector: Some(labels(&[("app", "api")])),
            addresses: vec!["10.96.0.20".parse().unwrap()],
            ports: vec![ServicePort { name: None, port: 80, target: PortRef::Number(8080), protocol: Protocol::Tcp }],
        }],
        ..Snapshot::default()
    };
    let app = |name: &str| Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::labels([("app", name)]) };
    snapshot.policies = vec![
        policy("api", "api", Some(vec![rule(app("web"), PortSpec::number(8080))]), None),
        policy("db", "db", Some(vec![rule(app("api"), PortSpec::Named("sql".into()))]), None),
        policy("web", "web", None, Some(vec![rule(app("api"), PortSpec::number(8080))])),
    ];
    snapshot
}

/// A policy in namespace `shop` on the pods of one app.
pub(crate) fn policy(name: &str, app: &str, ingress: Option<Vec<Rule>>, egress: Option<Vec<Rule>>) -> NetworkPolicy {
    let pod_selector = Selector::labels([("app", app)]);
    NetworkPolicy { namespace: "shop".into(), name: name.into(), pod_selector, ingress, egress }
}

/// A rule with one peer and one TCP port.
pub(crate) fn rule(peer: Peer, port: PortSpec) -> Rule {
    Rule { peers: vec![peer], ports: vec![PortRule { protocol: Protocol::Tcp, port }] }
}

/// Labels from pairs.
pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn namespace(name: &str, more: &[(&str, &str)]) -> Namespace {
    let mut labels = labels(more);
    labels.insert("kubernetes.io/metadata.name".into(), name.into());
    Namespace { name: name.into(), labels }
}

/// A pod labelled `app: NAME` that listens on one TCP port.
pub(crate) fn pod(namespace: &str, name: &str, address: &str, port: u16, port_name: &str) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: name.into(),
        labels: labels(&[("app", name)]),
        addresses: vec![address.parse().unwrap()],
        ports: vec![ContainerPort { name: Some(port_name.into()), number: port, protocol: Protocol::Tcp }],
        ..Pod::default()
    }
}
