//! Comparing two snapshots exactly: what is said to differ does, and nothing else does, also for pods of tomorrow.

use netpol::{
    ContainerPort, Destination, Endpoint, Engine, Flow, IpBlock, Labels, Namespace, NamespaceScope, NetworkPolicy,
    ObjectName, Peer, Pod, PortRef, PortRule, PortSpec, Protocol, Rule, Selector, Snapshot, Stranger, Verdict, compare,
};
use proptest::prelude::*;

use crate::naive::{self, End};
use crate::random::{another_pod, cluster, outside, policy};

/// Each case is a comparison of a whole universe, thousands of kinds of pods: a fifth of the usual number.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { failure_persistence: None, cases: usual.cases.div_ceil(5), ..usual }
}

/// The same cluster with another policy in place of one of its own.
fn changed(cluster: &Snapshot, place: usize, mut policy: NetworkPolicy) -> Snapshot {
    let mut other = cluster.clone();
    policy.name = format!("np{place}");
    match other.policies.get_mut(place) {
        Some(old) => *old = policy,
        None => other.policies.push(policy),
    }
    other
}

fn endpoints(cluster: &Snapshot) -> Vec<&Pod> {
    cluster.pods.iter().filter(|pod| pod.is_endpoint() && !pod.host_network).collect()
}

const PORTS: [(Protocol, u16); 8] = [
    (Protocol::Tcp, 1),
    (Protocol::Tcp, 80),
    (Protocol::Tcp, 81),
    (Protocol::Tcp, 8080),
    (Protocol::Udp, 53),
    (Protocol::Udp, 65535),
    (Protocol::Sctp, 443),
    (Protocol::Sctp, 1),
];

