//! What explanations say, word for word: they are written for people who are learning.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, Direction, Engine, Explanation, Flow, IpBlock,
    NamespaceScope, Node, Peer, PortRule, PortSpec, Protocol, Requirement, Rule, Selector, Snapshot, Subject, Tier,
};

use crate::shop::{pod, policy, rule, shop};

fn explain(snapshot: Snapshot, from: &str, to: &str) -> Explanation {
    Engine::new(snapshot).explain(&Flow { from: from.parse().unwrap(), to: to.parse().unwrap() }).unwrap()
}

/// The first thing that was nearly enough.
fn nearly(snapshot: Snapshot, from: &str, to: &str) -> String {
    explain(snapshot, from, to).nearest_misses.into_iter().next().unwrap()
}

/// The shop with another policy `api`: one ingress rule.
fn api_admits(peer: Peer, port: PortSpec) -> Snapshot {
    let mut snapshot = shop();
    snapshot.policies[0] = policy("api", "api", Some(vec![rule(peer, port)]), None);
    snapshot
}

fn own(pods: Selector) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods }
}

fn from_namespaces(namespaces: Selector, pods: Selector) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods }
}

#[test]
fn an_allowed_flow_names_the_rules_that_admit_it() {
    insta::assert_snapshot!(explain(shop(), "shop/web", "shop/api:8080"));
}

#[test]
fn a_blocked_flow_says_why_each_rule_does_not_match() {
    insta::assert_snapshot!(explain(shop(), "dev/webb", "shop/api:8080"));
}

#[test]
fn one_side_may_allow_what_the_other_blocks() {
    insta::assert_snapshot!(explain(shop(), "shop/web", "shop/db:5432"));
}

#[test]
fn a_service_is_explained_pod_by_pod() {
    let mut snapshot = shop();
    let mut second = pod("shop", "api-2", "10.244.0.9", 8080, "http");
    second.labels.insert("app".into(), "api".into());
    snapshot.pods.push(second);
    insta::assert_snapshot!(explain(snapshot, "shop/web", "svc:shop/api:80"));
}

#[test]
fn a_service_with_nothing_behind_it_is_not_a_matter_of_policies() {
    let mut snapshot = shop();
    snapshot.pods.retain(|pod| pod.name != "api");
    let explanation = explain(snapshot, "dev/webb", "10.96.0.20:80");
    assert_eq!(
        explanation.summary,
        "dev/webb → svc:shop/api:80/TCP is blocked, but not by a policy: no running pod stands behind svc:shop/api at \
         this port."
    );
}

#[test]
fn a_cluster_network_policy_says_which_of_its_rules_decides() {
    let mut snapshot = shop();
    let peers = vec![ClusterPeer::Namespaces(Selector::labels([("team", "shop")]))];
    let rule = |action| ClusterRule { name: Some("dev stays out".into()), action, peers: peers.clone(), ports: vec![] };
    snapshot.cluster_policies.push(ClusterNetworkPolicy {
        name: "fence".into(),
        tier: Tier::Admin,
        priority: 10,
        subject: Subject::Namespaces(Selector::labels([("team", "dev")])),
        ingress: vec![],
        egress: vec![rule(Action::Deny)],
    });
    insta::assert_snapshot!(explain(snapshot, "dev/webb", "shop/web:80"));
}

#[test]
fn a_host_network_pod_is_said_to_be_undefined() {
    let mut snapshot = shop();
    snapshot.pods[3].host_network = true;
    let explanation = explain(snapshot, "dev/webb", "shop/api:8080");
    assert!(explanation.notes[0].starts_with("undefined: "), "{:?}", explanation.notes);
    assert_eq!(
        explanation.nearest_misses,
        [
            "ingress rule 1 of policy shop/api would admit it if it had an ipBlock with the node's address (selectors do \
          not see host-network pods)"
        ]
    );
}

#[test]
fn the_own_node_is_always_let_in() {
    let mut snapshot = shop();
    snapshot.pods[1].node = Some("worker".into());
    snapshot.nodes.push(Node {
        name: "worker".into(),
        addresses: vec!["192.168.0.7".parse().unwrap()],
        ..Node::default()
    });
    let explanation = explain(snapshot, "192.168.0.7", "shop/api:8080");
    assert_eq!(
        explanation.summary,
        "192.168.0.7 → shop/api:8080/TCP is allowed: the source is the node that shop/api runs on."
    );
}

