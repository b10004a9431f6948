//! Two servers on one PostgreSQL: either serves any learner, practice clusters included, and no write is lost.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request, StatusCode};
use futures::{StreamExt, future::join_all};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::postgres::Postgres;
use crate::test_app::{TestApp, solution};

/// Two servers, the database under them, and the path of one learner's cluster.
struct Replicas {
    servers: [TestApp; 2],
    token: String,
    cluster: String,
    _postgres: Postgres,
}

/// A watch, read line by line.
struct Watch {
    body: BodyDataStream,
    read: Vec<u8>,
}

impl Replicas {
    /// Both start at the same moment, on an empty database.
    async fn start() -> Self {
        let postgres = Postgres::start();
        let address = postgres.database("course");
        let (first, second) = tokio::join!(TestApp::on_database(&address), TestApp::on_database(&address));
        let body = json!({"name": "Ada", "code": first.server.join_code});
        let enrolled = first.anonymous().post("/api/v1/learners", body).await;
        let token = enrolled.json()["token"].as_str().unwrap().to_owned();
        let kubeconfig = second.anonymous().with_token(&token).get("/api/v1/me/kubeconfig").await;
        let server = kubeconfig.json()["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
        let cluster = server[server.find("/clusters/").unwrap()..].to_owned();
        Self { servers: [first, second], token, cluster, _postgres: postgres }
    }

    async fn send(&self, server: usize, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.cluster))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.servers[server].server.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn watch(&self, server: usize, path: &str) -> Watch {
        let uri = format!("{}{path}", self.cluster);
        let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        let response = self.servers[server].server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Watch { body: response.into_body().into_data_stream(), read: Vec::new() }
    }
}

