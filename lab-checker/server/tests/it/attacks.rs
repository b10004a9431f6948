//! The attack of a lab's story: told to who has passed, and tried again with real packets in every lab that has one.

use std::{collections::BTreeSet, path::Path};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::test_app::{Person, TestApp, policy};

const HEADING: &str = "The attack, once more";

#[tokio::test]
async fn who_passes_sees_the_attack_fail_beside_what_it_said_before() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    let failed = ada.post("/api/v1/labs/close/attempts", json!({})).await.json();
    assert_eq!((&failed["passed"], failed.get("attack")), (&json!(false), None));
    assert!(!ada.get("/labs/close").await.text.contains(HEADING), "not passed yet");
    ada.post("/api/v1/labs/close/objects", json!({"text": policy(json!({})).to_string()})).await;
    let passed = ada.post("/api/v1/labs/close/attempts", json!({})).await.json();
    let attack = json!({"from": "street/stranger", "to": "shop/web", "port": 80, "protocol": "TCP", "says": "the key of the till"});
    assert_eq!((&passed["passed"], &passed["attack"]), (&json!(true), &attack));
    let page = ada.get(&format!("/labs/close?attempt={}", passed["attempt_id"].as_str().unwrap())).await.text;
    for told in [HEADING, "the key of the till", "Blocked: nothing gets through.", "data-from=\"street/stranger\""] {
        assert!(page.contains(told), "{told:?} in {page}");
    }
    // What the page says is true of the world as it is.
    ada.post("/api/v1/labs/close/reset", json!({})).await;
    let page = ada.get("/labs/close").await.text;
    assert!(page.contains("It gets through in this world as it is."), "{page}");
    let again = ada.post("/api/v1/labs/close/attempts", json!({})).await.json();
    assert_eq!((&again["passed"], again.get("attack")), (&json!(false), None));
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs")
}

/// The text of a lab's solution.
fn solution_of(lab: &str) -> String {
    let files = std::fs::read_dir(folder().join(lab).join("solution")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    texts.join("\n---\n")
}

async fn tried(learner: &Person, lab: &str, attack: &Value) -> Value {
    let port = format!("{}/{}", attack["port"], attack["protocol"].as_str().unwrap());
    let asked = json!({"from": attack["from"], "to": attack["to"], "port": port});
    let answer = learner.post(&format!("/api/v1/labs/{lab}/probe"), asked).await;
    assert_eq!(answer.status, 200, "{lab}: {answer:?}");
    answer.json()
}

/// Passes a lab as its solution does; its name when it has an attack, which fails then and did not before.
async fn replayed(learner: &Person, lab: &str) -> Option<String> {
    let path = |what: &str| format!("/api/v1/labs/{lab}/{what}");
    assert_eq!(learner.post(&path("start"), json!({})).await.status, 204, "{lab}");
    let applied = learner.post(&path("objects"), json!({"text": solution_of(lab)})).await;
    assert_eq!(applied.status, 200, "{lab}: {applied:?}");
    let passed = learner.post(&path("attempts"), json!({})).await.json();
    assert_eq!(passed["passed"], true, "{lab}: {passed}");
    let attack = passed.get("attack")?;
    let now = tried(learner, lab, attack).await;
    assert_ne!(now["exit_code"], 0, "{lab}: {now}");
    assert!(now["output"].as_str().unwrap().starts_with("curl: ("), "{lab}: {now}");
    learner.post(&path("reset"), json!({})).await;
    let before = tried(learner, lab, attack).await;
    assert_eq!(before["exit_code"], 0, "{lab}: {before}");
    Some(lab.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_every_lab_the_attack_succeeds_at_the_start_and_fails_after_passing() {
    let app = TestApp::with_the_course().await;
    let learner = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let labs: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|lab| lab.unwrap().file_name().into_string().unwrap()).collect();
    let mut attacked = BTreeSet::new();
    // A learner asks for so much at once and no more.
    for some in labs.chunks(9) {
        attacked.extend(join_all(some.iter().map(|lab| replayed(&learner, lab))).await.into_iter().flatten());
    }
    for lab in ["default-deny", "deny-ingress", "deny-egress", "cluster-wall", "only-team-b", "capstone"] {
        assert!(attacked.contains(lab), "{lab} has a story with an attack: {attacked:?}");
    }
}
