//! Synthetic clusters, always the same for the same size: ten namespaces in teams, pods with four
//! labels, one of them unique, and policies that mix every kind of peer and port.

use std::net::{IpAddr, Ipv4Addr};

use netpol::{
    ContainerPort, IpBlock, Labels, Namespace, NamespaceScope, NetworkPolicy, Peer, Pod, PortRule, PortSpec, Protocol,
    Requirement, Rule, Selector, Snapshot,
};

/// How large a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) namespaces: usize,
    /// In all namespaces together.
    pub(crate) pods: usize,
    pub(crate) policies: usize,
}

/// A small generator of pseudo-random numbers (SplitMix64): the clusters must never change.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}

/// The cluster of a size.
pub(crate) fn cluster(size: Size) -> Snapshot {
    let mut random = Random(7);
    let per_namespace = size.pods / size.namespaces;
    let mut snapshot = Snapshot::default();
    for at in 0..size.namespaces {
        let labels = [("kubernetes.io/metadata.name", name(at)), ("team", format!("t{}", at % 3)), ("env", env(at))];
        snapshot.namespaces.push(Namespace { name: name(at), labels: to_labels(labels) });
        snapshot.pods.extend((0..per_namespace).map(|pod_at| pod(at, pod_at)));
    }
    snapshot.policies = (0..size.policies).map(|at| policy(&mut random, size, at)).collect();
    snapshot
}

/// A cluster of a size in which the policies tell every pod from every other: they select and admit by
/// a label that is each pod's own. Nothing can be taken together, so this is the most that a size costs.
pub(crate) fn all_different(size: Size) -> Snapshot {
    let mut random = Random(11);
    let mut snapshot = cluster(Size { policies: 0, ..size });
    let per_namespace = size.pods / size.namespaces;
    let each = size.pods.div_ceil(size.policies);
    for at in 0..size.policies {
        let own = |pod: usize| format!("p{}", (at / size.namespaces * each + pod) % per_namespace);
        let any = (0..each).map(|_| format!("p{}", random.below(per_namespace as u64))).collect();
        let among = |values| Selector { requirements: vec![Requirement::In { key: "pod".to_owned(), values }] };
        let peer = Peer::Pods { namespaces: NamespaceScope::Matching(Selector::everything()), pods: among(any) };
        snapshot.policies.push(NetworkPolicy {
            namespace: name(at % size.namespaces),
            name: format!("np{at:04}"),
            pod_selector: among((0..each).map(own).collect()),
            ingress: Some(vec![Rule { peers: vec![peer], ports: Vec::new() }]),
            egress: None,
        });
    }
    snapshot
}

/// One more policy for a cluster of this size, of a kind that it already has.
pub(crate) fn another_policy(size: Size, seed: u64) -> NetworkPolicy {
    let mut random = Random(seed);
    policy(&mut random, size, size.namespaces + seed as usize % size.policies.max(1))
}

fn name(namespace: usize) -> String {
    format!("ns{namespace:02}")
}

fn env(namespace: usize) -> String {
    ["prod", "dev"][namespace % 2].to_owned()
}

fn to_labels<const N: usize>(pairs: [(&str, String); N]) -> Labels {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn pod(namespace: usize, at: usize) -> Pod {
    let labels = [
        ("app", format!("app{}", at % 10)),
        ("tier", format!("tier{}", at % 3)),
        ("ver", format!("v{}", at % 7)),
        ("pod", format!("p{at}")),
    ];
    let port = |name: &str, number, protocol| ContainerPort { name: Some(name.to_owned()), number, protocol };
    let address = Ipv4Addr::new(10, namespace as u8, (at / 250) as u8, (at % 250 + 1) as u8);
    Pod {
        namespace: name(namespace),
        name: format!("p{at:04}"),
        labels: to_labels(labels),
        addresses: vec![address.into()],
        ports: vec![port("web", 80 + (at % 2) as u16, Protocol::Tcp), port("dns", 53, Protocol::Udp)],
        node: Some(format!("node{}", at % 5)),
        host_addresses: vec![IpAddr::V4(Ipv4Addr::new(192, 168, 0, (at % 5 + 1) as u8))],
        ..Pod::default()
    }
}

fn policy(random: &mut Random, size: Size, at: usize) -> NetworkPolicy {
    let namespace = name(at % size.namespaces);
    let isolates = |ingress, egress: Option<Vec<Rule>>, pod_selector| NetworkPolicy {
        namespace: namespace.clone(),
        name: format!("np{at:04}"),
        pod_selector,
        ingress: Some(ingress),
        egress,
    };
    if at < size.namespaces {
        let same = Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::everything() };
        let ingress = vec![Rule { peers: vec![same], ports: Vec::new() }];
        return isolates(ingress, at.is_multiple_of(2).then(Vec::new), Selector::everything());
    }
    let selector = Selector::labels([("app", format!("app{}", random.below(10)))]);
    let egress = (random.below(2) == 0).then(|| {
        let dns = PortRule { protocol: Protocol::Udp, port: PortSpec::number(53) };
        vec![Rule { peers: peers(random), ports: Vec::new() }, Rule { peers: Vec::new(), ports: vec![dns] }]
    });
    let rules = 1 + random.below(2);
    let ingress = (0..rules).map(|_| Rule { peers: peers(random), ports: ports(random) }).collect();
    isolates(ingress, egress, selector)
}

fn peers(random: &mut Random) -> Vec<Peer> {
    (0..1 + random.below(3)).map(|_| peer(random)).collect()
}

fn peer(random: &mut Random) -> Peer {
    match random.below(100) {
        0..35 => Peer::Pods {
            namespaces: NamespaceScope::Own,
            pods: Selector::labels([("app", format!("app{}", random.below(10)))]),
        },
        35..60 => Peer::Pods {
            namespaces: NamespaceScope::Matching(Selector::labels([("team", format!("t{}", random.below(3)))])),
            pods: Selector::everything(),
        },
        60..85 => {
            let (key, values) = ("tier".to_owned(), vec![format!("tier{}", random.below(3))]);
            let tier = match random.below(2) {
                0 => Requirement::In { key, values },
                _ => Requirement::NotIn { key, values },
            };
            Peer::Pods {
                namespaces: NamespaceScope::Matching(Selector::labels([("env", "prod")])),
                pods: Selector { requirements: vec![tier] },
            }
        }
        _ => {
            let text = format!("172.{}.0.0/16", 16 + random.below(16));
            Peer::IpBlock(IpBlock { cidr: text.parse().expect("a network"), except: Vec::new() })
        }
    }
}

fn ports(random: &mut Random) -> Vec<PortRule> {
    let choices = [
        PortSpec::number(80),
        PortSpec::number(81),
        PortSpec::number(443),
        PortSpec::number(8080),
        PortSpec::Named("web".to_owned()),
    ];
    (0..1 + random.below(2)).map(|_| PortRule { protocol: Protocol::Tcp, port: random.pick(&choices) }).collect()
}