impl Watch {
    async fn event(&mut self) -> Value {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return serde_json::from_slice(&line).unwrap();
            }
            let chunk = tokio::time::timeout(Duration::from_secs(60), self.body.next()).await;
            self.read.extend(chunk.expect("an event").expect("the watch goes on").unwrap());
        }
    }
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str, count: u64) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"count": count.to_string()}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_both_are_kept() {
    let replicas = Replicas::start().await;
    let created = join_all((0..40).map(async |number: usize| {
        replicas.send(number % 2, Method::POST, MAPS, &map(&format!("map-{number}"), 0)).await
    }))
    .await;
    let mut revisions: Vec<String> = created
        .iter()
        .map(|(status, object)| {
            assert_eq!(*status, 201, "{object}");
            object["metadata"]["resourceVersion"].to_string()
        })
        .collect();
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), 40, "every write has a revision of its own");
    let (first, second) =
        (replicas.send(0, Method::GET, MAPS, &json!({})).await, replicas.send(1, Method::GET, MAPS, &json!({})).await);
    assert_eq!(first, second);
    // The map of certificates is in every namespace.
    assert_eq!(first.1["items"].as_array().map(Vec::len), Some(41));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_seen_a_write_cannot_undo_it() {
    let replicas = Replicas::start().await;
    replicas.send(0, Method::POST, MAPS, &map("counter", 0)).await;
    let path = format!("{MAPS}/counter");
    let count_up = async |server: usize| {
        for _ in 0..10 {
            loop {
                let (_, mut object) = replicas.send(server, Method::GET, &path, &json!({})).await;
                let count: u64 = object["data"]["count"].as_str().unwrap().parse().unwrap();
                object["data"]["count"] = (count + 1).to_string().into();
                let (status, answer) = replicas.send(server, Method::PUT, &path, &object).await;
                if status == StatusCode::OK {
                    break;
                }
                assert_eq!(status, StatusCode::CONFLICT, "{answer}");
            }
        }
    };
    tokio::join!(count_up(0), count_up(1));
    for server in [0, 1] {
        let (_, counter) = replicas.send(server, Method::GET, &path, &json!({})).await;
        assert_eq!(counter["data"]["count"], "20");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_sees_what_the_other_server_writes() {
    let replicas = Replicas::start().await;
    let (_, list) = replicas.send(1, Method::GET, MAPS, &json!({})).await;
    let since = list["metadata"]["resourceVersion"].as_str().unwrap();
    let mut watch = replicas.watch(1, &format!("{MAPS}?watch=true&resourceVersion={since}")).await;
    let (_, created) = replicas.send(0, Method::POST, MAPS, &map("news", 1)).await;
    assert_eq!(watch.event().await, json!({"type": "ADDED", "object": created}));
    let mut changed = created.clone();
    changed["data"]["count"] = "2".into();
    let (_, changed) = replicas.send(0, Method::PUT, &format!("{MAPS}/news"), &changed).await;
    assert_eq!(watch.event().await, json!({"type": "MODIFIED", "object": changed}));
    replicas.send(0, Method::DELETE, &format!("{MAPS}/news"), &json!({})).await;
    let deleted = watch.event().await;
    assert_eq!((&deleted["type"], &deleted["object"]["data"]), (&json!("DELETED"), &changed["data"]));
    assert_ne!(deleted["object"]["metadata"]["resourceVersion"], changed["metadata"]["resourceVersion"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lab_is_done_on_either() {
    let replicas = Replicas::start().await;
    let on = |server: usize| replicas.servers[server].anonymous().with_token(&replicas.token);
    assert_eq!(on(0).post("/api/v1/labs/close/start", json!({})).await.status, 204);
    assert_eq!(on(1).post("/api/v1/labs/close/attempts", json!({})).await.json()["passed"], false);
    let policies = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";
    assert_eq!(replicas.send(1, Method::POST, policies, &solution()[0]).await.0, 201);
    assert_eq!(on(0).post("/api/v1/labs/close/attempts", json!({})).await.json()["passed"], true);
    assert_eq!(on(1).get("/api/v1/me").await.json()["points"], on(0).get("/api/v1/me").await.json()["points"]);
}

/// The worlds of a gate are the same for all servers, and so is which of them is current.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_on_one_server_is_a_switch_on_all() {
    let replicas = Replicas::start().await;
    let on = |server: usize| replicas.servers[server].anonymous().with_token(&replicas.token);
    for server in [0, 1] {
        replicas.send(server, Method::POST, MAPS, &map(&format!("of-the-sandbox-{server}"), 0)).await;
    }
    let (_, old) = replicas.send(1, Method::GET, "/api/v1/namespaces/default", &json!({})).await;
    let mut watch = replicas.watch(1, &format!("{MAPS}?watch=true")).await;
    while watch.event().await["object"]["metadata"]["name"] != "of-the-sandbox-1" {}
    assert_eq!(on(0).post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let gone = watch.event().await;
    assert_eq!((&gone["type"], &gone["object"]["code"]), (&json!("ERROR"), &json!(410)), "{gone}");
    // The other server leads there with the very next request.
    let policies = "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";
    assert_eq!(replicas.send(1, Method::POST, policies, &solution()[0]).await.0, 201);
    assert_eq!(replicas.send(1, Method::PUT, "/api/v1/namespaces/default", &old).await.0, 409);
    let (_, new) = replicas.send(0, Method::GET, "/api/v1/namespaces/default", &json!({})).await;
    assert_eq!(replicas.send(1, Method::PUT, "/api/v1/namespaces/default", &new).await.0, 200, "both say the same");
    for server in [0, 1] {
        let (_, worlds) = replicas.send(server, Method::GET, "/worlds", &json!({})).await;
        assert_eq!(worlds, json!({"current": "close", "worlds": ["sandbox", "close"]}));
        assert_eq!(on(server).get("/api/v1/me").await.json()["current"], "close");
    }
    assert_eq!(replicas.send(1, Method::POST, "/worlds/sandbox/start", &json!({})).await.0, 200);
    let (_, list) = replicas.send(0, Method::GET, MAPS, &json!({})).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3), "two, and the one of certificates: {list}");
    // What is begun anew by one is new for the other, too.
    assert_eq!(on(1).get("/api/v1/labs/close/report").await.json()["passed"], true);
    assert_eq!(on(0).post("/api/v1/labs/close/reset", json!({})).await.status, 204);
    assert_eq!(on(1).get("/api/v1/labs/close/report").await.json()["passed"], false);
    let text = solution()[0].to_string();
    assert_eq!(on(1).post("/api/v1/labs/close/objects", json!({"text": text})).await.status, 200);
    assert_eq!(on(0).get("/api/v1/labs/close/report").await.json()["passed"], true);
}

/// While both write and switch at once, nothing that was read in one world is written in another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn switching_and_writing_on_both_mixes_nothing() {
    let replicas = Replicas::start().await;
    let whose = format!("{MAPS}/whose");
    let to = async |server: usize, world: &str| {
        let (status, answer) = replicas.send(server, Method::POST, &format!("/worlds/{world}/start"), &json!({})).await;
        assert_eq!(status, 200, "{answer}");
    };
    for world in ["one", "two"] {
        to(0, world).await;
        let map = json!({"metadata": {"name": "whose"}, "data": {"world": world}});
        assert_eq!(replicas.send(1, Method::POST, MAPS, &map).await.0, 201);
    }
    let writer = async |server: usize| {
        for number in 0..30 {
            let (status, mut object) = replicas.send(server, Method::GET, &whose, &json!({})).await;
            assert_eq!(status, 200, "{object}");
            let world = object["data"]["world"].clone();
            object["data"]["number"] = number.to_string().into();
            let (status, written) = replicas.send(server, Method::PUT, &whose, &object).await;
            assert!(status == 200 || status == 409, "{status}: {written}");
            if status == 200 {
                assert_eq!(written["data"]["world"], world);
            }
        }
    };
    let switcher = async |server: usize| {
        for number in 0..15 {
            to(server, ["one", "two"][(number + server) % 2]).await;
        }
    };
    tokio::join!(writer(0), writer(1), switcher(0), switcher(1));
    for world in ["one", "two"] {
        to(0, world).await;
        let (_, object) = replicas.send(1, Method::GET, &whose, &json!({})).await;
        assert_eq!(object["data"]["world"], world);
    }
}

/// What the worlds behind a gate hold together is limited, whichever server they are used on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_elsewhere_counts_on_every_server() {
    let replicas = Replicas::start().await;
    let set = |replicas: u64| {
        json!({
            "metadata": {"name": "many"},
            "spec": {
                "replicas": replicas, "selector": {"matchLabels": {"app": "many"}},
                "template": {
                    "metadata": {"labels": {"app": "many"}},
                    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
                },
            },
        })
    };
    let sets = "/apis/apps/v1/namespaces/default/replicasets";
    assert_eq!(replicas.send(0, Method::POST, sets, &set(900)).await.0, 201);
    assert_eq!(replicas.send(1, Method::POST, "/worlds/other/start", &json!({})).await.0, 200);
    let pod =
        |name: &str| json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    assert_eq!(replicas.send(0, Method::POST, "/api/v1/namespaces/default/pods", &pod("one")).await.0, 201);
    assert_eq!(replicas.send(1, Method::POST, sets, &set(500)).await.0, 201);
    let (_, list) = replicas.send(1, Method::GET, "/api/v1/pods", &json!({})).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(100), "900 of 1,000 are in the sandbox");
    let (status, refused) = replicas.send(0, Method::POST, "/api/v1/namespaces/default/pods", &pod("two")).await;
    assert_eq!(status, 403);
    assert!(refused["message"].as_str().unwrap().contains("your other worlds hold 900"), "{refused}");
}

