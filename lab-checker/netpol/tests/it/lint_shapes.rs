//! What is suspicious by its form alone, and the YAML that was probably meant.

use netpol::{
    Engine, Finding, IpBlock, Lint, NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Requirement,
    Rule, Selector, Severity, Snapshot, lint,
};

use crate::shop::{policy, rule, shop};

/// The findings of one policy in a shop without others.
fn found(policy: NetworkPolicy) -> Vec<Finding> {
    lint(&Engine::new(Snapshot { policies: vec![policy], ..shop() }))
}

/// Those of some kind.
fn of(kind: Lint, policy: NetworkPolicy) -> Vec<Finding> {
    found(policy).into_iter().filter(|finding| finding.lint == kind).collect()
}

fn own(app: &str) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::labels([("app", app)]) }
}

fn in_namespaces(key: &str, value: &str, pods: Selector) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Matching(Selector::labels([(key, value)])), pods }
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    let except = except.iter().map(|except| except.parse().unwrap()).collect();
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except })
}

fn tcp(port: u16) -> Vec<PortRule> {
    vec![PortRule { protocol: Protocol::Tcp, port: PortSpec::number(port) }]
}

fn everything() -> Rule {
    Rule::default()
}

#[test]
fn peers_and_ports_in_two_rules_either_way_round() {
    let peers = || Rule { peers: vec![own("web")], ports: vec![] };
    let ports = || Rule { peers: vec![], ports: tcp(8080) };
    let fix = "- from:\n  - podSelector:\n      matchLabels:\n        app: web\n  ports:\n  - port: 8080";
    for (rules, field) in [(vec![peers(), ports()], "spec.ingress[1]"), (vec![ports(), peers()], "spec.ingress[0]")] {
        let found = of(Lint::SplitRule, policy("p", "api", Some(rules), None));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, field);
        assert_eq!(found[0].fix.as_deref(), Some(fix));
        assert_eq!(
            found[0].message,
            "two rules are alternatives: pods with app=web in namespace shop on any port, or every source on port \
             8080/TCP"
        );
    }
    let egress = of(Lint::SplitRule, policy("p", "web", None, Some(vec![peers(), ports()])));
    assert!(egress[0].message.contains("or every destination on port 8080/TCP"), "{egress:?}");
    assert!(egress[0].fix.as_ref().unwrap().starts_with("- to:\n"), "{egress:?}");
    let whole = Rule { peers: vec![own("web")], ports: tcp(8080) };
    let dns = Rule { peers: vec![], ports: tcp(53) };
    assert_eq!(of(Lint::SplitRule, policy("p", "web", None, Some(vec![peers(), dns]))), []);
    for sound in [vec![peers(), peers()], vec![ports(), ports()], vec![whole.clone(), ports()], vec![peers(), whole]] {
        assert_eq!(of(Lint::SplitRule, policy("p", "api", Some(sound), None)), []);
    }
}

#[test]
fn a_deny_that_admits_everything() {
    let told = |name: &str, ingress, egress| of(Lint::DenyAdmitsAll, policy(name, "api", ingress, egress)).len();
    let all = || Some(vec![everything()]);
    assert_eq!(told("default-deny", all(), None), 1);
    assert_eq!(
        told("deny-all-ingress", Some(vec![Rule { peers: vec![own("web")], ports: vec![] }, everything()]), None),
        1
    );
    assert_eq!(told("deny", all(), all()), 2);
    assert_eq!(told("deny-ingress", Some(vec![]), all()), 0, "it speaks of ingress alone");
    assert_eq!(told("deny-egress", Some(vec![]), all()), 1);
    assert_eq!(told("deny-but-allow-web", all(), None), 0);
    assert_eq!(told("default-deny", Some(vec![]), None), 0);
    assert_eq!(told("hardening", all(), None), 0);
    let other_port = Rule { peers: vec![], ports: tcp(53) };
    assert_eq!(told("deny", Some(vec![other_port]), None), 0);
}

