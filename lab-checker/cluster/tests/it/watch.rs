//! What watches hold: what the cluster holds, whatever happens to it between.

use std::time::Duration;

use cluster::{ClusterError, Live};
use serde_json::{Value, json};

use crate::watched::Watched;

const POD: &str = "/api/v1/namespaces/shop/pods/web";
const POLICY: &str = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/deny";

fn cluster() -> Watched {
    let cluster = Watched::default();
    cluster.apply("/api/v1/namespaces/shop", json!({"metadata": {"labels": {"team": "a"}}}));
    cluster.apply(POD, json!({"spec": {}}));
    cluster
}

/// The names of what is held, as `Kind name`.
fn held(live: &Live) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let objects = live.reading().objects;
    objects.iter().map(|object| format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"]))).collect()
}

/// Whether nothing new is said for a while.
async fn is_quiet(live: &mut Live) -> bool {
    tokio::time::timeout(Duration::from_secs(20), live.changed()).await.is_err()
}

/// Waits until the cluster is told to be back, or to have changed.
async fn told(live: &mut Live) {
    while live.changed().await.is_err() {}
}

#[tokio::test(start_paused = true)]
async fn changes_are_told_and_nothing_is_read_again() {
    let cluster = cluster();
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    assert_eq!(held(&live), ["Namespace shop", "Pod web"]);
    assert!(is_quiet(&mut live).await);
    cluster.asked();
    for number in 0..231 {
        let path = format!("/api/v1/namespaces/other/pods/{}", number % 7);
        cluster.apply(&path, json!({"metadata": {"annotations": {"at": number.to_string()}}}));
        live.changed().await.unwrap();
    }
    cluster.apply(POLICY, json!({"spec": {"podSelector": {}}}));
    live.changed().await.unwrap();
    assert_eq!(held(&live).len(), 2 + 7 + 1);
    let policy = live.reading().objects.pop().unwrap();
    assert_eq!((&policy["apiVersion"], &policy["kind"]), (&"networking.k8s.io/v1".into(), &"NetworkPolicy".into()));
    cluster.delete(POLICY);
    live.changed().await.unwrap();
    assert_eq!(held(&live).len(), 2 + 7);
    assert_eq!(cluster.asked(), Vec::<String>::new(), "a change costs no request");
}