/// What has begun anew on one server is never seen as it was before on the other, however soon it is looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_beginning_is_seen_at_once_everywhere() {
    let replicas = Replicas::start().await;
    let map = |round: usize| json!({"metadata": {"name": "round", "namespace": "default"}, "data": {"round": round.to_string()}});
    let beginning = |round: usize| {
        let mut map = map(round);
        map["apiVersion"] = "v1".into();
        map["kind"] = "ConfigMap".into();
        json!({"objects": [map]})
    };
    replicas.send(0, Method::POST, "/worlds/beside/start", &beginning(0)).await;
    replicas.send(0, Method::POST, "/worlds/current/start", &beginning(0)).await;
    for round in 1..=30 {
        let (one, other) = (round % 2, (round + 1) % 2);
        for (world, path) in [("current", MAPS.to_owned()), ("beside", format!("/worlds/beside{MAPS}"))] {
            let (status, answer) =
                replicas.send(one, Method::POST, &format!("/worlds/{world}/reset"), &beginning(round)).await;
            assert_eq!(status, 200, "{answer}");
            let (status, seen) = replicas.send(other, Method::GET, &format!("{path}/round"), &json!({})).await;
            assert_eq!((status.as_u16(), &seen["data"]["round"]), (200, &json!(round.to_string())), "{world}: {seen}");
        }
        let mut changed = map(round);
        changed["data"]["by"] = "the other".into();
        let (status, answer) = replicas.send(other, Method::PUT, &format!("{MAPS}/round"), &changed).await;
        assert_eq!(status, 200, "{answer}");
        let (_, seen) = replicas.send(one, Method::GET, &format!("{MAPS}/round"), &json!({})).await;
        assert_eq!(seen["data"]["by"], "the other", "{seen}");
    }
}
