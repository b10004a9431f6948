//! Whoever reads the server's logs is not let into anybody's practice cluster.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use sqlx::{AnyConnection, Connection};

use crate::test_app::{Person, TestApp, solution};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The id of somebody's cluster, as their kubeconfig has it.
async fn cluster_of(person: &Person) -> String {
    let kubeconfig = person.get("/api/v1/me/kubeconfig").await;
    let server = kubeconfig.json()["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    server.rsplit('/').next().unwrap().to_owned()
}

/// Everything that reaches a cluster, by way of the server and by kubectl's.
async fn use_everything(ada: &Person, id: &str) {
    ada.post("/api/v1/labs/close/start", json!({})).await;
    ada.post("/api/v1/labs/close/objects", json!({"text": solution()[0].to_string()})).await;
    ada.submit("/labs/close", "action=delete&object=NetworkPolicy/shop/deny").await;
    ada.submit("/labs/close", "action=delete&object=NetworkPolicy/shop/no-such").await;
    ada.post("/api/v1/labs/close/attempts", json!({})).await;
    for path in ["/labs/close", "/api/v1/labs/close/map", "/api/v1/labs/close/report", "/readyz", "/metrics"] {
        ada.get(path).await;
    }
    let kubectl =
        ["", "/", "/version", "/api/v1/namespaces/shop/pods", "/api/v1/pods?limit=x", "/apis/no/such", "/%zz"];
    for path in kubectl {
        ada.get(&format!("/clusters/{id}{path}")).await;
    }
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "one-"}});
    for text in ["{", &namespace.to_string()] {
        ada.post_text(&format!("/clusters/{id}/api/v1/namespaces"), "application/json", text).await;
    }
    ada.clone().with("host", "evil example").get(&format!("/clusters/{id}/version")).await;
}

#[tokio::test]
async fn no_line_tells_the_id_of_a_cluster() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    subscriber.with_writer(move || writer.clone()).init();
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let id = cluster_of(&ada).await;
    use_everything(&ada, &id).await;
    // Failures are what is logged most: the database of the clusters loses its tables.
    let file = app.folder.path().join("clusters.db");
    let mut other = AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let tables = sqlx::query_scalar::<_, String>("SELECT name FROM sqlite_master WHERE type = 'table'");
    for table in tables.fetch_all(&mut other).await.unwrap() {
        // Some are SQLite's own, and stay.
        let _ = sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&mut other).await;
    }
    use_everything(&ada, &id).await;
    let app = app.restarted().await;
    use_everything(&ada.on(&app), &id).await;

    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    // Without TLS an address has the id and, behind a dot, the secret.
    let (id, secret) = id.split_once('.').unwrap();
    let hash = practice_cluster::ClusterId::parse(id).unwrap().in_logs();
    let failures: Vec<&str> = text.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(failures.iter().any(|line| line.contains(&hash)), "failures are told under the other name: {failures:#?}");
    let telling: Vec<&str> = text.lines().filter(|line| line.contains(id) || line.contains(secret)).collect();
    assert!(telling.is_empty(), "{} lines tell the id, such as\n{}", telling.len(), telling[0]);
}
