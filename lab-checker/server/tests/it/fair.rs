//! One learner and the rest: who asks much waits for their own questions, and what is known is not computed again.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use server::store::Database;

use crate::test_app::{Listening, Person, TestApp, policy, solution};

/// How much has been computed.
async fn evaluations(instructor: &Person) -> u64 {
    let text = instructor.get("/metrics").await.text;
    let line = text.lines().find_map(|line| line.strip_prefix("lab_checker_evaluations_total "));
    line.unwrap().trim().parse().unwrap()
}

async fn apply(person: &Person, objects: &[Value]) {
    let text: Vec<String> = objects.iter().map(Value::to_string).collect();
    let applied = person.post("/api/v1/labs/close/objects", json!({"text": text.join("\n---\n")})).await;
    assert!(applied.json()["results"].as_array().unwrap().iter().all(|one| one["applied"] == true), "{applied:?}");
}

#[tokio::test]
async fn what_is_known_is_not_computed_again_until_the_world_changes() {
    let app = TestApp::new().await;
    let (ada, bob, instructor) = (app.learner("Ada").await, app.learner("Bob").await, app.instructor());
    for person in [&ada, &bob] {
        person.post("/api/v1/labs/close/start", json!({})).await;
        person.post("/api/v1/labs/close/attempts", json!({})).await;
    }
    let why = "/api/v1/labs/close/explain?from=street/stranger&to=shop/api&port=80";
    let paths = ["/api/v1/labs/close/map", "/api/v1/labs/close/report", why, "/labs/close"];
    let text = json!({"text": policy(json!({})).to_string()});
    for round in 0..2 {
        for path in paths {
            let before = evaluations(&instructor).await;
            let answers = futures::future::join_all((0..12).map(|_| ada.get(path))).await;
            assert!(answers.iter().all(|answer| answer.status == 200 && answer.text == answers[0].text), "{path}");
            let computed = evaluations(&instructor).await - before;
            // A page shows the report, the map and the learner's own objects, and whether their words say what is there.
            let wanted = if path == "/labs/close" { 2 + round } else { 1 };
            assert_eq!(computed, wanted, "{path} in round {round}");
            assert_eq!(ada.get(path).await.text, answers[0].text);
            assert_eq!(evaluations(&instructor).await - before, computed, "{path} again");
        }
        let before = evaluations(&instructor).await;
        for _ in 0..3 {
            assert_eq!(ada.post("/api/v1/labs/close/preview", text.clone()).await.status, 200);
        }
        assert_eq!(evaluations(&instructor).await - before, 1, "a preview");
        let before = evaluations(&instructor).await;
        for _ in 0..3 {
            assert_eq!(ada.post("/api/v1/labs/close/attempts", json!({})).await.status, 201);
        }
        assert!(evaluations(&instructor).await - before <= 1, "the same checked again is kept again, and known");
        assert_eq!(bob.get("/api/v1/labs/close/map").await.status, 200);
        let bobs = evaluations(&instructor).await;
        apply(&ada, &[policy(json!({"matchLabels": {"round": round.to_string()}}))]).await;
        bob.get("/api/v1/labs/close/map").await;
        assert_eq!(evaluations(&instructor).await - bobs, 1, "to read a text; nothing of another learner's world");
    }
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!(me["labs"][0]["attempts"], 7, "every attempt is kept: {me}");
}

