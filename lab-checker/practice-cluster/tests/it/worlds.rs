//! Several worlds behind one gate: a switch leads every client elsewhere, nothing of one world is taken for something
//! of another, and what was left is found again.

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request, StatusCode};
use futures::StreamExt;
use practice_cluster::{
    Admission, ClusterError, ClusterId, Enforcement, Limits, Options, PracticeClusters, Storage, World,
};
use serde_json::{Value, json};
use sqlx::any::AnyPoolOptions;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::api::{Api, POLICIES, policy};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

pub(crate) fn world(name: &str) -> World {
    World::named(name).expect("a name")
}

/// A lab with a namespace, and a pod and a policy in it.
pub(crate) fn lab(namespace: &str) -> Vec<Value> {
    let mut deny = policy("deny");
    deny["metadata"]["namespace"] = namespace.into();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": namespace, "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}]},
    });
    vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}), pod, deny]
}

fn map(name: &str, text: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": text}})
}

fn version(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).expect("a resourceVersion")
}

impl Api {
    async fn start(&self, name: &str) -> bool {
        let objects = lab("shop");
        self.clusters.start(&self.id, &world(name), Enforcement::Enforcing, &objects).await.expect("starts")
    }

    async fn sandbox(&self) {
        let sandbox = World::sandbox();
        self.clusters.start(&self.id, &sandbox, Enforcement::Enforcing, &[]).await.expect("it is always there");
    }

    async fn names(&self, path: &str) -> Vec<String> {
        let (_, list) = self.get(path).await;
        let items = list["items"].as_array().expect("items").iter();
        let names = items.map(|object| object["metadata"]["name"].as_str().expect("a name").to_owned());
        names.filter(|name| name != "kube-root-ca.crt").collect()
    }

    async fn put(&self, path: &str, object: &Value) -> (StatusCode, Value) {
        self.send(Method::PUT, path, "application/json", object.to_string()).await
    }

    async fn watch(&self, path: &str) -> BodyDataStream {
        self.watch_with(path, None).await
    }

    async fn watch_with(&self, path: &str, admission: Option<Admission>) -> BodyDataStream {
        let mut request = Request::get(format!("/clusters/{}{path}", self.id)).body(Body::empty()).expect("a request");
        if let Some(admission) = admission {
            request.extensions_mut().insert(admission);
        }
        let response = self.clusters.router().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().into_data_stream()
    }
}

/// Everything that a stream still says.
async fn rest(mut stream: BodyDataStream) -> String {
    let mut text = String::new();
    while let Some(bytes) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(&bytes.expect("bytes")));
    }
    text
}

async fn on_disk(file: &std::path::Path) -> PracticeClusters {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("a database");
    PracticeClusters::open(Options { storage: Storage::Database(pool), ..Options::default() }).await.expect("opens")
}

