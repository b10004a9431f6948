//! One learner who is deleted: nothing of theirs is left, and nothing of anybody else's is gone.

use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{
    kubeconfigs::way,
    postgres::Postgres,
    test_app::{Person, TestApp},
};

async fn id_of(app: &TestApp, name: &str) -> String {
    let roster = app.instructor().get("/api/v1/roster").await.json();
    let learners = roster["learners"].as_array().unwrap();
    let one = learners.iter().find(|one| one["name"] == name);
    one.unwrap_or_else(|| panic!("no {name} in {roster}"))["id"].as_str().unwrap().to_owned()
}

/// Something of everything that can be a learner's.
async fn busy(app: &TestApp, name: &str) -> (Person, String) {
    let learner = app.learner(name).await;
    assert_eq!(learner.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    assert_eq!(learner.put("/api/v1/labs/close/draft", json!({"text": "mine", "version": 0})).await.status, 200);
    learner.post("/api/v1/labs/close/attempts", json!({"objects": []})).await;
    assert_eq!(learner.post("/api/v1/labs/close/appeals", json!({"message": "why?"})).await.status, 201);
    assert_eq!(learner.get("/api/v1/me/kubeconfig").await.status, 200);
    let id = id_of(app, name).await;
    (learner, id)
}

/// The tables of a database, and how many of their rows hold this text.
async fn rows_with(file: &std::path::Path, text: &str) -> Vec<(String, i64)> {
    sqlx::any::install_default_drivers();
    let mut database = sqlx::AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut database)
        .await
        .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(columns)).fetch_all(&mut database).await.unwrap();
        let any =
            columns.iter().map(|column| format!("CAST({column} AS TEXT) LIKE $1")).collect::<Vec<_>>().join(" OR ");
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {any}");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(format!("%{text}%"))
            .fetch_one(&mut database)
            .await
            .unwrap();
        if count > 0 {
            found.push((table, count));
        }
    }
    found
}

#[tokio::test]
async fn a_learner_who_is_deleted_leaves_nothing_but_what_instructors_did() {
    let app = TestApp::new().await;
    let ((ada, ada_id), (bob, bob_id)) = (busy(&app, "Ada Lovelace").await, busy(&app, "Bob").await);
    let instructor = app.instructor();
    assert_eq!(instructor.post("/api/v1/regrade", json!({"commit": true})).await.status.as_u16() / 100, 2);
    let cluster = app.server.store.learner(&ada_id).await.unwrap().unwrap().cluster.to_string();
    let path = format!("/api/v1/roster/{ada_id}");
    for (who, status) in [(&ada, 403), (&bob, 403), (&app.anonymous(), 401)] {
        assert_eq!(who.delete(&path).await.status.as_u16(), status);
    }
    let deleted = instructor.delete(&path).await;
    assert_eq!((deleted.status.as_u16(), deleted.json()), (200, json!({"attempts": 1})), "{deleted:?}");
    assert_eq!(ada.get("/api/v1/me").await.status, 401, "no token of theirs opens anything");
    assert_eq!(instructor.delete(&path).await.status, 404);
    let left = instructor.get("/api/v1/gradebook").await.json().to_string();
    assert!(!left.contains("Lovelace") && left.contains("Bob"), "{left}");
    assert_eq!(instructor.get("/api/v1/appeals").await.json()["appeals"].as_array().map(Vec::len), Some(1));
    // The record says that it was done and by whom, and no name.
    let audit = instructor.get("/api/v1/audit").await.json();
    let done: Vec<&Value> =
        audit["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == "deleted a learner").collect();
    assert!(!done.is_empty() && !audit.to_string().contains("Lovelace"), "{audit}");
    for file in ["lab-checker.db", "clusters.db"] {
        let file = app.folder.path().join(file);
        for text in ["Lovelace", &cluster] {
            assert_eq!(rows_with(&file, text).await, [], "{text}");
        }
        let kept: Vec<_> = rows_with(&file, &ada_id).await.into_iter().map(|(table, _)| table).collect();
        // A regrade notes down how far it has come: an id that names nobody any more.
        assert!(kept.iter().all(|table| table == "audit" || table == "regrade_jobs"), "{kept:?}");
    }
    // Whoever handed in the same still has it.
    assert_eq!(bob.get("/api/v1/labs/close/draft").await.json()["text"], "mine");
    let mine = instructor.get(&format!("/api/v1/attempts?learner={bob_id}")).await.json();
    let attempt = mine["attempts"][0]["id"].as_str().unwrap_or_else(|| panic!("{mine}"));
    let handed_in = instructor.get(&format!("/api/v1/attempts/{attempt}")).await;
    assert_eq!(handed_in.status, 200, "{handed_in:?}");
    assert_eq!(bob.post("/api/v1/labs/close/attempts", json!({"objects": []})).await.status.as_u16() / 100, 2);
}

#[tokio::test]
async fn what_a_token_opened_ends_when_it_is_renewed() {
    for renewed_by in ["token", "invitations"] {
        let app = TestApp::new().await;
        let (ada, id) = busy(&app, "Ada").await;
        let (bob, _) = busy(&app, "Bob").await;
        let watch = async |person: &Person| {
            let kubeconfig = person.get("/api/v1/me/kubeconfig").await.json();
            let (path, token) = way(&kubeconfig);
            let client = app.anonymous();
            let person = token.iter().fold(client, |client, token| client.with_token(token));
            person.stream(&format!("{path}/api/v1/pods?watch=true&timeoutSeconds=1200")).await
        };
        let (of_ada, of_bob) = (watch(&ada).await, watch(&bob).await);
        let (path, body) = match renewed_by {
            "token" => (format!("/api/v1/roster/{id}/token"), json!({})),
            _ => ("/api/v1/roster/invitations".to_owned(), json!({"learners": [id]})),
        };
        assert_eq!(app.instructor().post(&path, body).await.status.as_u16() / 100, 2, "{path}");
        let all = futures::StreamExt::collect::<Vec<_>>(of_ada);
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), all).await;
        assert!(ended.is_ok(), "a watch outlives the token that opened it");
        let mut of_bob = of_bob;
        let first = futures::StreamExt::next(&mut of_bob).await;
        assert!(first.is_some(), "Bob's goes on");
    }
}

#[tokio::test]
async fn of_a_database_that_is_shared_nothing_is_left_either() {
    let postgres = Postgres::start();
    let address = postgres.database("forgotten");
    let (here, there) = (TestApp::on_database(&address).await, TestApp::on_database(&address).await);
    let (ada, id) = busy(&here, "Ada").await;
    let (path, token) = way(&ada.get("/api/v1/me/kubeconfig").await.json());
    let pods = format!("{path}/api/v1/pods");
    let client = |app: &TestApp| token.iter().fold(app.anonymous(), |client, token| client.with_token(token));
    for app in [&here, &there] {
        assert_eq!(client(app).get(&pods).await.status, 200);
    }
    let instructor = here.instructor().on(&there);
    assert_eq!(instructor.delete(&format!("/api/v1/roster/{id}")).await.status, 200);
    for app in [&here, &there] {
        assert_eq!(ada.clone().on(app).get("/api/v1/me").await.status, 401);
        assert_ne!(client(app).get(&pods).await.status, 200);
    }
    sqlx::any::install_default_drivers();
    let mut database = sqlx::AnyConnection::connect(&address).await.unwrap();
    for table in ["practice_gates", "practice_worlds", "practice_objects", "practice_log", "attempts", "submissions"] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut database).await.unwrap();
        // What all labs' submissions are told against is nobody's.
        assert!(left == 0 || table == "submissions", "{table}: {left}");
    }
}
