//! What is found suspicious, and what is not.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterRule, Engine, IpBlock, Lint, NamespaceScope, NamespacedPods,
    Peer, PortRule, PortSpec, Protocol, Rule, Selector, Snapshot, Subject, Tier, lint,
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
fn without_pods_nothing_can_be_said() {
    let found = findings(|shop| {
        shop.pods.clear();
        shop.policies.push(policy("p", "api", Some(vec![rule(own("web"), PortSpec::number(8080))]), None));
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_peer_that_matches_nothing() {
    let found = findings(|shop| {
        shop.policies.push(policy("p", "api", Some(vec![rule(own("wep"), PortSpec::number(8080))]), None));
    });
    assert_eq!(
        found,
        [
            "spec.ingress[0].from[0]: it matches no pod: there are no pods with app=wep in namespace shop (the pods there \
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
    assert_eq!(
        found,
        ["spec.ingress[0]: everything that it admits is admitted by ingress rule 2 too (remove it: that changes \
          nothing, for pods that come later either)"]
    );
}

#[test]
fn of_two_equal_rules_the_second_is_redundant() {
    let found = findings(|shop| {
        let same = || Some(vec![rule(own("web"), PortSpec::number(8080))]);
        shop.policies.push(policy("a", "api", same(), None));
        shop.policies.push(policy("b", "api", same(), None));
    });
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("spec.ingress[0]: everything that it admits is admitted by ingress rule 1 of shop/a too")
    );
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
        shop.pods[3].labels.insert("app".into(), "web".into());
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
fn the_dash_is_no_slip_where_both_selectors_together_match_nothing() {
    let found = findings(|shop| {
        let namespaces = NamespaceScope::Matching(Selector::labels([("team", "dev")]));
        let all = Peer::Pods { namespaces, pods: Selector::everything() };
        shop.policies.push(policy("p", "api", Some(vec![Rule { peers: vec![all, own("web")], ports: vec![] }]), None));
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_peer_that_only_host_network_pods_have() {
    let found = findings(|shop| {
        shop.pods[0].host_network = true;
        shop.policies.push(policy("p", "api", Some(vec![rule(own("web"), PortSpec::number(8080))]), None));
    });
    assert_eq!(
        found,
        ["spec.ingress[0].from[0]: it matches no pod: pods with app=web in namespace shop are host-network pods, \
          which selectors do not see (name the addresses of their nodes with an ipBlock)"]
    );
}

#[test]
fn dns_pods_that_manifests_do_not_hold_are_taken_to_be_the_usual_ones() {
    let to_dns = |label: &str| {
        let namespaces = NamespaceScope::Matching(Selector::labels([("kubernetes.io/metadata.name", "kube-system")]));
        let dns = Peer::Pods { namespaces, pods: Selector::labels([("k8s-app", label)]) };
        Rule { peers: vec![dns], ports: vec![PortRule { protocol: Protocol::Udp, port: PortSpec::number(53) }] }
    };
    let to_address = |port| {
        let block = IpBlock { cidr: "169.254.20.10/32".parse().unwrap(), except: vec![] };
        Rule { peers: vec![Peer::IpBlock(block)], ports: vec![PortRule { protocol: Protocol::Udp, port }] }
    };
    let with = |rule: Rule| {
        let to_api = Rule { peers: vec![own("api")], ports: vec![] };
        findings(|shop| shop.policies.push(policy("p", "web", None, Some(vec![to_api, rule]))))
    };
    assert_eq!(with(to_dns("kube-dns")), [""; 0]);
    assert_eq!(with(to_address(PortSpec::number(53))), [""; 0], "a DNS cache on the node has an address");
    let forgotten = with(to_address(PortSpec::number(123)));
    assert!(forgotten[0].contains("no egress rule lets them ask the cluster's DNS"), "{forgotten:?}");
    let wrong = with(to_dns("coredns"));
    assert!(wrong[0].contains("a rule names port 53, but its peers do not match the DNS pods"), "{wrong:?}");
    assert!(wrong[1].contains("no pod at all is there"), "{wrong:?}");
    // Who names all namespaces names the DNS pods too, whatever ports the pods of the files declare.
    let everybody = NamespaceScope::Matching(Selector::everything());
    let to_all = |protocol, number| Rule {
        peers: vec![Peer::Pods { namespaces: everybody.clone(), pods: Selector::everything() }],
        ports: vec![PortRule { protocol, port: PortSpec::number(number) }],
    };
    assert_eq!(with(to_all(Protocol::Udp, 53)), [""; 0]);
    let tcp = with(to_all(Protocol::Tcp, 53));
    assert_eq!(tcp.len(), 1, "{tcp:?}");
    assert!(tcp[0].contains("a rule names port 53 over TCP alone"), "{tcp:?}");
    let other = with(Rule {
        ports: [to_all(Protocol::Udp, 53).ports, to_all(Protocol::Udp, 54).ports].concat(),
        ..to_all(Protocol::Udp, 53)
    });
    assert_eq!(other.len(), 1, "{other:?}");
    assert!(other[0].contains("no pod that it leads to declares port 54/UDP"), "{other:?}");
}

#[test]
fn an_egress_rule_may_name_the_port_of_the_service_too() {
    let found = findings(|shop| {
        let rules = vec![rule(own("api"), PortSpec::number(80)), Rule { peers: vec![], ports: vec![] }];
        shop.policies.push(policy("p", "web", None, Some(rules)));
    });
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[1],
        "spec.egress[0].ports[0]: no pod that it leads to declares port 80/TCP (port 80 belongs to Service shop/api, \
         which leads to port 8080 of the pods: policies see the pod's port)"
    );
}

fn cluster_policy(name: &str, team: &str, peer: &str) -> ClusterNetworkPolicy {
    let peers = vec![ClusterPeer::Namespaces(Selector::labels([("team", peer)]))];
    let rule = ClusterRule { name: None, action: Action::Deny, peers, ports: vec![] };
    let subject = Subject::Namespaces(Selector::labels([("team", team)]));
    ClusterNetworkPolicy {
        name: name.into(),
        tier: Tier::Admin,
        priority: 7,
        subject,
        ingress: vec![rule],
        egress: vec![],
    }
}

#[test]
fn cluster_policies_that_match_nothing() {
    let found = findings(|shop| shop.cluster_policies.push(cluster_policy("c", "shopp", "devv")));
    assert_eq!(
        found,
        [
            "spec.ingress[0].from[0]: it matches no pod: there are no pods in namespaces with team=devv",
            "spec.subject: it selects no pod: there are no pods in namespaces with team=shopp",
        ]
    );
}

#[test]
fn one_priority_twice_matters_where_both_policies_meet() {
    let with = |team: &str| {
        let policies = [cluster_policy("a", "shop", "dev"), cluster_policy("b", team, "dev")];
        findings(|shop| shop.cluster_policies.extend(policies))
    };
    assert_eq!(with("dev"), [""; 0]);
    assert!(with("shop")[0].starts_with("spec.priority: b has the same priority 7 in tier Admin"));
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
fn a_finding_can_be_told_in_a_line() {
    let mut snapshot = shop();
    snapshot.policies = vec![policy("p", "apii", Some(vec![]), None)];
    let told = lint(&Engine::new(snapshot))[0].to_string();
    assert!(told.starts_with("shop/p: spec.podSelector: it selects no pod"), "{told}");
}

#[test]
fn host_network_pods_that_a_policy_selects() {
    let with = |host_network| {
        findings(|shop| {
            shop.pods[1].host_network = host_network;
            shop.policies.push(policy("p", "api", Some(vec![]), None));
        })
    };
    assert_eq!(with(false), [""; 0]);
    assert_eq!(
        with(true),
        [
            "spec.podSelector: it selects 1 host-network pod: whether policies apply to them is undefined, and mostly they \
          do not"
        ]
    );
}

#[test]
fn rules_for_a_direction_that_is_not_listed() {
    let found = findings(|shop| shop.unlisted.push(policy("p", "api", None, Some(vec![]))));
    assert_eq!(
        found,
        [
            "spec.egress: its egress rules have no effect: policyTypes does not list Egress (add Egress to policyTypes, or \
          remove the rules)"
        ]
    );
}

#[test]
fn the_dns_pods_that_are_there_are_the_ones_to_ask() {
    let to = |peer, ports| Some(vec![Rule { peers: vec![peer], ports }]);
    let udp = |port| vec![PortRule { protocol: Protocol::Udp, port }];
    let system = |labels: Selector| Peer::Pods {
        namespaces: NamespaceScope::Matching(Selector::labels([("kubernetes.io/metadata.name", "kube-system")])),
        pods: labels,
    };
    let forgotten = |snapshot: &Snapshot, egress| {
        let policies = vec![policy("p", "web", None, egress)];
        let findings = lint(&Engine::new(Snapshot { policies, ..snapshot.clone() }));
        findings.iter().any(|finding| finding.lint == Lint::DnsForgotten)
    };
    let named = to(system(Selector::labels([("k8s-app", "kube-dns")])), udp(PortSpec::Named("dns".into())));
    let elsewhere = to(block("10.99.0.0/16"), udp(PortSpec::number(53)));
    let mut snapshot = shop();
    assert!(!forgotten(&snapshot, named.clone()), "the usual pods call their port dns");
    assert!(!forgotten(&snapshot, elsewhere.clone()), "nobody knows where DNS is");
    let mut other = pod("kube-system", "proxy", "10.244.9.8", 80, "http");
    snapshot.pods.push(other.clone());
    let to_proxy = to(system(Selector::labels([("app", "proxy")])), vec![]);
    assert!(forgotten(&snapshot, to_proxy), "not every pod of kube-system answers for DNS");
    other.labels.insert("k8s-app".into(), "kube-dns".into());
    snapshot.pods[4] = other;
    assert!(forgotten(&snapshot, elsewhere), "it is known where DNS is");
    assert!(forgotten(&snapshot, named), "and it calls no port dns");
}

#[test]
fn the_usual_dns_has_an_address_of_the_clusters_family() {
    let mut snapshot = shop();
    for (at, pod) in snapshot.pods.iter_mut().enumerate() {
        pod.addresses = vec![format!("fd00::{at}").parse().unwrap()];
    }
    snapshot.services.clear();
    let rules = vec![Rule { peers: vec![block("::/0")], ports: vec![] }];
    snapshot.policies = vec![policy("p", "web", None, Some(rules))];
    let found: Vec<Lint> = lint(&Engine::new(snapshot)).into_iter().map(|finding| finding.lint).collect();
    assert_eq!(found, [Lint::BlockCoversPods]);
}

fn block(cidr: &str) -> Peer {
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except: vec![] })
}

#[test]
fn cluster_policies_see_neither_host_network_pods_nor_finished_ones() {
    let found = |change: fn(&mut netpol::Pod)| {
        findings(|shop| {
            change(&mut shop.pods[3]);
            let mut policy = cluster_policy("c", "dev", "dev");
            let both = NamespacedPods {
                namespaces: Selector::labels([("team", "dev")]),
                pods: Selector::labels([("app", "webb")]),
            };
            policy.ingress[0].peers = vec![ClusterPeer::Pods(both)];
            shop.cluster_policies.push(policy);
        })
        .len()
    };
    assert_eq!(found(|_| ()), 0);
    assert_eq!(found(|pod| pod.finished = true), 2, "subject and peer");
    assert_eq!(found(|pod| pod.host_network = true), 2);
    assert_eq!(found(|pod| pod.labels.clear()), 1, "the peer alone");
}

#[test]
fn policies_for_different_directions_do_not_meet() {
    let with = |second: ClusterNetworkPolicy| {
        findings(|shop| shop.cluster_policies.extend([cluster_policy("a", "shop", "dev"), second]))
    };
    let ingress = cluster_policy("b", "shop", "dev");
    let mut egress = ingress.clone();
    std::mem::swap(&mut egress.ingress, &mut egress.egress);
    assert_eq!(with(egress), [""; 0]);
    assert_eq!(
        with(ingress),
        [
            "spec.priority: b has the same priority 7 in tier Admin: where they contradict each other, which one wins is \
          undefined (give them different priorities)"
        ]
    );
}
