//! Clusters in a database: what was answered is there after a restart, revisions go on, and lists page
//! consistently.

use axum::http::{Method, StatusCode};
use practice_cluster::{ClusterId, Enforcement, Options, PracticeClusters, Storage, World};
use serde_json::{Value, json};
use sqlx::any::AnyPoolOptions;

use crate::api::{Api, POLICIES, policy};

pub(crate) async fn on_disk(file: &std::path::Path) -> PracticeClusters {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("a database");
    PracticeClusters::open(Options { storage: Storage::Database(pool), ..Options::default() }).await.expect("opens")
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let id = ClusterId::random();
    let before = {
        let clusters = on_disk(&file).await;
        clusters.create(&id).await.expect("creates");
        let api = Api { clusters, id: id.clone() };
        api.post(POLICIES, &policy("kept")).await;
        api.post(POLICIES, &policy("gone")).await;
        api.send(Method::DELETE, &format!("{POLICIES}/gone"), "", "").await;
        api.send(Method::DELETE, "/api/v1/namespaces/kube-system/services/kube-dns", "", "").await;
        [api.get("/api/v1/namespaces").await.1["items"].clone(), api.get("/api/v1/pods").await.1["items"].clone()]
    };
    let api = Api { clusters: on_disk(&file).await, id };
    let (_, list) = api.get(POLICIES).await;
    let names: Vec<&Value> = list["items"].as_array().expect("items").iter().map(|o| &o["metadata"]["name"]).collect();
    assert_eq!(names, [&json!("kept")]);
    assert_eq!(api.get("/api/v1/namespaces").await.1["items"], before[0]);
    assert_eq!(api.get("/api/v1/pods").await.1["items"], before[1]);
    assert_eq!(api.get("/api/v1/namespaces/kube-system/services/kube-dns").await.0, StatusCode::NOT_FOUND);
    let (_, created) = api.post(POLICIES, &policy("new")).await;
    let revision = |object: &Value| object["metadata"]["resourceVersion"].as_str().and_then(|r| r.parse::<u64>().ok());
    assert!(revision(&created) > revision(&list), "{created} after {list}");
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_memory_and_disk_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let id = ClusterId::random();
    let clusters = on_disk(&file).await;
    clusters.create(&id).await.expect("creates");
    let api = Api { clusters, id: id.clone() };
    let (_, before) = api.get(POLICIES).await;
    let (hung_up, later) = (policy("hung-up"), policy("later"));
    {
        let request = std::pin::pin!(api.post(POLICIES, &hung_up));
        assert!(futures::poll!(request).is_pending(), "the database takes a while");
    }
    let (_, written) = api.post(POLICIES, &later).await;
    let revision = |object: &Value| object["metadata"]["resourceVersion"].as_str().and_then(|r| r.parse::<u64>().ok());
    assert_eq!(revision(&written), revision(&before).map(|before| before + 2), "no revision is used twice");
    let (_, list) = api.get(POLICIES).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    let restarted = Api { clusters: on_disk(&file).await, id };
    assert_eq!(restarted.get(POLICIES).await.1["items"], list["items"]);
}

#[tokio::test]
async fn a_reset_removes_and_creates_with_rising_revisions() {
    let api = Api::new().await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab"}});
    let mut deny = policy("deny");
    deny["metadata"]["namespace"] = "lab".into();
    let start = [namespace, deny];
    api.clusters.reset(&api.id, &World::sandbox(), Enforcement::Enforcing, &start).await.expect("starts");
    let path = "/apis/networking.k8s.io/v1/namespaces/lab/networkpolicies";
    let (_, first) = api.get(&format!("{path}/deny")).await;
    api.post(path, &policy("of-the-learner")).await;
    api.clusters.reset(&api.id, &World::sandbox(), Enforcement::Enforcing, &start).await.expect("resets");
    let (_, list) = api.get(path).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let second = &list["items"][0]["metadata"];
    assert_ne!(second["uid"], first["metadata"]["uid"]);
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok());
    assert!(number(&second["resourceVersion"]) > number(&first["metadata"]["resourceVersion"]));
}

