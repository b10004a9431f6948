//! When a rule adds nothing to another.

use netpol::{
    Engine, IpBlock, Labels, Lint, NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Requirement,
    Rule, Selector, lint,
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

/// Peers that are the same pods or addresses today, or more of them: the narrow one, the wide one.
fn alike_today() -> Vec<(Peer, Peer)> {
    let selector = |requirement: Requirement| Selector { requirements: vec![requirement] };
    let pods = |selector: Selector| Peer::Pods { namespaces: NamespaceScope::Own, pods: selector };
    let key = || "app".to_owned();
    let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let in_namespaces = |team: &str, pods: Selector| Peer::Pods {
        namespaces: NamespaceScope::Matching(Selector::labels([("team", team)])),
        pods,
    };
    vec![
        // Everybody of the shop has the label app, and is web, api or db; today.
        (pods(selector(Requirement::Exists { key: key() })), pods(Selector::everything())),
        (
            pods(selector(Requirement::In { key: key(), values: values(&["api", "db", "web"]) })),
            pods(selector(Requirement::Exists { key: key() })),
        ),
        (
            pods(Selector::labels([("app", "web")])),
            pods(selector(Requirement::NotIn { key: key(), values: values(&["api", "db"]) })),
        ),
        (in_namespaces("dev", Selector::labels([("app", "webb")])), in_namespaces("dev", Selector::everything())),
        (
            Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::everything() },
            in_namespaces("shop", Selector::everything()),
        ),
    ]
}

#[test]
fn a_rule_that_is_covered_today_alone_is_kept() {
    for (narrow, wide) in alike_today() {
        let rule = |peer: &Peer| Rule { peers: vec![peer.clone()], ports: vec![] };
        for direction in [0, 1] {
            let found = |first: &Peer, second: &Peer| {
                let rules = Some(vec![rule(first), rule(second)]);
                let (ingress, egress) = if direction == 0 { (rules, None) } else { (None, rules) };
                redundant(vec![policy("p", "api", ingress, egress)])
            };
            let field = ["spec.ingress", "spec.egress"][direction];
            // The narrow one adds nothing wherever it stands; the wide one adds what comes later.
            assert_eq!(found(&narrow, &wide), [format!("shop/p {field}[0]")], "{narrow:?} {wide:?}");
            assert_eq!(found(&wide, &narrow), [format!("shop/p {field}[1]")], "{narrow:?} {wide:?}");
        }
    }
}

#[test]
fn a_policy_on_the_same_pods_today_alone_covers_nothing() {
    let rules = || Some(vec![Rule { peers: vec![own("web")], ports: vec![] }]);
    let on = |name: &str, requirement: Requirement| NetworkPolicy {
        pod_selector: Selector { requirements: vec![requirement] },
        ..policy(name, "", rules(), None)
    };
    let labelled = on("labelled", Requirement::Exists { key: "app".into() });
    let everything = NetworkPolicy { pod_selector: Selector::everything(), ..policy("all", "", rules(), None) };
    assert_eq!(redundant(vec![labelled.clone(), everything.clone()]), ["shop/labelled spec.ingress[0]"]);
    let known = Requirement::In { key: "app".into(), values: ["api", "db", "web"].map(str::to_owned).to_vec() };
    assert_eq!(redundant(vec![everything, on("known", known), labelled]).len(), 2, "of the two narrow ones");
}

#[test]
fn an_address_of_tomorrow_is_no_address_of_today() {
    let block = |cidr: &str| Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except: vec![] });
    let rules = |peers: Vec<Vec<Peer>>| peers.into_iter().map(|peers| Rule { peers, ports: vec![] }).collect();
    let found = |peers| redundant(vec![policy("p", "api", Some(rules(peers)), None)]);
    // All pods of the shop have addresses in 10.244.0.0/24 today.
    let everybody = Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::everything() };
    let named = || vec![own("web"), own("api"), own("db")];
    assert_eq!(found(vec![vec![block("10.244.0.0/24")], named()]), [""; 0]);
    assert_eq!(found(vec![vec![everybody], vec![block("10.244.0.0/24")]]), [""; 0]);
    assert_eq!(found(vec![vec![block("10.244.0.0/25")], vec![block("10.244.0.0/24")]]), ["shop/p spec.ingress[0]"]);
}

#[test]
fn a_port_that_has_one_number_today_may_have_another() {
    let rules = |narrow: &str, wide: &str| {
        let rule = |text: &str| Rule { peers: vec![own("web")], ports: ports(text) };
        redundant(vec![policy("p", "api", Some(vec![rule(narrow), rule(wide)]), None)])
    };
    assert_eq!(rules("http/TCP", "8080/TCP"), [""; 0]);
    assert_eq!(rules("http/TCP", "any/TCP"), ["shop/p spec.ingress[0]"]);
}

#[test]
fn hundreds_of_alike_policies_are_looked_at_within_bounds() {
    let rules = |at: usize| Some(vec![Rule { peers: vec![own("web")], ports: ports(&format!("{at}/TCP")) }]);
    let mut policies: Vec<NetworkPolicy> =
        (1..300).map(|at| policy(&format!("p{at}"), "api", rules(at), None)).collect();
    policies.push(policy("wide", "api", Some(vec![Rule { peers: vec![own("web")], ports: vec![] }]), None));
    let found = redundant(policies);
    // Not all are claimed, and none that is not.
    assert!(found.len() > 100 && found.iter().all(|one| !one.contains("wide")), "{}", found.len());
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