#[test]
fn a_slip_in_a_label_is_the_nearest_miss() {
    assert_eq!(
        nearly(
            api_admits(
                from_namespaces(Selector::everything(), Selector::labels([("app", "web")])),
                PortSpec::number(8080)
            ),
            "dev/webb",
            "shop/api:8080"
        ),
        "ingress rule 1 of policy shop/api would admit it if the pod dev/webb had the label app=web (it has app=webb)"
    );
}

#[test]
fn a_missing_namespace_selector_is_a_near_miss() {
    assert_eq!(
        nearly(api_admits(own(Selector::everything()), PortSpec::number(8080)), "dev/webb", "shop/api:8080"),
        "ingress rule 1 of policy shop/api would admit it if its peer all pods had a namespaceSelector that matches \
         namespace dev (without one it looks in shop only)"
    );
}

#[test]
fn the_port_of_the_service_is_not_the_port_of_the_pod() {
    let web = own(Selector::labels([("app", "web")]));
    assert_eq!(
        nearly(api_admits(web, PortSpec::number(80)), "shop/web", "svc:shop/api:80"),
        "ingress rule 1 of policy shop/api would admit it if it named port 8080/TCP instead of 80: Service shop/api \
         leads from its port 80 to port 8080 of the pod, and policies see the pod's port"
    );
}

#[test]
fn the_wrong_protocol_is_a_near_miss() {
    let mut snapshot = shop();
    let udp = PortRule { protocol: Protocol::Udp, port: PortSpec::number(8080) };
    let anybody = Rule { peers: vec![], ports: vec![udp] };
    snapshot.policies[0] = policy("api", "api", Some(vec![anybody]), None);
    assert_eq!(
        nearly(snapshot, "shop/web", "shop/api:8080"),
        "ingress rule 1 of policy shop/api would admit it if it were for TCP (it names port 8080/UDP)"
    );
}

#[test]
fn a_port_name_that_the_pod_does_not_use_is_a_near_miss() {
    let web = own(Selector::labels([("app", "web")]));
    assert_eq!(
        nearly(api_admits(web, PortSpec::Named("web".into())), "shop/web", "shop/api:8080"),
        "ingress rule 1 of policy shop/api would admit it if port 8080/TCP were called web (shop/api calls it http)"
    );
}

#[test]
fn a_policy_that_selects_another_pod_is_a_near_miss() {
    let mut snapshot = shop();
    let from_web = Some(vec![rule(own(Selector::labels([("app", "web")])), PortSpec::number(8080))]);
    snapshot.policies[0] = policy("deny", "api", Some(vec![]), None);
    snapshot.policies.push(policy("allow-web", "apii", from_web, None));
    assert_eq!(
        explain(snapshot, "shop/web", "shop/api:8080").nearest_misses,
        [
            "policy shop/allow-web would admit it, but its podSelector app=apii does not select shop/api: it would if the \
          pod had the label app=apii (it has app=api)"
        ]
    );
}

#[test]
fn an_exception_is_named() {
    let mut snapshot = shop();
    let block = IpBlock { cidr: "203.0.113.0/24".parse().unwrap(), except: vec!["203.0.113.64/26".parse().unwrap()] };
    snapshot.policies[0] = policy("api", "api", Some(vec![rule(Peer::IpBlock(block), PortSpec::Any)]), None);
    assert_eq!(
        nearly(snapshot, "203.0.113.70", "shop/api:8080"),
        "ingress rule 1 of policy shop/api would admit it if 203.0.113.70 were not in the exception 203.0.113.64/26 of \
         its ipBlock"
    );
}

#[test]
fn what_is_unknown_is_named_with_what_was_probably_meant() {
    let engine = Engine::new(shop());
    let message = |from: &str, to: &str| {
        engine.verdict(&Flow { from: from.parse().unwrap(), to: to.parse().unwrap() }).unwrap_err().to_string()
    };
    assert_eq!(message("shop/wep", "shop/api:8080"), "there is no pod shop/wep; did you mean shop/web?");
    assert_eq!(message("shop/web", "svc:shop/apis:80"), "there is no Service shop/apis; did you mean svc:shop/api?");
    assert_eq!(message("shop/web", "svc:shop/api:81"), "Service shop/api has no port 81/TCP; it has 80/TCP");
    assert_eq!(
        message("shop/web", "shop/api:web"),
        "pod shop/api declares no TCP port named web; it declares http (8080/TCP)"
    );
    assert_eq!(
        message("svc:shop/api", "shop/web:80"),
        "Service shop/api cannot open connections: name one of the pods behind it as the source"
    );
}

