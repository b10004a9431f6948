//! Points as everybody reads them: nothing is `0` and never `-0`, wherever it stands and however it came there; and the
//! bars that show them have a style on every page.

use serde_json::json;
use server::{
    activity::Activity,
    store::{Attempt, Grade},
};

use crate::test_app::{Person, TestApp};

/// Where a text says minus nothing.
fn minus_nothing(text: &str) -> Option<&str> {
    let is_of_a_word = |character: char| character.is_alphanumeric() || "-._/#".contains(character);
    text.match_indices("-0").find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        let number: String = text[at + 1..].chars().take_while(|next| next.is_ascii_digit() || *next == '.').collect();
        let after = text[at + 1 + number.len()..].chars().next();
        let is_nothing = number.trim_end_matches('.').parse() == Ok(0.0);
        let is_number =
            !before.is_some_and(is_of_a_word) && !after.is_some_and(|next| is_of_a_word(next) && next != '/');
        (is_nothing && is_number).then(|| &text[at..(at + 12).min(text.len())])
    })
}

#[test]
fn minus_nothing_is_found_where_it_is() {
    for text in ["-0", "{\"points\":-0.0}", ">-0<", "a,-0,b", "-0.00 points"] {
        assert!(minus_nothing(text).is_some(), "{text}");
    }
    for text in ["2026-01-02", "10.0", "-0.5", "01-0a", "x-0", "M-05 3"] {
        assert!(minus_nothing(text).is_none(), "{text}");
    }
}

async fn says_no_minus_nothing(person: &Person, path: &str) {
    let answer = person.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(minus_nothing(&answer.text), None, "{path}: {}", answer.text);
}

#[tokio::test]
async fn nothing_is_never_minus_nothing() {
    let app = TestApp::new().await;
    let instructor = app.instructor();
    let ada = app.learner("Ada").await;
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    for handed_in in [false, true] {
        if handed_in {
            // As an older server may have stored it.
            let grade = Grade { points: -0.0, max_points: 10.0, passed: false, report: json!({}) };
            for activity in [Activity::lab("close"), Activity::quiz("basics")] {
                let attempt = Attempt::new(&id, activity, json!({"answers": {}, "objects": []}), grade.clone());
                app.server.store.record(attempt).await.unwrap();
            }
            ada.post("/api/v1/labs/close/start", json!({})).await;
            let graded = ada.post("/api/v1/labs/close/attempts", json!({})).await;
            assert_eq!(minus_nothing(&graded.text), None, "{graded:?}");
        }
        for path in ["/", "/labs/close", "/quizzes/basics", "/certificate", "/api/v1/me", "/api/v1/course"] {
            says_no_minus_nothing(&ada, path).await;
        }
        for path in [
            "/instructor",
            &format!("/instructor/learners/{id}"),
            "/instructor/activities/lab/close",
            "/instructor/activities/quiz/basics",
            "/instructor/gradebook/json",
            "/instructor/gradebook/csv",
            "/instructor/gradebook/nbgrader",
            "/api/v1/gradebook",
            "/api/v1/attempts",
            "/api/v1/roster",
        ] {
            says_no_minus_nothing(&instructor, path).await;
        }
    }
}

#[tokio::test]
async fn every_bar_has_its_style() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let instructor = app.instructor();
    ada.post("/api/v1/labs/close/start", json!({})).await;
    ada.post("/api/v1/labs/close/attempts", json!({})).await;
    let css = ada.get("/assets/pages.css").await.text;
    for rule in ["\nprogress {", "\nprogress::-webkit-progress-value {", "\nprogress::-moz-progress-bar {"] {
        assert!(css.contains(rule), "{rule}");
    }
    let mut bars = 0;
    for (person, path) in [
        (&ada, "/"),
        (&ada, "/labs/close"),
        (&ada, "/quizzes/basics"),
        (&ada, "/certificate"),
        (&ada, "/book/closing.html"),
        (&instructor, "/instructor"),
        (&instructor, "/instructor/activities/lab/close"),
    ] {
        let page = person.get(path).await.text;
        let has_bar = page.contains("<progress");
        bars += usize::from(has_bar);
        assert!(!has_bar || page.contains("href=\"/assets/pages.css\""), "{path}");
    }
    assert!(bars > 0, "the start page has one");
}
