//! Reading a cluster: pages, kinds that are missing or hidden, and clusters that do not answer.

use cluster::{ClusterError, Unread, objects, read};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

fn page(names: &[&str], next: &str) -> Value {
    let items: Vec<_> = names.iter().map(|name| json!({"metadata": {"name": name, "managedFields": [{}]}})).collect();
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": next}, "items": items})
}

fn names(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_items_made_whole() {
    let api = Api::default().answer("GET /api/v1/pods?limit=500&continue=a%2Fb", 200, page(&["c"], "")).answer(
        "GET /api/v1/pods?limit=500",
        200,
        page(&["a", "b"], "a/b"),
    );
    let objects = objects(&api.client()).await.unwrap();
    assert_eq!(names(&objects), ["a", "b", "c"]);
    assert_eq!(objects[0], json!({"metadata": {"name": "a"}, "apiVersion": "v1", "kind": "Pod"}));
}

#[tokio::test]
async fn a_list_that_lost_its_place_begins_again() {
    let api = Api::default()
        .answer_once("GET /api/v1/pods?limit=500&continue=x", 410, refusal(410, "expired"))
        .answer("GET /api/v1/pods?limit=500&continue=x", 200, page(&["b"], ""))
        .answer("GET /api/v1/pods?limit=500", 200, page(&["a"], "x"));
    assert_eq!(names(&objects(&api.client()).await.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn kinds_that_the_cluster_does_not_have_are_none() {
    let api = Api::default().answer("GET /apis/policy.networking.k8s.io/", 404, refusal(404, "not found"));
    let reading = read(&api.client()).await.unwrap();
    assert!(reading.objects.is_empty() && reading.unread.is_empty());
}

#[tokio::test]
async fn kinds_that_decide_and_may_not_be_read_are_named() {
    let api = Api::default()
        .answer("GET /apis/policy.networking.k8s.io/v1alpha2/", 403, refusal(403, "forbidden: cnp"))
        .answer("GET /api/v1/nodes", 403, refusal(403, "forbidden: nodes"));
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(reading.unread, [Unread { kind: "ClusterNetworkPolicy", message: "forbidden: cnp".to_owned() }]);
}

#[tokio::test]
async fn pods_that_may_not_be_read_are_a_refusal() {
    let api = Api::default().answer("GET /api/v1/pods", 403, refusal(403, "pods is forbidden"));
    let error = read(&api.client()).await.unwrap_err();
    assert_eq!(error.to_string(), "the cluster refuses to list pods: pods is forbidden");
    assert!(!error.is_unreachable() && error.code() == Some(403));
}

#[tokio::test]
async fn rights_in_one_namespace_are_enough_for_it() {
    let pod = |namespace: &str| json!({"kind": "Pod", "metadata": {"name": "a", "namespace": namespace}});
    let forbidden = |what: &str| refusal(403, &format!("{what} is forbidden"));
    let api = Api::with(&[
        (
            "/api/v1/namespaces/shop",
            json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "a"}}}),
        ),
        ("/api/v1/namespaces/shop/pods/a", pod("shop")),
        ("/api/v1/namespaces/dev/pods/a", pod("dev")),
    ]);
    let api = api
        .answer("GET /api/v1/pods", 403, forbidden("pods"))
        .answer("GET /api/v1/namespaces?", 403, forbidden("namespaces"))
        .answer("GET /api/v1/namespaces/dev/pods", 403, forbidden("pods"))
        .answer("GET /apis/networking.k8s.io/v1/networkpolicies", 403, forbidden("networkpolicies"))
        .answer("GET /apis/policy.networking.k8s.io/", 403, forbidden("clusternetworkpolicies"));
    read(&api.client()).await.unwrap_err();
    let reading = cluster::read_in(&api.client(), &["shop"]).await.unwrap();
    assert_eq!(names(&reading.objects), ["shop", "a"]);
    assert_eq!(reading.objects[0]["metadata"]["labels"]["team"], "a");
    let mut unread = reading.unread.iter().map(|unread| unread.kind);
    assert!(unread.any(|kind| kind == "ClusterNetworkPolicy"));
    assert_eq!(cluster::read_in(&api.client(), &["dev"]).await.unwrap_err().code(), Some(403));
}