/// An API in memory, and one in a database.
async fn both() -> (tempfile::TempDir, [Api; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let clusters = on_disk(&folder.path().join("clusters.db")).await;
    let id = ClusterId::random();
    clusters.create(&id).await.expect("creates");
    (folder, [Api::new().await, Api { clusters, id }])
}

#[tokio::test]
async fn a_world_is_found_as_it_was_left() {
    let (_folder, apis) = both().await;
    for api in apis {
        api.post(MAPS, &map("of-the-sandbox", "")).await;
        assert!(api.start("one").await, "it begins");
        assert_eq!(api.names(MAPS).await, [""; 0]);
        assert_eq!(api.names("/api/v1/namespaces/shop/pods").await, ["web"]);
        api.post(MAPS, &map("of-one", "")).await;
        api.send(Method::DELETE, "/api/v1/namespaces/shop/pods/web", "", "").await;
        assert!(api.start("two").await);
        assert_eq!(api.names("/api/v1/namespaces/shop/pods").await, ["web"]);
        assert!(!api.start("one").await, "it goes on");
        assert_eq!(api.names(MAPS).await, ["of-one"]);
        assert_eq!(api.names("/api/v1/namespaces/shop/pods").await, [""; 0]);
        api.sandbox().await;
        assert_eq!(api.names(MAPS).await, ["of-the-sandbox"]);
        assert_eq!(api.get("/api/v1/namespaces/shop").await.0, StatusCode::NOT_FOUND);
        let (current, worlds) = api.clusters.worlds(&api.id).await.expect("worlds");
        assert_eq!((current, worlds), (World::sandbox(), vec![World::sandbox(), world("one"), world("two")]));
    }
}

#[tokio::test]
async fn no_version_of_one_world_is_valid_in_another() {
    let (_folder, apis) = both().await;
    for api in apis {
        // Both labs have the same names, and so have the objects that every cluster begins with.
        api.start("one").await;
        let mut paths = vec![format!("{POLICIES}/mine"), "/api/v1/namespaces/default".to_owned()];
        paths.extend(["pods/web", "configmaps/kube-root-ca.crt"].map(|path| format!("/api/v1/namespaces/shop/{path}")));
        paths.push("/apis/apps/v1/namespaces/kube-system/deployments/coredns".to_owned());
        api.post(POLICIES, &policy("mine")).await;
        let mut read = Vec::new();
        for path in &paths {
            read.push(api.get(path).await.1);
        }
        let (_, list) = api.get("/api/v1/pods").await;
        let (_, page) = api.get("/api/v1/pods?limit=1").await;
        let token = page["metadata"]["continue"].as_str().expect("a token");
        api.start("two").await;
        // As far in the one as in the other.
        api.post(POLICIES, &policy("mine")).await;
        let highest = read.iter().map(version).chain([version(&list)]).max().expect("something was read");
        for (path, old) in paths.iter().zip(&read) {
            let (_, now) = api.get(path).await;
            assert!(version(&now) > highest, "{path}: {} is not above {highest}", version(&now));
            // The uid of one world may well be unknown in another: that is a conflict too.
            assert_eq!(api.put(path, old).await.0, StatusCode::CONFLICT, "{path}");
            let mut without_uid = old.clone();
            without_uid["metadata"]["uid"] = Value::Null;
            assert_eq!(api.put(path, &without_uid).await.0, StatusCode::CONFLICT, "{path}");
            let preconditions = json!({"preconditions": {"resourceVersion": old["metadata"]["resourceVersion"]}});
            let deleted = api.send(Method::DELETE, path, "application/json", preconditions.to_string()).await;
            assert_eq!(deleted.0, StatusCode::CONFLICT, "{path}");
            let patch = json!({"metadata": {"resourceVersion": old["metadata"]["resourceVersion"]}, "data": {}});
            let patched = api.patch(path, "application/merge-patch+json", &patch).await;
            assert_eq!(patched.0, StatusCode::CONFLICT, "{path}");
            // What is read now is written without ado.
            assert_eq!(api.put(path, &now).await.0, StatusCode::OK, "{path}");
        }
        let since = version(&list);
        let gone = rest(api.watch(&format!("/api/v1/pods?watch=true&resourceVersion={since}")).await).await;
        assert!(gone.contains("\"code\":410"), "{gone}");
        assert_eq!(api.get(&format!("/api/v1/pods?limit=1&continue={token}")).await.0, StatusCode::GONE);
        let (_, pods) = api.get("/api/v1/pods").await;
        let pods = pods["items"].as_array().expect("items");
        assert!(pods.iter().all(|pod| version(pod) > highest), "lists say the same");
        let (_, partial) = api.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns/scale").await;
        assert!(version(&partial) > highest, "{partial}");
    }
}

#[tokio::test]
async fn watches_end_with_410_and_begin_in_the_new_world() {
    let (_folder, apis) = both().await;
    for api in apis {
        let mut watch = api.watch(&format!("{MAPS}?watch=true")).await;
        watch.next().await.expect("the first event").expect("bytes");
        let streaming = api.watch(&format!("{POLICIES}?watch=true")).await;
        api.clusters.begin(&api.id, &world("beside"), Enforcement::None, &[]).await.expect("begins");
        api.post(MAPS, &map("seen", "")).await;
        let event = watch.next().await.expect("the watch goes on").expect("bytes");
        assert!(String::from_utf8_lossy(&event).contains("\"name\":\"seen\""), "what begins beside disturbs nobody");
        api.start("one").await;
        api.post(MAPS, &map("not-for-this-watch", "")).await;
        for watch in [watch, streaming] {
            let said = rest(watch).await;
            assert!(said.contains("\"code\":410") && said.contains("\"reason\":\"Expired\""), "{said}");
            assert!(!said.contains("not-for-this-watch"), "{said}");
        }
        let (_, list) = api.get(MAPS).await;
        let mut again = api.watch(&format!("{MAPS}?watch=true&resourceVersion={}", version(&list))).await;
        api.post(MAPS, &map("later", "")).await;
        let event = again.next().await.expect("an event").expect("bytes");
        assert!(String::from_utf8_lossy(&event).contains("\"name\":\"later\""));
    }
}

#[tokio::test]
async fn a_reset_begins_anew_and_touches_no_other_world() {
    let (_folder, apis) = both().await;
    for api in apis {
        api.post(MAPS, &map("of-the-sandbox", "")).await;
        api.start("one").await;
        api.post(MAPS, &map("of-one", "")).await;
        api.send(Method::DELETE, "/api/v1/namespaces/kube-system/services/kube-dns", "", "").await;
        let (_, before) = api.get("/api/v1/namespaces/shop/pods/web").await;
        let watch = api.watch(&format!("{MAPS}?watch=true")).await;
        let reset = async |name: &World, enforcement| {
            api.clusters.reset(&api.id, name, enforcement, &lab("shop")).await.expect("resets");
        };
        reset(&world("one"), Enforcement::None).await;
        assert!(rest(watch).await.contains("\"code\":410"));
        assert_eq!(api.names(MAPS).await, [""; 0]);
        let (_, after) = api.get("/api/v1/namespaces/shop/pods/web").await;
        assert!(version(&after) > version(&before), "{after}");
        assert_ne!(after["metadata"]["uid"], before["metadata"]["uid"]);
        assert_eq!(api.get("/api/v1/namespaces/kube-system/services/kube-dns").await.0, StatusCode::OK);
        let sets = "/apis/apps/v1/namespaces/kube-system/daemonsets";
        assert_eq!(api.names(sets).await, ["kube-flannel-ds"], "its network is what the reset says");
        // One that is not current begins anew beside it.
        let watch = api.watch(&format!("{MAPS}?watch=true&timeoutSeconds=1")).await;
        reset(&world("two"), Enforcement::Enforcing).await;
        reset(&world("two"), Enforcement::Enforcing).await;
        assert!(!rest(watch).await.contains("410"));
        api.sandbox().await;
        assert_eq!(api.names(MAPS).await, ["of-the-sandbox"]);
        reset(&World::sandbox(), Enforcement::Enforcing).await;
        assert_eq!(api.names(MAPS).await, [""; 0]);
        assert_eq!(api.names("/api/v1/namespaces/shop/pods").await, ["web"]);
        api.start("one").await;
        assert_eq!(api.names("/api/v1/namespaces/shop/pods").await, ["web"]);
    }
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let id = ClusterId::random();
    let mut revisions = Vec::new();
    for round in 0..3 {
        let api = Api { clusters: on_disk(&file).await, id: id.clone() };
        api.clusters.create(&id).await.expect("creates");
        if round > 0 {
            assert_eq!(api.names(MAPS).await, ["of-one"], "kubectl is where it was");
            let (_, old) = api.get(&format!("{MAPS}/of-one")).await;
            revisions.push(version(&old));
            let (_, namespace) = api.get("/api/v1/namespaces/default").await;
            assert!(
                version(&namespace) > 200,
                "what every cluster begins with is not older than the switch: {namespace}"
            );
        } else {
            // The sandbox has come far before the switch.
            for number in 0..200 {
                api.post(MAPS, &map(&format!("map-{number}"), "")).await;
            }
            api.start("one").await;
            api.post(MAPS, &map("of-one", "")).await;
            api.clusters.begin(&id, &world("rejects"), Enforcement::Rejecting, &[]).await.expect("begins");
            api.clusters.begin(&id, &world("ignores"), Enforcement::None, &[]).await.expect("begins");
        }
        // All made within the same second: each has its own network all the same.
        for (name, set) in [("rejects", "kube-router"), ("ignores", "kube-flannel-ds"), ("one", "kindnet")] {
            let objects = api.clusters.objects(&id, &world(name)).await.expect("objects");
            let sets = objects.iter().filter(|object| object["kind"] == "DaemonSet");
            assert_eq!(sets.map(|set| &set["metadata"]["name"]).collect::<Vec<_>>(), [set], "{name} in round {round}");
        }
        let (current, worlds) = api.clusters.worlds(&id).await.expect("worlds");
        assert_eq!((current, worlds.len()), (world("one"), 4));
    }
    assert_eq!(revisions[0], revisions[1]);
}

#[tokio::test]
async fn worlds_share_what_one_cluster_may_use() {
    let limits = Limits { watches: 2, pods: 30, ..Limits::default() };
    let api = Api::with(Options { limits, ..Options::default() }).await;
    let pod =
        |name: &str| json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    let pods = "/api/v1/namespaces/default/pods";
    api.start("one").await;
    for number in 0..10 {
        assert_eq!(api.post(pods, &pod(&format!("pod-{number}"))).await.0, StatusCode::CREATED);
    }
    api.start("two").await;
    let mut made = 0;
    while api.post(pods, &pod(&format!("pod-{made}"))).await.0 == StatusCode::CREATED {
        made += 1;
    }
    // The pods that every cluster begins with count once, in the world that asks.
    let (_, list) = api.get("/api/v1/pods").await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(30 - 11), "eleven are in the other lab");
    let (_, refused) = api.post(pods, &pod("one-too-many")).await;
    let words = refused["message"].as_str().expect("words");
    assert!(words.contains("exceeded limit of 30 pods") && words.contains("your other worlds hold 11"), "{words}");
    let full = api.clusters.start(&api.id, &world("three"), Enforcement::Enforcing, &lab("shop")).await;
    assert!(matches!(full, Err(ClusterError::Refused(_))), "{full:?}");
    assert_eq!(api.clusters.worlds(&api.id).await.expect("worlds").0, world("two"), "nothing has changed");
    api.clusters.reset(&api.id, &world("one"), Enforcement::Enforcing, &[]).await.expect("resets");
    assert_eq!(api.post(pods, &pod("one-too-many")).await.0, StatusCode::CREATED, "there is room again");
    // Watches too: those of the world that was left are gone.
    let watches = [api.watch(&format!("{MAPS}?watch=true")).await, api.watch(&format!("{MAPS}?watch=true")).await];
    assert_eq!(api.get(&format!("{MAPS}?watch=true")).await.0, StatusCode::TOO_MANY_REQUESTS);
    api.sandbox().await;
    drop(watches);
    drop(api.watch(&format!("{MAPS}?watch=true")).await);
}

