//! The API as learners use it.

use serde_json::{Value, json};

use crate::test_app::{Listening, TestApp, answers, policy, right_answers, solution};

#[tokio::test]
async fn enrolling_takes_the_join_code_and_gives_a_token_once() {
    let app = TestApp::new().await;
    let wrong = app.anonymous().post("/api/v1/learners", json!({"name": "Ada", "code": "WRONG-CODE"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.problem().as_str()), (403, "forbidden"));
    let ada = app.learner("Ada").await;
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!(
        (me["name"].as_str(), me["points"].as_f64(), me["max_points"].as_f64()),
        (Some("Ada"), Some(0.0), Some(12.0))
    );
    assert!(!me.to_string().contains("learner_"), "the token is never shown again: {me}");
}

#[tokio::test]
async fn an_address_enrols_once() {
    let app = TestApp::new().await;
    let body = json!({"name": "Ada", "email": "Ada@Example.org", "code": app.server.join_code.to_lowercase()});
    assert_eq!(app.anonymous().post("/api/v1/learners", body.clone()).await.status, 201);
    let again = app.anonymous().post("/api/v1/learners", body).await;
    assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "conflict"));
}

#[tokio::test]
async fn names_and_addresses_that_are_none_are_refused() {
    let app = TestApp::new().await;
    let code = &app.server.join_code;
    for body in [
        json!({"name": "", "code": code}),
        json!({"name": "  ", "code": code}),
        json!({"name": "a\u{0}b", "code": code}),
        json!({"name": "x".repeat(201), "code": code}),
        json!({"name": "Ada", "email": "nowhere", "code": code}),
    ] {
        let answer = app.anonymous().post("/api/v1/learners", body).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (422, "invalid"));
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let app = TestApp::new().await;
    for path in ["course", "me", "me/kubeconfig", "quizzes/basics", "labs/close", "gradebook", "roster", "attempts"] {
        let answer = app.anonymous().get(&format!("/api/v1/{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "not-signed-in"), "{path}");
        let answer = app.anonymous().with_token("learner_guess").get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, 401, "{path}");
    }
}

#[tokio::test]
async fn on_loopback_one_learner_is_signed_in_but_no_wrong_token_is() {
    let app = TestApp::listening(Listening::Loopback).await;
    let local = app.anonymous().with("host", "localhost:8080");
    assert_eq!(local.get("/api/v1/me").await.json()["name"], "Local learner");
    assert_eq!(local.clone().with_token("learner_guess").get("/api/v1/me").await.status, 401);
    assert_eq!(local.get("/api/v1/gradebook").await.status, 401);
}

#[tokio::test]
async fn the_course_names_everything_and_answers_nothing() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let course = ada.get("/api/v1/course").await;
    let body = course.json();
    assert_eq!(body["chapters"][0]["labs"], json!(["close"]));
    assert_eq!(body["chapters"][0]["quizzes"], json!(["basics"]));
    assert_eq!((&body["labs"][0]["points"], &body["quizzes"][0]["questions"]), (&json!(10.0), &json!(2)));
    for path in ["course", "quizzes/basics", "labs/close", "labs/close/hints/1", "me"] {
        let answer = ada.get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.contains("SECRET"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_quiz_is_graded_by_the_server_and_explained_afterwards() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let half = answers(&ada, "NetworkPolicy-secret-KEY", "None").await;
    let graded = ada.post("/api/v1/quizzes/basics/attempts", half).await;
    assert_eq!(graded.status, 201);
    let report = graded.json();
    assert_eq!(
        (&report["points"], &report["max_points"], &report["passed"]),
        (&json!(1.0), &json!(2.0), &json!(false))
    );
    assert_eq!(report["questions"][0]["correct"], true);
    assert_eq!(report["questions"][1]["explanation_html"], "<p>SECRET-CONTEXT-TWO</p>\n");
    let graded = ada.post("/api/v1/quizzes/basics/attempts", right_answers(&ada).await).await.json();
    assert_eq!((&graded["passed"], &graded["best_points"]), (&json!(true), &json!(2.0)));
    let worse = ada.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "x"}})).await.json();
    assert_eq!((&worse["points"], &worse["best_points"]), (&json!(0.0), &json!(2.0)));
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!((&me["quizzes"][0]["state"], &me["quizzes"][0]["attempts"]), (&json!("passed"), &json!(3)));
}