#[tokio::test]
async fn a_namespace_whose_labels_are_hidden_has_its_name() {
    let api = Api::default().exactly_refused("GET /api/v1/namespaces/shop", "namespaces is forbidden");
    let reading = cluster::read_in(&api.client(), &["shop"]).await.unwrap();
    let labels = &reading.objects[0]["metadata"]["labels"];
    assert_eq!(labels, &json!({"kubernetes.io/metadata.name": "shop"}));
    assert_eq!(reading.unread, [Unread { kind: "Namespace", message: "namespaces is forbidden".to_owned() }]);
}

#[tokio::test]
async fn credentials_that_expired_are_said_to_be_so() {
    let api = Api::default().answer("GET ", 401, refusal(401, "Unauthorized"));
    let error = read(&api.client()).await.unwrap_err();
    assert!(error.to_string().ends_with("it does not accept these credentials; they may have expired"), "{error}");
}

#[tokio::test]
async fn no_answer_is_told_from_a_bad_one() {
    let service = tower::service_fn(|_: http::Request<kube::client::Body>| async {
        Err::<http::Response<http_body_util::Full<bytes::Bytes>>, _>(std::io::Error::other("nobody there"))
    });
    let error = objects(&kube::Client::new(service, "default")).await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(matches!(error, ClusterError::Unreachable { .. }));
}

/// What discovery says of a group: its kinds with their plurals.
fn group(name: &str, version: &str, kinds: &[(&str, &str)]) -> Value {
    let resources: Vec<_> = kinds
        .iter()
        .map(|(kind, plural)| json!({"resource": plural, "responseKind": {"kind": kind}, "verbs": ["list"]}))
        .collect();
    json!({"metadata": {"name": name}, "versions": [{"version": version, "freshness": "Current", "resources": resources}]})
}

/// Kubernetes' own groups, without objects: what discovery says comes after their answers.
fn kubernetes_alone() -> Api {
    Api::default()
        .answer("GET /apis/policy.networking.k8s.io/", 404, refusal(404, "not found"))
        .answer("GET /apis/networking.k8s.io/v1/networkpolicies", 200, page(&[], ""))
        .answer("GET /apis/apps/", 200, page(&[], ""))
        .answer("GET /apis/batch/", 200, page(&[], ""))
}

fn metadata(names: &[(&str, &str)]) -> Value {
    let items: Vec<_> =
        names.iter().map(|(namespace, name)| json!({"metadata": {"namespace": namespace, "name": name}})).collect();
    json!({"kind": "PartialObjectMetadataList", "metadata": {}, "items": items})
}

fn said(reading: &cluster::Reading) -> Vec<String> {
    let unevaluated = reading.others.unevaluated.iter().map(ToString::to_string);
    unevaluated.chain(reading.others.unseen.iter().cloned()).collect()
}