#[test]
fn every_kind_of_label_requirement_has_its_words() {
    let words = |requirement: Requirement| {
        let peer = from_namespaces(Selector::everything(), Selector { requirements: vec![requirement] });
        let explanation = explain(api_admits(peer, PortSpec::number(8080)), "dev/webb", "shop/api:8080");
        explanation.ingress.policies[0].rules[0].reason.clone()
    };
    let (key, values) = (|| "app".to_owned(), |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>());
    assert_eq!(
        words(Requirement::In { key: key(), values: values(&["web", "api"]) }),
        "the pod must have app=web or app=api but has app=webb"
    );
    assert_eq!(
        words(Requirement::NotIn { key: key(), values: values(&["webb"]) }),
        "the pod must have app other than webb but has app=webb"
    );
    assert_eq!(
        words(Requirement::Exists { key: "tier".into() }),
        "the pod must have a label tier but has no label tier"
    );
    assert_eq!(words(Requirement::DoesNotExist { key: key() }), "the pod must have no label app but has app=webb");
}

#[test]
fn two_families_may_have_two_verdicts() {
    let mut snapshot = shop();
    snapshot.pods[0].addresses.push("2001:db8::1".parse().unwrap());
    snapshot.pods[1].addresses.push("2001:db8::2".parse().unwrap());
    let block = IpBlock { cidr: "2001:db8::/64".parse().unwrap(), except: vec![] };
    snapshot.policies =
        vec![policy("api", "api", Some(vec![rule(Peer::IpBlock(block), PortSpec::number(8080))]), None)];
    let explanation = explain(snapshot, "shop/web", "shop/api:8080");
    assert_eq!(
        explanation.notes,
        ["this is about IPv4, the destination's first address 10.244.0.2; over IPv6 the flow is allowed"]
    );
}

#[test]
fn every_label_that_does_not_match_is_named() {
    let wanted = Selector {
        requirements: vec![
            Requirement::In { key: "app".into(), values: vec!["web".into()] },
            Requirement::Exists { key: "tier".into() },
            Requirement::NotIn { key: "app".into(), values: vec!["webb".into()] },
        ],
    };
    let team = Selector::labels([("team", "shop"), ("env", "")]);
    let explanation =
        explain(api_admits(from_namespaces(team, wanted), PortSpec::number(8080)), "dev/webb", "shop/api:8080");
    let rule = &explanation.ingress.policies[0].rules[0];
    assert_eq!(
        rule.admits,
        "pods with app=web, a label tier and app!=webb in namespaces with team=shop and env=\"\", on port 8080/TCP"
    );
    assert_eq!(
        rule.reason,
        "the namespace must have team=shop but has team=dev, and must have env=\"\" but has no label env, and the pod \
         must have app=web but has app=webb, and must have a label tier but has no label tier, and must have app other \
         than webb but has app=webb"
    );
}

#[test]
fn where_no_rule_comes_near_the_missing_one_is_named() {
    let mut snapshot = shop();
    snapshot.policies[0] = policy("api", "api", Some(vec![]), None);
    assert_eq!(
        nearly(snapshot, "dev/webb", "shop/api:8080"),
        "an ingress rule from dev/webb on port 8080/TCP would admit it; no policy that selects shop/api has one that \
         comes near"
    );
}

#[test]
fn policies_whose_turn_does_not_come_are_said_not_to_be_asked() {
    let accept = |tier| ClusterNetworkPolicy {
        name: "accept".into(),
        tier,
        priority: 10,
        subject: Subject::Namespaces(Selector::everything()),
        ingress: vec![ClusterRule {
            name: None,
            action: Action::Accept,
            peers: vec![ClusterPeer::Namespaces(Selector::everything())],
            ports: vec![],
        }],
        egress: vec![],
    };
    let told = |tier| {
        let mut snapshot = shop();
        snapshot.cluster_policies.push(accept(tier));
        let policies = explain(snapshot, "dev/webb", "shop/api:8080").ingress.policies;
        policies.into_iter().map(|one| format!("{} {}: {}", one.asked, one.policy, one.reason)).collect::<Vec<_>>()
    };
    assert_eq!(
        told(Tier::Baseline)[1],
        "false accept: not asked: NetworkPolicies isolate the pod, and they come before tier Baseline"
    );
    let admin = told(Tier::Admin);
    assert!(admin[0].starts_with("true accept: "), "{admin:?}");
    assert_eq!(admin[1], "false shop/api: not asked: tier Admin comes first and has decided");
}

