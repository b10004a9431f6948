//! Pods whose addresses nobody has told: what depends on them is told as such, and nothing else is.

use netpol::{
    Engine, Flow, IpBlock, NamespaceScope, NetworkPolicy, Networks, Peer, Pod, PortRule, PortSpec, Protocol, Query,
    Rule, Selector, Snapshot, Survey, SurveyEnd, Verdict,
};

fn pod(namespace: &str, name: &str, address: &str) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: name.into(),
        labels: [("app".to_owned(), name.to_owned())].into(),
        addresses: vec![address.parse().unwrap()],
        assumed: true,
        ..Pod::default()
    }
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    let except = except.iter().map(|block| block.parse().unwrap()).collect();
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except })
}

/// Two pods, of which `shared/x` may open connections to these peers alone.
fn snapshot(peers: Vec<Peer>) -> Snapshot {
    let policy = NetworkPolicy {
        namespace: "shared".into(),
        name: "out".into(),
        pod_selector: Selector::everything(),
        ingress: None,
        egress: Some(vec![Rule { peers, ports: Vec::new() }]),
    };
    Snapshot {
        pods: vec![pod("shared", "x", "10.244.1.1"), pod("o", "o", "10.244.1.2")],
        policies: vec![policy],
        ..Snapshot::default()
    }
}

/// What is said of `shared/x → o/o:80`: a verdict, or that it depends on an address.
fn said(snapshot: Snapshot) -> String {
    let engine = Engine::with_unknown_addresses(snapshot);
    let flow = Flow { from: "shared/x".parse().unwrap(), to: "o/o:80".parse().unwrap() };
    let explanation = engine.explain(&flow).unwrap();
    assert_eq!(engine.decided(&flow).unwrap(), (explanation.verdict, explanation.decided_by.clone()));
    let reachability = engine.reachability(&Query::port(80, Protocol::Tcp));
    let row = reachability.rows().find(|row| row.from == "shared/x").unwrap();
    assert_eq!(row.depends_on(), explanation.depends_on, "{}", explanation.summary);
    let counts = reachability.count();
    assert_eq!(counts.depends, u64::from(row.depends.is_any()));
    match row.depends.is_any() {
        true => {
            let text = explanation.to_string();
            assert!(text.contains("depends on the pod's address, which the files do not name"), "{text}");
            assert!(!text.contains("10.244.1."), "an address that exists nowhere: {text}");
            format!("depends on {}", row.depends_on().join(", "))
        }
        false => {
            assert_eq!(row.verdict, explanation.verdict);
            row.verdict.to_string()
        }
    }
}

#[test]
fn a_block_that_may_hold_the_pod_decides_nothing() {
    for (peers, expected) in [
        (vec![block("0.0.0.0/0", &["10.42.0.0/16"])], "depends on o/o"),
        (vec![block("192.168.0.0/16", &[])], "depends on o/o"),
        (vec![block("0.0.0.0/0", &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])], "depends on o/o"),
        // Wherever a pod may be, it is in these, or in none of them.
        (vec![block("0.0.0.0/0", &[])], "allowed"),
        (vec![block("0.0.0.0/0", &["169.254.169.254/32"])], "allowed"),
        (vec![block("203.0.113.0/24", &[])], "blocked"),
        // One address is no network of pods.
        (vec![block("10.0.0.5/32", &[])], "blocked"),
    ] {
        let words = format!("{peers:?}");
        assert_eq!(said(snapshot(peers)), expected, "{words}");
    }
    // Where a selector admits the pod, its address is nobody's affair.
    let everybody =
        Peer::Pods { namespaces: NamespaceScope::Matching(Selector::everything()), pods: Selector::everything() };
    assert_eq!(said(snapshot(vec![block("192.168.0.0/16", &[]), everybody])), "allowed");
}

#[test]
fn who_says_the_network_gets_a_verdict() {
    let told = |node: Option<&str>, block: &str| {
        let networks =
            Networks { pods: vec![(node.map(str::to_owned), block.parse().unwrap())], ..Networks::default() };
        Snapshot { networks, ..snapshot(vec![self::block("0.0.0.0/0", &["10.42.0.0/16"])]) }
    };
    assert_eq!(said(told(None, "10.42.0.0/16")), "blocked");
    assert_eq!(said(told(None, "10.244.0.0/16")), "allowed");
    assert_eq!(said(told(None, "10.40.0.0/14")), "depends on o/o");
    let mut snapshot = told(Some("one"), "10.42.0.0/24");
    snapshot.networks.pods.push((Some("two".to_owned()), "10.43.0.0/24".parse().unwrap()));
    snapshot.pods[1].node = Some("two".to_owned());
    assert_eq!(said(snapshot.clone()), "allowed");
    snapshot.pods[1].node = Some("one".to_owned());
    assert_eq!(said(snapshot), "blocked");
}

#[test]
fn a_source_depends_too_and_an_address_that_is_known_is_believed() {
    let mut in_block = snapshot(Vec::new());
    in_block.policies = vec![NetworkPolicy {
        namespace: "o".into(),
        name: "in".into(),
        pod_selector: Selector::everything(),
        ingress: Some(vec![Rule { peers: vec![block("192.168.0.0/16", &[])], ports: Vec::new() }]),
        egress: None,
    }];
    assert_eq!(said(in_block.clone()), "depends on shared/x");
    in_block.pods[0].assumed = false;
    in_block.pods[0].addresses = vec!["192.168.1.1".parse().unwrap()];
    assert_eq!(said(in_block), "allowed");
}