/// Whether a pod's flow with any other end is allowed on one side alone.
fn shows_a_difference(a: &Snapshot, b: &Snapshot, pod: &Pod) -> Option<String> {
    let find = |side: &Snapshot, pod: &Pod| -> Option<Pod> {
        side.pods.iter().find(|one| (&one.namespace, &one.name) == (&pod.namespace, &pod.name)).cloned()
    };
    for (protocol, port) in PORTS {
        for other in endpoints(a) {
            if (&other.namespace, &other.name) == (&pod.namespace, &pod.name) {
                continue;
            }
            for (from, to) in [(pod, other), (other, pod)] {
                let said = [a, b].map(|side| {
                    let (from, to) = (find(side, from).unwrap(), find(side, to).unwrap());
                    naive::allowed(side, End::Pod(&from), End::Pod(&to), protocol, port)
                });
                if said[0] != said[1] {
                    return Some(format!(
                        "{}/{} → {}/{}:{port}/{protocol}",
                        from.namespace, from.name, to.namespace, to.name
                    ));
                }
            }
        }
    }
    None
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_said_to_differ_differs(cluster in cluster(), policy in policy(), place in 0..5_usize) {
        let other = changed(&cluster, place, policy);
        let comparison = compare(&cluster, &other, &[]);
        let sides = [Engine::new(cluster), Engine::new(other)];
        for difference in comparison.differences.iter().take(40) {
            for flow in comparison.flows(difference).take(10) {
                let [first, second] = sides.each_ref().map(|side| side.verdict(&flow).unwrap());
                prop_assert_eq!(first, difference.first, "{}", flow);
                prop_assert_ne!(second, first, "{}", flow);
            }
        }
    }

    #[test]
    fn every_flow_between_pods_of_today_is_told(cluster in cluster(), policy in policy(), place in 0..5_usize) {
        let other = changed(&cluster, place, policy);
        let comparison = compare(&cluster, &other, &[]);
        for (from, to) in endpoints(&cluster).iter().flat_map(|from| endpoints(&cluster).into_iter().map(move |to| (*from, to))) {
            if (&from.namespace, &from.name) == (&to.namespace, &to.name) {
                continue;
            }
            let name = |pod: &Pod| ObjectName::new(&*pod.namespace, &*pod.name);
            for (protocol, port) in PORTS {
                let told = comparison.differences.iter().find(|difference| {
                    comparison.endpoints[difference.from].pods.contains(&name(from))
                        && comparison.endpoints[difference.to].pods.contains(&name(to))
                        && difference.ports.iter().any(|ports| {
                            ports.protocol == protocol && (ports.first..=ports.last).contains(&port)
                        })
                });
                let [a, b] = [&cluster, &other].map(|side| naive::allowed(side, End::Pod(from), End::Pod(to), protocol, port));
                prop_assert_eq!(told.map(|told| told.first), (a != b).then_some(Verdict::from_allowed(a)));
            }
        }
    }

    #[test]
    fn what_does_not_differ_never_will(
        cluster in cluster(),
        policy in policy(),
        place in 0..5_usize,
        pods in prop::collection::vec((another_pod(8), 0..3_u8), 1..4),
    ) {
        let other = changed(&cluster, place, policy);
        let comparison = compare(&cluster, &other, &[]);
        let families: Vec<Vec<bool>> = endpoints(&cluster)
            .iter()
            .map(|pod| pod.addresses.iter().map(std::net::IpAddr::is_ipv6).collect())
            .collect();
        prop_assume!(families.contains(&vec![false]));
        for (at, (mut pod, third)) in pods.into_iter().enumerate() {
            (pod.name, pod.host_network, pod.finished) = (format!("late{at}"), false, false);
            pod.addresses = vec![std::net::Ipv4Addr::new(10, 0, third, 100 + at as u8).into()];
            pod.ports.dedup_by_key(|port| port.number);
            let [mut a, mut b] = [cluster.clone(), other.clone()];
            // The networks of pods are those around the pods of today.
            let has_room = endpoints(&cluster).iter().any(|one| one.addresses.iter().any(std::net::IpAddr::is_ipv4));
            prop_assume!(has_room);
            a.pods.push(pod.clone());
            b.pods.push(pod.clone());
            if let Some(flow) = shows_a_difference(&a, &b, &pod) {
                prop_assert!(!comparison.is_empty(), "{}", flow);
            }
        }
    }

    #[test]
    fn addresses_outside_are_compared_too(cluster in cluster(), policy in policy(), place in 0..5_usize) {
        let other = changed(&cluster, place, policy);
        let comparison = compare(&cluster, &other, &[]);
        for pod in endpoints(&cluster) {
            for address in outside().into_iter().filter(|one| !cluster.nodes.iter().any(|node| node.addresses.contains(one))) {
                if address.to_string().starts_with("10.0.") || address.to_string().starts_with("fd00::") {
                    continue;
                }
                for (protocol, port) in PORTS {
                    for (from, to) in [(End::Pod(pod), End::Outside(address)), (End::Outside(address), End::Pod(pod))] {
                        let [a, b] = [&cluster, &other].map(|side| naive::allowed(side, from, to, protocol, port));
                        prop_assert!(a == b || !comparison.is_empty(), "{} and {address} at {port}/{protocol}", pod.name);
                    }
                }
            }
        }
    }
}

// By hand: what each kind of difference looks like.

fn pod(namespace: &str, name: &str, address: &str) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: name.into(),
        labels: Labels::from([("app".into(), name.into())]),
        addresses: vec![address.parse().unwrap()],
        ..Pod::default()
    }
}

fn shop(policies: Vec<NetworkPolicy>) -> Snapshot {
    Snapshot {
        pods: vec![pod("shop", "web", "10.244.0.1"), pod("shop", "api", "10.244.0.2"), pod("dev", "box", "10.244.0.3")],
        policies,
        ..Snapshot::default()
    }
}

fn ingress(rules: Vec<Rule>) -> NetworkPolicy {
    NetworkPolicy {
        namespace: "shop".into(),
        name: "in".into(),
        pod_selector: Selector::everything(),
        ingress: Some(rules),
        egress: None,
    }
}

fn from(peer: Peer) -> Rule {
    Rule { peers: vec![peer], ports: Vec::new() }
}

fn pods(namespaces: NamespaceScope, labels: &[(&str, &str)]) -> Peer {
    Peer::Pods { namespaces, pods: Selector::labels(labels.iter().copied()) }
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    let except = except.iter().map(|text| text.parse().unwrap()).collect();
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except })
}