#[tokio::test]
async fn pages_show_one_moment() {
    let api = Api::new().await;
    for name in ["a", "b", "c"] {
        api.post(POLICIES, &policy(name)).await;
    }
    let (_, first) = api.get(&format!("{POLICIES}?limit=2")).await;
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    api.post(POLICIES, &policy("d")).await;
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let (_, second) = api.get(&format!("{POLICIES}?limit=2&continue={token}")).await;
    assert_eq!(second["items"].as_array().map(Vec::len), Some(1), "{second}");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert_eq!(second["metadata"].get("continue"), None);
}

#[tokio::test]
async fn a_stale_update_is_refused() {
    let api = Api::new().await;
    let (_, stale) = api.post(POLICIES, &policy("deny")).await;
    let path = format!("{POLICIES}/deny");
    api.patch(&path, "application/merge-patch+json", &json!({"spec": {"policyTypes": ["Egress"]}})).await;
    let (status, answer) = api.send(Method::PUT, &path, "application/json", stale.to_string()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        answer["message"],
        "Operation cannot be fulfilled on networkpolicies.networking.k8s.io \"deny\": the object has been modified; please apply your changes to the latest version and try again"
    );
}

#[tokio::test]
async fn what_is_deleted_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let id = ClusterId::random();
    let clusters = on_disk(&file).await;
    clusters.create(&id).await.expect("creates");
    let api = Api { clusters, id };
    for name in ["a", "b"] {
        api.post(POLICIES, &policy(name)).await;
        api.send(Method::DELETE, &format!("{POLICIES}/{name}"), "", "").await;
    }
    let url = format!("sqlite://{}", file.display());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("a database");
    let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM practice_objects").fetch_one(&pool).await.expect("rows");
    assert_eq!(rows, 0);
}

/// A second way into the database, which makes writes fail and lets them succeed again.
struct Saboteur(sqlx::AnyConnection);

impl Saboteur {
    async fn at(file: &std::path::Path) -> Self {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}", file.display());
        let mut this = Self(<sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.expect("a database"));
        this.run("CREATE TABLE fault (kind TEXT)").await;
        for table in ["practice_clusters", "practice_baselines", "practice_objects"] {
            for event in ["INSERT", "UPDATE", "DELETE"] {
                // As SQLite does when the disk is full: sometimes it ends the transaction by itself.
                for (kind, action) in [("ends", "ROLLBACK"), ("refuses", "ABORT")] {
                    this.run(&format!(
                        "CREATE TRIGGER {kind}_{table}_{event} BEFORE {event} ON {table}
                         WHEN EXISTS (SELECT 1 FROM fault WHERE kind = '{kind}')
                         BEGIN SELECT RAISE({action}, 'database or disk is full'); END"
                    ))
                    .await;
                }
            }
        }
        this
    }

    async fn run(&mut self, sql: &str) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut self.0).await.expect("the saboteur may write");
    }

    async fn make(&mut self, kind: &str) {
        self.run(&format!("DELETE FROM fault; INSERT INTO fault (kind) VALUES ('{kind}')")).await;
    }

    async fn stop(&mut self) {
        self.run("DELETE FROM fault").await;
    }
}

/// The names of the policies of a list.
fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().filter_map(|object| object["metadata"]["name"].as_str()).collect()
}