#[tokio::test]
async fn a_world_that_changes_is_looked_at_anew() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let passed = async |path: &str| ada.get(path).await.json()["passed"].clone();
    ada.post("/api/v1/labs/close/start", json!({})).await;
    for _ in 0..2 {
        assert_eq!(passed("/api/v1/labs/close/report").await, false);
        apply(&ada, solution().as_array().unwrap()).await;
        assert_eq!(passed("/api/v1/labs/close/report").await, true);
        assert_eq!(ada.post("/api/v1/labs/close/attempts", json!({})).await.json()["passed"], true);
        ada.post("/api/v1/labs/close/reset", json!({})).await;
        assert_eq!(ada.post("/api/v1/labs/close/attempts", json!({})).await.json()["passed"], false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_check_does_not_wait_for_all_that_one_learner_asks() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    for person in [&ada, &bob] {
        person.post("/api/v1/labs/close/start", json!({})).await;
        person.post("/api/v1/labs/close/attempts", json!({})).await;
    }
    let pods = |at: usize| {
        let (name, labels) = (format!("pod-{at}"), json!({"app": format!("app-{}", at % 50)}));
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "labels": labels},
               "spec": {"containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]}})
    };
    let policies = |at: usize| {
        let mut policy = policy(json!({"matchLabels": {"app": format!("app-{}", at % 50)}}));
        policy["metadata"]["name"] = json!(format!("policy-{at}"));
        policy
    };
    let config = ada.get("/api/v1/me/kubeconfig").await.json();
    let gate = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let gate = gate[gate.find("/clusters/").unwrap()..].to_owned();
    for at in 0..100 {
        let made = ada.post(&format!("{gate}/api/v1/namespaces/shop/pods"), pods(at)).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = format!("{gate}/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies");
        assert_eq!(ada.post(&path, policies(at)).await.status, 201);
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let asked = |who: &'static str, answer: std::pin::Pin<Box<dyn Future<Output = crate::test_app::Answer> + Send>>| {
        let order = Arc::clone(&order);
        tokio::spawn(async move {
            let answer = answer.await;
            order.lock().unwrap().push((who, answer.status.as_u16()));
            answer
        })
    };
    // Each of them asks something else: no answer is another one's.
    let mut many = Vec::new();
    for port in 1..=60 {
        let ada = ada.clone();
        let path = format!("/api/v1/labs/close/explain?from=street/stranger&to=shop/pod-1&port={port}");
        many.push(asked("ada", Box::pin(async move { ada.get(&path).await })));
    }
    let check = asked("bob", Box::pin(async move { bob.post("/api/v1/labs/close/attempts", json!({})).await }));
    assert_eq!(check.await.unwrap().status, 201);
    for asked in many {
        let answer = asked.await.unwrap();
        if answer.status != 200 {
            assert_eq!(answer.status, 429, "what is too much to wait is refused: {answer:?}");
            assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
        }
    }
    let order = order.lock().unwrap();
    let answered = |until: usize| order[..until].iter().filter(|one| **one == ("ada", 200)).count();
    let before = answered(order.iter().position(|(who, _)| *who == "bob").unwrap());
    let all = answered(order.len());
    assert!(all >= 30, "{order:?}");
    // Which turn is whose, the unit tests of turns count. Here a check takes its time while others are answered.
    assert!(before * 2 <= all, "of {all} answers, {before} came before the other learner's: {order:?}");
}

#[tokio::test]
async fn event_streams_of_one_learner_are_counted() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let path = "/api/v1/labs/close/events";
    let mut open = Vec::new();
    for _ in 0..12 {
        open.push(ada.stream(path).await);
    }
    let refused = ada.get(path).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (429, "too-many-open"), "{refused:?}");
    open.push(bob.stream(path).await);
    drop(open.swap_remove(0));
    drop(ada.stream(path).await);
}

/// Changes whenever somebody else writes to a database.
async fn version(database: &sqlx::AnyPool) -> i64 {
    let (version,): (i64,) = sqlx::query_as("PRAGMA data_version").fetch_one(database).await.unwrap();
    version
}

#[tokio::test]
async fn looking_writes_nothing() {
    let app = TestApp::listening(Listening::Loopback).await;
    let browser = |app: &TestApp| app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    browser(&app).post("/api/v1/labs/close/start", json!({})).await;
    app.server.store.close().await;
    // Another process, which has nobody in memory yet.
    let app = TestApp::in_folder(app.folder, Listening::Loopback).await;
    let files = ["lab-checker.db", "clusters.db"].map(|file| Database::Sqlite(app.folder.path().join(file)));
    let (records, clusters) = (files[0].writers().await.unwrap(), files[1].writers().await.unwrap());
    let before = (version(&records).await, version(&clusters).await);
    for path in ["/", "/labs/close", "/api/v1/me", "/api/v1/labs/close/map", "/api/v1/labs/close/report", "/"] {
        assert_eq!(browser(&app).get(path).await.status, 200, "{path}");
        assert_eq!((version(&records).await, version(&clusters).await), before, "{path} wrote something");
    }
}
