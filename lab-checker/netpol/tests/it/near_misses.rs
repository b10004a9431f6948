//! What comes nearest to letting a blocked flow through, and in which order.

use netpol::{
    ContainerPort, Engine, Flow, IpBlock, Labels, NamespaceScope, NetworkPolicy, Peer, PortRef, PortRule, PortSpec,
    Protocol, Requirement, Rule, Selector, Service, Snapshot,
};

use crate::shop::{policy, rule, shop};

const WOULD: &str = "of policy shop/api would admit it if";

fn misses(snapshot: Snapshot, from: &str, to: &str) -> Vec<String> {
    let flow = Flow { from: from.parse().unwrap(), to: to.parse().unwrap() };
    Engine::new(snapshot).explain(&flow).unwrap().nearest_misses
}

/// The shop whose one policy has these ingress rules for the api.
fn with(rules: Vec<Rule>) -> Snapshot {
    Snapshot { policies: vec![policy("api", "api", Some(rules), None)], ..shop() }
}

/// What is told first about a flow to the api at 8080.
fn nearest(rules: Vec<Rule>, from: &str) -> String {
    misses(with(rules), from, "shop/api:8080").remove(0)
}

fn own(pods: Selector) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods }
}

fn app(value: &str) -> Peer {
    own(Selector::labels([("app", value)]))
}

fn key(key: &str) -> Peer {
    own(Selector { requirements: vec![Requirement::Exists { key: key.into() }] })
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    let except = except.iter().map(|hole| hole.parse().unwrap()).collect();
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except })
}

fn from(peer: Peer) -> Rule {
    Rule { peers: vec![peer], ports: vec![] }
}

fn at(protocol: Protocol, port: PortSpec) -> Rule {
    Rule { peers: vec![], ports: vec![PortRule { protocol, port }] }
}

#[test]
fn every_kind_of_peer_says_what_it_lacks() {
    let says = |peer: Peer, source: &str, expected: &str| {
        assert_eq!(nearest(vec![from(peer)], source), format!("ingress rule 1 {WOULD} {expected}"));
    };
    let outside = "203.0.113.5";
    says(app("web"), outside, "it had an ipBlock with 203.0.113.5 (selectors only see pods)");
    says(block("10.0.0.0/24", &[]), outside, "its ipBlock 10.0.0.0/24 contained 203.0.113.5");
    says(
        block("2001:db8::/32", &[]),
        outside,
        "it had an ipBlock with 203.0.113.5 beside 2001:db8::/32, which is of the other family",
    );
    says(
        block("203.0.113.0/24", &["203.0.113.5/32"]),
        outside,
        "203.0.113.5 were not in the exception 203.0.113.5/32 of its ipBlock",
    );
    let prod = NamespaceScope::Matching(Selector::labels([("team", "prod")]));
    says(
        Peer::Pods { namespaces: prod, pods: Selector::everything() },
        "dev/webb",
        "namespace dev had the label team=prod (it has team=dev)",
    );
    says(
        own(Selector::labels([("apps", "web")])),
        "shop/web",
        "the pod shop/web had the label apps=web (it has app=web)",
    );
    says(
        own(Selector::labels([("tier", "web")])),
        "shop/web",
        "the pod shop/web had the label tier=web (it has no label tier)",
    );
}

#[test]
fn every_kind_of_port_says_what_it_lacks() {
    let says = |rule: Rule, expected: &str| {
        assert_eq!(nearest(vec![rule], "shop/web"), format!("ingress rule 1 {WOULD} {expected}"));
    };
    let number = PortSpec::number;
    says(at(Protocol::Udp, number(8080)), "it were for TCP (it names port 8080/UDP)");
    says(at(Protocol::Udp, number(53)), "it named port 8080/TCP (it names port 53/UDP)");
    says(at(Protocol::Tcp, number(53)), "it named port 8080/TCP (it names port 53/TCP)");
    says(at(Protocol::Udp, PortSpec::Any), "it were for TCP too (it names any UDP port)");
    let mut snapshot = with(vec![at(Protocol::Tcp, PortSpec::Named("web".into()))]);
    snapshot.pods[1].ports = vec![
        ContainerPort { name: Some("dns".into()), number: 8080, protocol: Protocol::Udp },
        ContainerPort { name: None, number: 8080, protocol: Protocol::Tcp },
    ];
    assert_eq!(
        misses(snapshot, "shop/web", "shop/api:8080"),
        [format!("ingress rule 1 {WOULD} port 8080/TCP were called web (shop/api gives it no name)")]
    );
}