#[tokio::test(start_paused = true)]
async fn what_says_the_same_is_no_change_and_a_burst_is_one() {
    let cluster = cluster();
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    cluster.apply(POD, json!({"spec": {}, "metadata": {"managedFields": [{"manager": "kubelet"}]}}));
    assert!(is_quiet(&mut live).await);
    for number in 0..5 {
        cluster.apply(POD, json!({"spec": {"number": number}}));
    }
    live.changed().await.unwrap();
    assert!(is_quiet(&mut live).await);
    let reading = live.reading();
    assert_eq!(reading.objects[1]["spec"]["number"], 4);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_comes_back_is_watched_on() {
    let cluster = cluster();
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    cluster.away(true);
    for _ in 0..3 {
        let error = live.changed().await.unwrap_err();
        assert!(error.is_unreachable(), "{error}");
    }
    cluster.away(false);
    cluster.apply(POLICY, json!({"spec": {}}));
    told(&mut live).await;
    assert_eq!(held(&live), ["Namespace shop", "Pod web", "NetworkPolicy deny"]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_has_forgotten_what_was_is_read_anew() {
    let cluster = cluster();
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    cluster.break_off();
    cluster.delete(POD);
    cluster.apply(POLICY, json!({"spec": {}}));
    cluster.forget();
    // It is no loss that anybody need hear of.
    live.changed().await.unwrap();
    while held(&live) != ["Namespace shop", "NetworkPolicy deny"] {
        live.changed().await.unwrap();
    }
    assert!(cluster.asked().contains(&"list /api/v1/pods".to_owned()));
    cluster.apply(POD, json!({"spec": {}}));
    live.changed().await.unwrap();
    assert!(held(&live).contains(&"Pod web".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_not_good_any_more_are_told_apart() {
    let cluster = cluster();
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    cluster.refuse(Some(401));
    cluster.break_off();
    let error = live.changed().await.unwrap_err();
    assert_eq!(error.code(), Some(401), "{error}");
    assert_eq!(Live::begin(&cluster.client(), |_| true).await.err().and_then(|error| error.code()), Some(401));
    cluster.refuse(None);
    cluster.apply(POLICY, json!({"spec": {}}));
    told(&mut live).await;
    while !held(&live).contains(&"NetworkPolicy deny".to_owned()) {
        live.changed().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn rights_in_one_namespace_are_enough_to_watch_it() {
    let cluster = cluster();
    cluster.only("shop");
    let refused = Live::begin(&cluster.client(), |_| true).await.err().unwrap();
    assert!(matches!(refused, ClusterError::Refused { code: 403, .. }), "{refused}");
    cluster.asked();
    let mut live = Live::begin_in(&cluster.client(), &["shop"], |_| true).await.unwrap();
    assert_eq!(held(&live), ["Namespace shop", "Pod web"], "its name is known, if not its labels");
    assert!(cluster.asked().iter().all(|asked| asked.contains("/namespaces/shop/")));
    let unread: Vec<_> = live.reading().unread.iter().map(|unread| unread.kind).collect();
    assert!(unread.contains(&"Namespace") && unread.contains(&"ClusterNetworkPolicy"), "{unread:?}");
    cluster.apply("/api/v1/namespaces/other/pods/b", json!({"spec": {}}));
    assert!(is_quiet(&mut live).await);
    cluster.apply(POLICY, json!({"spec": {}}));
    live.changed().await.unwrap();
    assert_eq!(held(&live).last().map(String::as_str), Some("NetworkPolicy deny"));
}

#[tokio::test(start_paused = true)]
async fn what_decides_is_watched_and_nothing_else() {
    let cluster = cluster();
    cluster.discovers("cilium.io", "CiliumNetworkPolicy", "ciliumnetworkpolicies");
    let mut live = Live::begin(&cluster.client(), |kind| kind.name != "ConfigMap").await.unwrap();
    assert!(is_quiet(&mut live).await);
    let mut watched = cluster.watched();
    watched.sort();
    let expected =
        ["ciliumnetworkpolicies", "customresourcedefinitions", "namespaces", "networkpolicies", "pods", "services"];
    assert_eq!(watched, expected);
    // What makes pods is read when it has made some.
    cluster.asked();
    cluster.apply("/apis/apps/v1/namespaces/shop/deployments/api", json!({"spec": {"replicas": 1}}));
    assert!(is_quiet(&mut live).await);
    let owner = json!([{"kind": "ReplicaSet", "name": "api-1", "uid": "1", "controller": true}]);
    cluster.apply("/api/v1/namespaces/shop/pods/api-1-x", json!({"metadata": {"ownerReferences": owner}}));
    live.changed().await.unwrap();
    assert!(held(&live).contains(&"Deployment api".to_owned()), "{:?}", held(&live));
    cluster.asked();
    cluster.apply("/api/v1/namespaces/shop/pods/api-1-y", json!({"metadata": {"ownerReferences": owner}}));
    live.changed().await.unwrap();
    assert_eq!(cluster.asked(), Vec::<String>::new(), "of the same owner nothing is new");
    // Where ClusterNetworkPolicies are served, they are watched.
    cluster.discovers("policy.networking.k8s.io", "ClusterNetworkPolicy", "clusternetworkpolicies");
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    assert!(is_quiet(&mut live).await);
    assert!(cluster.watched().contains(&"clusternetworkpolicies".to_owned()));
    assert!(!cluster.watched().contains(&"adminnetworkpolicies".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn who_may_list_and_not_watch_is_told_so_once_and_sees_changes_at_a_quiet_pace() {
    let cluster = cluster();
    cluster.unwatchable(true);
    let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    assert_eq!(held(&live), ["Namespace shop", "Pod web"]);
    live.changed().await.unwrap();
    let words = live.unwatched().unwrap();
    assert!(words.starts_with("these rights let list ") && words.contains("networkpolicies, pods"), "{words}");
    cluster.asked();
    tokio::time::timeout(Duration::from_secs(60), live.changed()).await.unwrap_err();
    assert_eq!(live.unwatched(), None);
    let lists = cluster.asked().iter().filter(|asked| *asked == "list /api/v1/pods").count();
    assert!((4..=6).contains(&lists), "{lists} lists in a minute");
    cluster.apply(POLICY, json!({"spec": {}}));
    live.changed().await.unwrap();
    assert_eq!(held(&live).last().map(String::as_str), Some("NetworkPolicy deny"));
    // What is lost beyond that is told as ever, and what comes back is taken up.
    cluster.refuse(Some(401));
    assert_eq!(live.changed().await.unwrap_err().code(), Some(401));
    cluster.refuse(None);
    cluster.unwatchable(false);
    told(&mut live).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    while tokio::time::timeout(Duration::from_secs(30), live.changed()).await.is_ok() {}
    assert!(cluster.watched().contains(&"pods".to_owned()), "rights that come are used");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_was_defined_a_moment_ago_is_waited_for() {
    let definition = |names: &str, served: bool| {
        json!({
            "spec": {"versions": [{"name": "v1alpha2", "served": served}]},
            "status": {"conditions": [{"type": "NamesAccepted", "status": names}]},
        })
    };
    const DEFINITION: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ciliumnetworkpolicies.cilium.io";
    for (names, served, comes, gaps) in [
        ("True", true, true, 0),
        // It is said when it does not come.
        ("True", true, false, 1),
        // Nobody need wait for what never comes.
        ("False", true, false, 0),
        ("True", false, false, 0),
    ] {
        let cluster = cluster();
        cluster.apply(DEFINITION, definition(names, served));
        cluster.apply("/apis/cilium.io/v1alpha2/namespaces/shop/ciliumnetworkpolicies/a", json!({}));
        let later = cluster.clone();
        if comes {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(3)).await;
                later.discovers("cilium.io", "CiliumNetworkPolicy", "ciliumnetworkpolicies");
            });
        }
        let began = tokio::time::Instant::now();
        let reading = cluster::read(&cluster.client()).await.unwrap();
        let found: Vec<_> = reading.others.unevaluated.iter().map(ToString::to_string).collect();
        let expected: &[&str] = if comes { &["1 CiliumNetworkPolicy was not evaluated: shop/a"] } else { &[] };
        assert_eq!((found, reading.others.unseen.len()), (expected.iter().map(|it| (*it).to_owned()).collect(), gaps));
        let waited = began.elapsed().as_secs();
        assert!(waited < 15 && (waited > 1 || !(names == "True" && served)), "{waited}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_of_policies_that_comes_or_goes_is_told() {
    let cluster = cluster();
    let path = |name: &str| format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
    for (name, told) in [
        ("widgets.example.org", false),
        ("ciliumnetworkpolicies.cilium.io", true),
        ("tiers.crd.antrea.io", true),
        ("clusternetworkpolicies.policy.networking.k8s.io", true),
    ] {
        let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
        assert!(is_quiet(&mut live).await && !live.is_stale());
        cluster.apply(&path(name), json!({"spec": {}}));
        assert_eq!((is_quiet(&mut live).await, live.is_stale()), (!told, told), "{name}");
        let mut live = Live::begin(&cluster.client(), |_| true).await.unwrap();
        assert!(is_quiet(&mut live).await && !live.is_stale(), "{name}");
        cluster.delete(&path(name));
        assert_eq!((is_quiet(&mut live).await, live.is_stale()), (!told, told), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn policies_in_a_version_that_is_not_read_are_told_by_a_watch_too() {
    let cluster = cluster();
    let definition =
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusternetworkpolicies.policy.networking.k8s.io";
    cluster.apply(definition, json!({"spec": {"versions": [{"name": "v1beta1", "served": true}]}}));
    cluster.discovers("policy.networking.k8s.io", "ClusterNetworkPolicy", "clusternetworkpolicies");
    cluster.not_served("/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies");
    let live = Live::begin(&cluster.client(), |_| true).await.unwrap();
    let told: Vec<_> = live.reading().unread.iter().map(|unread| unread.message.clone()).collect();
    assert_eq!(told, ["it serves them as v1beta1, and v1alpha2 is what is read here"]);
    let reading = cluster::read(&cluster.client()).await.unwrap();
    assert_eq!(reading.unread, live.reading().unread);
}