#[tokio::test]
async fn policies_of_other_makers_are_found_by_discovery() {
    let groups = json!({"kind": "APIGroupDiscoveryList", "items": [
        group("networking.k8s.io", "v1", &[("NetworkPolicy", "networkpolicies")]),
        group("cilium.io", "v2", &[("CiliumNetworkPolicy", "ciliumnetworkpolicies"), ("CiliumNode", "ciliumnodes")]),
        group("projectcalico.org", "v3", &[
            ("NetworkPolicy", "networkpolicies"),
            ("GlobalNetworkPolicy", "globalnetworkpolicies"),
            ("Tier", "tiers"),
        ]),
        group("crd.projectcalico.org", "v1", &[("GlobalNetworkPolicy", "globalnetworkpolicies")]),
        group("crd.antrea.io", "v1beta1", &[("ClusterNetworkPolicy", "clusternetworkpolicies")]),
        group("metal-stack.io", "v1", &[("ClusterwideNetworkPolicy", "clusterwidenetworkpolicies")]),
        group("security.istio.io", "v1", &[("AuthorizationPolicy", "authorizationpolicies")]),
    ]});
    let api = Api::default()
        .answer("GET /apis/policy.networking.k8s.io/", 404, refusal(404, "not found"))
        .answer("GET /apis/apps/", 200, page(&[], ""))
        .answer("GET /apis/batch/", 200, page(&[], ""))
        .answer(
            "GET /apis/cilium.io/v2/ciliumnetworkpolicies?limit=500",
            200,
            metadata(&[("shop", "a"), ("shop", "b")]),
        )
        .answer(
            "GET /apis/projectcalico.org/v3/networkpolicies?",
            200,
            metadata(&[("shop", "deny"), ("shop", "knp.default.web")]),
        )
        .answer("GET /apis/projectcalico.org/v3/globalnetworkpolicies?", 200, metadata(&[("", "g")]))
        .answer("GET /apis/projectcalico.org/v3/tiers?", 200, metadata(&[("", "default")]))
        .answer("GET /apis/crd.projectcalico.org/", 200, metadata(&[("", "default.g")]))
        .answer("GET /apis/crd.antrea.io/", 403, refusal(403, "forbidden: acnp"))
        .answer("GET /apis/metal-stack.io/v1/clusterwidenetworkpolicies?", 200, metadata(&[("", "wall")]))
        .answer("GET /apis/security.istio.io/", 404, refusal(404, "gone"))
        .answer("GET /apis/networking.k8s.io/v1/networkpolicies", 200, page(&["own"], ""))
        .answer("GET /apis", 200, groups);
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(
        said(&reading),
        [
            "2 CiliumNetworkPolicies were not evaluated: shop/a, shop/b",
            "1 Calico NetworkPolicy was not evaluated: shop/deny",
            "1 GlobalNetworkPolicy was not evaluated: g",
            "1 metal-stack.io ClusterwideNetworkPolicy was not evaluated: wall",
            "Antrea ClusterNetworkPolicies could not be looked at: forbidden: acnp",
        ]
    );
    assert_eq!(names(&reading.objects), ["own"]);
}

#[tokio::test]
async fn an_old_server_is_asked_group_by_group() {
    let groups = json!({"kind": "APIGroupList", "groups": [
        {"name": "apps", "preferredVersion": {"version": "v1"}},
        {"name": "cilium.io", "preferredVersion": {"version": "v2"}},
        {"name": "metrics.k8s.io", "preferredVersion": {"version": "v1beta1"}},
    ]});
    let resources = json!({"kind": "APIResourceList", "resources": [
        {"name": "ciliumnetworkpolicies", "kind": "CiliumNetworkPolicy"},
        {"name": "ciliumnetworkpolicies/status", "kind": "CiliumNetworkPolicy"},
    ]});
    let api = kubernetes_alone()
        .answer("GET /apis/cilium.io/v2/ciliumnetworkpolicies?", 200, metadata(&[("shop", "a")]))
        .answer("GET /apis/cilium.io/v2", 200, resources)
        .answer("GET /apis/metrics.k8s.io/", 503, refusal(503, "away"))
        .answer("GET /apis", 200, groups);
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(said(&reading), ["1 CiliumNetworkPolicy was not evaluated: shop/a"]);
}

#[tokio::test]
async fn what_the_cluster_does_not_show_of_other_makers_is_said() {
    let mut stale = group("projectcalico.org", "v3", &[]);
    stale["versions"][0]["freshness"] = json!("Stale");
    let api = kubernetes_alone().answer("GET /apis", 200, json!({"kind": "APIGroupDiscoveryList", "items": [stale]}));
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(
        said(&reading),
        ["policies of projectcalico.org could not be looked at: the API server that serves them is away"]
    );
}

#[tokio::test]
async fn a_discovery_that_is_refused_is_said() {
    let api = kubernetes_alone().answer("GET /apis", 403, refusal(403, "forbidden: discovery"));
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(
        said(&reading),
        ["whether there are policies of other kinds could not be looked at: forbidden: discovery"]
    );
}

/// What a list of a kind answers until it is served.
fn not_served() -> Value {
    refusal(404, "the server could not find the requested resource")
}