#[tokio::test]
async fn a_gate_has_so_many_worlds_behind_it() {
    let limits = Limits { worlds: 3, ..Limits::default() };
    let api = Api::with(Options { limits, ..Options::default() }).await;
    for (name, code) in [("one", 200), ("two", 200), ("three", 403), ("one", 200)] {
        let (status, answer) = api.post(&format!("/worlds/{name}/start"), &json!({})).await;
        assert_eq!(status, code, "{name}: {answer}");
    }
    assert_eq!(api.post("/worlds/two/reset", &json!({})).await.0, StatusCode::OK, "that is none more");
    assert_eq!(api.get("/worlds").await.1, json!({"current": "one", "worlds": ["sandbox", "one", "two"]}));
}

#[tokio::test]
async fn what_others_hold_is_known_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let id = ClusterId::random();
    let clusters = on_disk(&file).await;
    clusters.create(&id).await.expect("creates");
    let api = Api { clusters, id: id.clone() };
    api.start("one").await;
    let limits = Limits { pods: 8, ..Limits::default() };
    let pool = AnyPoolOptions::new().max_connections(1).connect(&format!("sqlite://{}", file.display())).await;
    let storage = Storage::Database(pool.expect("a database"));
    let clusters = PracticeClusters::open(Options { storage, limits, ..Options::default() }).await.expect("opens");
    let api = Api { clusters, id };
    api.sandbox().await;
    let (_, list) = api.get("/api/v1/pods").await;
    let begun = list["items"].as_array().expect("items").len();
    let pod =
        |name: &str| json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    let pods = "/api/v1/namespaces/default/pods";
    let mut made = 0;
    while api.post(pods, &pod(&format!("pod-{made}"))).await.0 == StatusCode::CREATED {
        made += 1;
    }
    assert_eq!(made + begun + 1, 8, "the lab's one pod counts");
}