#[test]
fn what_the_other_side_blocks_is_blocked() {
    let mut both = snapshot(vec![block("192.168.0.0/16", &[])]);
    both.policies.push(NetworkPolicy {
        namespace: "o".into(),
        name: "deny".into(),
        pod_selector: Selector::everything(),
        ingress: Some(Vec::new()),
        egress: None,
    });
    assert_eq!(said(both), "blocked");
}

/// What two sets of peers differ in for `shared/x → o/o:80`.
fn difference(a: Vec<Peer>, b: Vec<Peer>) -> String {
    let (a, b) = Engine::pair_with_unknown_addresses(snapshot(a), snapshot(b));
    let difference = netpol::diff(&a, &b, &Query::port(80, Protocol::Tcp));
    match (&*difference.only_in_a, &*difference.only_in_b, &*difference.depends) {
        ([], [], []) => "nothing".to_owned(),
        ([_], [], []) => "closed".to_owned(),
        ([], [_], []) => "opened".to_owned(),
        ([], [], [one]) => format!("{} to {} by {}", one.in_a, one.in_b, one.depends_on.join(", ")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_difference_that_depends_on_an_address_is_told_as_such() {
    let everything = || vec![block("0.0.0.0/0", &[])];
    let everybody = || {
        let selector = NamespaceScope::Matching(Selector::everything());
        vec![Peer::Pods { namespaces: selector, pods: Selector::everything() }]
    };
    let private = || vec![block("192.168.0.0/16", &[])];
    let ten = || vec![block("10.0.0.0/8", &[])];
    let elsewhere = || vec![block("203.0.113.0/24", &[])];
    for (a, b, expected) in [
        (everything(), everybody(), "nothing"),
        (elsewhere(), everybody(), "opened"),
        (everything(), elsewhere(), "closed"),
        (everybody(), private(), "allowed to depends by o/o"),
        (private(), elsewhere(), "depends to blocked by o/o"),
        (ten(), private(), "depends to depends by o/o"),
        // Wherever the pod is, both say the same of it.
        (private(), private(), "nothing"),
        (private(), [elsewhere(), private()].concat(), "nothing"),
        (
            vec![block("0.0.0.0/0", &["10.0.0.0/8"])],
            vec![block("0.0.0.0/1", &["10.0.0.0/8"]), block("128.0.0.0/1", &[])],
            "nothing",
        ),
    ] {
        let words = format!("{a:?} and {b:?}");
        assert_eq!(difference(a, b), expected, "{words}");
    }
}

#[test]
fn kinds_of_flows_that_differ_for_some_addresses_alone_are_marked() {
    let differs = |a: Vec<Peer>, b: Vec<Peer>| {
        let (a, b) = Engine::pair_with_unknown_addresses(snapshot(a), snapshot(b));
        let found = netpol::difference_by_kind_wherever(&a, &b, &Query::default());
        let kinds = found.opens.into_iter().chain(found.closes);
        kinds.map(|kind| (kind.example.to, kind.depends)).collect::<Vec<_>>()
    };
    let closed = differs(vec![block("0.0.0.0/0", &[])], vec![block("0.0.0.0/0", &["192.168.0.0/16"])]);
    assert!(closed.iter().all(|(to, depends)| *depends || to.starts_with("192.168.")), "{closed:?}");
    assert!(closed.iter().any(|(_, depends)| *depends), "{closed:?}");
    let opened = differs(vec![block("203.0.113.0/24", &[])], vec![block("0.0.0.0/0", &[])]);
    assert!(!opened.is_empty() && opened.iter().all(|(_, depends)| !depends), "{opened:?}");
}

#[test]
fn a_rule_is_redundant_only_wherever_the_pods_may_be() {
    let to = |app: &str| Peer::Pods {
        namespaces: NamespaceScope::Matching(Selector::everything()),
        pods: Selector::labels([("app", app)]),
    };
    let redundant = |blocks: &[&str]| {
        let mut snapshot = snapshot(Vec::new());
        let rule = |peers| Rule { peers, ports: Vec::new() };
        let blocks = blocks.iter().map(|cidr| block(cidr, &[])).collect();
        snapshot.policies[0].egress = Some(vec![rule(blocks), rule(vec![to("o")])]);
        let findings = netpol::lint(&Engine::new(snapshot));
        findings.iter().any(|finding| finding.lint == netpol::Lint::RedundantRule)
    };
    // Files give the pods stand-ins in 10.244.0.0/16, where they need not be.
    assert!(!redundant(&["10.244.0.0/16"]), "the pods may be elsewhere");
    assert!(!redundant(&["10.0.0.0/8", "172.16.0.0/12"]));
    assert!(redundant(&["0.0.0.0/0"]), "every address is in it");
}

#[test]
fn a_survey_knows_what_it_cannot_know() {
    let mut snapshot = snapshot(vec![block("192.168.0.0/16", &[])]);
    snapshot.policies[0].egress.as_mut().unwrap()[0].ports =
        vec![PortRule { protocol: Protocol::Tcp, port: PortSpec::Range { from: 80, to: 80 } }];
    let engine = Engine::with_unknown_addresses(snapshot);
    let survey = Survey::new(&engine, &[]);
    let kind = |name: &str| {
        let is = |end: &SurveyEnd| matches!(end, SurveyEnd::Pod(pod) if pod.to_string() == name);
        survey.kinds[survey.ends.iter().position(is).unwrap()]
    };
    let verdict = |number: u16| {
        let holds =
            |port: &&netpol::PortStretch| port.protocol == Protocol::Tcp && (port.first..=port.last).contains(&number);
        let port = survey.ports.iter().find(holds).unwrap();
        survey.at(*port).sides(kind("shared/x"), kind("o/o")).verdict()
    };
    assert_eq!(verdict(80), None);
    assert_eq!(verdict(81), Some(Verdict::Blocked));
}