fn port(protocol: Protocol, port: PortSpec) -> PortRule {
    PortRule { protocol, port }
}

/// Every differing flow between representatives, as text.
fn told(a: &Snapshot, b: &Snapshot) -> Vec<String> {
    let comparison = compare(a, b, &[]);
    let mut told: Vec<String> = comparison
        .differences
        .iter()
        .flat_map(|difference| comparison.flows(difference).map(|flow| flow.to_string()).collect::<Vec<_>>())
        .collect();
    told.sort();
    told
}

fn differ(a: Rule, b: Rule) -> Vec<String> {
    told(&shop(vec![ingress(vec![a])]), &shop(vec![ingress(vec![b])]))
}

#[test]
fn equal_in_another_spelling_is_equal() {
    let both = pods(NamespaceScope::Own, &[]);
    let any = Rule::default();
    assert_eq!(differ(any.clone(), any), [""; 0]);
    let split = Rule { peers: vec![block("0.0.0.0/1", &[]), block("128.0.0.0/1", &[])], ports: Vec::new() };
    assert_eq!(differ(from(block("0.0.0.0/0", &[])), split), [""; 0]);
    // A hole that is filled again.
    let filled = Rule { peers: vec![block("10.0.0.0/8", &["10.1.0.0/16"]), block("10.1.0.0/16", &[])], ports: vec![] };
    assert_eq!(differ(from(block("10.0.0.0/8", &[])), filled), [""; 0]);
    let ranges = vec![
        port(Protocol::Tcp, PortSpec::Range { from: 1, to: 80 }),
        port(Protocol::Tcp, PortSpec::Range { from: 81, to: 65535 }),
    ];
    let every = vec![port(Protocol::Tcp, PortSpec::Any)];
    let with = |ports: Vec<PortRule>| Rule { peers: vec![both.clone()], ports };
    assert_eq!(differ(with(ranges), with(every)), [""; 0]);
}

#[test]
fn a_label_that_no_pod_has_today() {
    let (all, web) = (pods(NamespaceScope::Own, &[]), pods(NamespaceScope::Own, &[("app", "web")]));
    let wide = Rule { peers: vec![web.clone(), pods(NamespaceScope::Own, &[("tier", "gold")])], ports: Vec::new() };
    let found = differ(from(web.clone()), wide);
    assert!(found.contains(&"shop/{tier=gold} → shop/api:1/TCP".to_owned()), "{found:?}");
    assert!(found.iter().all(|flow| flow.starts_with("shop/{tier=gold}")), "{found:?}");
    let found = differ(from(web), from(all));
    assert!(found.contains(&"shop/{} → shop/{}:1/SCTP".to_owned()), "two pods of one kind: {found:?}");
}

#[test]
fn a_namespace_that_is_not_there_today() {
    let any = NamespaceScope::Matching(Selector::everything());
    let named = |name: &str| NamespaceScope::Matching(Selector::labels([("kubernetes.io/metadata.name", name)]));
    let team = NamespaceScope::Matching(Selector::labels([("team", "a")]));
    let shop_and_dev = Rule { peers: vec![pods(NamespaceScope::Own, &[]), pods(named("dev"), &[])], ports: vec![] };
    let found = differ(shop_and_dev.clone(), from(pods(any, &[])));
    assert!(found.iter().all(|flow| flow.starts_with("{}/{} → shop/")), "{found:?}");
    let with = |scope| Rule { peers: [shop_and_dev.peers.clone(), vec![pods(scope, &[])]].concat(), ports: vec![] };
    let found = differ(shop_and_dev.clone(), with(named("typo")));
    assert!(!found.is_empty() && found.iter().all(|flow| flow.starts_with("typo/{} → shop/")), "{found:?}");
    let found = differ(shop_and_dev.clone(), with(team));
    assert!(!found.is_empty() && found.iter().all(|flow| flow.starts_with("{team=a}/{} → shop/")), "{found:?}");
}