#[test]
fn an_allow_that_denies_everything() {
    let told = |name: &str, ingress, egress| of(Lint::AllowDeniesAll, policy(name, "api", ingress, egress));
    let some = || Some(vec![Rule { peers: vec![own("web")], ports: vec![] }]);
    let found = told("allow-egress", None, Some(vec![]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].field, "spec.egress");
    assert!(found[0].help.as_ref().unwrap().contains("write `egress: [{}]`"), "{found:?}");
    assert_eq!(told("allow-web", some(), Some(vec![]))[0].field, "spec.egress");
    assert_eq!(told("allow-web", some(), None), []);
    assert_eq!(told("web", some(), Some(vec![])), []);
    assert_eq!(told("deny-all-allow-dns", Some(vec![]), some()), []);
}

#[test]
fn blocks_without_a_usable_address() {
    let told =
        |peer| of(Lint::UnusableBlock, policy("p", "api", Some(vec![Rule { peers: vec![peer], ports: vec![] }]), None));
    for cidr in [
        "0.0.0.0/24",
        "0.0.0.0/32",
        "0.1.0.0/16",
        "127.0.0.1/32",
        "224.0.0.0/8",
        "255.255.255.255/32",
        "::1/128",
        "::/128",
        "ff02::/16",
    ] {
        assert_eq!(told(block(cidr, &[])).len(), 1, "{cidr}");
    }
    for cidr in ["0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/8", "::/0", "192.0.2.0/24", "fd00::/8", "169.254.169.254/32"] {
        assert_eq!(told(block(cidr, &[])), [], "{cidr}");
    }
    let zero = &told(block("0.0.0.0/24", &[]))[0];
    assert_eq!(zero.field, "spec.ingress[0].from[0].ipBlock.cidr");
    assert_eq!(zero.fix.as_deref(), Some("cidr: 0.0.0.0/0"));
}

#[test]
fn exceptions_that_leave_nothing() {
    let told = |cidr, except: &[&str]| {
        of(
            Lint::ExceptCoversBlock,
            policy("p", "web", None, Some(vec![Rule { peers: vec![block(cidr, except)], ports: vec![] }])),
        )
    };
    assert_eq!(told("10.0.0.0/8", &["10.0.0.0/9", "10.128.0.0/9"]).len(), 1);
    assert_eq!(told("0.0.0.0/0", &["0.0.0.0/0"]).len(), 1);
    assert_eq!(told("fd00::/16", &["fd00::/17", "fd00:8000::/18", "fd00:c000::/18"]).len(), 1);
    assert_eq!(told("10.0.0.0/8", &["10.0.0.0/9"]), []);
    assert_eq!(told("10.0.0.0/8", &[]), []);
}

#[test]
fn what_needs_no_pods_is_found_without_them() {
    let rules = vec![Rule { peers: vec![own("web")], ports: vec![] }, Rule { peers: vec![], ports: tcp(80) }];
    let policies = vec![policy("p", "api", Some(rules), None)];
    let found = lint(&Engine::new(Snapshot { policies, ..Snapshot::default() }));
    assert_eq!(found.iter().map(|finding| finding.lint).collect::<Vec<_>>(), [Lint::SplitRule]);
}

#[test]
fn pods_of_another_namespace() {
    let found =
        of(Lint::PeerMatchesNothing, policy("p", "api", Some(vec![rule(own("webb"), PortSpec::number(8080))]), None));
    assert_eq!(
        found[0].help.as_deref(),
        Some(
            "pods with app=webb are in namespace dev: a peer without namespaceSelector looks in shop only; write both \
             selectors in one item"
        )
    );
    assert_eq!(
        found[0].fix.as_deref(),
        Some(
            "- namespaceSelector:\n    matchLabels:\n      kubernetes.io/metadata.name: dev\n  podSelector:\n    \
             matchLabels:\n      app: webb"
        )
    );
}

