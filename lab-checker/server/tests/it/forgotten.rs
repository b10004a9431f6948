//! One learner who is deleted: nothing of theirs is left, and nothing of anybody else's is gone.

use serde_json::{Value, json};

use crate::test_app::{Person, TestApp};

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

#[tokio::test]
async fn a_learner_who_is_deleted_leaves_nothing_but_what_instructors_did() {
    let app = TestApp::new().await;
    let ((ada, ada_id), (bob, bob_id)) = (busy(&app, "Ada Lovelace").await, busy(&app, "Bob").await);
    let instructor = app.instructor();
    assert_eq!(instructor.post("/api/v1/regrade", json!({"commit": true})).await.status.as_u16() / 100, 2);
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
    // Whoever handed in the same still has it.
    assert_eq!(bob.get("/api/v1/labs/close/draft").await.json()["text"], "mine");
    let mine = instructor.get(&format!("/api/v1/attempts?learner={bob_id}")).await.json();
    let attempt = mine["attempts"][0]["id"].as_str().unwrap_or_else(|| panic!("{mine}"));
    let handed_in = instructor.get(&format!("/api/v1/attempts/{attempt}")).await;
    assert_eq!(handed_in.status, 200, "{handed_in:?}");
    assert_eq!(bob.post("/api/v1/labs/close/attempts", json!({"objects": []})).await.status.as_u16() / 100, 2);
}
