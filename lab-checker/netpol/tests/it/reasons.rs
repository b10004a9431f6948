//! The reasons inside an explanation: of rules, of policies, and of what stands behind a Service.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, Engine, Explanation, Flow, IpBlock,
    NamespaceScope, NetworkPolicy, Peer, PolicyExplanation, PortRef, PortRule, PortSpec, Protocol, Requirement, Rule,
    Selector, Snapshot, Subject, Tier, Verdict,
};

use crate::shop::{pod, policy, rule, shop};

fn explain(snapshot: Snapshot, from: &str, to: &str) -> Explanation {
    Engine::new(snapshot).explain(&Flow { from: from.parse().unwrap(), to: to.parse().unwrap() }).unwrap()
}

fn own(app: &str) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Own, pods: Selector::labels([("app", app)]) }
}

fn tcp(number: u16) -> PortRule {
    PortRule { protocol: Protocol::Tcp, port: PortSpec::number(number) }
}

/// What the api's policy says about a flow from web when it has these rules.
fn api_says(rules: Vec<Rule>) -> PolicyExplanation {
    let mut snapshot = shop();
    snapshot.policies = vec![policy("api", "api", Some(rules), None)];
    explain(snapshot, "shop/web", "shop/api:8080").ingress.policies.remove(0)
}

#[test]
fn a_rule_that_matches_says_what_of_it_does() {
    let reason = |rule: Rule| api_says(vec![rule]).rules[0].reason.clone();
    assert_eq!(reason(Rule::default()), "it admits everything");
    assert_eq!(reason(Rule { peers: vec![own("web")], ports: vec![] }), "it admits the flow");
    assert_eq!(reason(Rule { peers: vec![], ports: vec![tcp(8080)] }), "it admits the flow");
    assert_eq!(
        reason(Rule { peers: vec![own("db"), own("web")], ports: vec![tcp(80), tcp(8080)] }),
        "it admits the flow: pods with app=web in namespace shop, on port 8080/TCP"
    );
    assert_eq!(
        reason(Rule { peers: vec![own("db"), own("web")], ports: vec![] }),
        "it admits the flow: pods with app=web in namespace shop, on any port"
    );
    assert_eq!(
        reason(Rule { peers: vec![], ports: vec![tcp(80), tcp(8080)] }),
        "it admits the flow: anybody, on port 8080/TCP"
    );
}

#[test]
fn a_policy_says_what_its_rules_come_to() {
    let reason = |rules: Vec<Rule>| api_says(rules).reason;
    let (db, web) = (rule(own("db"), PortSpec::number(8080)), rule(own("web"), PortSpec::number(8080)));
    assert_eq!(reason(vec![]), "it has no ingress rules");
    assert_eq!(reason(vec![db.clone(), web]), "ingress rule 2: it admits the flow");
    assert_eq!(
        reason(vec![db.clone()]),
        "its only ingress rule, for pods with app=db in namespace shop, on port 8080/TCP, does not match: the pod must \
         have app=db but has app=web"
    );
    assert_eq!(reason(vec![db.clone(), db]), "none of its 2 ingress rules matches");
}

fn deny(name: &str, peer: ClusterPeer, port: u16) -> ClusterNetworkPolicy {
    ClusterNetworkPolicy {
        name: name.into(),
        tier: Tier::Admin,
        priority: 7,
        subject: Subject::Namespaces(Selector::everything()),
        ingress: vec![ClusterRule {
            name: None,
            action: Action::Deny,
            peers: vec![peer],
            ports: vec![ClusterPort::Range { protocol: Protocol::Tcp, from: port, to: port }],
        }],
        egress: vec![],
    }
}

fn namespaces(team: &str) -> ClusterPeer {
    ClusterPeer::Namespaces(Selector::labels([("team", team)]))
}

#[test]
fn a_cluster_rule_says_what_of_it_does_not_match() {
    let reason = |peer, port| {
        let mut snapshot = shop();
        snapshot.cluster_policies = vec![deny("fence", peer, port)];
        let told = explain(snapshot, "shop/web", "shop/api:8080").ingress.policies.remove(0);
        assert_eq!(told.kind, "ClusterNetworkPolicy");
        told.rules[0].reason.clone()
    };
    assert_eq!(reason(namespaces("shop"), 8080), "it matches, and its action is Deny");
    assert_eq!(reason(namespaces("dev"), 8080), "the namespace must have team=dev but has team=shop");
    assert_eq!(reason(namespaces("shop"), 80), "it is about port 80/TCP, the flow goes to port 8080/TCP");
    assert_eq!(
        reason(namespaces("dev"), 80),
        "the namespace must have team=dev but has team=shop; it is about port 80/TCP, the flow goes to port 8080/TCP"
    );
}

#[test]
fn equal_priorities_are_said_to_be_undefined() {
    let notes = |second: ClusterNetworkPolicy| {
        let mut snapshot = shop();
        // The first does not match, so that the second decides.
        snapshot.cluster_policies = vec![deny("a", namespaces("dev"), 8080), second];
        explain(snapshot, "shop/web", "shop/api:8080").notes
    };
    assert_eq!(
        notes(deny("b", namespaces("shop"), 8080)),
        [
            "undefined: a and b have the same priority 7 in tier Admin; which one is asked first is not specified (here: \
          by name)"
        ]
    );
    assert_eq!(notes(ClusterNetworkPolicy { priority: 8, ..deny("b", namespaces("shop"), 8080) }), [""; 0]);
    assert_eq!(notes(deny("b", namespaces("dev"), 8080)), [""; 0], "neither decides");
}

