//! When a rule adds nothing to another.

use netpol::{
    Engine, Labels, Lint, NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Rule, Selector, lint,
};

use crate::shop::{policy, shop};

fn own(app: &str) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::labels([("app", app)]) }
}

/// The redundant rules of these policies, as `policy field`.
fn redundant(policies: Vec<NetworkPolicy>) -> Vec<String> {
    let mut snapshot = shop();
    snapshot.policies = policies;
    let findings = lint(&Engine::new(snapshot)).into_iter();
    let redundant = findings.filter(|finding| finding.lint == Lint::RedundantRule);
    redundant.map(|finding| format!("{} {}", finding.policy, finding.field)).collect()
}

/// `80/TCP`, `80-90/UDP`, `http/TCP`, `any/TCP`, several with commas; nothing for every port.
fn ports(text: &str) -> Vec<PortRule> {
    let one = |text: &str| {
        let (port, protocol) = text.split_once('/').unwrap();
        let port = match port.split_once('-') {
            _ if port == "any" => PortSpec::Any,
            Some((from, to)) => PortSpec::Range { from: from.parse().unwrap(), to: to.parse().unwrap() },
            None => port.parse().map_or_else(|_| PortSpec::Named(port.to_owned()), PortSpec::number),
        };
        PortRule { protocol: protocol.parse::<Protocol>().unwrap(), port }
    };
    text.split(',').filter(|text| !text.is_empty()).map(one).collect()
}

#[test]
fn a_rule_is_covered_when_all_of_its_ports_are() {
    let covered = |narrow: &str, wide: &str| {
        let narrow = Rule { peers: vec![own("web")], ports: ports(narrow) };
        let wide = Rule { peers: vec![own("web"), own("db")], ports: ports(wide) };
        redundant(vec![policy("p", "api", Some(vec![narrow, wide]), None)]) == ["shop/p spec.ingress[0]"]
    };
    for (narrow, wide) in [
        ("80/TCP", "80/TCP"),
        ("80/TCP", "79-81/TCP"),
        ("80-90/TCP", "80-90/TCP"),
        ("80/TCP", "any/TCP"),
        ("80/TCP", "53/UDP,any/TCP"),
        ("80/TCP,81/TCP", "81/TCP,80/TCP"),
        ("80/TCP", ""),
        ("", ""),
        ("http/TCP", "http/TCP"),
        ("http/TCP", "any/TCP"),
        ("any/UDP", "any/UDP"),
    ] {
        assert!(covered(narrow, wide), "{narrow} by {wide}");
    }
    for (narrow, wide) in [
        ("80/TCP", "80/UDP"),
        ("80/TCP", "81-90/TCP"),
        ("80/TCP", "70-79/TCP"),
        ("80-90/TCP", "80-89/TCP"),
        ("80-90/TCP", "81-99/TCP"),
        ("80/TCP,81/TCP", "80/TCP"),
        ("", "80/TCP"),
        ("", "any/TCP,any/UDP,any/SCTP"),
        ("http/TCP", "sql/TCP"),
        ("http/TCP", "http/UDP"),
        ("http/TCP", "any/UDP"),
        ("http/TCP", "8080/TCP"),
        ("8080/TCP", "http/TCP"),
        ("any/TCP", "80/TCP"),
    ] {
        assert!(!covered(narrow, wide), "{narrow} by {wide}");
    }
}

#[test]
fn a_rule_of_another_policy_must_be_about_all_the_same_pods() {
    let rules = || Some(vec![Rule { peers: vec![own("web")], ports: vec![] }]);
    let everything = || NetworkPolicy { pod_selector: Selector::everything(), ..policy("all", "", rules(), None) };
    assert_eq!(redundant(vec![policy("a", "api", rules(), None), policy("b", "db", rules(), None)]), [""; 0]);
    assert_eq!(
        redundant(vec![policy("a", "api", rules(), None), everything()]),
        ["shop/a spec.ingress[0]"],
        "and not the other way round"
    );
    assert_eq!(redundant(vec![everything(), policy("a", "api", rules(), None)]), ["shop/a spec.ingress[0]"]);
}

#[test]
fn the_port_of_a_service_of_another_namespace_explains_nothing() {
    let mut snapshot = shop();
    snapshot.services[0].namespace = "dev".into();
    let ports = ports("80/TCP");
    snapshot.policies = vec![policy("p", "api", Some(vec![Rule { peers: vec![], ports }]), None)];
    let help = |snapshot: &netpol::Snapshot| lint(&Engine::new(snapshot.clone())).remove(0).help.unwrap();
    assert_eq!(help(&snapshot), "they declare http (8080/TCP)");
    snapshot.services[0].namespace = "shop".into();
    snapshot.services[0].selector = Some(Labels::new());
    assert_eq!(help(&snapshot), "they declare http (8080/TCP)", "it picks no pods");
}
