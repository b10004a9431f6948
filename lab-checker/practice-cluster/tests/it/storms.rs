//! Workloads that ask for more than a practice cluster has room for: the object is accepted, as by a real API server,
//! pods are made as far as there is room, and the workload says why there are no more. One write stays small, whatever
//! it sets off.

use axum::http::{Method, StatusCode};
use futures::StreamExt as _;
use practice_cluster::{Limits, Options, World};
use serde_json::{Value, json};

use crate::api::Api;

const PODS: &str = "/api/v1/namespaces/default/pods";
const EVENTS: &str = "/api/v1/namespaces/default/events";
const MERGE: &str = "application/merge-patch+json";

/// So many pods have room in a cluster that nobody limited further, those of a fresh cluster included.
const ROOM: usize = 1_000;

fn path(kind: &str) -> String {
    let group = if kind == "Job" { "batch" } else { "apps" };
    format!("/apis/{group}/v1/namespaces/default/{}s", kind.to_lowercase())
}

fn workload(kind: &str, name: &str, spec: &Value) -> Value {
    let mut object = json!({
        "apiVersion": if kind == "Job" { "batch/v1" } else { "apps/v1" }, "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]},
        }},
    });
    if kind == "Job" {
        let pod = &mut object["spec"]["template"]["spec"];
        pod["restartPolicy"] = json!("Never");
        pod["containers"][0]["command"] = json!(["sleep", "infinity"]);
    } else {
        object["spec"]["selector"] = json!({"matchLabels": {"app": name}});
    }
    json_patch::merge(&mut object["spec"], spec);
    object
}

async fn with_room_for(pods: usize) -> Api {
    Api::with(Options { limits: Limits { pods, ..Limits::default() }, ..Options::default() }).await
}