#[tokio::test]
async fn no_client_can_give_itself_points() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let forged = json!({"answers": {"layer": "x"}, "points": 2.0, "passed": true, "report": {"passed": true}, "max_points": 2.0});
    let graded = ada.post("/api/v1/quizzes/basics/attempts", forged).await.json();
    assert_eq!((&graded["points"], &graded["passed"]), (&json!(0.0), &json!(false)));
    let forged = json!({"objects": [], "passed": true, "points": 10.0});
    let graded = ada.post("/api/v1/labs/close/attempts", forged).await.json();
    assert_eq!((&graded["points"], &graded["passed"]), (&json!(0.0), &json!(false)));
}

#[tokio::test]
async fn what_has_no_shape_of_an_answer_is_no_attempt() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    for answers in [
        json!({"layer": 7, "selector": {"x": null}}),
        json!({"selector": {"x": "y"}}),
        json!({"layer": deep}),
        json!({"selector": "no-such-option"}),
        json!({"layer": {"answer": 7, "why": "because"}}),
    ] {
        let refused = ada.post("/api/v1/quizzes/basics/attempts", json!({"answers": answers})).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"), "{answers}");
        assert!(
            refused.json()["detail"].as_str().unwrap().starts_with("nothing was handed in: question"),
            "{refused:?}"
        );
        assert!(!refused.text.contains("SECRET"), "what is no answer is not explained: {refused:?}");
    }
    let half = json!({"layer": "x", "selector": 7});
    let graded = ada.post("/api/v1/quizzes/basics/attempts", json!({"answers": half})).await;
    assert_eq!((graded.status.as_u16(), graded.json()["questions"][1]["state"].as_str()), (201, Some("malformed")));
    assert!(!graded.text.contains("SECRET-CONTEXT-TWO"), "{graded:?}");
    assert_eq!(ada.get("/api/v1/me").await.json()["quizzes"][0]["attempts"], 1);
    for body in [json!([]), json!({"answers": 5}), json!("x")] {
        let refused = ada.post("/api/v1/quizzes/basics/attempts", body).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (400, "bad-request"));
    }
}

#[tokio::test]
async fn posted_objects_are_judged_on_top_of_the_start() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let mistake = json!({"objects": [policy(json!({"matchLabels": {"app": "web"}}))]});
    let report = ada.post("/api/v1/labs/close/attempts", mistake).await.json();
    assert_eq!((&report["passed"], &report["mistake"]["name"]), (&json!(false), &json!("only-web")));
    assert!(report["points"].as_f64().unwrap() < 10.0);
    let locked = ada.get("/api/v1/labs/close/solution").await;
    assert_eq!((locked.status.as_u16(), locked.problem().as_str()), (403, "forbidden"));
    let report = ada.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await.json();
    assert_eq!((&report["passed"], &report["points"]), (&json!(true), &json!(10.0)));
    let solution = ada.get("/api/v1/labs/close/solution").await.json();
    assert_eq!(solution["explanation"], "SECRET-SOLUTION-EXPLANATION");
}