#[test]
fn addresses_of_both_families_and_of_pods_of_tomorrow() {
    let found = differ(from(block("203.0.113.0/24", &[])), from(block("203.0.112.0/23", &[])));
    assert!(found.contains(&"203.0.112.1 → shop/api:1/TCP".to_owned()), "{found:?}");
    assert!(found.iter().all(|flow| flow.starts_with("203.0.112.")), "{found:?}");
    let v6 = Rule { peers: vec![block("0.0.0.0/0", &[]), block("::/0", &[])], ports: vec![] };
    let found = differ(from(block("0.0.0.0/0", &[])), v6);
    assert!(!found.is_empty() && found.iter().all(|flow| flow.starts_with("2001:db8::1 → ")), "{found:?}");
    // Half of the network of pods, in which no pod of today has its address.
    let found = differ(from(block("10.244.0.0/17", &[])), from(block("10.244.0.0/16", &[])));
    assert!(!found.is_empty() && found.iter().all(|flow| flow.contains("@10.244.128.1 → shop/")), "{found:?}");
}

#[test]
fn ports_that_nobody_listens_on_and_names_of_tomorrow() {
    let at = |ports| Rule { peers: Vec::new(), ports };
    let number = |port| PortSpec::number(port);
    let comparison = |a: Vec<PortRule>, b: Vec<PortRule>| {
        compare(&shop(vec![ingress(vec![at(a)])]), &shop(vec![ingress(vec![at(b)])]), &[])
    };
    let wide = PortSpec::Range { from: 80, to: 90 };
    let found = comparison(vec![port(Protocol::Tcp, number(80))], vec![port(Protocol::Tcp, wide)]);
    let words = netpol::port_stretches_in_words(&found.differences[0].ports);
    assert_eq!(words, "TCP 81–90");
    let found = comparison(vec![port(Protocol::Tcp, number(80))], vec![port(Protocol::Udp, number(80))]);
    assert!(found.differences.iter().any(|one| netpol::port_stretches_in_words(&one.ports) == "TCP 80"));
    assert!(found.differences.iter().any(|one| netpol::port_stretches_in_words(&one.ports) == "UDP 80"));
    let named = differ(
        at(vec![port(Protocol::Tcp, number(80))]),
        at(vec![port(Protocol::Tcp, number(80)), port(Protocol::Tcp, PortSpec::Named("http".into()))]),
    );
    assert!(!named.is_empty() && named.iter().all(|flow| flow.contains("→ shop/{}[http]:")), "{named:?}");
}