async fn names(api: &Api, path: &str) -> Vec<String> {
    let (_, list) = api.get(path).await;
    let items = list["items"].as_array().expect("a list").iter();
    items.map(|item| item["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
}

async fn all_pods(api: &Api) -> usize {
    names(api, "/api/v1/pods").await.len()
}

async fn pods_of(api: &Api, app: &str) -> usize {
    names(api, &format!("{PODS}?labelSelector=app={app}")).await.len()
}

/// How many changes the cluster has seen.
async fn changes(api: &Api) -> u64 {
    let (_, list) = api.get("/api/v1/namespaces").await;
    list["metadata"]["resourceVersion"].as_str().expect("a revision").parse().expect("a number")
}

/// What is said of workloads for which there is no room.
async fn refusals(api: &Api) -> Vec<String> {
    let (_, list) = api.get(EVENTS).await;
    let events = list["items"].as_array().expect("a list").iter();
    let refused = events.filter(|event| event["reason"] == "FailedCreate" && event["type"] == "Warning");
    refused.map(|event| event["message"].as_str().expect("a message").to_owned()).collect()
}

async fn delete(api: &Api, path: &str) -> StatusCode {
    api.send(Method::DELETE, path, "", "").await.0
}

#[tokio::test]
async fn more_pods_than_there_is_room_for_of_every_workload() {
    let room = 60;
    let replicas = json!({"replicas": 3_000_000});
    for (kind, spec) in [
        ("Deployment", replicas.clone()),
        ("Deployment", json!({"replicas": i32::MAX, "strategy": {"rollingUpdate": {"maxSurge": i32::MAX}}})),
        ("Deployment", json!({"replicas": i32::MAX, "strategy": {"rollingUpdate": {"maxSurge": "2147483647%"}}})),
        ("ReplicaSet", replicas.clone()),
        ("StatefulSet", replicas),
        ("StatefulSet", json!({"replicas": 3_000_000, "podManagementPolicy": "Parallel"})),
        (
            "StatefulSet",
            json!({"replicas": i32::MAX, "podManagementPolicy": "Parallel", "volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}},
            ]}),
        ),
        ("Job", json!({"parallelism": 3_000_000, "completions": 3_000_000})),
        ("Job", json!({"parallelism": i32::MAX, "completions": i32::MAX, "completionMode": "Indexed"})),
    ] {
        let api = with_room_for(room).await;
        let (others, before) = (all_pods(&api).await, changes(&api).await);
        let (status, answer) = api.post(&path(kind), &workload(kind, "web", &spec)).await;
        assert_eq!(status, StatusCode::CREATED, "{kind} {spec}: {answer}");
        assert_eq!(pods_of(&api, "web").await + others, room, "{kind} {spec}");
        let took = changes(&api).await - before;
        assert!(took < 1_500, "{kind} {spec}: {took} changes");
        let said = refusals(&api).await;
        assert!(!said.is_empty() && said.len() <= 3, "{kind} {spec}: {said:?}");
        for text in said {
            assert!(text.ends_with("exceeded limit of 60 pods in a practice cluster"), "{kind} {spec}: {text}");
        }
        // Its status counts the pods that there are.
        let (_, stored) = api.get(&format!("{}/web", path(kind))).await;
        let field = if kind == "Job" { "active" } else { "replicas" };
        assert_eq!(stored["status"][field], room - others, "{kind} {spec}");
        let condition = |wanted: &str| {
            let conditions = stored["status"]["conditions"].as_array().into_iter().flatten();
            conditions.filter(|condition| condition["type"] == wanted).count()
        };
        if matches!(kind, "Deployment" | "ReplicaSet") {
            assert_eq!(condition("ReplicaFailure"), 1, "{kind} {spec}: {}", stored["status"]);
        }
        // And all of it goes again.
        assert_eq!(delete(&api, &format!("{}/web", path(kind))).await, StatusCode::OK);
        assert_eq!(pods_of(&api, "web").await, 0, "{kind} {spec}");
    }
}

#[tokio::test]
async fn a_job_says_once_that_there_is_no_room_however_many_of_its_pods_end() {
    let room = 40;
    let api = with_room_for(room).await;
    let others = all_pods(&api).await;
    let mut job = workload("Job", "job", &json!({"parallelism": 1_000, "completions": 1_000}));
    job["spec"]["template"]["spec"]["containers"][0]["command"] = json!(["true"]);
    assert_eq!(api.post(&path("Job"), &job).await.0, StatusCode::CREATED);
    let stored = || api.get("/apis/batch/v1/namespaces/default/jobs/job");
    while stored().await.1["status"]["succeeded"] != room - others {
        tokio::task::yield_now().await;
    }
    let said = refusals(&api).await;
    assert!(!said.is_empty() && said.len() <= 2, "{said:?}");
    // Room for others is room for it.
    let pods = names(&api, &format!("{PODS}?labelSelector=app=job")).await;
    delete(&api, &format!("{PODS}/{}", pods[0])).await;
    assert_eq!(pods_of(&api, "job").await, room - others);
}

#[tokio::test]
async fn a_full_cluster_takes_few_changes_and_works_on() {
    let api = Api::new().await;
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    });
    api.post("/api/v1/namespaces/default/services", &service).await;
    let before = changes(&api).await;
    let spec = json!({"replicas": 3_000_000, "podManagementPolicy": "Parallel"});
    let (status, _) = api.post(&path("StatefulSet"), &workload("StatefulSet", "web", &spec)).await;
    assert_eq!((status, all_pods(&api).await), (StatusCode::CREATED, ROOM));
    // Each pod changes a few times until it runs; the others that look at pods look once.
    let took = changes(&api).await - before;
    assert!(took < 20 * ROOM as u64, "{took} changes");
    let (_, endpoints) = api.get("/api/v1/namespaces/default/endpoints/web").await;
    let addresses = endpoints["subsets"][0]["addresses"].as_array().map_or(0, Vec::len);
    assert!(addresses > ROOM - 20, "{addresses}");
    // A pod of one's own has no room either, everything else has.
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mine"},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    });
    let (status, answer) = api.post(PODS, &pod).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
    assert_eq!(answer["message"], "pods \"mine\" is forbidden: exceeded limit of 1000 pods in a practice cluster");
    let (status, _) =
        api.patch(&format!("{}/web", path("StatefulSet")), MERGE, &json!({"spec": {"replicas": 2}})).await;
    assert_eq!((status, pods_of(&api, "web").await), (StatusCode::OK, 2));
    assert_eq!(api.post(PODS, &pod).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn who_waits_for_room_gets_it_when_somebody_goes() {
    let api = with_room_for(40).await;
    for name in ["first", "second", "third"] {
        let (status, _) = api.post(&path("Deployment"), &workload("Deployment", name, &json!({"replicas": 20}))).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let job = workload("Job", "job", &json!({"parallelism": 2, "completions": 2}));
    assert_eq!(api.post(&path("Job"), &job).await.0, StatusCode::CREATED);
    assert_eq!((pods_of(&api, "first").await, pods_of(&api, "third").await), (20, 0));
    delete(&api, &format!("{}/first", path("Deployment"))).await;
    assert_eq!((pods_of(&api, "second").await, all_pods(&api).await), (20, 40));
    delete(&api, &format!("{}/second", path("Deployment"))).await;
    assert_eq!((pods_of(&api, "third").await, pods_of(&api, "job").await), (20, 2));
    let (_, third) = api.get(&format!("{}/third", path("Deployment"))).await;
    assert_eq!(third["status"]["readyReplicas"], 20);
}

#[tokio::test]
async fn a_thousand_deployments_of_a_thousand_pods() {
    let api = with_room_for(50).await;
    for number in 0..1_000 {
        let web = workload("Deployment", &format!("web-{number}"), &json!({"replicas": 1_000}));
        let before = if number % 100 == 99 { Some(changes(&api).await) } else { None };
        assert_eq!(api.post(&path("Deployment"), &web).await.0, StatusCode::CREATED);
        if let Some(before) = before {
            let took = changes(&api).await - before;
            assert!(took < 30, "{took} changes for number {number}");
        }
    }
    assert_eq!(all_pods(&api).await, 50);
    // One that goes leaves its room to others, in one write that is not much larger.
    let before = changes(&api).await;
    delete(&api, &format!("{}/web-0", path("Deployment"))).await;
    let took = changes(&api).await - before;
    assert_eq!(all_pods(&api).await, 50);
    assert!(took < 6_000, "{took} changes");
}

#[tokio::test]
async fn rollouts_that_double_everything() {
    let image = |image: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}});
    let api = with_room_for(100).await;
    let surge = json!({"replicas": 60, "strategy": {"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": "25%"}}});
    api.post(&path("Deployment"), &workload("Deployment", "web", &surge)).await;
    let before = changes(&api).await;
    let (status, _) = api.patch(&format!("{}/web", path("Deployment")), MERGE, &image("nginx:1.29")).await;
    assert_eq!((status, pods_of(&api, "web").await), (StatusCode::OK, 60));
    let took = changes(&api).await - before;
    assert!(took < 3_000, "{took} changes");
    let (_, web) = api.get(&format!("{}/web", path("Deployment"))).await;
    assert_eq!((&web["status"]["updatedReplicas"], &web["status"]["readyReplicas"]), (&json!(60), &json!(60)));
    // The pods of a StatefulSet are replaced one after the other.
    delete(&api, &format!("{}/web", path("Deployment"))).await;
    api.post(&path("StatefulSet"), &workload("StatefulSet", "db", &json!({"replicas": 60}))).await;
    let before = changes(&api).await;
    api.patch(&format!("{}/db", path("StatefulSet")), MERGE, &image("nginx:1.29")).await;
    let took = changes(&api).await - before;
    assert!(took < 3_000, "{took} changes");
    let (_, db) = api.get(&format!("{}/db", path("StatefulSet"))).await;
    assert_eq!((&db["status"]["updatedReplicas"], &db["status"]["readyReplicas"]), (&json!(60), &json!(60)), "{db}");
    let (_, list) = api.get(&format!("{PODS}?labelSelector=app=db")).await;
    let new = |pod: &&Value| pod["spec"]["containers"][0]["image"] == "nginx:1.29";
    assert_eq!(list["items"].as_array().map(|pods| pods.iter().filter(new).count()), Some(60));
}