/// The notes about a flow of the shop under one cluster policy of tier Baseline.
fn notes(rules: Vec<ClusterRule>, direction: Direction, from: &str, to: &str) -> Vec<String> {
    let mut snapshot = shop();
    let (egress, ingress) = if direction == Direction::Egress { (rules, vec![]) } else { (vec![], rules) };
    snapshot.cluster_policies.push(ClusterNetworkPolicy {
        name: "base".into(),
        tier: Tier::Baseline,
        priority: 10,
        subject: Subject::Namespaces(Selector::everything()),
        ingress,
        egress,
    });
    explain(snapshot, from, to).notes
}

#[test]
fn a_baseline_beside_policies_of_the_other_direction_is_undefined() {
    let peers = vec![ClusterPeer::Namespaces(Selector::everything())];
    let deny = || vec![ClusterRule { name: None, action: Action::Deny, peers: peers.clone(), ports: vec![] }];
    assert_eq!(
        notes(deny(), Direction::Ingress, "dev/webb", "shop/web:80"),
        [
            "undefined: policy shop/web selects shop/web, but not for ingress; whether tier Baseline is still asked about \
          ingress is not specified (here it is)"
        ]
    );
    assert_eq!(notes(deny(), Direction::Ingress, "shop/web", "dev/webb:80"), [""; 0]);
}

#[test]
fn dns_names_leave_a_doubt() {
    let rule = |action, peer| ClusterRule { name: None, action, peers: vec![peer], ports: vec![] };
    let rules = || {
        vec![
            rule(Action::Accept, ClusterPeer::DomainNames(vec!["*.example.com".into()])),
            rule(Action::Deny, ClusterPeer::Networks(vec!["0.0.0.0/0".parse().unwrap()])),
        ]
    };
    assert_eq!(
        notes(rules(), Direction::Egress, "dev/webb", "8.8.8.8:443"),
        [
            "unknown: ClusterNetworkPolicy base accepts flows to DNS names, and which addresses those are is not known here; \
          if 8.8.8.8 is one of them, that rule decides"
        ]
    );
    assert_eq!(notes(rules(), Direction::Egress, "dev/webb", "shop/db:5432"), [""; 0]);
    let mut of_another_port = rules();
    of_another_port[0].ports = vec![ClusterPort::Range { protocol: Protocol::Tcp, from: 80, to: 80 }];
    assert_eq!(notes(of_another_port, Direction::Egress, "dev/webb", "8.8.8.8:443"), [""; 0]);
    let mut of_addresses = rules();
    of_addresses[0].peers = vec![ClusterPeer::Networks(vec!["203.0.113.0/24".parse().unwrap()])];
    assert_eq!(notes(of_addresses, Direction::Egress, "dev/webb", "8.8.8.8:443"), [""; 0]);
}

#[test]
fn an_ipv6_destination_stands_in_brackets() {
    let summary = explain(shop(), "dev/webb", "[2001:db8::1]:443").summary;
    assert!(summary.starts_with("dev/webb → [2001:db8::1]:443/TCP is allowed"), "{summary}");
}

#[test]
fn a_rule_for_a_direction_that_is_not_listed_is_a_near_miss() {
    let mut snapshot = shop();
    snapshot.policies[0] = policy("api", "api", Some(vec![]), None);
    let web = own(Selector::labels([("app", "web")]));
    snapshot.unlisted.push(policy("vain", "api", Some(vec![rule(web, PortSpec::number(8080))]), None));
    assert_eq!(
        nearly(snapshot, "shop/web", "shop/api:8080"),
        "ingress rule 1 of policy shop/vain would admit it if its policyTypes listed Ingress: rules for a direction that \
         is not listed have no effect"
    );
}