/// The shop with so many pods behind Service `api`, the last of which nobody reaches.
fn behind_api(more: u8, closed: bool) -> Snapshot {
    let mut snapshot = shop();
    for at in 0..more {
        let mut twin = pod("shop", &format!("api-{at}"), &format!("10.244.0.{}", 10 + at), 8080, "http");
        twin.labels.insert("app".into(), "api".into());
        snapshot.pods.push(twin);
    }
    if let (true, Some(last)) = (closed, snapshot.pods.last_mut()) {
        last.labels.insert("closed".into(), "yes".into());
        let selector = Selector::labels([("closed", "yes")]);
        snapshot.policies[0].pod_selector =
            Selector { requirements: vec![Requirement::DoesNotExist { key: "closed".into() }] };
        snapshot.policies.push(NetworkPolicy { pod_selector: selector, ..policy("closed", "", Some(vec![]), None) });
    }
    snapshot
}

#[test]
fn a_service_says_whom_it_leads_to() {
    let starts = |snapshot: Snapshot, from: &str, expected: &str, verdict: Verdict| {
        let explanation = explain(snapshot, from, "svc:shop/api:80");
        let start = format!("{from} → svc:shop/api:80/TCP{expected}");
        assert!(explanation.summary.starts_with(&start), "{}", explanation.summary);
        assert_eq!(explanation.verdict, verdict);
    };
    let (one, three) = (|| behind_api(0, false), || behind_api(2, false));
    starts(one(), "shop/web", ", which leads to shop/api:8080/TCP, is allowed: policy web admits", Verdict::Allowed);
    starts(one(), "dev/webb", ", which leads to shop/api:8080/TCP, is blocked: shop/api is isolated", Verdict::Blocked);
    starts(three(), "shop/web", " is allowed to all 3 pods behind it; to shop/api:8080/TCP, for one", Verdict::Allowed);
    starts(three(), "dev/webb", " is blocked to all 3 pods behind it; to shop/api:8080/TCP, for one", Verdict::Blocked);
    let last = " sometimes fails: of the 3 pods behind it 1 cannot be reached; shop/api-1:8080/TCP, for one, because";
    starts(behind_api(2, true), "shop/web", last, Verdict::Blocked);
}

#[test]
fn the_note_about_ports_is_for_ports_that_differ() {
    let mut snapshot = shop();
    let notes = |snapshot: &Snapshot| explain(snapshot.clone(), "shop/web", "svc:shop/api:80").notes;
    assert_eq!(
        notes(&snapshot),
        ["port 80 of Service shop/api leads to port 8080 of its pods: policies see the pod's port"]
    );
    snapshot.services[0].ports[0].target = PortRef::Number(80);
    assert_eq!(notes(&snapshot), [""; 0]);
}

#[test]
fn a_note_about_every_pod_of_a_service_is_told_once() {
    let mut snapshot = behind_api(2, false);
    snapshot.pods[0].host_network = true;
    let explanation = explain(snapshot, "shop/web", "svc:shop/api:80");
    let undefined = explanation.notes.iter().filter(|note| note.starts_with("undefined: "));
    assert_eq!((explanation.backends.len(), undefined.count()), (3, 1), "{:?}", explanation.notes);
}

#[test]
fn whether_a_block_sees_the_service_or_the_pod_is_said_to_be_undefined() {
    let undefined = |namespace: &str, app: &str, cidr: &str, except: &[&str]| {
        let mut snapshot = shop();
        let except = except.iter().map(|hole| hole.parse().unwrap()).collect();
        let block = Peer::IpBlock(IpBlock { cidr: cidr.parse().unwrap(), except });
        let egress = vec![Rule { peers: vec![own("web"), block], ports: vec![] }];
        snapshot.policies = vec![NetworkPolicy { namespace: namespace.into(), ..policy("p", app, None, Some(egress)) }];
        explain(snapshot, "shop/web", "svc:shop/api:80").notes.iter().any(|note| note.starts_with("undefined: "))
    };
    assert!(undefined("shop", "web", "10.96.0.0/16", &[]), "the Service alone");
    assert!(undefined("shop", "web", "10.244.0.2/32", &[]), "the pod alone");
    assert!(undefined("shop", "web", "10.0.0.0/8", &["10.244.0.0/16"]), "the pod is an exception");
    assert!(!undefined("shop", "web", "10.0.0.0/8", &[]), "both");
    assert!(!undefined("shop", "web", "172.16.0.0/12", &[]), "neither");
    assert!(!undefined("shop", "db", "10.96.0.0/16", &[]), "the policy is about another pod");
    assert!(!undefined("dev", "web", "10.96.0.0/16", &[]), "and this one about another namespace");
    let mut headless = shop();
    headless.services[0].addresses.clear();
    let block = Peer::IpBlock(IpBlock { cidr: "10.244.0.2/32".parse().unwrap(), except: vec![] });
    headless.policies = vec![policy("p", "web", None, Some(vec![Rule { peers: vec![block], ports: vec![] }]))];
    let notes = explain(headless, "shop/web", "svc:shop/api:80").notes;
    assert!(!notes.iter().any(|note| note.starts_with("undefined: ")), "there is no other address: {notes:?}");
}

#[test]
fn a_pod_reaches_itself() {
    let explanation = explain(shop(), "shop/api", "shop/api:1");
    assert_eq!(explanation.summary, "shop/api → shop/api:1/TCP is allowed: a pod always reaches itself.");
    assert_eq!(explanation.notes, ["a pod cannot block access to itself, whatever its policies say"]);
}
