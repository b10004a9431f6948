//! Labs on a cluster: what is created, what is deleted, what is waited for, and which plugin is found.

use std::time::Duration;

use cluster::{ClusterError, Progress, remove_lab, start_lab, wait_until_ready};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

fn object(kind: &str, namespace: Option<&str>, name: &str) -> Value {
    let api_version = match kind {
        "NetworkPolicy" => "networking.k8s.io/v1",
        "ClusterNetworkPolicy" => "policy.networking.k8s.io/v1alpha2",
        "Deployment" => "apps/v1",
        _ => "v1",
    };
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": {}});
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = namespace.into();
    }
    object
}

fn lab() -> Vec<Value> {
    vec![
        object("Pod", Some("shop"), "web"),
        object("Namespace", None, "shop"),
        object("Deployment", Some("dev"), "tool"),
        object("NetworkPolicy", Some("default"), "deny"),
        object("ClusterNetworkPolicy", None, "guard"),
    ]
}

#[tokio::test]
async fn a_lab_is_created_namespaces_first() {
    let api = Api::default();
    let mut progress = Vec::new();
    start_lab(&api.client(), "one", &lab(), false, |step| progress.push(step)).await.unwrap();
    assert_eq!(
        api.diary(),
        [
            "DELETE /apis/networking.k8s.io/v1/namespaces/default/networkpolicies/deny",
            "DELETE /apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/guard",
            "POST /api/v1/namespaces",
            "POST /api/v1/namespaces",
            "POST /api/v1/namespaces/shop/pods",
            "POST /apis/apps/v1/namespaces/dev/deployments",
            "POST /apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
            "POST /apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
        ]
    );
    assert_eq!(api.object("/api/v1/namespaces/dev").unwrap()["metadata"]["annotations"]["lab-checker/lab"], "one");
    assert_eq!(progress.len(), 6);
    // A second start finds its own namespaces, and takes the lab's traces away first.
    start_lab(&api.client(), "one", &lab(), false, |_| {}).await.unwrap();
    let again = &api.diary()[8..];
    assert!(again.contains(&"DELETE /api/v1/namespaces/shop".to_owned()), "{again:?}");
    assert!(
        again.iter().position(|line| line.starts_with("POST"))
            > again.iter().rposition(|line| line.starts_with("DELETE"))
    );
}

#[tokio::test]
async fn a_namespace_of_somebody_else_is_left_alone() {
    let api = Api::with(&[("/api/v1/namespaces/shop", object("Namespace", None, "shop"))]);
    let error = start_lab(&api.client(), "one", &lab(), false, |_| {}).await.unwrap_err();
    assert!(matches!(&error, ClusterError::ForeignNamespace { name } if name == "shop"), "{error}");
    assert!(api.diary().is_empty());
    remove_lab(&api.client(), &lab(), false, |_| {}).await.unwrap_err();
    // In a practice cluster there is nobody else.
    start_lab(&api.client(), "one", &lab(), true, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_fresh_namespace_is_given_time_for_its_service_account() {
    let message = "pods \"web\" is forbidden: error looking up service account shop/default: serviceaccount \"default\" not found";
    let api = Api::default().answer_once("POST /api/v1/namespaces/shop/pods", 403, refusal(403, message));
    start_lab(&api.client(), "one", &lab(), false, |_| {}).await.unwrap();
    assert!(api.object("/api/v1/namespaces/shop/pods/web").is_some());
}

#[tokio::test]
async fn pods_that_do_not_start_are_named_with_the_reason() {
    let waiting =
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]});
    let mut pod = object("Pod", Some("shop"), "web");
    pod["status"] = waiting;
    let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", pod)]);
    let mut progress = Vec::new();
    let error = wait_until_ready(&api.client(), &lab()[..1], Duration::ZERO, |step| progress.push(step)).await;
    assert_eq!(error.unwrap_err().to_string(), "pod shop/web is not ready: ErrImagePull within 0 seconds");
    assert_eq!(progress, [Progress::Starting { ready: 0, pods: 1 }]);
}

#[tokio::test]
async fn ready_and_finished_pods_are_not_waited_for() {
    let mut ready = object("Pod", Some("shop"), "web");
    ready["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    let mut finished = object("Pod", Some("shop"), "job");
    finished["status"] = json!({"phase": "Succeeded"});
    let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", ready), ("/api/v1/namespaces/shop/pods/job", finished)]);
    wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(30), |_| {}).await.unwrap();
}

#[tokio::test]
async fn plugins_are_told_from_their_daemon_sets() {
    let set = |name: &str| object("DaemonSet", Some("kube-system"), name);
    let mut amazon = set("aws-node");
    amazon["spec"] = json!({"template": {"spec": {"containers": [{"args": ["--enable-network-policy=true"]}]}}});
    let api = Api::with(&[
        ("/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node", amazon),
        ("/apis/apps/v1/namespaces/kube-system/daemonsets/kube-flannel-ds", set("kube-flannel-ds")),
        ("/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy", set("kube-proxy")),
    ]);
    let found = cluster::network_plugins(&api.client()).await.unwrap();
    let found: Vec<_> = found.iter().map(|plugin| (plugin.name, plugin.enforces)).collect();
    assert_eq!(found[0], ("Amazon VPC CNI", cluster::Enforcement::Yes));
    assert!(matches!(found[1], ("Flannel", cluster::Enforcement::When(_))));
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn cluster_wide_policies_of_others_stay_except_on_a_practice_cluster() {
    let path = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";
    let (learners, earlier) = (format!("{path}/mine"), format!("{path}/earlier"));
    let mut marked = object("ClusterNetworkPolicy", None, "earlier");
    marked["metadata"]["annotations"] = json!({"lab-checker/lab": "two"});
    let objects = [(learners.as_str(), object("ClusterNetworkPolicy", None, "mine")), (earlier.as_str(), marked)];
    let api = Api::with(&objects);
    start_lab(&api.client(), "one", &lab()[..2], false, |_| {}).await.unwrap();
    assert!(api.object(&learners).is_some() && api.object(&earlier).is_none());
    start_lab(&api.client(), "one", &lab()[..2], true, |_| {}).await.unwrap();
    assert!(api.object(&learners).is_none());
}