#[tokio::test(start_paused = true)]
async fn pods_of_a_hundred_kilobytes_do_not_fill_the_memory() {
    let api = Api::new().await;
    let text = "x".repeat(100_000);
    let large = json!({
        "replicas": 1_000,
        "template": {"spec": {"containers": [{"name": "c", "image": "nginx", "env": [{"name": "TEXT", "value": text}]}]}},
    });
    let before = changes(&api).await;
    let (status, answer) = api.post(&path("Deployment"), &workload("Deployment", "web", &large)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let first = pods_of(&api, "web").await;
    assert!((50..600).contains(&first), "{first}");
    assert!(changes(&api).await - before < 10_000);
    // The others follow in writes of their own, until there is no more room.
    let mut revisions = std::pin::pin!(api.clusters.changes(&api.id, &World::sandbox()).await.expect("changes"));
    while refusals(&api).await.is_empty() {
        revisions.next().await;
    }
    let said = refusals(&api).await;
    assert!(said.iter().all(|text| text.contains("this practice cluster is full")), "{said:?}");
    let pods = pods_of(&api, "web").await;
    assert!((500..700).contains(&pods), "{pods}");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_with_a_lot_in_it_goes_bit_by_bit() {
    let api = with_room_for(200).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "full"}});
    api.post("/api/v1/namespaces", &namespace).await;
    for number in 0..1_500 {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("map-{number}")}});
        api.post("/api/v1/namespaces/full/configmaps", &map).await;
    }
    let web = workload("Deployment", "web", &json!({"replicas": 150}));
    api.post("/apis/apps/v1/namespaces/full/deployments", &web).await;
    assert_eq!(delete(&api, "/api/v1/namespaces/full").await, StatusCode::OK);
    let mut revisions = std::pin::pin!(api.clusters.changes(&api.id, &World::sandbox()).await.expect("changes"));
    let mut seen = changes(&api).await;
    while api.get("/api/v1/namespaces/full").await.0 == StatusCode::OK {
        let now = changes(&api).await;
        assert!(now - seen < 4_000, "{} changes", now - seen);
        seen = now;
        revisions.next().await;
    }
    assert_eq!(names(&api, "/api/v1/namespaces/full/configmaps").await.len(), 0);
    assert_eq!(names(&api, "/api/v1/namespaces/full/pods").await.len(), 0);
}
