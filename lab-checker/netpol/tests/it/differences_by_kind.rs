//! What a second snapshot opens and closes, kind by kind: all that only one of two allows is told, in words that
//! mean no more and no less, and whatever is written otherwise alone is not.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterRule, DifferenceByKind, Engine, FlowKind, IpBlock,
    NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Query, Requirement, Rule, Selector, Snapshot,
    Subject, Tier, difference_by_kind,
};

use crate::shop::{policy, shop};

fn with(policies: Vec<NetworkPolicy>) -> Snapshot {
    Snapshot { policies, ..shop() }
}

/// `api` admits these.
fn admits(peers: Vec<Peer>, ports: Vec<PortRule>) -> Snapshot {
    with(vec![policy("p", "api", Some(vec![Rule { peers, ports }]), None)])
}

fn isolated() -> Snapshot {
    with(vec![policy("p", "api", Some(vec![]), None)])
}

fn own(selector: Selector) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods: selector }
}

fn named(app: &str) -> Selector {
    Selector::labels([("app", app)])
}

fn in_namespaces(team: &str) -> Peer {
    Peer::Pods {
        namespaces: NamespaceScope::Matching(Selector::labels([("team", team)])),
        pods: Selector::everything(),
    }
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    let except = except.iter().map(|text| text.parse().unwrap()).collect();
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except })
}

fn ports(protocol: Protocol, from: u16, to: u16) -> PortRule {
    PortRule { protocol, port: PortSpec::Range { from, to } }
}

fn differ(a: &Snapshot, b: &Snapshot) -> DifferenceByKind {
    difference_by_kind(a, b, &Query::default())
}

fn told(kinds: &[FlowKind]) -> Vec<String> {
    kinds.iter().map(|kind| format!("{} → {}, {}", kind.from, kind.to, kind.ports_in_words())).collect()
}

/// What `b` opens, when it closes nothing.
fn opens(a: &Snapshot, b: &Snapshot) -> Vec<String> {
    let (there, back) = (differ(a, b), differ(b, a));
    assert_eq!(there.closes, []);
    assert_eq!((&there.opens, &there.closes), (&back.closes, &back.opens), "the other way round it is the same");
    told(&there.opens)
}

#[test]
fn peers_that_nobody_is_today() {
    for (peers, from) in [
        (vec![own(named("ghost"))], "any pod of shop with app=ghost"),
        (vec![own(named("web"))], "any pod of shop with app=web (today shop/web)"),
        (
            vec![own(Selector { requirements: vec![Requirement::DoesNotExist { key: "app".into() }] })],
            "any pod of shop without the label app",
        ),
        (vec![own(named("a")), own(named("b"))], "any pod of shop with app=a, or with app=b"),
        (vec![in_namespaces("ghost")], "any pod of any new namespace with team=ghost"),
        (vec![in_namespaces("dev")], "any pod of dev and any new namespace with team=dev (today dev/webb)"),
        (vec![block("203.0.113.0/24", &[])], "203.0.113.0/24"),
        (vec![block("203.0.113.0/24", &["203.0.113.128/25"])], "203.0.113.0/24 outside of 203.0.113.128/25"),
        (vec![block("2001:db8::/32", &[])], "2001:db8::/32"),
        (vec![block("10.244.7.0/24", &[])], "any pod at an address in 10.244.7.0/24"),
    ] {
        let to = "shop/api";
        let found = opens(&isolated(), &admits(peers, vec![]));
        let lines: Vec<&String> = found
            .iter()
            .filter(|line| line.contains(&format!("→ {to}")) || line.contains("any pod of shop with app=api"))
            .collect();
        assert_eq!(lines.len(), found.len(), "{found:?}");
        assert!(found.iter().any(|line| line.starts_with(&format!("{from} →"))), "{from}: {found:?}");
        assert!(found.iter().all(|line| line.ends_with(", every port")), "{found:?}");
    }
}

#[test]
fn ports_that_nobody_declares() {
    let web = || vec![own(named("web"))];
    for (ports, words) in [
        (vec![ports(Protocol::Tcp, 9000, 9000)], "TCP 9000"),
        (vec![ports(Protocol::Udp, 8080, 8080)], "UDP 8080"),
        (vec![ports(Protocol::Sctp, 1, 65535)], "every SCTP port"),
        (vec![ports(Protocol::Tcp, 1, 79), ports(Protocol::Tcp, 81, 65535)], "TCP 1–79 and 81–65535"),
        (vec![ports(Protocol::Tcp, 1, 65535), ports(Protocol::Udp, 53, 53)], "every TCP port and UDP 53"),
    ] {
        let found = opens(&isolated(), &admits(web(), ports));
        assert_eq!(
            found,
            [format!(
                "any pod of shop with app=web (today shop/web) → any pod of shop with app=api (today shop/api), {words}"
            )]
        );
    }
}

#[test]
fn udp_in_place_of_tcp_opens_and_closes() {
    let web = || vec![own(named("web"))];
    let tcp = admits(web(), vec![ports(Protocol::Tcp, 53, 53)]);
    let udp = admits(web(), vec![ports(Protocol::Udp, 53, 53)]);
    let difference = differ(&tcp, &udp);
    assert_eq!(difference.opens.len(), 1);
    assert_eq!(difference.closes.len(), 1);
    assert_eq!(difference.opens[0].ports_in_words(), "UDP 53");
    assert_eq!(difference.opens[0].example.to_string(), "shop/web → shop/api:53/UDP");
    assert_eq!(difference.closes[0].ports_in_words(), "TCP 53");
}

