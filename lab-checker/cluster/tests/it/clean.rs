//! What `clean` finds and takes away, and what it leaves.

use cluster::{ClusterError, Maker, Owner, remains, remove, start_lab};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

const POLICIES: &str = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";
const RANGES: &str = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

/// A cluster that says which kinds it serves.
fn telling(api: Api) -> Api {
    let resource = |name: &str, kind: &str| json!({"name": name, "kind": kind, "verbs": ["list", "delete", "create"]});
    let group = |name: &str| json!({"name": name, "preferredVersion": {"groupVersion": name}});
    api.exactly(
        "GET /api/v1",
        json!({"resources": [
            resource("namespaces", "Namespace"), resource("configmaps", "ConfigMap"), resource("pods", "Pod"),
            resource("pods/log", "Pod"), resource("endpoints", "Endpoints"),
        ]}),
    )
    .exactly(
        "GET /apis",
        json!({"groups": [group("policy.networking.k8s.io/v1alpha2"), group("rbac.authorization.k8s.io/v1")]}),
    )
    .exactly(
        "GET /apis/policy.networking.k8s.io/v1alpha2",
        json!({"resources": [resource("clusternetworkpolicies", "ClusterNetworkPolicy")]}),
    )
    .exactly("GET /apis/rbac.authorization.k8s.io/v1", json!({"resources": [resource("clusterroles", "ClusterRole")]}))
}

fn object(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = namespace.into();
    }
    object
}

fn lab() -> Vec<Value> {
    vec![
        object("v1", "Namespace", None, "shop"),
        object("v1", "Pod", Some("shop"), "web"),
        object("v1", "ConfigMap", Some("default"), "settings"),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", None, "reader"),
        policy("guard", &json!({"namespaces": {}})),
    ]
}

fn policy(name: &str, subject: &Value) -> Value {
    let mut policy = object("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", None, name);
    policy["spec"] = json!({"tier": "Admin", "priority": 1, "subject": subject});
    policy
}

async fn found(api: &Api, learner: Option<&str>) -> Vec<String> {
    remains(&api.client(), learner).await.unwrap().objects().map(ToString::to_string).collect()
}

#[tokio::test]
async fn all_that_was_made_is_found_and_nothing_else() {
    let api = telling(Api::default());
    for (path, foreign) in [
        ("/api/v1/namespaces/theirs", object("v1", "Namespace", None, "theirs")),
        ("/api/v1/namespaces/default/configmaps/theirs", object("v1", "ConfigMap", Some("default"), "theirs")),
        (&*format!("{RANGES}/theirs"), object("rbac.authorization.k8s.io/v1", "ClusterRole", None, "theirs")),
        (&*format!("{POLICIES}/theirs"), policy("theirs", &json!({"namespaces": {}}))),
    ] {
        api.put(path, foreign);
    }
    assert!(found(&api, None).await.is_empty());
    start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap();
    let expected = ["ConfigMap default/settings", "ClusterNetworkPolicy guard", "ClusterRole reader", "Namespace shop"];
    assert_eq!(found(&api, None).await, expected);
    let written = api.diary().len();
    let left = remains(&api.client(), None).await.unwrap();
    remove(&api.client(), &left, |_| {}).await.unwrap();
    assert!(api.diary()[written..].iter().all(|line| line.starts_with("DELETE") && line.contains(" if uid-")));
    assert_eq!(api.diary().len() - written, expected.len());
    assert!(found(&api, None).await.is_empty());
    for path in ["/api/v1/namespaces/theirs", &*format!("{POLICIES}/theirs"), &*format!("{RANGES}/theirs")] {
        assert!(api.object(path).is_some(), "{path}");
    }
}