#[test]
fn what_looks_like_a_slip_is_told_first() {
    let slip = |wanted: &str, has: &str| {
        let mut snapshot = with(vec![from(key("zone")), from(app(wanted))]);
        snapshot.pods[0].labels.insert("app".into(), has.into());
        misses(snapshot, "shop/web", "shop/api:8080")[0].starts_with("ingress rule 2 ")
    };
    for (wanted, has) in [("web", "webb"), ("web", "WEB"), ("frontend", "frontned"), ("abcdef", "abcdxy")] {
        assert!(slip(wanted, has), "{wanted} {has}");
    }
    for (wanted, has) in
        [("web", "api"), ("ab", "ac"), ("web", "wbe"), ("abcde", "abcxy"), ("frontend1234", "frontend9876")]
    {
        assert!(!slip(wanted, has), "{wanted} {has}");
    }
    let key_slip = own(Selector::labels([("apps", "web")]));
    assert!(nearest(vec![from(key("zone")), from(key_slip)], "shop/web").starts_with("ingress rule 2 "));
}

#[test]
fn two_changes_are_further_away_than_both_alone() {
    let both = || rule(app("webb"), PortSpec::number(53));
    let other_family = from(block("2001:db8::/32", &[]));
    assert!(nearest(vec![other_family, both()], "shop/web").starts_with("ingress rule 2 "));
    let exception = from(block("10.244.0.0/16", &["10.244.0.1/32"]));
    assert!(nearest(vec![both(), exception], "shop/web").starts_with("ingress rule 2 "));
}

#[test]
fn a_policy_that_stands_elsewhere_is_named() {
    let mut snapshot = with(vec![]);
    let elsewhere = NetworkPolicy {
        namespace: "dev".into(),
        ..policy("open", "api", Some(vec![from(block("10.0.0.0/8", &[]))]), None)
    };
    snapshot.policies.push(elsewhere);
    assert_eq!(
        misses(snapshot, "shop/web", "shop/api:8080"),
        [
            "policy dev/open would admit it, but a policy selects pods of its own namespace only: it would have to stand in \
          namespace shop"
        ]
    );
    let mut snapshot = with(vec![at(Protocol::Udp, PortSpec::Any)]);
    snapshot.policies.push(policy("open", "apj", Some(vec![Rule::default()]), None));
    let told = misses(snapshot, "shop/web", "shop/api:8080");
    assert!(told[0].starts_with("ingress rule 1 "), "another protocol is nearer than another selector: {told:?}");
    assert!(told[1].starts_with("policy shop/open would admit it, but its podSelector app=apj"), "{told:?}");
}

#[test]
fn rules_of_a_direction_that_is_not_listed_must_be_about_the_pod() {
    let told = |namespace: &str, app: &str| {
        let mut snapshot = with(vec![]);
        let rules = Some(vec![Rule::default()]);
        snapshot.unlisted = vec![NetworkPolicy { namespace: namespace.into(), ..policy("vain", app, rules, None) }];
        misses(snapshot, "shop/web", "shop/api:8080").remove(0).contains("policyTypes")
    };
    assert!(told("shop", "api"));
    assert!(!told("shop", "db") && !told("dev", "api"));
}

#[test]
fn only_a_service_that_leads_to_the_port_explains_it() {
    let explained = |change: fn(&mut Service)| {
        let mut snapshot = with(vec![at(Protocol::Tcp, PortSpec::number(80))]);
        change(&mut snapshot.services[0]);
        misses(snapshot, "shop/web", "shop/api:8080").remove(0).contains("leads from its port 80 to port 8080")
    };
    assert!(explained(|_| ()));
    assert!(explained(|service| service.ports[0].target = PortRef::Name("http".into())));
    assert!(!explained(|service| service.ports[0].target = PortRef::Name("sql".into())));
    assert!(!explained(|service| service.ports[0].target = PortRef::Number(9090)));
    assert!(!explained(|service| service.ports[0].port = 81));
    assert!(!explained(|service| service.ports[0].protocol = Protocol::Udp));
    assert!(!explained(|service| service.namespace = "dev".into()));
    assert!(!explained(|service| service.selector = Some([("app".to_owned(), "web".to_owned())].into())));
    assert!(!explained(|service| service.selector = Some(Labels::new())));
}