#[tokio::test]
async fn a_lab_runs_in_the_learners_own_cluster() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let early = ada.post("/api/v1/labs/close/attempts", json!({})).await;
    assert_eq!((early.status.as_u16(), early.problem().as_str()), (409, "not-started"));
    for person in [&ada, &bob] {
        assert_eq!(person.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    }
    let open = ada.post("/api/v1/labs/close/attempts", json!({})).await.json();
    assert_eq!((&open["passed"], &open["points"]), (&json!(false), &json!(0.0)));
    let text =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n";
    let applied = ada.post("/api/v1/labs/close/objects", json!({"text": text})).await.json();
    assert_eq!(applied["results"][0]["applied"], true, "{applied}");
    let report = ada.get("/api/v1/labs/close/report").await.json();
    assert_eq!(report["passed"], true, "{report}");
    assert_eq!(ada.get("/api/v1/me").await.json()["points"], 0.0, "a report is not an attempt");
    let closed = ada.post("/api/v1/labs/close/attempts", json!({})).await.json();
    assert_eq!(closed["passed"], true);
    assert_eq!(bob.post("/api/v1/labs/close/attempts", json!({})).await.json()["passed"], false);
    assert_eq!(ada.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    assert_eq!(ada.get("/api/v1/labs/close/report").await.json()["passed"], true, "it goes on as it was left");
    assert_eq!(ada.post("/api/v1/labs/close/reset", json!({})).await.status, 204);
    assert_eq!(ada.get("/api/v1/labs/close/report").await.json()["passed"], false);
}

#[tokio::test]
async fn the_map_and_the_reasons_follow_the_cluster() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let verdicts = |map: Value| -> Vec<(String, String, String)> {
        let cells = map.as_array().unwrap().clone();
        let word = |cell: &Value, key: &str| cell[key].as_str().unwrap_or("none").to_owned();
        cells.iter().map(|cell| (word(cell, "from"), word(cell, "to"), word(cell, "actual"))).collect()
    };
    let before = verdicts(ada.get("/api/v1/labs/close/map").await.json());
    assert!(before.iter().all(|(.., verdict)| verdict == "allowed"), "before the start, the start: {before:?}");
    ada.post("/api/v1/labs/close/start", json!({})).await;
    ada.post("/api/v1/labs/close/objects", json!({"text": policy(json!({})).to_string()})).await;
    let after = verdicts(ada.get("/api/v1/labs/close/map").await.json());
    let into_shop = after.iter().filter(|(_, to, _)| to.starts_with("shop/"));
    assert!(into_shop.clone().count() == 4 && into_shop.clone().all(|(.., verdict)| verdict == "blocked"), "{after:?}");
    let why = ada.get("/api/v1/labs/close/explain?from=street/stranger&to=shop/web&port=80").await.json();
    assert_eq!(why["verdict"], "blocked");
    assert_eq!(why["ingress"]["policies"][0]["policy"], "shop/deny");
    let nobody = ada.get("/api/v1/labs/close/explain?from=street/nobody&to=shop/web&port=80").await;
    assert_eq!((nobody.status.as_u16(), nobody.problem().as_str()), (422, "invalid"));
}

#[tokio::test]
async fn what_a_cluster_refuses_is_told_in_its_words() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    let broken = ada.post("/api/v1/labs/close/objects", json!({"text": "kind: [\n"})).await.json();
    assert_eq!(broken["results"], json!([]));
    assert!(broken["diagnostics"][0]["line"].as_u64().unwrap() >= 1);
    let bad = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}, policyTypes: [Sideways]}\n";
    let refused = ada.post("/api/v1/labs/close/objects", json!({"text": bad})).await.json();
    assert!(refused.to_string().contains("Sideways"), "{refused}");
}

#[tokio::test]
async fn hints_come_one_by_one() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let first = ada.get("/api/v1/labs/close/hints/1").await.json();
    assert_eq!((&first["text"], &first["total"]), (&json!("The gentle hint."), &json!(2)));
    for number in ["0", "3", "x", "-1", "99999999999999999999999"] {
        let none = ada.get(&format!("/api/v1/labs/close/hints/{number}")).await;
        assert_eq!((none.status.as_u16(), none.problem().as_str()), (404, "not-found"), "{number}");
    }
}

#[tokio::test]
async fn a_kubeconfig_leads_to_ones_own_cluster() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let server = |config: &Value| config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let (of_ada, of_bob) =
        (ada.get("/api/v1/me/kubeconfig").await.json(), bob.get("/api/v1/me/kubeconfig").await.json());
    assert_ne!(server(&of_ada), server(&of_bob));
    let path = server(&of_ada).split_once("/clusters/").unwrap().1.to_owned();
    assert!(path.len() >= 32, "nobody guesses {path}");
    let version = app.anonymous().get(&format!("/clusters/{path}/version")).await;
    assert_eq!(version.status, 200);
    assert_eq!(app.anonymous().get("/clusters/guess/version").await.status, 404);
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    ada.post("/api/v1/labs/close/objects", json!({"text": policy(json!({})).to_string()})).await;
    ada.post("/api/v1/quizzes/basics/attempts", right_answers(&ada).await).await;
    let token = ada.get("/api/v1/me/kubeconfig").await.text;
    let headers = ada;
    let code = app.server.join_code.clone();
    let app = app.restarted().await;
    assert_eq!(app.server.join_code, code);
    assert_eq!(app.server.instructor_token, None, "printed once");
    let ada = headers.on(&app);
    assert_eq!(ada.get("/api/v1/me").await.json()["points"], 2.0);
    assert_eq!(ada.get("/api/v1/me/kubeconfig").await.text, token);
    assert_eq!(ada.get("/api/v1/labs/close/report").await.json()["passed"], true);
}