#[tokio::test]
async fn what_is_answered_after_a_failed_write_survives_a_restart() {
    let series =
        [&["ends"][..], &["refuses"], &["ends", "refuses"], &["refuses", "ends"], &["ends", "refuses", "ends"]];
    for faults in series {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("clusters.db");
        let (id, later) = (ClusterId::random(), ClusterId::random());
        let clusters = on_disk(&file).await;
        clusters.create(&id).await.expect("creates");
        let api = Api { clusters, id: id.clone() };
        let mut saboteur = Saboteur::at(&file).await;
        for (number, fault) in faults.iter().enumerate() {
            saboteur.make(fault).await;
            let (status, answer) = api.post(POLICIES, &policy(&format!("refused-{number}"))).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{faults:?}: {answer}");
            api.clusters.create(&later).await.expect_err("it cannot be stored");
            assert!(api.clusters.are_failing(), "{faults:?}");
        }
        saboteur.stop().await;
        api.clusters.probe().await.expect("writing works again");
        assert!(!api.clusters.are_failing(), "{faults:?}");
        for name in ["a", "b", "c"] {
            assert_eq!(api.post(POLICIES, &policy(name)).await.0, StatusCode::CREATED, "{faults:?}");
        }
        api.clusters.create(&later).await.expect("creates");
        let restarted = Api { clusters: on_disk(&file).await, id };
        assert_eq!(names(&restarted.get(POLICIES).await.1), ["a", "b", "c"], "{faults:?}");
        let other = Api { clusters: restarted.clusters, id: later };
        assert_eq!(other.get("/api/v1/namespaces").await.0, StatusCode::OK, "{faults:?}");
    }
}

#[tokio::test]
async fn what_clusters_begin_with_is_not_taken_for_stored_before_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let clusters = on_disk(&file).await;
    let mut saboteur = Saboteur::at(&file).await;
    // The baseline could be stored, the cluster could not: then neither is.
    saboteur.run("DROP TRIGGER refuses_practice_baselines_INSERT").await;
    saboteur.make("refuses").await;
    let id = ClusterId::random();
    clusters.create(&id).await.expect_err("it cannot be stored");
    saboteur.stop().await;
    clusters.create(&id).await.expect("creates");
    let api = Api { clusters, id: id.clone() };
    let uid = |list: &Value| list["items"][0]["metadata"]["uid"].clone();
    let before = uid(&api.get("/api/v1/namespaces").await.1);
    let restarted = Api { clusters: on_disk(&file).await, id };
    assert_eq!(uid(&restarted.get("/api/v1/namespaces").await.1), before);
}

/// Before there were worlds, a cluster was all that a gate led to: it goes on as the sandbox.
#[tokio::test]
async fn a_cluster_from_before_there_were_worlds_is_the_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let id = ClusterId::random();
    let before = {
        let clusters = on_disk(&file).await;
        clusters.create(&id).await.expect("creates");
        let api = Api { clusters, id: id.clone() };
        api.post(POLICIES, &policy("kept")).await;
        api.send(Method::DELETE, "/api/v1/namespaces/kube-system/services/kube-dns", "", "").await;
        [POLICIES, "/api/v1/pods", "/api/v1/services"].map(|path| (path, api.clusters.clone()))
    };
    let mut was = Vec::new();
    for (path, clusters) in before {
        was.push((path, Api { clusters, id: id.clone() }.get(path).await.1));
    }
    let url = format!("sqlite://{}", file.display());
    let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("a database");
    for statement in [
        "INSERT INTO practice_baselines (created_at, body)
            SELECT created_at, (SELECT body FROM practice_setups) FROM practice_clusters",
        "DROP TABLE practice_setups",
        "DROP TABLE practice_worlds",
        "DROP TABLE practice_gates",
        "DELETE FROM practice_migrations WHERE version = 2",
    ] {
        sqlx::query(statement).execute(&pool).await.expect("as it was stored");
    }
    for _ in 0..2 {
        let api = Api { clusters: on_disk(&file).await, id: id.clone() };
        for (path, list) in &was {
            assert_eq!(api.get(path).await.1["items"], list["items"], "{path}");
        }
        let (current, begun) = api.clusters.worlds(&id).await.expect("worlds");
        assert_eq!((current, begun), (World::sandbox(), vec![World::sandbox()]));
    }
    let api = Api { clusters: on_disk(&file).await, id };
    let lab = World::named("lab").expect("a name");
    api.clusters.start(&api.id, &lab, practice_cluster::Enforcement::None, &[]).await.expect("starts");
    assert_eq!(
        api.get("/api/v1/namespaces/kube-system/services/kube-dns").await.0,
        StatusCode::OK,
        "a world of its own"
    );
}