#[test]
fn namespaces_by_a_label_that_is_their_name() {
    let told = |key: &str, value: &str| {
        let peer = in_namespaces(key, value, Selector::everything());
        let rules = vec![Rule { peers: vec![peer], ports: vec![] }];
        of(Lint::PeerMatchesNothing, policy("p", "api", Some(rules), None)).remove(0)
    };
    for (key, value) in
        [("name", "dev"), ("name", "elsewhere"), ("namespace", "dev"), ("app.kubernetes.io/name", "dev")]
    {
        let finding = told(key, value);
        assert!(
            finding
                .help
                .as_ref()
                .unwrap()
                .ends_with("every namespace has its name in the label kubernetes.io/metadata.name"),
            "{finding:?}"
        );
        let fix = format!("- namespaceSelector:\n    matchLabels:\n      kubernetes.io/metadata.name: {value}");
        assert_eq!(finding.fix, Some(fix));
    }
    let of_pods = told("app", "webb");
    assert_eq!(
        of_pods.help.as_deref(),
        Some("pods in namespace dev have app=webb, and no namespace has: labels of pods belong under podSelector")
    );
    assert!(of_pods.fix.unwrap().ends_with("podSelector:\n    matchLabels:\n      app: webb"));
    assert_eq!(told("team", "web").help.as_deref(), Some("the namespaces there have team=dev or shop"));
    assert_eq!(told("zone", "a").help.as_deref(), Some("no namespace there has a label zone"));
}

#[test]
fn fixes_are_yaml_that_says_what_is_meant() {
    let selector = Selector {
        requirements: vec![
            Requirement::In { key: "tier".into(), values: vec!["1".into()] },
            Requirement::In { key: "app".into(), values: vec!["a".into(), "true".into()] },
            Requirement::DoesNotExist { key: "old".into() },
        ],
    };
    let peers = vec![
        Peer::Pods { namespaces: NamespaceScope::Matching(Selector::everything()), pods: selector },
        block("10.0.0.0/8", &["10.1.0.0/16"]),
        block("fd00::/8", &[]),
    ];
    let ports = vec![
        PortRule { protocol: Protocol::Udp, port: PortSpec::Range { from: 5000, to: 5010 } },
        PortRule { protocol: Protocol::Tcp, port: PortSpec::Named("http".into()) },
        PortRule { protocol: Protocol::Sctp, port: PortSpec::Any },
    ];
    let rules = vec![Rule { peers, ports: vec![] }, Rule { peers: vec![], ports }];
    let found = of(Lint::SplitRule, policy("p", "api", Some(rules), None));
    insta::assert_snapshot!(found[0].fix.as_ref().unwrap(), @r#"
    - from:
      - namespaceSelector: {}
        podSelector:
          matchLabels:
            tier: "1"
          matchExpressions:
          - {key: app, operator: In, values: [a, "true"]}
          - {key: old, operator: DoesNotExist}
      - ipBlock:
          cidr: 10.0.0.0/8
          except:
          - 10.1.0.0/16
      - ipBlock:
          cidr: "fd00::/8"
      ports:
      - protocol: UDP
        port: 5000
        endPort: 5010
      - port: http
      - protocol: SCTP
    "#);
}

#[test]
fn every_lint_has_an_id_that_finds_it() {
    for lint in Lint::ALL {
        assert_eq!(lint.id().parse(), Ok(*lint));
        assert_eq!(serde_json::to_value(lint).unwrap(), lint.id());
        assert!(lint.about().ends_with('.'), "{lint}");
    }
    let unknown = "no-such".parse::<Lint>().unwrap_err().to_string();
    assert!(unknown.starts_with("there is no lint `no-such`; there are selects-nothing, "), "{unknown}");
    assert_eq!(Lint::RedundantRule.severity(), Severity::Hint);
}