#[test]
fn egress_to_the_internet_by_family() {
    let to = |peers: Vec<Peer>| with(vec![policy("p", "web", None, Some(vec![Rule { peers, ports: vec![] }]))]);
    let none = with(vec![policy("p", "web", None, Some(vec![]))]);
    let found = opens(&none, &to(vec![block("0.0.0.0/0", &["10.0.0.0/8"])]));
    assert_eq!(found, ["any pod of shop with app=web (today shop/web) → 0.0.0.0/0 outside of 10.0.0.0/8, every port"]);
    let found = opens(&none, &to(vec![block("::/0", &[])]));
    assert_eq!(found, ["any pod of shop with app=web (today shop/web) → every IPv6 address, every port"]);
}

#[test]
fn policies_of_the_cluster() {
    let cluster = |namespaces: Selector| {
        let rule = ClusterRule {
            name: None,
            action: Action::Deny,
            peers: vec![ClusterPeer::Namespaces(Selector::labels([("team", "ghost")]))],
            ports: vec![],
        };
        let policy = ClusterNetworkPolicy {
            name: "wall".into(),
            tier: Tier::Admin,
            priority: 10,
            subject: Subject::Namespaces(namespaces),
            ingress: vec![rule],
            egress: vec![],
        };
        Snapshot { cluster_policies: vec![policy], ..with(vec![]) }
    };
    let (one, none) = (cluster(Selector::labels([("team", "shop")])), with(vec![]));
    let found = opens(&one, &none);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("any pod of any new namespace with team=ghost → any pod of "), "{found:?}");
    assert!(found[0].contains("shop"), "{found:?}");
}

#[test]
fn what_is_only_written_otherwise_is_no_difference() {
    let selector = |values: &[&str]| Selector {
        requirements: vec![Requirement::In {
            key: "app".into(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }],
    };
    let (tcp, web) = (Protocol::Tcp, || vec![own(named("web"))]);
    for (a, b) in [
        (admits(vec![own(named("a")), own(named("b"))], vec![]), admits(vec![own(selector(&["b", "a"]))], vec![])),
        (admits(web(), vec![ports(tcp, 80, 81)]), admits(web(), vec![ports(tcp, 81, 81), ports(tcp, 80, 80)])),
        (
            admits(vec![block("198.51.100.0/24", &[])], vec![]),
            admits(vec![block("198.51.100.0/25", &[]), block("198.51.100.128/25", &[])], vec![]),
        ),
        (
            with(vec![policy("p", "api", Some(vec![]), Some(vec![]))]),
            with(vec![policy("in", "api", Some(vec![]), None), policy("out", "api", None, Some(vec![]))]),
        ),
    ] {
        assert_eq!(differ(&a, &b), DifferenceByKind::default());
    }
}

#[test]
fn every_example_differs_as_it_is_said_to() {
    let (before, after) =
        (shop(), admits(vec![in_namespaces("dev"), block("203.0.113.0/24", &[])], vec![ports(Protocol::Udp, 1, 9)]));
    let difference = differ(&before, &after);
    let engines = [Engine::new(before), Engine::new(after)];
    assert!(!difference.opens.is_empty() && !difference.closes.is_empty());
    for (kinds, side) in [(&difference.closes, 0), (&difference.opens, 1)] {
        for kind in kinds {
            let text = &kind.example;
            let flow = netpol::Flow {
                from: text.from.parse().unwrap(),
                to: format!("{}:{}/{}", text.to, text.port, text.protocol).parse().unwrap(),
            };
            assert!(engines[side].verdict(&flow).unwrap().is_allowed(), "{text}");
            assert!(!engines[1 - side].verdict(&flow).unwrap().is_allowed(), "{text}");
        }
    }
}

#[test]
fn a_question_narrows_it() {
    let (a, b) = (isolated(), admits(vec![in_namespaces("dev"), block("203.0.113.0/24", &[])], vec![]));
    let ask = |from: &str, to: &str, port: &str| {
        let patterns = |text: &str| text.split_whitespace().map(|text| text.parse().unwrap()).collect();
        let ports = port.split_whitespace().map(|text| text.parse().unwrap()).collect();
        let query = Query { from: patterns(from), to: patterns(to), ports, ..Query::default() };
        let difference = difference_by_kind(&a, &b, &query);
        assert_eq!(difference.closes, []);
        told(&difference.opens)
    };
    assert_eq!(ask("dev/*", "shop/api", "8080"), ["any pod of dev (today dev/webb) → shop/api, TCP 8080"]);
    assert_eq!(
        ask("dev/webb", "shop/*", "http"),
        ["dev/webb → any pod of shop with app=api (today shop/api), TCP 8080"]
    );
    assert_eq!(ask("203.0.113.9", "shop/api", "53/UDP"), ["203.0.113.9/32 → shop/api, UDP 53"]);
    assert_eq!(ask("198.51.100.9", "", ""), [""; 0]);
    assert_eq!(ask("", "shop/db", ""), [""; 0]);
    assert_eq!(ask("shop/*", "", ""), [""; 0]);
}

#[test]
fn host_network_pods_are_left_out_and_that_is_said_once() {
    let (mut a, b) = (isolated(), admits(vec![], vec![]));
    assert_eq!(differ(&a, &b).undefined, None);
    a.pods[0].host_network = true;
    let difference = differ(&a, &b);
    assert!(difference.undefined.unwrap().contains("host-network pods"));
}
