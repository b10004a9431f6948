//! Pairs of answers whose difference, or sameness, is known.

use serde_json::{Value, json};

use super::super::difference::Reference;

/// The specs of two policies in `shop`, of pods labelled `app: web`, and whether they differ.
fn difference(right: Value, other: Value) -> Option<String> {
    let cluster = |spec: Value| {
        let mut objects = manifest::baseline();
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}));
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "i", "ports": [{"name": "http", "containerPort": 8080}]}]},
        }));
        objects.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "p", "namespace": "shop"}, "spec": spec,
        }));
        objects
    };
    Reference::of(&cluster(right)).unwrap().first_difference(&cluster(other), &|_, _, _| false)
}

fn ingress(rules: Value) -> Value {
    json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": rules})
}

fn egress(rules: Value) -> Value {
    json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": rules})
}

#[track_caller]
fn assert_differ(right: Value, other: Value, flow: &str) {
    let found = difference(right, other).expect("they differ");
    assert!(found.contains(flow), "{found}");
}

#[track_caller]
fn assert_same(right: Value, other: Value) {
    assert_eq!(difference(right, other), None);
}

#[test]
fn one_port_more_is_found() {
    let on = |ports: Value| ingress(json!([{"ports": ports}]));
    assert_differ(on(json!([{"port": 8080}])), on(json!([{"port": 8080, "endPort": 8081}])), ":8081/TCP is allowed");
    assert_differ(on(json!([{"port": 80}])), on(json!([{"port": 80, "endPort": 65535}])), "/TCP is allowed");
    assert_differ(on(json!([{"port": 80}])), on(json!([{"port": 80}, {"protocol": "UDP"}])), "/UDP is allowed");
    assert_differ(on(json!([{"port": 80}])), on(json!([{"port": 80}, {"port": 80, "protocol": "SCTP"}])), ":80/SCTP");
    assert_differ(on(json!([{"port": "http"}])), on(json!([{"port": 8080}])), "8080/TCP");
    assert_same(on(json!([{"port": 80, "endPort": 82}])), on(json!([{"port": 80}, {"port": 81, "endPort": 82}])));
}

#[test]
fn blocks_are_compared_at_their_edges() {
    let to = |blocks: Value| egress(json!([{"to": blocks}]));
    let block = |cidr: &str| json!({"ipBlock": {"cidr": cidr}});
    let home = || block("203.0.113.0/24");
    assert_differ(to(json!([home()])), to(json!([home(), block("11.0.0.0/8")])), "11.0.0.0:");
    assert_differ(to(json!([home()])), to(json!([home(), block("::/0")])), ":");
    assert_differ(to(json!([home()])), to(json!([block("203.0.113.0/25")])), "203.0.113.128:");
    assert_differ(to(json!([home()])), to(json!([block("203.0.112.0/23")])), "203.0.112.0:");
    assert_same(to(json!([home()])), to(json!([block("203.0.113.0/25"), block("203.0.113.128/25")])));
    let except = |hole: &str| json!([{"ipBlock": {"cidr": "0.0.0.0/0", "except": [hole]}}]);
    assert_differ(to(except("172.16.0.0/12")), to(except("172.16.0.0/16")), "172.17.0.0:");
    assert_differ(to(except("11.0.0.0/8")), to(except("11.0.0.0/9")), "11.128.0.0:");
    assert_differ(to(except("10.0.0.0/8")), to(except("10.0.0.0/9")), "→ kube-system/");
}

#[test]
fn a_block_inside_of_the_pod_network_is_about_new_pods() {
    let from = |peers: Value| ingress(json!([{"from": peers}]));
    let right = from(json!([{"podSelector": {}}]));
    let other = from(json!([{"podSelector": {}}, {"ipBlock": {"cidr": "10.244.7.0/24"}}]));
    assert_differ(right, other, "at 10.244.7.0 → shop/web");
}

#[test]
fn pods_of_tomorrow_are_compared() {
    let from = |peers: Value| ingress(json!([{"from": peers}]));
    let name = |name: &str| json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
    let dns = json!({"matchLabels": {"k8s-app": "kube-dns"}});
    let both = from(json!([{"namespaceSelector": name("kube-system"), "podSelector": dns}]));
    let either = from(json!([{"namespaceSelector": name("kube-system")}, {"podSelector": dns}]));
    assert_differ(both.clone(), either, "a new pod");
    let everywhere = from(json!([{"namespaceSelector": {}, "podSelector": dns}]));
    assert_differ(both, everywhere, "a new pod");
    let labelled =
        |operator: &str| from(json!([{"podSelector": {"matchExpressions": [{"key": "role", "operator": operator}]}}]));
    assert_differ(labelled("Exists"), labelled("DoesNotExist"), "a new pod");
    let tomorrow = json!({"podSelector": {}, "ingress": []});
    assert_differ(ingress(json!([])), tomorrow, "a new pod shop/{}");
    let team = |labels: Value| from(json!([{"namespaceSelector": {"matchLabels": labels}}]));
    assert_differ(team(json!({"team": "a"})), team(json!({"team": "b"})), "(namespace {team=a})");
}

#[test]
fn spelling_makes_no_difference() {
    assert_same(
        ingress(json!([])),
        json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}}),
    );
    assert_same(ingress(json!([{}])), ingress(json!([{"from": [], "ports": []}])));
    let one = json!({"podSelector": {"matchLabels": {"app": "a"}}});
    let two = json!({"podSelector": {"matchLabels": {"app": "b"}}});
    let listed = json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["b", "a"]}]}});
    assert_same(ingress(json!([{"from": [one, two]}])), ingress(json!([{"from": [listed]}])));
}

#[test]
fn what_is_free_does_not_count() {
    let objects = |namespace: &str| {
        let mut objects = manifest::baseline();
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}));
        objects.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "p", "namespace": "shop"},
            "spec": {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}]}]},
        }));
        objects
    };
    let (right, other) = (objects("kube-system"), objects("shop"));
    let right = Reference::of(&right).unwrap();
    assert!(right.first_difference(&other, &|_, _, _| false).is_some());
    assert!(right.first_difference(&other, &|from, _, _| &*from.namespace == "kube-system").is_some());
    assert_eq!(right.first_difference(&other, &|from, _, _| ["kube-system", "shop"].contains(&&*from.namespace)), None);
}
