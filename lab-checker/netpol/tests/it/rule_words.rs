//! How rules are told in words.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, Engine, Explanation, Flow, IpBlock,
    NamespaceScope, NamespacedPods, Peer, PortRule, PortSpec, Protocol, Requirement, Rule, Selector, Snapshot, Subject,
    Tier,
};

use crate::shop::{policy, shop};

fn explain(snapshot: Snapshot) -> Explanation {
    let flow = Flow { from: "shop/web".parse().unwrap(), to: "shop/api:8080".parse().unwrap() };
    Engine::new(snapshot).explain(&flow).unwrap()
}

/// What a rule of a policy in `shop` is said to admit.
fn admits(peers: Vec<Peer>, ports: Vec<PortRule>) -> String {
    let mut snapshot = shop();
    snapshot.policies = vec![policy("api", "api", Some(vec![Rule { peers, ports }]), None)];
    explain(snapshot).ingress.policies.remove(0).rules.remove(0).admits
}

fn labels(key: &str, value: &str) -> Selector {
    Selector::labels([(key, value)])
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    let except = except.iter().map(|hole| hole.parse().unwrap()).collect();
    Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except })
}

#[test]
fn peers() {
    let says = |peer: Peer, expected: &str| assert_eq!(admits(vec![peer], vec![]), format!("{expected}, on any port"));
    let matching = |namespaces, pods| Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods };
    says(Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::everything() }, "all pods in namespace shop");
    says(
        Peer::Pods { namespaces: NamespaceScope::Own, pods: labels("app", "web") },
        "pods with app=web in namespace shop",
    );
    says(matching(Selector::everything(), labels("app", "web")), "pods with app=web in any namespace");
    says(matching(labels("team", "dev"), Selector::everything()), "all pods in namespaces with team=dev");
    says(block("10.0.0.0/8", &[]), "addresses in 10.0.0.0/8");
    says(
        block("10.0.0.0/8", &["10.1.0.0/16", "10.2.0.0/16"]),
        "addresses in 10.0.0.0/8 except 10.1.0.0/16 and 10.2.0.0/16",
    );
    let requirements = vec![
        Requirement::In { key: "app".into(), values: vec!["a".into(), "b".into()] },
        Requirement::Exists { key: "tier".into() },
        Requirement::DoesNotExist { key: "old".into() },
    ];
    says(
        matching(Selector::everything(), Selector { requirements }),
        "pods with app in (a,b), a label tier and no label old in any namespace",
    );
    assert_eq!(
        admits(vec![block("10.0.0.0/8", &[]), block("::/0", &[])], vec![]),
        "addresses in 10.0.0.0/8 or addresses in ::/0, on any port"
    );
}

#[test]
fn ports() {
    let says = |ports: &[(Protocol, PortSpec)], expected: &str| {
        let ports = ports.iter().map(|(protocol, port)| PortRule { protocol: *protocol, port: port.clone() }).collect();
        assert_eq!(admits(vec![], ports), format!("anybody, on {expected}"));
    };
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    says(&[], "any port");
    says(&[(tcp, PortSpec::number(80))], "port 80/TCP");
    says(&[(tcp, PortSpec::Range { from: 80, to: 90 })], "ports 80-90/TCP");
    says(&[(udp, PortSpec::Any)], "any UDP port");
    says(&[(tcp, PortSpec::Named("http".into()))], "the TCP port named http");
    says(
        &[(udp, PortSpec::number(53)), (tcp, PortSpec::number(53)), (tcp, PortSpec::number(9))],
        "port 53/UDP, port 53/TCP or port 9/TCP",
    );
}

#[test]
fn cluster_rules() {
    let says = |action, peer: ClusterPeer, ports: Vec<ClusterPort>, expected: &str| {
        let mut snapshot = shop();
        snapshot.cluster_policies = vec![ClusterNetworkPolicy {
            name: "fence".into(),
            tier: Tier::Admin,
            priority: 1,
            subject: Subject::Namespaces(Selector::everything()),
            ingress: vec![],
            egress: vec![ClusterRule { name: None, action, peers: vec![peer], ports }],
        }];
        assert_eq!(explain(snapshot).egress.policies[0].rules[0].admits, expected);
    };
    let tcp = |from, to| ClusterPort::Range { protocol: Protocol::Tcp, from, to };
    let any = || ClusterPeer::Namespaces(Selector::everything());
    says(Action::Deny, any(), vec![], "Deny to all pods in any namespace, on any port");
    says(Action::Pass, any(), vec![tcp(0, u16::MAX)], "Pass to all pods in any namespace, on any TCP port");
    says(Action::Pass, any(), vec![tcp(1, u16::MAX)], "Pass to all pods in any namespace, on any TCP port");
    says(Action::Accept, any(), vec![tcp(80, 80)], "Accept to all pods in any namespace, on port 80/TCP");
    says(
        Action::Accept,
        any(),
        vec![tcp(80, 90), ClusterPort::Named("dns".into())],
        "Accept to all pods in any namespace, on ports 80-90/TCP or the port named dns",
    );
    says(
        Action::Deny,
        ClusterPeer::Pods(NamespacedPods { namespaces: labels("team", "dev"), pods: labels("app", "web") }),
        vec![],
        "Deny to pods with app=web in namespaces with team=dev, on any port",
    );
    says(
        Action::Deny,
        ClusterPeer::Networks(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]),
        vec![],
        "Deny to addresses in 10.0.0.0/8 or fd00::/8, on any port",
    );
    says(Action::Deny, ClusterPeer::Nodes(Selector::everything()), vec![], "Deny to all nodes, on any port");
    says(Action::Deny, ClusterPeer::Nodes(labels("rack", "a")), vec![], "Deny to nodes with rack=a, on any port");
    says(
        Action::Accept,
        ClusterPeer::DomainNames(vec!["example.com".into(), "*.example.org".into()]),
        vec![],
        "Accept to the addresses of example.com or *.example.org, on any port",
    );
    says(Action::Accept, ClusterPeer::Unknown, vec![], "Accept to a kind of peer that is not known here, on any port");
}
