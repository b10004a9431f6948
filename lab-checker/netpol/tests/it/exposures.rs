//! What is open to everybody: to every pod of the cluster, and to the internet.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, Engine, IpBlock, NamespaceScope, Openness,
    Peer, PortRule, PortSpec, Protocol, Requirement, Rule, Selector, Snapshot, Subject, Tier, exposure,
};

use crate::shop::{pod, policy, shop};

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
    let of = |name: &str| exposures.iter().find(|one| one.names.iter().any(|one| one == name)).unwrap();
    assert_eq!(of("api").from_internet, Openness::Nothing);
    assert_eq!(of("api").to_internet, Openness::Everything);
    assert_eq!(of("db").from_internet, Openness::Ports(vec!["5432-5433/TCP".into()]));
    assert_eq!(of("db").from_cluster, Openness::Nothing, "web is not let out");
    assert_eq!(of("web").from_cluster, Openness::Everything);
    assert_eq!(of("web").to_internet, Openness::Nothing);
}

#[test]
fn a_block_of_everything_but_some_is_the_internet() {
    let mut snapshot = shop();
    let except = vec!["10.0.0.0/8".parse().unwrap(), "8.8.8.8/32".parse().unwrap()];
    let block = IpBlock { cidr: "0.0.0.0/0".parse().unwrap(), except };
    let partner = IpBlock { cidr: "203.0.113.0/24".parse().unwrap(), except: vec![] };
    let from = |block| Some(vec![Rule { peers: vec![Peer::IpBlock(block)], ports: vec![] }]);
    snapshot.policies = vec![policy("api", "api", from(block.clone()), None), policy("db", "db", from(partner), None)];
    snapshot.policies.push(policy("web", "web", Some(vec![]), from(block)));
    snapshot.pods[2].addresses.push("fd00::3".parse().unwrap());
    let exposures = exposure(&Engine::new(snapshot));
    let of = |name: &str| exposures.iter().find(|one| one.names.iter().any(|one| one == name)).unwrap();
    assert_eq!(of("api").from_internet, Openness::Everything);
    assert_eq!(of("api").from_cluster, Openness::Nothing);
    assert_eq!(of("db").from_internet, Openness::Nothing, "one partner is not the internet");
    assert_eq!(of("web").to_internet, Openness::Everything);
    assert_eq!(of("web").from_internet, Openness::Nothing);
}

#[test]
fn pods_of_a_namespace_that_are_equally_open_are_told_together() {
    let groups = |snapshot: Snapshot| -> Vec<(String, usize, Vec<String>)> {
        let exposures = exposure(&Engine::new(snapshot));
        exposures.into_iter().map(|one| (one.pods.to_string(), one.pods.count, one.names)).collect()
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut snapshot = shop();
    // One class for each pod, because a policy names each; all of them are open all the same.
    snapshot.policies = ["api", "db", "web"].map(|app| policy(app, app, Some(vec![Rule::default()]), None)).to_vec();
    assert_eq!(
        groups(snapshot.clone()),
        [
            ("dev/webb".to_owned(), 1, names(&["webb"])),
            ("shop/api and 2 more".to_owned(), 3, names(&["api", "db", "web"]))
        ]
    );
    snapshot.policies[1] = policy("db", "db", Some(vec![]), None);
    assert_eq!(
        groups(snapshot),
        [
            ("dev/webb".to_owned(), 1, names(&["webb"])),
            ("shop/api and 1 more".to_owned(), 2, names(&["api", "web"])),
            ("shop/db".to_owned(), 1, names(&["db"]))
        ]
    );
}

#[test]
fn a_pod_that_its_twin_cannot_reach_is_not_open_to_every_pod() {
    let mut snapshot = shop();
    let not_api = Selector { requirements: vec![Requirement::NotIn { key: "app".into(), values: vec!["api".into()] }] };
    let anywhere = NamespaceScope::Matching(Selector::everything());
    let peers = vec![Peer::Pods { namespaces: anywhere, pods: not_api }];
    snapshot.policies = vec![policy("api", "api", Some(vec![Rule { peers, ports: vec![] }]), None)];
    let of_api = |snapshot: &Snapshot| {
        let exposures = exposure(&Engine::new(snapshot.clone()));
        exposures.into_iter().find(|one| one.names.contains(&"api".to_owned())).unwrap().from_cluster
    };
    assert_eq!(of_api(&snapshot), Openness::Everything);
    let mut twin = pod("shop", "api-2", "10.244.0.9", 8080, "http");
    twin.labels.insert("app".into(), "api".into());
    snapshot.pods.push(twin);
    assert_eq!(of_api(&snapshot), Openness::Nothing);
}

#[test]
fn ports_are_told_as_ranges() {
    let open = |ports: &[(Protocol, u16, u16)]| {
        let mut snapshot = shop();
        let ports = ports
            .iter()
            .map(|&(protocol, from, to)| PortRule { protocol, port: PortSpec::Range { from, to } })
            .collect();
        snapshot.policies = vec![policy("api", "api", Some(vec![Rule { peers: vec![], ports }]), None)];
        let exposures = exposure(&Engine::new(snapshot));
        let told = exposures.into_iter().find(|one| one.names.contains(&"api".to_owned())).unwrap().from_internet;
        let Openness::Ports(ports) = told else { panic!("{told:?}") };
        ports.join(" ")
    };
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    assert_eq!(open(&[(tcp, 443, 443), (tcp, 80, 80)]), "80/TCP 443/TCP");
    assert_eq!(open(&[(tcp, 80, 80), (tcp, 81, 90)]), "80-90/TCP");
    assert_eq!(open(&[(tcp, 80, 80), (udp, 81, 81)]), "80/TCP 81/UDP");
    assert_eq!(open(&[(tcp, 1, 65535)]), "1-65535/TCP");
}

#[test]
fn everything_but_one_port_begins_behind_it() {
    let mut snapshot = shop();
    snapshot.policies.clear();
    snapshot.cluster_policies.push(ClusterNetworkPolicy {
        name: "no-port-one".into(),
        tier: Tier::Admin,
        priority: 1,
        subject: Subject::Namespaces(Selector::everything()),
        ingress: vec![],
        egress: vec![ClusterRule {
            name: None,
            action: Action::Deny,
            peers: vec![ClusterPeer::Networks(vec!["0.0.0.0/0".parse().unwrap()])],
            ports: vec![ClusterPort::Range { protocol: Protocol::Tcp, from: 1, to: 1 }],
        }],
    });
    let told = exposure(&Engine::new(snapshot)).remove(0).to_internet;
    assert_eq!(told, Openness::Ports(["2-65535/TCP", "1-65535/UDP", "1-65535/SCTP"].map(str::to_owned).to_vec()));
}