#[tokio::test]
async fn a_token_opens_all_worlds_of_its_gate() {
    let api = Api::new().await;
    api.start("one").await;
    api.clusters.require_token(&api.id, "secret").await.expect("required");
    for _ in 0..2 {
        assert_eq!(api.get("/api/v1/pods").await.0, StatusCode::UNAUTHORIZED);
        api.sandbox().await;
    }
    assert_eq!(api.get("/api/v1/pods").await.0, StatusCode::UNAUTHORIZED);
    // A world has no address of its own.
    let inside = format!("/clusters/{}/one/1/api/v1/pods", api.id);
    let request = Request::get(inside).body(Body::empty()).expect("a request");
    let response = api.clusters.router().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_was_opened_lasts_no_longer_than_the_admission() {
    let (_folder, apis) = both().await;
    for api in apis {
        api.start("one").await;
        let paths = ["/api/v1/pods?watch=true", "/worlds/one/api/v1/pods?watch=true"];
        for dropped in [false, true] {
            let (take_back, admission) = watch::channel(false);
            let admission = Admission::until(admission);
            let mut watches = Vec::new();
            for path in paths {
                watches.push(api.watch_with(path, Some(admission.clone())).await);
            }
            let others = api.watch(&format!("{MAPS}?watch=true&timeoutSeconds=1")).await;
            assert!(admission.holds());
            if dropped {
                drop(take_back);
            } else {
                take_back.send_replace(true);
            }
            assert!(!admission.holds());
            for watch in watches {
                // It ends by itself: nothing else would end it within the hour.
                rest(watch).await;
            }
            assert!(!rest(others).await.contains("410"), "others stay where they are");
        }
        assert_eq!(api.post(MAPS, &map("again", "")).await.0, StatusCode::CREATED);
        assert_eq!(api.names(MAPS).await, ["again"]);
    }
}

#[tokio::test]
async fn a_gate_that_is_removed_leaves_nothing() {
    sqlx::any::install_default_drivers();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let clusters = on_disk(&file).await;
    let [gone, stays] = [ClusterId::random(), ClusterId::random()].map(|id| Api { clusters: clusters.clone(), id });
    for api in [&gone, &stays] {
        clusters.create(&api.id).await.expect("creates");
        api.post(MAPS, &map("in-the-sandbox", "")).await;
        api.start("one").await;
        api.post(MAPS, &map("in-a-lab", "")).await;
    }
    let watch = gone.watch("/api/v1/pods?watch=true").await;
    clusters.remove(&gone.id).await.expect("removes");
    rest(watch).await;
    assert_eq!(gone.get(MAPS).await.0, StatusCode::NOT_FOUND);
    clusters.remove(&gone.id).await.expect("there is nothing to do");
    let url = format!("sqlite://{}", file.display());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("a database");
    for (table, column) in [
        ("practice_clusters", "id"),
        ("practice_gates", "id"),
        ("practice_worlds", "gate"),
        ("practice_objects", "cluster_id"),
        ("practice_log", "cluster_id"),
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE $1 || '%'");
        let of = async |id: &ClusterId| {
            let counting = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql.clone())).bind(id.to_string());
            counting.fetch_one(&pool).await.expect("counts")
        };
        assert_eq!(of(&gone.id).await, 0, "{table}");
        assert!(table == "practice_log" || of(&stays.id).await > 0, "{table}");
    }
    assert_eq!(stays.names(MAPS).await, ["in-a-lab"]);
    // Who comes again begins again.
    clusters.create(&gone.id).await.expect("creates");
    assert_eq!(gone.names(MAPS).await, [""; 0]);
}

