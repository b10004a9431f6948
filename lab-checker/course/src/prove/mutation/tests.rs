//! Which changes there are, of small answers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::changes;

fn policy(spec: Value) -> Vec<Value> {
    vec![json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": spec,
    })]
}

fn start() -> Vec<Value> {
    let pod = |name: &str, port: Value| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
            "spec": {"containers": [{"name": "c", "image": "i", "ports": [port]}]}})
    };
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev"}}),
        pod("web", json!({"name": "http", "containerPort": 8080})),
        pod("db", json!({"name": "sql", "containerPort": 5432})),
    ]
}

/// Whether one of the changes of an answer by an operator has this as its only object.
#[track_caller]
fn assert_made(answer: &[Value], operator: &str, expected: &[Value]) {
    let made = changes(answer, &start());
    let by: Vec<_> = made.iter().filter(|change| change.operator == operator).collect();
    assert!(by.iter().any(|change| change.objects == expected), "{operator}: {by:#?}");
}

fn from(peers: Value) -> Value {
    json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": peers, "ports": [{"protocol": "TCP", "port": 8080}]}]})
}

#[test]
fn policies_and_rules_are_dropped_and_added() {
    let answer = policy(json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 80}]}]}));
    assert_made(&answer, "policy dropped", &[]);
    let rules = |rules: Value| policy(json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": rules}));
    assert_made(&answer, "rule dropped", &rules(json!([])));
    assert_made(&answer, "rule added", &rules(json!([{"ports": [{"port": 80}]}, {}])));
    assert_made(&answer, "rule added", &rules(json!([{"ports": [{"port": 80}]}, {"ports": [{"protocol": "UDP"}]}])));
    assert_made(&answer, "rule emptied", &rules(json!([{}])));
    let mut both = answer.clone();
    both[0]["spec"]["policyTypes"] = json!(["Ingress", "Egress"]);
    assert_made(&answer, "policyTypes added", &both);
    assert_made(&both, "policyTypes dropped", &answer);
    let mut moved = answer.clone();
    moved[0]["metadata"]["namespace"] = "kube-system".into();
    assert_made(&answer, "policy in another namespace", &moved);
}

#[test]
fn and_becomes_or_and_or_becomes_and() {
    let (pods, namespaces) = (json!({"matchLabels": {"app": "db"}}), json!({"matchLabels": {"team": "a"}}));
    let and = policy(from(json!([{"namespaceSelector": namespaces, "podSelector": pods}])));
    let or = policy(from(json!([{"namespaceSelector": namespaces}, {"podSelector": pods}])));
    assert_made(&and, "AND written as OR", &or);
    assert_made(&or, "OR written as AND", &and);
    assert_made(&and, "peer's selector dropped", &policy(from(json!([{"podSelector": pods}]))));
}

#[test]
fn ports_are_moved_and_widened_within_what_is_a_port() {
    let on = |port: Value| policy(json!({"podSelector": {}, "ingress": [{"ports": [port]}]}));
    let answer = on(json!({"protocol": "TCP", "port": 8080}));
    assert_made(&answer, "port widened", &on(json!({"protocol": "TCP", "port": 8080, "endPort": 8081})));
    assert_made(&answer, "port widened", &on(json!({"protocol": "TCP", "port": 8080, "endPort": 65535})));
    assert_made(&answer, "port moved", &on(json!({"protocol": "TCP", "port": 8081, "endPort": 8081})));
    assert_made(&answer, "protocol changed", &on(json!({"protocol": "UDP", "port": 8080})));
    assert_made(&answer, "number written as name", &on(json!({"protocol": "TCP", "port": "http"})));
    let named = on(json!({"protocol": "TCP", "port": "http"}));
    assert_made(&named, "name written as number", &on(json!({"protocol": "TCP", "port": 8080})));
}