#[tokio::test(start_paused = true)]
async fn of_a_kind_that_is_not_served_it_is_said_why() {
    const DEFINITION: &str =
        "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusternetworkpolicies.policy.networking.k8s.io";
    const LIST: &str = "GET /apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";
    let definition = |version: &str| json!({"metadata": {}, "spec": {"versions": [{"name": version, "served": true}]}});
    let api = || Api::default().answer("GET /apis/policy.networking.k8s.io/v1alpha1", 404, not_served());
    let unread = |reading: &cluster::Reading| reading.unread.iter().map(|it| it.message.clone()).collect::<Vec<_>>();
    // Nobody has defined it.
    let reading = read(&api().answer(LIST, 404, not_served()).client()).await.unwrap();
    assert_eq!(unread(&reading), Vec::<String>::new());
    // It is served a moment later.
    let coming = (0..5)
        .fold(api().answer(DEFINITION, 200, definition("v1alpha2")), |api, _| api.answer_once(LIST, 404, not_served()));
    let reading = read(&coming.answer(LIST, 200, page(&["wall"], "")).client()).await.unwrap();
    assert_eq!((unread(&reading), names(&reading.objects)), (Vec::new(), vec!["wall"]));
    // It never is.
    let never = api().answer(DEFINITION, 200, definition("v1alpha2")).answer(LIST, 404, not_served());
    assert_eq!(unread(&read(&never.client()).await.unwrap()), ["they are defined, and it does not serve them yet"]);
    // A server of tomorrow.
    let other = api().answer(DEFINITION, 200, definition("v1beta1")).answer(LIST, 404, not_served());
    assert_eq!(
        unread(&read(&other.client()).await.unwrap()),
        ["it serves them as v1beta1, and v1alpha2 is what is read here"]
    );
    // Who may not look is told nothing, as before.
    let hidden = api().answer(DEFINITION, 403, refusal(403, "no")).answer(LIST, 404, not_served());
    assert_eq!(unread(&read(&hidden.client()).await.unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_no_kubernetes_api_is_told_and_never_taken_for_an_empty_cluster() {
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!("ok"),
        json!({"message": "please log in"}),
        json!({"items": "none"}),
        json!({"items": null}),
        json!({"kind": "Status", "status": "Success"}),
    ] {
        let error = objects(&Api::default().answer("GET ", 200, body.clone()).client()).await.unwrap_err();
        assert!(error.is_unreachable() && error.to_string().contains("not a Kubernetes API"), "{body}: {error}");
    }
    for page in ["<html><body>geheim</body></html>", "", "geheim", "{\"items\": [", "\u{feff}{}"] {
        let api = Api::default().says("GET ", 200, page);
        let error = objects(&api.client()).await.unwrap_err();
        assert!(error.is_unreachable() && !format!("{error:?}").contains("geheim"), "{page}: {error:?}");
    }
    // So Go writes an empty list.
    let empty = json!({"kind": "PodList", "metadata": {}, "items": null});
    let api = Api::default().answer("GET /api/", 200, empty.clone()).answer("GET /apis/", 200, empty);
    assert_eq!(objects(&api.client()).await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_list_that_never_keeps_its_place_is_read_in_one_piece() {
    let gone = refusal(410, "the provided continue parameter is too old");
    let api = kubernetes_alone()
        .answer("GET /api/v1/pods?limit=500&continue", 410, gone.clone())
        .answer("GET /api/v1/pods?limit=500", 200, page(&["a"], "next"))
        .answer("GET /api/v1/pods", 200, page(&["a", "b"], ""))
        .answer("GET /apis/cilium.io/v2/ciliumnetworkpolicies?limit=500&continue", 410, gone)
        .answer("GET /apis/cilium.io/v2/ciliumnetworkpolicies?limit=500", 200, page(&["a"], "next"))
        .answer("GET /apis/cilium.io/v2/ciliumnetworkpolicies", 200, metadata(&[("shop", "a"), ("shop", "b")]))
        .answer(
            "GET /apis",
            200,
            json!({"kind": "APIGroupDiscoveryList", "items": [
                group("cilium.io", "v2", &[("CiliumNetworkPolicy", "ciliumnetworkpolicies")]),
            ]}),
        );
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(names(&reading.objects), ["a", "b"]);
    assert_eq!(said(&reading), ["2 CiliumNetworkPolicies were not evaluated: shop/a, shop/b"]);
}