#[test]
fn words_that_no_policy_has_are_told_apart_on_request() {
    let (a, b) = (shop(vec![ingress(vec![])]), shop(vec![ingress(vec![from(block("0.0.0.0/0", &[]))])]));
    let also = ingress(vec![from(block("10.0.0.0/8", &[]))]);
    let ends = |also: &[NetworkPolicy]| {
        let comparison = compare(&a, &b, also);
        comparison.endpoints.iter().flat_map(|class| &class.addresses).map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(ends(&[]), ["0.0.0.0/0"]);
    assert_eq!(ends(&[also]), ["0.0.0.0/0 outside of 10.0.0.0/8", "10.0.0.0/8"]);
}

#[test]
fn strangers_are_explained_like_any_pod() {
    let web = from(pods(NamespaceScope::Own, &[("app", "web")]));
    let engine = Engine::new(shop(vec![ingress(vec![web])]));
    let explain = |from: &str, to: &str| {
        let flow = Flow { from: from.parse().unwrap(), to: to.parse().unwrap() };
        engine.explain(&flow).unwrap().summary
    };
    assert_eq!(
        explain("shop/{app=web}", "shop/api:80"),
        "shop/{app=web} → shop/api:80/TCP is allowed: no policy isolates shop/{app=web} for egress and policy in admits it on the ingress side."
    );
    let blocked = explain("{team=a}/{app=web}", "shop/{}:80");
    assert!(blocked.starts_with("{team=a}/{app=web} → shop/{}:80/TCP is blocked: "), "{blocked}");
    assert!(explain("shop/{app=web}", "shop/{app=web}:80").contains("is allowed: "));
}

#[test]
fn many_kinds_are_cut_off_and_that_is_said() {
    let keys: Vec<String> = (0..12).map(|at| format!("key{at}")).collect();
    let rules = keys.iter().map(|key| from(pods(NamespaceScope::Own, &[(key, "x")])));
    let comparison = compare(&shop(vec![ingress(vec![])]), &shop(vec![ingress(rules.collect())]), &[]);
    assert!(!comparison.is_empty());
    assert_eq!(comparison.limits.len(), 1, "{:?}", comparison.limits);
    assert!(comparison.limits[0].contains("kinds of pods"), "{:?}", comparison.limits);
}

#[test]
fn too_many_kinds_hide_no_hole() {
    // Noise that changes nothing: policies that isolate pods that are isolated already.
    let noise = (0..14).map(|at| NetworkPolicy {
        name: format!("noise{at}"),
        pod_selector: Selector::labels([(format!("key{at}"), "x")]),
        ..ingress(vec![])
    });
    let a: Vec<NetworkPolicy> = noise.chain([ingress(vec![])]).collect();
    assert_eq!(told(&shop(a.clone()), &shop(vec![ingress(vec![])])), [""; 0]);
    let hole = NetworkPolicy {
        name: "hole".into(),
        ..ingress(vec![from(pods(NamespaceScope::Own, &[("t", "1"), ("u", "2"), ("v", "3")]))])
    };
    let b = [a.clone(), vec![hole]].concat();
    assert!(told(&shop(a.clone()), &shop(b)).iter().any(|flow| flow.starts_with("shop/{t=1,u=2,v=3} → ")));
    let of_two = NetworkPolicy {
        name: "hole".into(),
        pod_selector: Selector::labels([("w", "4"), ("y", "5")]),
        ..ingress(vec![from(pods(NamespaceScope::Own, &[("t", "1"), ("u", "2")]))])
    };
    let b = [a.clone(), vec![of_two]].concat();
    assert!(told(&shop(a), &shop(b)).contains(&"shop/{t=1,u=2} → shop/{w=4,y=5}:1/TCP".to_owned()));
    // What nobody can meet is no kind of its own.
    let impossible = (0..14).map(|at| {
        let mut peer = Selector::labels([(format!("key{at}"), "x"), ("never".to_owned(), "y")]);
        peer.requirements.extend(Selector::labels([("never", "z")]).requirements);
        from(Peer::Pods { namespaces: NamespaceScope::Own, pods: peer })
    });
    let comparison = compare(&shop(vec![ingress(vec![])]), &shop(vec![ingress(impossible.collect())]), &[]);
    assert!(comparison.is_empty() && comparison.limits.is_empty(), "{:?}", comparison.limits);
}

#[test]
fn a_pod_of_one_side_is_put_into_the_other() {
    let (mut a, b) = (shop(vec![ingress(vec![])]), shop(vec![]));
    a.pods.push(pod("shop", "late", "10.244.0.9"));
    a.namespaces.push(Namespace { name: "new".into(), labels: Labels::new() });
    let late = Endpoint::Pod(ObjectName::new("shop", "late"));
    let comparison = compare(&a, &b, &[]);
    assert!(comparison.endpoints.iter().any(|class| class.ends().any(|end| end == late)));
    assert!(comparison.differences.iter().all(|difference| difference.first == Verdict::Blocked));
}

#[test]
fn destinations_of_strangers_are_read_back() {
    let name = "shop/{app=web}@[10.244.1.7,fd00::7][http]";
    let destination: Destination = format!("{name}:8080").parse().unwrap();
    assert_eq!(destination.port, PortRef::Number(8080));
    let Endpoint::Pod(pod) = &destination.endpoint else { panic!("not a pod") };
    assert_eq!(Stranger::of_name(pod).unwrap().addresses.len(), 2);
    assert_eq!(destination.to_string(), format!("{name}:8080/TCP"));
    let container = ContainerPort { name: Some("http".into()), number: 8080, protocol: Protocol::Tcp };
    let named = Rule { peers: vec![], ports: vec![port(Protocol::Tcp, PortSpec::Named("http".into()))] };
    let mut shop = shop(vec![ingress(vec![named])]);
    shop.pods[1].ports.push(container);
    let flow = Flow { from: "dev/box".parse().unwrap(), to: destination };
    assert_eq!(Engine::new(shop).verdict(&flow).unwrap(), Verdict::Allowed);
}