/// Whoever reads, writes and switches at the same time: each answer is of one world, and no version that was given
/// out for one world is ever the version of something in another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_stay_apart_while_everybody_writes_and_switches() {
    let (_folder, apis) = both().await;
    for api in &apis {
        for name in ["one", "two"] {
            api.start(name).await;
            api.post(MAPS, &map("whose", name)).await;
        }
        let writer = async || {
            let mut seen: Vec<(u64, String)> = Vec::new();
            for number in 0..40 {
                let (status, mut object) = api.get(&format!("{MAPS}/whose")).await;
                assert_eq!(status, StatusCode::OK);
                let whose = object["data"]["text"].as_str().expect("a world").to_owned();
                seen.push((version(&object), whose.clone()));
                object["data"]["number"] = number.to_string().into();
                let (status, written) = api.put(&format!("{MAPS}/whose"), &object).await;
                match status {
                    StatusCode::OK => {
                        assert_eq!(written["data"]["text"], whose.as_str(), "written where it was read");
                        seen.push((version(&written), whose));
                    }
                    StatusCode::CONFLICT => {}
                    other => panic!("{other}: {written}"),
                }
            }
            seen
        };
        let switcher = async {
            for number in 0..40 {
                api.start(["one", "two"][number % 2]).await;
                tokio::task::yield_now().await;
            }
            Vec::new()
        };
        let (one, two, three, none) = tokio::join!(writer(), writer(), writer(), switcher);
        let mut world_of = std::collections::HashMap::new();
        for (version, world) in [one, two, three, none].into_iter().flatten() {
            let known = world_of.entry(version).or_insert_with(|| world.clone());
            assert_eq!(*known, world, "version {version} was given out for both");
        }
        for name in ["one", "two"] {
            api.start(name).await;
            assert_eq!(api.get(&format!("{MAPS}/whose")).await.1["data"]["text"], name, "nobody wrote elsewhere");
        }
    }
}

