//! Lowering: workloads, addresses, defaults, and objects that cannot be lowered.

use netpol::{Pod, Snapshot};
use serde_json::Value;

use super::*;
use crate::parse;

#[track_caller]
fn files(text: &str) -> Snapshot {
    let parsed = parse("test.yaml", text);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    lower(&parsed.into_values(), Source::Files).unwrap()
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    snapshot.pods.iter().map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect()
}

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx, ports: [{name: http, containerPort: 80}]}]
";

#[test]
fn a_workload_is_one_pod_named_like_it() {
    let snapshot = files(DEPLOYMENT);
    assert_eq!(names(&snapshot), ["shop/web"]);
    assert_eq!(snapshot.pods[0].labels["app"], "web");
    assert_eq!(snapshot.pods[0].ports[0].number, 80);
    assert!(snapshot.pods.iter().all(Pod::is_endpoint));
    assert_eq!(snapshot.namespaces[0].labels["kubernetes.io/metadata.name"], "shop");
}

#[test]
fn a_workload_whose_pods_are_there_adds_none() {
    let text = format!(
        "{DEPLOYMENT}---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {{name: web-1, namespace: shop, ownerReferences: [{{apiVersion: apps/v1, uid: a, kind: Deployment, name: web, controller: true}}]}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: a, image: b}}]}}}}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web-1-x, namespace: shop, ownerReferences: [{{apiVersion: apps/v1, uid: b, kind: ReplicaSet, name: web-1, controller: true}}]}}\nspec: {{containers: [{{name: a, image: b}}]}}\n"
    );
    assert_eq!(names(&files(&text)), ["shop/web-1-x"]);
}

#[test]
fn two_workloads_of_one_name_are_two_pods() {
    let text =
        format!("{DEPLOYMENT}---{}", DEPLOYMENT.replace("Deployment", "DaemonSet").replace("  replicas: 3\n", ""));
    assert_eq!(names(&files(&text)), ["shop/web", "shop/web-daemonset"]);
}

#[test]
fn a_workload_scaled_to_zero_has_no_pod() {
    assert!(files(&DEPLOYMENT.replace("replicas: 3", "replicas: 0")).pods.is_empty());
}

#[test]
fn given_addresses_are_kept_and_others_do_not_depend_on_them() {
    let pod = |name: &str, status: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: a, image: b}}]}}\n{status}\n"
        )
    };
    let alone = files(&pod("a", ""));
    let given = alone.pods[0].addresses[0];
    let both = files(&(pod("b", "") + &pod("a", "")));
    assert_eq!(both.pods[1].addresses[0], given);
    // Somebody else has that address already: it is not given twice.
    let clash = files(&(pod("a", "") + &pod("b", &format!("status: {{podIPs: [{{ip: {given}}}]}}"))));
    assert_ne!(clash.pods[0].addresses, clash.pods[1].addresses);
}

#[test]
fn policy_types_default_as_the_api_server_does() {
    let policy = |spec: &str| {
        let snapshot = files(&format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\nspec: {spec}"
        ));
        (snapshot.policies[0].ingress.is_some(), snapshot.policies[0].egress.is_some())
    };
    assert_eq!(policy("{podSelector: {}}"), (true, false));
    assert_eq!(policy("{podSelector: {}, egress: []}"), (true, false));
    assert_eq!(policy("{podSelector: {}, egress: [{}]}"), (true, true));
    assert_eq!(policy("{podSelector: {}, policyTypes: [], egress: [{}]}"), (true, true));
    assert_eq!(policy("{podSelector: {}, policyTypes: [Egress], ingress: [{}]}"), (false, true));
}

#[test]
fn the_later_object_of_one_name_counts() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: '1'}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: '2'}}\n";
    let snapshot = files(text);
    assert_eq!(snapshot.namespaces.len(), 1);
    assert_eq!(snapshot.namespaces[0].labels["v"], "2");
}

#[test]
fn every_object_that_cannot_be_lowered_is_named() {
    let policy = |name: &str, spec: Value| serde_json::json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec});
    let objects = [
        policy("a", serde_json::json!({"ingress": [{"ports": [{"port": 0}]}]})),
        policy("b", serde_json::json!({"ingress": [{"from": [{}]}]})),
    ];
    let error = lower(&objects, Source::Cluster).unwrap_err();
    assert_eq!(
        error.to_string(),
        "NetworkPolicy default/a: spec.ingress[0].ports[0].port: 0 is not a port: ports are 1 to 65535; \
         NetworkPolicy default/b: spec.ingress[0].from[0]: this peer names nothing: use podSelector, namespaceSelector or ipBlock"
    );
}

#[test]
fn old_admin_policies_are_read_as_what_they_became() {
    let text = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec:\n  priority: 5\n  subject: {namespaces: {}}\n  ingress:\n  - {action: Allow, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}\n";
    let snapshot = files(text);
    let policy = &snapshot.cluster_policies[0];
    assert_eq!((policy.tier, policy.priority), (netpol::Tier::Admin, 5));
    assert_eq!(policy.ingress[0].action, netpol::Action::Accept);
    assert_eq!(
        policy.ingress[0].ports,
        [netpol::ClusterPort::Range { protocol: netpol::Protocol::Tcp, from: 80, to: 80 }]
    );
}

#[test]
fn a_label_without_a_value_is_the_empty_value() {
    let snapshot = files(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {matchLabels: {web}}}\n",
    );
    assert_eq!(snapshot.policies[0].pod_selector, netpol::Selector::labels([("web", "")]));
}