#[test]
fn blocks_and_holes_change_their_size_and_place() {
    let block = |cidr: &str, except: &[&str]| policy(from(json!([{"ipBlock": {"cidr": cidr, "except": except}}])));
    let answer = block("203.0.113.0/24", &["203.0.113.128/25"]);
    assert_made(&answer, "block widened", &block("203.0.112.0/23", &["203.0.113.128/25"]));
    assert_made(&answer, "block shifted", &block("203.0.112.0/24", &["203.0.113.128/25"]));
    assert_made(&answer, "hole dropped", &block("203.0.113.0/24", &[]));
    assert_made(&answer, "hole halved", &block("203.0.113.0/24", &["203.0.113.128/26"]));
    assert_made(&answer, "hole shifted", &block("203.0.113.0/24", &["203.0.113.0/25"]));
    assert_made(&answer, "hole added", &block("203.0.113.0/24", &["203.0.113.128/25", "203.0.113.0/25"]));
    assert_made(
        &answer,
        "block written as its halves",
        &policy(from(json!([{"ipBlock": {"cidr": "203.0.113.0/25", "except": []}}]))),
    );
}

#[test]
fn selectors_are_emptied_and_their_labels_changed() {
    let answer = policy(json!({"podSelector": {"matchLabels": {"app": "web"}}}));
    let selecting = |selector: Value| policy(json!({"podSelector": selector}));
    assert_made(&answer, "selector emptied", &selecting(json!({})));
    assert_made(&answer, "label changed", &selecting(json!({"matchLabels": {"app": "db"}})));
    assert_made(&answer, "label added", &selecting(json!({"matchLabels": {"app": "web", "one-more": "label"}})));
    let listed = |operator: &str| {
        selecting(json!({"matchExpressions": [{"key": "app", "operator": operator, "values": ["web"]}]}))
    };
    assert_made(&listed("In"), "operator changed", &listed("NotIn"));
}

#[test]
fn cluster_policies_change_their_order_and_their_actions() {
    let policy = |tier: &str, actions: [&str; 2]| {
        let rules: Vec<Value> =
            actions.iter().map(|action| json!({"action": action, "from": [{"namespaces": {}}]})).collect();
        vec![json!({"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
            "metadata": {"name": "wall"},
            "spec": {"tier": tier, "priority": 10, "subject": {"namespaces": {}}, "ingress": rules}})]
    };
    let answer = policy("Admin", ["Accept", "Deny"]);
    assert_made(&answer, "tier changed", &policy("Baseline", ["Accept", "Deny"]));
    assert_made(&answer, "action changed", &policy("Admin", ["Pass", "Deny"]));
    assert_made(&answer, "order changed", &policy("Admin", ["Deny", "Accept"]));
}

#[test]
fn lists_lose_and_gain_lines() {
    let list = |text: &str| {
        vec![json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "findings", "namespace": "dev"},
            "data": {"reachable": text}})]
    };
    let answer = list("shop/web:8080\nshop/db:5432\n");
    assert_made(&answer, "line dropped", &list("shop/db:5432\n"));
    assert_made(&answer, "wrong port", &list("shop/db:5432\nshop/web:8081/TCP\n"));
    assert_made(&answer, "wrong protocol", &list("shop/db:5432\nshop/web:8080/UDP\n"));
    assert_made(&answer, "line added", &list("shop/web:8080\nshop/db:5432\nshop/web:5432/TCP\n"));
}

#[test]
fn labels_of_pods_change() {
    let pod = |labels: Value| {
        vec![json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels}, "spec": {}})]
    };
    let answer = pod(json!({"app": "web"}));
    assert_made(&answer, "label dropped", &pod(json!({})));
    assert_made(&answer, "label changed", &pod(json!({"app": "db"})));
}

#[test]
fn every_change_is_one_and_stands_once() {
    let answer = policy(from(json!([{"podSelector": {"matchLabels": {"app": "db"}}}])));
    let made = changes(&answer, &start());
    let texts: BTreeSet<String> = made.iter().map(|change| json!(change.objects).to_string()).collect();
    assert_eq!(texts.len(), made.len());
    assert!(!texts.contains(&json!(answer).to_string()));
    assert!(made.len() > 60, "{}", made.len());
    assert!(made.iter().all(|change| change.what.starts_with("NetworkPolicy shop/p")));
}