/// The worlds of a gate as its clients see them, beside the Kubernetes API.
#[tokio::test]
async fn the_gate_tells_its_worlds_and_switches() {
    let api = Api::new().await;
    let all = async || api.get("/worlds").await.1;
    assert_eq!(all().await, json!({"current": "sandbox", "worlds": ["sandbox"]}));
    let one = json!({"enforcement": "none", "objects": lab("shop")});
    assert_eq!(api.post("/worlds/one/start", &one).await, (StatusCode::OK, json!({"begun": true})));
    assert_eq!(api.post("/worlds/one/start", &one).await, (StatusCode::OK, json!({"begun": false})));
    assert_eq!(api.names("/apis/apps/v1/namespaces/kube-system/daemonsets").await, ["kube-flannel-ds"]);
    assert_eq!(
        api.send(Method::POST, "/worlds/sandbox/start", "", "").await,
        (StatusCode::OK, json!({"begun": false}))
    );
    assert_eq!(all().await, json!({"current": "sandbox", "worlds": ["sandbox", "one"]}));
    // A world is looked at without going there, and nothing is changed on the way.
    assert_eq!(api.names("/worlds/one/api/v1/namespaces/shop/pods").await, ["web"]);
    assert_eq!(api.get("/api/v1/namespaces/shop").await.0, StatusCode::NOT_FOUND);
    let mut watch = api.watch("/worlds/one/api/v1/pods?watch=true").await;
    watch.next().await.expect("an event").expect("bytes");
    let created = api.post("/worlds/one/api/v1/namespaces/default/configmaps", &map("no", "")).await;
    assert_eq!(created.0, StatusCode::METHOD_NOT_ALLOWED);
    for path in ["/worlds/two/api/v1/pods", "/worlds/..%2Fone/api/v1/pods", "/worlds/One/start", "/worlds/one"] {
        assert_eq!(api.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(api.get("/worlds/one/start").await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(api.post("/worlds/two/start", &json!({"enforcement": "often"})).await.0, StatusCode::BAD_REQUEST);
    let (status, refused) = api.post("/worlds/two/start", &json!({"objects": [{"kind": "Pod"}]})).await;
    assert!(status.is_client_error(), "{refused}");
    assert_eq!(all().await["worlds"], json!(["sandbox", "one"]), "nothing has begun");
    assert_eq!(api.post("/worlds/one/reset", &json!({"objects": []})).await.0, StatusCode::OK);
    assert!(rest(watch).await.contains("\"code\":410"), "what was watched is gone");
    assert_eq!(all().await["current"], "sandbox");
    assert_eq!(api.names("/worlds/one/api/v1/namespaces").await.len(), 4);
}
