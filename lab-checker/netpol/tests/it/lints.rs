//! What is found suspicious, and what is not.

use netpol::{
    Engine, IpBlock, Lint, NamespaceScope, Openness, Peer, PortRule, PortSpec, Protocol, Rule, Selector, Snapshot,
    exposure, lint,
};

use crate::shop::{pod, policy, rule, shop};

/// Findings as `lint field: message (help)`, for a shop whose policies are replaced.
fn findings(change: impl FnOnce(&mut Snapshot)) -> Vec<String> {
    let mut snapshot = shop();
    snapshot.policies.clear();
    change(&mut snapshot);
    let told = |finding: netpol::Finding| {
        let help = finding.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}: {}{help}", finding.field, finding.message)
    };
    lint(&Engine::new(snapshot)).into_iter().map(told).collect()
}

fn own(app: &str) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::labels([("app", app)]) }
}

#[test]
fn a_sound_shop_has_only_the_forgotten_dns() {
    let found: Vec<Lint> = lint(&Engine::new(shop())).into_iter().map(|finding| finding.lint).collect();
    assert_eq!(found, [Lint::DnsForgotten]);
}

#[test]
fn a_policy_that_selects_nothing() {
    let found = findings(|shop| shop.policies.push(policy("p", "apii", Some(vec![]), None)));
    assert_eq!(
        found,
        [
            "spec.podSelector: it selects no pod: there are no pods with app=apii in namespace shop (the pods there have \
          app=api, db or web)"
        ]
    );
}

#[test]
fn a_peer_that_matches_nothing() {
    let found = findings(|shop| {
        shop.policies.push(policy("p", "api", Some(vec![rule(own("webb"), PortSpec::number(8080))]), None));
    });
    assert_eq!(
        found,
        [
            "spec.ingress[0].from[0]: it matches no pod: there are no pods with app=webb in namespace shop (the pods there \
          have app=api, db or web)"
        ]
    );
}

#[test]
fn a_rule_that_another_makes_redundant() {
    let found = findings(|shop| {
        let wide = Rule { peers: vec![own("web"), own("db")], ports: vec![] };
        let rules = vec![rule(own("web"), PortSpec::number(8080)), wide];
        shop.policies.push(policy("p", "api", Some(rules), None));
    });
    assert_eq!(found, ["spec.ingress[0]: everything that it admits is admitted by ingress rule 2 too"]);
}

#[test]
fn of_two_equal_rules_the_second_is_redundant() {
    let found = findings(|shop| {
        let same = || Some(vec![rule(own("web"), PortSpec::number(8080))]);
        shop.policies.push(policy("a", "api", same(), None));
        shop.policies.push(policy("b", "api", same(), None));
    });
    assert_eq!(found, ["spec.ingress[0]: everything that it admits is admitted by ingress rule 1 of shop/a too"]);
}

#[test]
fn dns_is_forgotten_until_a_rule_reaches_it() {
    let to_api = || Rule { peers: vec![own("api")], ports: vec![] };
    let dns = Rule { peers: vec![], ports: vec![PortRule { protocol: Protocol::Udp, port: PortSpec::number(53) }] };
    let with_dns_pods = |snapshot: &mut Snapshot| {
        let mut server = pod("kube-system", "coredns", "10.244.9.9", 53, "dns");
        server.labels.insert("k8s-app".into(), "kube-dns".into());
        snapshot.pods.push(server);
    };
    let found = findings(|shop| {
        with_dns_pods(shop);
        shop.policies.push(policy("p", "web", None, Some(vec![to_api()])));
    });
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("spec.egress: its pods may open connections, but no egress rule lets them ask"));
    let found = findings(|shop| {
        with_dns_pods(shop);
        shop.policies.push(policy("p", "web", None, Some(vec![to_api(), dns])));
    });
    assert_eq!(found, [""; 0]);
    let found = findings(|shop| shop.policies.push(policy("p", "web", None, Some(vec![]))));
    assert_eq!(found, [""; 0], "a deny of everything is meant to deny DNS too");
}

#[test]
fn the_dash_that_makes_an_or() {
    let found = findings(|shop| {
        let namespaces = NamespaceScope::Matching(Selector::labels([("team", "dev")]));
        let all = Peer::Pods { namespaces, pods: Selector::everything() };
        shop.policies.push(policy("p", "api", Some(vec![Rule { peers: vec![all, own("web")], ports: vec![] }]), None));
    });
    assert_eq!(
        found,
        ["spec.ingress[0].from[1]: two items are alternatives: all pods of namespaces with team=dev, or pods with \
          app=web in namespace shop (to admit only pods with app=web in namespaces with team=dev, write both selectors \
          in one item: remove the dash before podSelector)"]
    );
}

#[test]
fn a_port_that_no_pod_serves_may_be_the_services() {
    let found = findings(|shop| {
        shop.policies.push(policy("p", "api", Some(vec![rule(own("web"), PortSpec::number(80))]), None));
    });
    assert_eq!(
        found,
        ["spec.ingress[0].ports[0]: no selected pod declares port 80/TCP (port 80 belongs to Service shop/api, which \
          leads to port 8080 of the pods: policies see the pod's port)"]
    );
}

#[test]
fn a_block_that_covers_pods() {
    let found = findings(|shop| {
        let block = IpBlock { cidr: "0.0.0.0/0".parse().unwrap(), except: vec!["10.244.0.0/24".parse().unwrap()] };
        let rule = Rule { peers: vec![Peer::IpBlock(block)], ports: vec![] };
        shop.policies.push(policy("p", "api", Some(vec![rule]), None));
    });
    assert_eq!(
        found,
        ["spec.ingress[0].from[0]: the block 0.0.0.0/0 contains the addresses of 1 pod: a block matches pods too (if \
          only the outside is meant, put the cluster's pod network into `except`)"]
    );
}

#[test]
fn what_is_open_to_whom() {
    let mut snapshot = shop();
    snapshot.policies.push(policy(
        "open",
        "db",
        Some(vec![Rule {
            peers: vec![],
            ports: vec![PortRule { protocol: Protocol::Tcp, port: PortSpec::Range { from: 5432, to: 5433 } }],
        }]),
        None,
    ));
    let exposures = exposure(&Engine::new(snapshot));
    let of = |name: &str| exposures.iter().find(|one| one.pods.name == name).unwrap();
    assert_eq!(of("api").from_internet, Openness::Nothing);
    assert_eq!(of("api").to_internet, Openness::Everything);
    assert_eq!(of("db").from_internet, Openness::Ports(vec!["5432-5433/TCP".into()]));
    assert_eq!(of("db").from_cluster, Openness::Nothing, "web is not let out");
    assert_eq!(of("web").from_cluster, Openness::Everything);
    assert_eq!(of("web").to_internet, Openness::Nothing);
}
