//! Labs on a cluster: what is created, what is deleted, what is waited for, and which plugin is found.

use std::time::Duration;

use cluster::{ClusterError, Enforces, Owner, Progress, remove_lab, start_lab, wait_until_ready};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

fn object(kind: &str, namespace: Option<&str>, name: &str) -> Value {
    let api_version = match kind {
        "NetworkPolicy" => "networking.k8s.io/v1",
        "ClusterNetworkPolicy" => "policy.networking.k8s.io/v1alpha2",
        "Deployment" => "apps/v1",
        "ClusterRole" => "rbac.authorization.k8s.io/v1",
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

#[tokio::test(start_paused = true)]
async fn a_lab_is_created_namespaces_first() {
    let api = Api::default();
    let mut progress = Vec::new();
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |step| progress.push(step)).await.unwrap();
    assert_eq!(
        api.diary(),
        [
            "POST /api/v1/namespaces",
            "POST /api/v1/namespaces",
            "POST /api/v1/namespaces/shop/pods",
            "POST /apis/apps/v1/namespaces/dev/deployments",
            "POST /apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
            "POST /apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
        ]
    );
    for path in [
        "/api/v1/namespaces/dev",
        "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/deny",
        "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/guard",
    ] {
        assert_eq!(api.object(path).unwrap()["metadata"]["labels"]["lab-checker/lab"], "one", "{path}");
    }
    // What goes with its namespace looks as the lab's author wrote it.
    assert_eq!(api.object("/api/v1/namespaces/shop/pods/web").unwrap()["metadata"]["labels"], Value::Null);
    assert_eq!(progress.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_second_start_deletes_what_the_first_made_and_nothing_that_came_in_its_place() {
    let api = Api::default();
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    assert_eq!(
        api.diary()[6..10],
        [
            "DELETE /apis/networking.k8s.io/v1/namespaces/default/networkpolicies/deny if uid-5",
            "DELETE /apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/guard if uid-6",
            "DELETE /api/v1/namespaces/dev if uid-2",
            "DELETE /api/v1/namespaces/shop if uid-1",
        ]
    );
    assert!(api.diary()[10..].iter().all(|line| line.starts_with("POST")), "{:?}", api.diary());
    // Between looking and deleting, somebody has put an object of their own in the place of ours.
    for path in ["/api/v1/namespaces/shop", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/deny"] {
        let mut looked_at = api.object(path).unwrap();
        looked_at["metadata"]["uid"] = "uid-of-before".into();
        let api = api.clone().answer_once(&format!("GET {path}"), 200, looked_at);
        let error = start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
        assert!(matches!(error, ClusterError::Foreign { .. }), "{error}");
        assert!(api.object(path).is_some(), "{path}");
        start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_has_made_is_named_and_nothing_is_changed() {
    let cases = [
        (object("Namespace", None, "shop"), "/api/v1/namespaces/shop", "Namespace shop exists"),
        (object("Namespace", None, "dev"), "/api/v1/namespaces/dev", "Namespace dev exists"),
        (
            object("NetworkPolicy", Some("default"), "deny"),
            "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/deny",
            "NetworkPolicy default/deny exists",
        ),
        (
            object("ClusterNetworkPolicy", None, "guard"),
            "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/guard",
            "ClusterNetworkPolicy guard exists",
        ),
        (
            object("ClusterRole", None, "reader"),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/reader",
            "ClusterRole reader exists",
        ),
        (
            object("ConfigMap", Some("kube-system"), "coredns"),
            "/api/v1/namespaces/kube-system/configmaps/coredns",
            "ConfigMap kube-system/coredns exists",
        ),
        (object("Pod", Some("default"), "db"), "/api/v1/namespaces/default/pods/db", "Pod default/db exists"),
    ];
    let mut lab = lab();
    lab.extend(cases.iter().skip(4).map(|(object, ..)| object.clone()));
    for (foreign, path, words) in &cases {
        let api = Api::with(&[(path, foreign.clone())]);
        let error = start_lab(&api.client(), "one", &lab, Owner::Somebody, |_| {}).await.unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(api.diary().is_empty(), "{words}: {:?}", api.diary());
        remove_lab(&api.client(), &lab, Owner::Somebody, |_| {}).await.unwrap_err();
        assert!(api.object(path).is_some() && api.diary().is_empty(), "{words}: {:?}", api.diary());
        // In a practice cluster there is nobody else.
        start_lab(&api.client(), "one", &lab, Owner::Practice, |_| {}).await.unwrap();
    }
    let all: Vec<(&str, Value)> = cases.iter().map(|(object, path, _)| (*path, object.clone())).collect();
    let error = start_lab(&Api::with(&all).client(), "one", &lab, Owner::Somebody, |_| {}).await.unwrap_err();
    let ClusterError::Foreign { objects } = &error else { panic!("{error}") };
    assert_eq!(objects.len(), cases.len(), "{error}");
    assert!(!error.to_string().contains("delete"), "nobody is told to delete what is not ours: {error}");
}

#[tokio::test(start_paused = true)]
async fn a_label_of_our_own_makes_it_ours_and_an_annotation_does_not() {
    let mut namespace = object("Namespace", None, "shop");
    namespace["metadata"]["annotations"] = json!({"lab-checker/lab": "one"});
    let api = Api::with(&[("/api/v1/namespaces/shop", namespace.clone())]);
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
    namespace["metadata"]["labels"] = json!({"lab-checker/lab": "another"});
    let api = Api::with(&[("/api/v1/namespaces/shop", namespace)]);
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_object_that_appears_meanwhile_is_left_alone() {
    let path = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/deny";
    let api = Api::with(&[(path, object("NetworkPolicy", Some("default"), "deny"))]);
    let api = api.answer_once(&format!("GET {path}"), 404, refusal(404, "not found"));
    let error = start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
    assert!(matches!(&error, ClusterError::Foreign { .. }), "{error}");
    assert!(!api.diary().iter().any(|line| line.starts_with("DELETE")), "{:?}", api.diary());
    assert_eq!(api.object(path).unwrap()["metadata"]["labels"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_namespace_is_given_time_for_its_service_account() {
    let message = "pods \"web\" is forbidden: error looking up service account shop/default: serviceaccount \"default\" not found";
    let api = Api::default().answer_once("POST /api/v1/namespaces/shop/pods", 403, refusal(403, message));
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    let pods = "/api/v1/namespaces/shop/pods";
    assert_eq!(api.object(&format!("{pods}/web")).map(|pod| pod["metadata"]["name"].clone()), Some("web".into()));
    let made = api.diary().iter().filter(|line| **line == format!("POST {pods}")).count();
    assert_eq!(made, 1, "it is refused once, and then made once: {:?}", api.diary());
}

#[tokio::test(start_paused = true)]
async fn pods_that_do_not_start_are_named_with_the_reason() {
    let waiting =
        json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]});
    let mut pod = object("Pod", Some("shop"), "web");
    pod["status"] = waiting;
    let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", pod)]);
    let mut progress = Vec::new();
    let error = wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(1), |step| progress.push(step)).await;
    assert_eq!(error.unwrap_err().to_string(), "pod shop/web is not ready: ErrImagePull within 1 seconds");
    assert_eq!(progress, [Progress::Starting { ready: 0, pods: 1 }]);
}

#[tokio::test(start_paused = true)]
async fn the_reason_is_told_and_not_the_symptom() {
    let check = async |status: Value, words: &str| {
        let mut pod = object("Pod", Some("shop"), "web");
        pod["status"] = status;
        let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", pod)]);
        let error =
            wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(1), |_| {}).await.unwrap_err().to_string();
        assert_eq!(error, format!("pod shop/web is not ready: {words} within 1 seconds"));
    };
    let waiting = |reason: &str, message: &str| json!([{"state": {"waiting": {"reason": reason, "message": message}}}]);
    check(
        json!({"phase": "Pending", "containerStatuses": waiting("ImagePullBackOff", "Back-off pulling image \"a\"")}),
        "ImagePullBackOff: Back-off pulling image \"a\"",
    )
    .await;
    check(
        json!({"phase": "Pending", "initContainerStatuses": waiting("ErrImagePull", "not found"), "containerStatuses": waiting("PodInitializing", "")}),
        "ErrImagePull: not found",
    )
    .await;
    let unschedulable = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 node(s) were unschedulable."}]);
    check(
        json!({"phase": "Pending", "conditions": unschedulable}),
        "Unschedulable: 0/1 nodes are available: 1 node(s) were unschedulable.",
    )
    .await;
    check(json!({"phase": "Pending"}), "Pending").await;
}

#[tokio::test(start_paused = true)]
async fn workloads_whose_pods_are_refused_are_waited_for_and_say_why() {
    let mut deployment = object("Deployment", Some("dev"), "tool");
    deployment["spec"] = json!({"replicas": 2});
    let message = "pods \"tool-1\" is forbidden: exceeded quota: small";
    deployment["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]});
    let path = "/apis/apps/v1/namespaces/dev/deployments/tool";
    let api = Api::with(&[(path, deployment)]);
    let error =
        wait_until_ready(&api.client(), &lab(), Duration::from_millis(300), |_| {}).await.unwrap_err().to_string();
    assert!(error.starts_with("Deployment dev/tool has 0 of 2 pods ready: FailedCreate: pods"), "{error}");
    api.change(path, |deployment| deployment["status"] = json!({"readyReplicas": 2}));
    wait_until_ready(&api.client(), &lab(), Duration::from_secs(30), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn ready_and_finished_pods_are_not_waited_for() {
    let mut ready = object("Pod", Some("shop"), "web");
    ready["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    let mut finished = object("Pod", Some("shop"), "job");
    finished["status"] = json!({"phase": "Succeeded"});
    let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", ready), ("/api/v1/namespaces/shop/pods/job", finished)]);
    wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(30), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn in_namespaces_of_others_only_the_labs_own_pods_are_waited_for() {
    let pending = |name: &str| {
        let mut pod = object("Pod", Some("default"), name);
        pod["status"] = json!({"phase": "Pending"});
        pod
    };
    let api = Api::with(&[("/api/v1/namespaces/default/pods/theirs", pending("theirs"))]);
    let wait = |api: &Api| {
        let client = api.client();
        async move {
            wait_until_ready(&client, &[object("Pod", Some("default"), "own")], Duration::from_secs(1), |_| {}).await
        }
    };
    wait(&api).await.unwrap();
    let api = Api::with(&[("/api/v1/namespaces/default/pods/own", pending("own"))]);
    let error = wait(&api).await.unwrap_err().to_string();
    assert!(error.starts_with("pod default/own is not ready"), "{error}");
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn whether_a_cluster_enforces_is_told_from_all_that_runs() {
    let set = |name: &str| object("DaemonSet", Some("kube-system"), name);
    let check = async |sets: &[Value], version: &str, expected| {
        let mut node = object("Node", None, "one");
        node["status"] = json!({"nodeInfo": {"kubeletVersion": version}});
        let paths: Vec<String> = sets
            .iter()
            .map(|set| {
                format!("/apis/apps/v1/namespaces/kube-system/daemonsets/{}", set["metadata"]["name"].as_str().unwrap())
            })
            .collect();
        let mut objects: Vec<(&str, Value)> = paths.iter().map(String::as_str).zip(sets.iter().cloned()).collect();
        objects.push(("/api/v1/nodes/one", node));
        let plugins = cluster::network_plugins(&Api::with(&objects).client()).await.unwrap();
        assert_eq!(cluster::enforces(&plugins), expected, "{sets:?} {version}");
    };
    let (plain, flannel) = ("v1.36.2", set("kube-flannel-ds"));
    check(&[], plain, Enforces::Unknown).await;
    check(&[], "v1.36.2+k3s1", Enforces::Yes).await;
    check(&[set("calico-node")], plain, Enforces::Yes).await;
    check(&[set("kindnet")], plain, Enforces::Unknown).await;
    // What runs nowhere, or was told not to, enforces nothing.
    let status = |desired: u64, ready: u64| {
        let mut set = set("calico-node");
        set["status"] = json!({"desiredNumberScheduled": desired, "numberReady": ready});
        set
    };
    check(&[status(0, 0)], plain, Enforces::Unknown).await;
    check(&[status(3, 0)], plain, Enforces::Unknown).await;
    check(&[status(3, 2)], plain, Enforces::Yes).await;
    for field in ["args", "command"] {
        let mut router = set("kube-router");
        router["spec"] =
            json!({"template": {"spec": {"containers": [{field: ["--run-router=true", "--run-firewall=false"]}]}}});
        check(&[router], plain, Enforces::No).await;
    }
    let alone = std::slice::from_ref(&flannel);
    check(alone, plain, Enforces::No).await;
    check(alone, "v1.36.2+k3s1", Enforces::Yes).await;
    check(&[flannel.clone(), set("canal")], plain, Enforces::Yes).await;
    check(&[flannel.clone(), set("kube-router")], plain, Enforces::Yes).await;
    check(&[flannel.clone(), set("kindnet")], plain, Enforces::Unknown).await;
    let mut helped = flannel.clone();
    helped["spec"] = json!({"template": {"spec": {"containers": [{"image": "registry.k8s.io/networking/kube-network-policies:v0.7.0"}]}}});
    check(&[helped], plain, Enforces::Yes).await;
}

#[tokio::test(start_paused = true)]
async fn cluster_wide_policies_of_others_stay_except_on_a_practice_cluster() {
    let path = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";
    let (learners, earlier) = (format!("{path}/mine"), format!("{path}/earlier"));
    let mut marked = object("ClusterNetworkPolicy", None, "earlier");
    marked["metadata"]["labels"] = json!({"lab-checker/lab": "two"});
    let objects = [(learners.as_str(), object("ClusterNetworkPolicy", None, "mine")), (earlier.as_str(), marked)];
    let api = Api::with(&objects);
    start_lab(&api.client(), "one", &lab()[..2], Owner::Somebody, |_| {}).await.unwrap();
    assert!(api.object(&learners).is_some() && api.object(&earlier).is_none());
    start_lab(&api.client(), "one", &lab()[..2], Owner::Practice, |_| {}).await.unwrap();
    assert!(api.object(&learners).is_none());
}

/// A warning about an object, as a cluster keeps it.
fn warning(number: usize, about: (&str, &str), reason: &str, message: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message,
        "metadata": {"name": format!("event-{number}")}, "lastTimestamp": format!("2026-11-01T00:00:0{number}Z"),
        "involvedObject": {"kind": about.0, "name": about.1},
    })
}

#[tokio::test(start_paused = true)]
async fn what_keeps_a_pod_is_told_from_the_clusters_events() {
    for (reason, message) in [
        ("FailedMount", "MountVolume.SetUp failed for volume \"settings\": configmap \"settings\" not found"),
        ("FailedScheduling", "0/3 nodes are available: 3 node(s) were unschedulable."),
        ("Failed", "Failed to pull image \"nowhere/agnhost\": not found"),
        ("FailedCreatePodSandBox", "plugin type=\"calico\" failed (add): no address"),
    ] {
        let mut pod = object("Pod", Some("shop"), "web");
        pod["status"] =
            json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]});
        let mut fine = warning(9, ("Pod", "web"), "Pulled", "all is well");
        fine["type"] = "Normal".into();
        let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", pod)]);
        for (number, event) in [
            warning(1, ("Pod", "web"), "Older", "long ago"),
            warning(2, ("Pod", "web"), reason, message),
            warning(3, ("Pod", "web-2"), "Other", "another pod"),
            fine,
        ]
        .into_iter()
        .enumerate()
        {
            api.put(&format!("/api/v1/namespaces/shop/events/{number}"), event);
        }
        let error =
            wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(1), |_| {}).await.unwrap_err().to_string();
        let words = format!("pod shop/web is not ready: ContainerCreating; {reason}: {message} within 1 seconds");
        assert_eq!(error, words);
    }
}

#[tokio::test(start_paused = true)]
async fn what_keeps_the_pods_of_a_workload_is_told_from_what_made_them() {
    let path = "/apis/apps/v1/namespaces/dev/deployments/tool";
    for (about, message) in [
        (("ReplicaSet", "tool-7d9f"), "pods \"tool-7d9f-x\" is forbidden: violates PodSecurity \"restricted:latest\""),
        (("Pod", "tool-7d9f-x"), "admission webhook \"policy.example.org\" denied the request: no label `owner`"),
        (("Deployment", "tool"), "exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4"),
    ] {
        let mut deployment = object("Deployment", Some("dev"), "tool");
        deployment["spec"] = json!({"replicas": 1});
        let api = Api::with(&[(path, deployment)]);
        api.put("/api/v1/namespaces/dev/events/a", warning(1, about, "FailedCreate", message));
        api.put("/api/v1/namespaces/dev/events/b", warning(2, ("ReplicaSet", "toolbox-1"), "FailedCreate", "another"));
        let error =
            wait_until_ready(&api.client(), &lab(), Duration::from_secs(1), |_| {}).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("Deployment dev/tool has 0 of 1 pods ready; FailedCreate: {message} within 1 seconds")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn events_that_may_not_be_read_are_done_without() {
    let mut pod = object("Pod", Some("shop"), "web");
    pod["status"] = json!({"phase": "Pending"});
    let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", pod)]);
    let api = api.answer("GET /api/v1/namespaces/shop/events", 403, refusal(403, "events is forbidden"));
    let error =
        wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(1), |_| {}).await.unwrap_err().to_string();
    assert_eq!(error, "pod shop/web is not ready: Pending within 1 seconds");
}

#[tokio::test(start_paused = true)]
async fn settings_that_switch_policies_off_are_believed() {
    for (key, value, expected) in [
        ("enable-policy", "never", Enforces::No),
        ("enable-policy", "default", Enforces::Yes),
        ("enable-k8s-networkpolicy", "false", Enforces::No),
        ("other", "never", Enforces::Yes),
    ] {
        let mut settings = object("ConfigMap", Some("cilium"), "cilium-config");
        settings["data"] = json!({key: value});
        let api = Api::with(&[
            ("/apis/apps/v1/namespaces/cilium/daemonsets/cilium", object("DaemonSet", Some("cilium"), "cilium")),
            ("/api/v1/namespaces/cilium/configmaps/cilium-config", settings),
        ]);
        let plugins = cluster::network_plugins(&api.client()).await.unwrap();
        assert_eq!(cluster::enforces(&plugins), expected, "{key}={value}");
        // Who may not look at them, or at nodes, is told what runs.
        let api = api.answer("GET /api/v1/", 403, refusal(403, "forbidden"));
        assert_eq!(cluster::enforces(&cluster::network_plugins(&api.client()).await.unwrap()), Enforces::Yes);
    }
    let mut node = object("Node", None, "one");
    node["status"] = json!({"nodeInfo": {"kubeletVersion": "v1.36.2+k3s1"}});
    node["metadata"]["annotations"] = json!({"k3s.io/node-args": "[\"server\",\"--disable-network-policy\"]"});
    let plugins = cluster::network_plugins(&Api::with(&[("/api/v1/nodes/one", node)]).client()).await.unwrap();
    assert_eq!(cluster::enforces(&plugins), Enforces::Unknown);
}

#[tokio::test(start_paused = true)]
async fn what_is_being_deleted_already_is_waited_for_and_what_keeps_it_is_told() {
    let api = Api::default();
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    let path = "/api/v1/namespaces/shop";
    api.change(path, |namespace| {
        namespace["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        namespace["metadata"]["finalizers"] = json!(["example.com/keep"]);
        namespace["status"] = json!({"conditions": [{
            "type": "NamespaceContentRemaining", "status": "True",
            "message": "Some resources are remaining: pods. has 1 resource instances",
        }]});
    });
    let busy = refusal(409, "The system is ensuring all content is removed from this namespace.");
    let stuck = api.clone().answer_once(&format!("DELETE {path}"), 409, busy.clone());
    // It is ours, whatever code an API server answers a second deletion with.
    let error = start_lab(&stuck.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
    let words = "Namespace shop was not deleted (Some resources are remaining: pods. has 1 resource instances; its \
                 finalizers are example.com/keep) within 120 seconds";
    assert_eq!(error.to_string(), words);
    // A refusal for another reason stays one.
    let api = Api::default();
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    let refused = api.answer(&format!("DELETE {path}"), 409, refusal(409, "a webhook says no"));
    let error = start_lab(&refused.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
    assert!(
        matches!(&error, ClusterError::Refused { code: 409, message, .. } if message == "a webhook says no"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_account_without_rights_is_not_one_that_is_not_there_yet() {
    let message = "pods is forbidden: User \"system:serviceaccount:ci:bot\" cannot create resource \"pods\" in API group \
                   \"\" in the namespace \"shop\"";
    let api = Api::default().answer("POST /api/v1/namespaces/shop/pods", 403, refusal(403, message));
    let began = tokio::time::Instant::now();
    let error = start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
    assert_eq!((error.code(), began.elapsed()), (Some(403), Duration::ZERO), "{error}");
    assert!(error.to_string().starts_with("the cluster refuses to create Pod shop/web: pods is forbidden"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_has_failed_is_not_ready_unless_another_takes_its_place() {
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."});
    let mut pod = object("Pod", Some("shop"), "web");
    pod["status"] = evicted;
    let wait = async |pod: &Value| {
        let api = Api::with(&[("/api/v1/namespaces/shop/pods/web", pod.clone())]);
        wait_until_ready(&api.client(), &lab()[..1], Duration::from_secs(1), |_| {}).await
    };
    let words =
        "pod shop/web is not ready: it has failed, Evicted: The node was low on resource: memory. within 1 seconds";
    assert_eq!(wait(&pod).await.unwrap_err().to_string(), words);
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "web", "uid": "1", "controller": true}]);
    wait(&pod).await.unwrap();
}
