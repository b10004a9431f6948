//! The certificate: there when it is earned, and gone when a new grade says otherwise.

use serde_json::json;
use server::{
    activity::Activity,
    store::{Attempt, Grade},
};

use crate::test_app::{TestApp, policy, right_answers, solution};

const ARTICLE: &str = "class=\"certificate\"";

#[tokio::test]
async fn a_certificate_is_there_when_it_is_earned_and_says_what_is_missing_before() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada <b>\u{202e}").await;
    let none = ada.get("/certificate").await;
    assert!(!none.text.contains(ARTICLE) && none.text.contains("href=\"/labs/close\""), "{}", none.text);
    let objects = json!({"objects": solution()});
    let passed = ada.post("/api/v1/labs/close/attempts", objects).await.json();
    assert_eq!(passed["passed"], true, "{passed}");
    let lab = ada.get("/certificate").await.text;
    assert_eq!(lab.matches(ARTICLE).count(), 1, "{lab}");
    assert!(lab.contains("<bdi>Ada &#60;b&#62;") && lab.contains("Close the shop"), "{lab}");
    assert!(lab.contains("href=\"/quizzes/basics\"") && !lab.contains("href=\"/labs/close\""), "{lab}");
    ada.post("/api/v1/quizzes/basics/attempts", right_answers(&ada).await).await;
    let all = ada.get("/certificate").await.text;
    assert_eq!(all.matches(ARTICLE).count(), 2, "{all}");
    assert!(!all.contains("not passed"), "{all}");
    let page = ada.get("/labs/close").await.text;
    assert!(page.contains("href=\"/certificate\""), "the lab of the certificate leads to it: {page}");
    let bob = app.learner("Bob").await;
    let page = bob.get("/labs/close").await.text;
    assert!(!page.contains("href=\"/certificate\""), "nothing is earned yet: {page}");
    let nobody = app.anonymous().get("/certificate").await;
    assert_eq!(nobody.headers["location"], "/join?next=/certificate");
}

#[tokio::test]
async fn a_certificate_says_what_is_true_after_grading_again() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let half = json!({"source": "files", "objects": [policy(json!({"matchLabels": {"app": "web"}}))]});
    let report =
        json!({"lab": "close", "passed": true, "points": 10.0, "max_points": 10.0, "mistake": null, "checks": []});
    let grade = Grade { points: 10.0, max_points: 10.0, passed: true, report };
    app.server.store.record(Attempt::new(&id, Activity::lab("close"), half, grade)).await.unwrap();
    assert!(ada.get("/certificate").await.text.contains(ARTICLE), "an older course let it pass");
    app.instructor().post("/api/v1/regrade", json!({"commit": true})).await;
    let now = ada.get("/certificate").await.text;
    assert!(!now.contains(ARTICLE) && now.contains("href=\"/labs/close\""), "{now}");
}