#[tokio::test]
async fn a_start_that_the_cluster_refuses_halfway_leaves_nothing_that_is_not_found() {
    let posts = ["/api/v1/namespaces/shop/pods", "/api/v1/namespaces/default/configmaps", RANGES, POLICIES];
    for path in posts {
        let api = telling(Api::default()).answer(&format!("POST {path}"), 403, refusal(403, "exceeded quota"));
        start_lab(&api.client(), "one", &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
        let left = remains(&api.client(), None).await.unwrap();
        assert!(!left.is_empty(), "{path}");
        remove(&api.client(), &left, |_| {}).await.unwrap();
        for (at, path) in [
            "/api/v1/namespaces/shop",
            "/api/v1/namespaces/default/configmaps/settings",
            &*format!("{RANGES}/reader"),
            &*format!("{POLICIES}/guard"),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(api.object(path), None, "{at}");
        }
    }
}

#[tokio::test]
async fn a_policy_that_is_about_labs_alone_and_came_after_them_is_a_learners_answer() {
    let at = |time: &str| Value::from(format!("2026-01-01T{time}Z"));
    let check = async |subject: Value, time: &str, goes: bool| {
        let api = telling(Api::default());
        start_lab(&api.client(), "one", &lab()[..2], Owner::Somebody, |_| {}).await.unwrap();
        api.change("/api/v1/namespaces/shop", |space| space["metadata"]["creationTimestamp"] = at("10:00:00"));
        let mut theirs = object("v1", "Namespace", None, "theirs");
        theirs["metadata"]["labels"] = json!({"team": "a"});
        api.put("/api/v1/namespaces/theirs", theirs);
        let mut answer = policy("answer", &subject);
        answer["metadata"]["creationTimestamp"] = at(time);
        let path = format!("{POLICIES}/answer");
        api.put(&path, answer);
        let expected: &[&str] =
            if goes { &["ClusterNetworkPolicy answer", "Namespace shop"] } else { &["Namespace shop"] };
        assert_eq!(found(&api, None).await, expected, "{subject} {time}");
        // The next lab would be decided by it.
        start_lab(&api.client(), "two", &[object("v1", "Namespace", None, "next")], Owner::Somebody, |_| {})
            .await
            .unwrap();
        assert_eq!(api.object(&path).is_none(), goes, "{subject} {time}");
    };
    let of = |name: &str| json!({"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": name}}});
    check(of("shop"), "10:00:05", true).await;
    check(
        json!({"pods": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, "podSelector": {}}}),
        "10:00:00",
        true,
    )
    .await;
    check(of("shop"), "09:59:59", false).await;
    check(of("theirs"), "10:00:05", false).await;
    check(of("nowhere"), "10:00:05", false).await;
    check(json!({"namespaces": {}}), "10:00:05", false).await;
    check(json!({"namespaces": {"matchLabels": {"team": "a"}}}), "10:00:05", false).await;
}

#[tokio::test]
async fn what_another_learner_has_made_in_a_shared_cluster_stays() {
    let api = telling(Api::default());
    let maker = |learner| Maker { lab: "one", learner: Some(learner), prefix: None };
    start_lab(&api.client(), maker("ada"), &lab(), Owner::Somebody, |_| {}).await.unwrap();
    let written = api.diary().len();
    let error = start_lab(&api.client(), maker("bob"), &lab(), Owner::Somebody, |_| {}).await.unwrap_err();
    assert!(matches!(error, ClusterError::Learners { .. }), "{error}");
    let other = [object("v1", "Namespace", None, "bobs")];
    start_lab(&api.client(), maker("bob"), &other, Owner::Somebody, |_| {}).await.unwrap();
    assert!(api.diary()[written..].iter().all(|line| !line.starts_with("DELETE")), "{:?}", api.diary());
    assert_eq!(found(&api, Some("bob")).await, ["Namespace bobs"]);
    let left = remains(&api.client(), Some("bob")).await.unwrap();
    assert_eq!(left.of_others.len(), 4, "{left:?}");
    assert_eq!(found(&api, None).await.len(), 5);
    // Ada's own second start is hers.
    start_lab(&api.client(), maker("ada"), &lab(), Owner::Somebody, |_| {}).await.unwrap();
}

#[tokio::test]
async fn what_a_controller_made_is_left_to_its_owner() {
    let api = telling(Api::default());
    let mut pod = object("v1", "Pod", Some("default"), "made");
    pod["metadata"]["labels"] = json!({"lab-checker/lab": "one"});
    pod["metadata"]["ownerReferences"] = json!([{"kind": "ReplicaSet", "name": "r"}]);
    api.put("/api/v1/namespaces/default/pods/made", pod);
    assert!(found(&api, None).await.is_empty());
}

#[tokio::test]
async fn kinds_that_may_not_be_listed_are_named() {
    let api = telling(Api::default()).answer(&format!("GET {RANGES}?"), 403, refusal(403, "no"));
    assert_eq!(remains(&api.client(), None).await.unwrap().unseen, ["ClusterRole"]);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_out_of_sight_is_named() {
    let labelled = "GET /apis/rbac.authorization.k8s.io/v1/clusterroles?";
    let group = "GET /apis/rbac.authorization.k8s.io/v1";
    for (request, code, body, unseen) in [
        (
            group,
            503,
            refusal(503, "the server is currently unable to handle the request"),
            "those of rbac.authorization.k8s.io/v1",
        ),
        (labelled, 403, refusal(403, "forbidden"), "ClusterRole"),
        (labelled, 500, refusal(500, "etcdserver: request timed out"), "ClusterRole"),
        (labelled, 200, json!({"message": "log in first"}), "ClusterRole"),
    ] {
        let api = telling(Api::default().answer(request, code, body));
        assert_eq!(remains(&api.client(), None).await.unwrap().unseen, [unseen], "{code}");
    }
}
