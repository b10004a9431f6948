//! Nothing that somebody sends may crash, block or mislead the server.

use axum::http::header;
use serde_json::json;

use crate::test_app::{Listening, TestApp};

#[tokio::test]
async fn names_that_are_paths_are_just_unknown_names() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    for name in ["..%2F..%2Fetc%2Fpasswd", "%2e%2e", "close%00", "CLOSE", "nope", "%3Cscript%3E", "a%20b"] {
        let lab = ada.get(&format!("/api/v1/labs/{name}")).await;
        assert_eq!((lab.status.as_u16(), lab.problem().as_str()), (404, "unknown-lab"), "{name}");
        let quiz = ada.post(&format!("/api/v1/quizzes/{name}/attempts"), json!({"answers": {}})).await;
        assert_eq!((quiz.status.as_u16(), quiz.problem().as_str()), (404, "unknown-quiz"), "{name}");
        let page = ada.get(&format!("/labs/{name}")).await;
        assert_eq!(page.status, 404, "{name}");
        assert!(!page.text.contains("<script>"), "{name}");
    }
    for path in ["/book/..%2f..%2fCargo.toml", "/book/../Cargo.toml", "/assets/..%2fpages.css", "/nothing/here"] {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_near_name_is_suggested() {
    let app = TestApp::new().await;
    let answer = app.learner("Ada").await.get("/api/v1/labs/clos").await.json();
    assert_eq!(answer["detail"], "there is no lab \"clos\"; did you mean \"close\"?");
}

#[tokio::test]
async fn garbage_is_a_problem_and_not_a_crash() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let path = "/api/v1/labs/close/attempts";
    for body in ["{", "\u{0}\u{1}", "[1,2", "{\"objects\": 3}", &"[".repeat(100_000)] {
        let answer = ada.post_text(path, "application/json", body).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "bad-request"));
    }
    for objects in [json!([1]), json!([{}, "x"]), json!([null]), json!([[]])] {
        let answer = ada.post(path, json!({"objects": objects})).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid"), "{objects}");
    }
    for objects in [json!([{}]), json!([{"kind": "NetworkPolicy"}])] {
        let answer = ada.post(path, json!({"objects": objects})).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["passed"]), (201, &json!(false)), "{answer:?}");
    }
    let many = vec![json!({"kind": "Pod"}); 501];
    assert_eq!(ada.post(path, json!({"objects": many})).await.status, 422);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let large = "x".repeat(2 << 20);
    for path in ["/api/v1/labs/close/attempts", "/api/v1/labs/close/objects", "/api/v1/quizzes/basics/attempts"] {
        let answer = ada.post(path, json!({"text": large, "answers": {}, "objects": [large]})).await;
        assert_eq!(answer.status, 413, "{path}");
    }
    let text = "# comment\n".repeat(40_000);
    assert_eq!(ada.post("/api/v1/labs/close/objects", json!({"text": text})).await.status, 422);
}

#[tokio::test]
async fn a_yaml_bomb_is_a_diagnostic() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let reference = format!("*a{},", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{reference}]\n"));
    }
    let answer = ada.post("/api/v1/labs/close/objects", json!({"text": bomb})).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.json()["diagnostics"].as_array().unwrap().is_empty(), "{answer:?}");
}

#[tokio::test]
async fn guessing_join_codes_is_slowed_down() {
    let app = TestApp::new().await;
    let guess = || async { app.anonymous().post("/api/v1/learners", json!({"name": "x", "code": "AAAA-AAAA"})).await };
    for _ in 0..20 {
        assert_eq!(guess().await.status, 403);
    }
    let slowed = guess().await;
    assert_eq!((slowed.status.as_u16(), slowed.problem().as_str()), (429, "too-many-requests"));
    assert!(slowed.headers.contains_key(header::RETRY_AFTER));
    let right = json!({"name": "x", "code": app.server.join_code});
    assert_eq!(app.anonymous().post("/api/v1/learners", right).await.status, 201, "a class has one address");
}

#[tokio::test]
async fn a_page_of_another_site_can_do_nothing() {
    let app = TestApp::listening(Listening::Loopback).await;
    let local = app.anonymous().with("host", "localhost:8080");
    let rebound = app.anonymous().with("host", "evil.example").get("/api/v1/me").await;
    assert_eq!((rebound.status.as_u16(), rebound.problem().as_str()), (421, "wrong-host"));
    let forged = local.clone().with("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    for path in ["/api/v1/labs/close/start", "/api/v1/labs/close/attempts"] {
        assert_eq!(forged.post(path, json!({})).await.status, 403, "{path}");
    }
    assert_eq!(forged.submit("/labs/close", "action=start").await.status, 403);
    assert_eq!(local.get("/api/v1/me").await.json()["points"], 0.0);
    let own = local.with("sec-fetch-site", "same-origin");
    assert_eq!(own.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let cluster = app.anonymous().with("host", "evil.example").get("/clusters/x/version").await;
    assert_eq!(cluster.status, 421);
}

#[tokio::test]
async fn every_answer_carries_its_guards() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    for path in ["/", "/labs/close", "/quizzes/basics", "/book/closing.html", "/api/v1/me", "/nothing"] {
        let answer = ada.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(policy.contains("style-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
    assert_eq!(ada.get("/api/v1/me").await.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn operators_see_health_and_figures_but_no_names() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada Lovelace").await;
    ada.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "x"}})).await;
    assert_eq!(app.anonymous().get("/healthz").await.text, "ok\n");
    ada.get("/book/").await;
    assert_eq!(app.anonymous().get("/readyz").await.text, "ok\n");
    let metrics = app.anonymous().get("/metrics").await.text;
    assert!(metrics.contains("lab_checker_attempts_total{kind=\"quiz\",passed=\"false\"} 1"), "{metrics}");
    assert!(!metrics.contains("Lovelace"));
}

#[tokio::test]
async fn no_client_adds_to_the_figures_what_it_invents() {
    let app = TestApp::new().await;
    for number in 0..50 {
        app.anonymous().send_method(&format!("INVENTED{number}"), &format!("/nothing/{number}")).await;
        app.anonymous().send_method("GET", &format!("/labs/{number}")).await;
    }
    let metrics = app.anonymous().get("/metrics").await.text;
    assert!(!metrics.contains("INVENTED") && metrics.contains("method=\"other\""), "{metrics}");
    let lines = metrics.lines().filter(|line| line.starts_with("lab_checker_http_requests_total")).count();
    assert!(lines < 8, "{metrics}");
}

#[tokio::test]
async fn figures_are_for_who_runs_the_server() {
    let app = TestApp::new().await.reached_from("192.0.2.7");
    assert_eq!(app.anonymous().get("/metrics").await.status, 401);
    assert_eq!(app.learner("Ada").await.get("/metrics").await.status, 403);
    assert_eq!(app.instructor().get("/metrics").await.status, 200);
    assert_eq!(app.anonymous().get("/healthz").await.status, 200);
    let app = TestApp::new().await.reached_from("127.0.0.1");
    assert_eq!(app.anonymous().get("/metrics").await.status, 200);
    assert_eq!(app.anonymous().with("x-forwarded-for", "127.0.0.1").get("/metrics").await.status, 401);
}
