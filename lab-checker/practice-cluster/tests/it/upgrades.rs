//! Databases that an older version of the program has written open, and hold what they held.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use practice_cluster::{ClusterError, ClusterId, Options, PracticeClusters, Storage};
use serde_json::{Value, json};
use sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;
use tower::ServiceExt;

use crate::api::{Api, POLICIES, policy};
use crate::postgres::Postgres;

/// What version 0.1.0 has stored.
const WITHOUT_VERSIONS: &str = include_str!("../stored/without_versions.sql");

async fn connect(address: &str) -> AnyPool {
    sqlx::any::install_default_drivers();
    AnyPoolOptions::new().max_connections(1).connect(address).await.expect("a database")
}

async fn run(pool: &AnyPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.expect("the statements run");
}

async fn open(pool: &AnyPool) -> Result<PracticeClusters, ClusterError> {
    PracticeClusters::open(Options { storage: Storage::Database(pool.clone()), ..Options::default() }).await
}

async fn names(api: &Api, path: &str) -> Vec<String> {
    let (status, list) = api.get(path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {list}");
    let items = list["items"].as_array().expect("a list has items");
    items.iter().filter_map(|object| object["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

/// Opens the database twice, as two starts of the program do, and looks for what was in it.
async fn holds_what_it_held(address: &str) {
    let pool = connect(address).await;
    run(&pool, WITHOUT_VERSIONS).await;
    for start in ["first", "second"] {
        let api =
            Api { clusters: open(&pool).await.expect("opens"), id: ClusterId::parse("of-november").expect("a name") };
        let earlier = (start == "second").then_some("of-the-first-start");
        let policies = [Some("changed"), Some("kept"), earlier];
        assert_eq!(names(&api, POLICIES).await, policies.into_iter().flatten().collect::<Vec<_>>(), "{start}");
        let (_, changed) = api.get(&format!("{POLICIES}/changed")).await;
        assert_eq!(changed["spec"]["policyTypes"], json!(["Egress"]), "{start}");
        assert!(names(&api, "/api/v1/namespaces").await.contains(&"shop".to_owned()), "{start}");
        assert_eq!(names(&api, "/api/v1/namespaces/shop/pods").await.len(), 2, "{start}");
        assert_eq!(names(&api, "/apis/apps/v1/namespaces/shop/deployments").await, ["web"], "{start}");
        let dns = api.get("/api/v1/namespaces/kube-system/services/kube-dns").await;
        assert_eq!(dns.0, StatusCode::NOT_FOUND, "{start}: what was deleted stays deleted");
        let (_, written) = api.post(POLICIES, &policy(&format!("of-the-{start}-start"))).await;
        let revision = |object: &Value| object["metadata"]["resourceVersion"].as_str()?.parse::<u64>().ok();
        assert!(revision(&written) > Some(85), "{start}: revisions go on: {written}");

        let with = |token: Option<&str>| {
            let request = Request::builder().method(Method::GET).uri("/clusters/with-a-token/api/v1/namespaces");
            let request = token.iter().fold(request, |request, token| request.header("authorization", *token));
            api.clusters.router().oneshot(request.body(Body::empty()).expect("a request"))
        };
        assert_eq!(with(None).await.expect("an answer").status(), StatusCode::UNAUTHORIZED, "{start}");
        let answer = with(Some("Bearer of-a-learner")).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{start}");
    }
    let versions =
        sqlx::query_as::<_, (i64,)>("SELECT version FROM practice_migrations ORDER BY version").fetch_all(&pool).await;
    assert_eq!(versions.expect("versions"), [(1_i64,), (2,)]);
}

/// What a newer program has changed is left alone.
async fn is_refused_when_it_is_newer(address: &str) {
    let pool = connect(address).await;
    drop(open(&pool).await.expect("opens"));
    run(
        &pool,
        "INSERT INTO practice_migrations (version, description, success, checksum, execution_time)
         SELECT 9000, description, success, checksum, execution_time FROM practice_migrations WHERE version = 1",
    )
    .await;
    let refusal = open(&pool).await.err().expect("is refused");
    assert!(matches!(refusal, ClusterError::Newer), "{refusal:?}");
    assert_eq!(
        refusal.to_string(),
        "the practice clusters in this database were stored by a newer version of this program"
    );
}

#[tokio::test]
async fn in_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = |name: &str| format!("sqlite://{}?mode=rwc", folder.path().join(name).display());
    holds_what_it_held(&address("older.db")).await;
    is_refused_when_it_is_newer(&address("newer.db")).await;
}

#[tokio::test]
async fn in_postgres() {
    let postgres = Postgres::start();
    holds_what_it_held(&postgres.database("older")).await;
    is_refused_when_it_is_newer(&postgres.database("newer")).await;
}

#[tokio::test]
async fn processes_that_start_at_the_same_moment_make_the_tables_once() {
    let postgres = Postgres::start();
    let address = postgres.database("new");
    let starts = (0..6).map(|_| async {
        let pool = connect(&address).await;
        let clusters = open(&pool).await.expect("opens");
        clusters.create(&ClusterId::random()).await.expect("creates");
    });
    futures::future::join_all(starts).await;
    let pool = connect(&address).await;
    let clusters = sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM practice_clusters").fetch_one(&pool).await;
    assert_eq!(clusters.expect("a number"), (6_i64,));
}
