//! The line of a text that decides a flow.

use manifest::{Places, Source, lower, parse};
use netpol::{Engine, Explanation, Flow};

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]}
";

/// What is said of web → db at 5432 under a policy in a text of its own.
fn explained(file: &str, policy: &str) -> Explanation {
    let mut objects = parse("pods.yaml", PODS).objects;
    let parsed = parse(file, policy);
    assert_eq!(parsed.diagnostics, []);
    objects.extend(parsed.objects);
    let values: Vec<_> = objects.iter().map(|object| object.value.clone()).collect();
    let flow = Flow { from: "shop/web".parse().unwrap(), to: "shop/db:5432".parse().unwrap() };
    let mut explanation = Engine::new(lower(&values, Source::Files).unwrap()).explain(&flow).unwrap();
    Places::of(&objects, "default").locate_in(&mut explanation);
    explanation
}

/// The text that the first decision points at, from there to the end of its line.
fn pointed_at(policy: &str) -> (String, usize) {
    let explanation = explained("policy.yaml", policy);
    let place = explanation.decided_by[0].place.clone().expect("a place");
    assert_eq!(place.file.as_deref(), Some("policy.yaml"));
    let line = policy.lines().nth(place.line - 1).unwrap();
    (line.chars().skip(place.column - 1).collect(), explanation.decided_by.len())
}

const HEAD: &str = "# The shop's database.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
";

#[test]
fn the_peer_the_port_the_rule_or_the_selector() {
    for (spec, text) in [
        (
            "  podSelector: {matchLabels: {app: db}}\n  ingress:\n    - from:\n        - podSelector: {matchLabels: \
             {app: ghost}}\n        - podSelector: {matchLabels: {app: web}}\n      ports: [{port: 5432}]\n",
            "podSelector: {matchLabels: {app: web}}",
        ),
        ("  podSelector: {}\n  ingress:\n    - ports:\n        - port: 80\n        - port: 5432\n", "port: 5432"),
        ("  podSelector: {}\n  ingress:\n    - ports: [{port: 80}]\n    - {}\n", "{}"),
        ("  podSelector:\n    matchLabels: {app: db}\n  policyTypes: [Ingress]\n", "matchLabels: {app: db}"),
        // Without a podSelector it is the spec's own line.
        ("  policyTypes: [Ingress]\n", "spec:"),
    ] {
        let (found, decisions) = pointed_at(&format!("{HEAD}{spec}"));
        assert_eq!((found.as_str(), decisions), (text, 1), "{spec}");
    }
}

#[test]
fn a_policy_of_the_whole_cluster_has_a_place_too() {
    let policy = "apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: wall}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  ingress:
    - action: Deny
      from:
        - namespaces: {matchLabels: {kubernetes.io/metadata.name: ghost}}
        - namespaces: {}
";
    assert_eq!(pointed_at(policy).0, "namespaces: {}");
}

#[test]
fn the_later_of_two_documents_and_of_a_list_and_of_json() {
    let twice = format!("{HEAD}  ingress: [{{}}]\n---\n{HEAD}  ingress:\n  - {{}}\n");
    let parsed = parse("policy.yaml", &twice);
    let place = Places::of(&parsed.objects, "default").place("shop/db", "spec.ingress[0]").unwrap();
    assert_eq!((place.line, place.column), (14, 5));
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  \
                metadata: {name: db, namespace: shop}\n  spec:\n    podSelector: {}\n    ingress:\n    - {}\n";
    assert_eq!(pointed_at(list).0, "{}");
    let json = "{\n  \"apiVersion\": \"networking.k8s.io/v1\",\n  \"kind\": \"NetworkPolicy\",\n  \"metadata\": \
                {\"name\": \"db\", \"namespace\": \"shop\"},\n  \"spec\": {\"podSelector\": {},\n    \"ingress\": \
                [{}]}\n}\n";
    assert_eq!(pointed_at(json).0, "{}]}");
}

#[test]
fn a_namespace_that_is_left_out_is_that_of_the_reader() {
    let text = format!("{HEAD}  ingress: [{{}}]\n").replace(", namespace: shop", "");
    let objects = parse("", &text).objects;
    let place = |namespace: &str, policy: &str| Places::of(&objects, namespace).place(policy, "spec.ingress[0]");
    assert_eq!(place("shop", "default/db"), None);
    assert_eq!(place("default", "default/db").unwrap().to_string(), "line 6");
    assert_eq!(place("shop", "shop/db").unwrap().line, 6);
}
