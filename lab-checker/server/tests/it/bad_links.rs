//! Links that lead nowhere: whatever is wrong with an address of a page, it is answered as a page that says so.

use axum::http::header;
use serde_json::json;

use crate::test_app::{Person, TestApp, right_answers, solution};

/// A class with an attempt of Ada's at each activity.
struct Class {
    app: TestApp,
    ada: Person,
    lab: String,
    quiz: String,
}

impl Class {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let ada = app.learner("Ada").await;
        ada.post("/api/v1/labs/close/start", json!({})).await;
        let lab = ada.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await.json();
        let quiz = ada.post("/api/v1/quizzes/basics/attempts", right_answers(&ada).await).await.json();
        let id = |attempt: serde_json::Value| attempt["attempt_id"].as_str().unwrap().to_owned();
        Self { app, ada, lab: id(lab), quiz: id(quiz) }
    }
}

async fn is_a_page_that_says_so(person: &Person, path: &str) {
    let answer = person.get(path).await;
    let status = answer.status.as_u16();
    assert!([400, 404].contains(&status), "{path} is answered with {status}: {}", answer.text);
    let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
    assert!(kind.starts_with("text/html") && answer.text.contains("</html>"), "{path}: {kind}: {}", answer.text);
}

/// What nobody's link says after the question mark.
const QUERIES: [&str; 8] = [
    "reset=1",
    "reset=",
    "nothing",
    "hints=99",
    "attempt=00000000-0000-0000-0000-000000000000&from=a",
    "%ff=%ff",
    "a=b&a=b",
    "hints=1&x[]=y",
];
const IDS: [&str; 7] = ["x", "%00", "%ff", "..", "0", "00000000-0000-0000-0000-000000000000", "a%2Fb"];

#[tokio::test]
async fn nothing_bad_on_a_page_of_a_learner_is_answered_as_if_it_were_good() {
    let class = Class::new().await;
    let (lab, quiz) = (&class.lab, &class.quiz);
    let good = [
        "/labs/close".to_owned(),
        format!("/labs/close?attempt={lab}"),
        "/labs/close?hints=2".to_owned(),
        "/labs/close?hints=0".to_owned(),
        "/labs/close?from=street/stranger&to=shop/web&port=80".to_owned(),
        "/labs/close?from=street/stranger&to=shop/web&port=80/TCP".to_owned(),
        "/labs/close?open=shop:street".to_owned(),
        "/labs/close?open=".to_owned(),
        "/quizzes/basics".to_owned(),
        format!("/quizzes/basics/attempts/{quiz}"),
        "/certificate".to_owned(),
    ];
    for path in &good {
        assert_eq!(class.ada.get(path).await.status, 200, "{path}");
    }
    let mut bad: Vec<String> = Vec::new();
    for path in ["/labs/close", "/quizzes/basics", "/certificate", &format!("/quizzes/basics/attempts/{quiz}")] {
        bad.extend(QUERIES.iter().map(|query| format!("{path}?{query}")));
    }
    for id in IDS {
        bad.extend(
            ["/labs/", "/quizzes/", "/quizzes/basics/attempts/", "/labs/close?attempt="].map(|at| format!("{at}{id}")),
        );
    }
    for value in ["-1", "3", "99", "1.5", "x", "", "18446744073709551616", "1&hints=2"] {
        bad.push(format!("/labs/close?hints={value}"));
    }
    // Attempts at something else, of somebody else, and none.
    bad.extend([
        format!("/labs/close?attempt={quiz}"),
        "/labs/close?attempt=".to_owned(),
        format!("/quizzes/basics/attempts/{lab}"),
        format!("/quizzes/nowhere/attempts/{quiz}"),
        format!("/labs/nowhere?attempt={lab}"),
    ]);
    // Cells that are not in the table.
    for flow in [
        "from=street/stranger",
        "from=street/stranger&to=shop/web",
        "to=shop/web&port=80",
        "from=&to=&port=",
        "from=street/ghost&to=shop/web&port=80",
        "from=street/stranger&to=shop/ghost&port=80",
        "from=street/stranger&to=shop/web&port=81",
        "from=street/stranger&to=shop/web&port=80/UDP",
        "from=street/stranger&to=shop/web&port=http",
        "from=street/stranger&to=shop/web&port=%00",
        "from=shop/web&to=shop/web&port=80",
        "from=10.0.0.1&to=shop/web&port=80",
        "from=*&to=*&port=80",
        "from=street/stranger&to=svc:shop/web&port=80",
    ] {
        bad.push(format!("/labs/close?{flow}"));
    }
    for open in ["nowhere", "shop:nowhere", "%00", "shop/web"] {
        bad.push(format!("/labs/close?open={open}"));
    }
    for path in &bad {
        is_a_page_that_says_so(&class.ada, path).await;
    }
    let bob = class.app.learner("Bob").await;
    for path in [format!("/labs/close?attempt={lab}"), format!("/quizzes/basics/attempts/{quiz}")] {
        is_a_page_that_says_so(&bob, &path).await;
    }
}

#[tokio::test]
async fn nothing_bad_on_a_page_of_an_instructor_is_answered_as_if_it_were_good() {
    let class = Class::new().await;
    let instructor = class.app.instructor();
    let id = class.ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let learner = format!("/instructor/learners/{id}");
    let attempt = format!("/instructor/attempts/{}", class.lab);
    let pages = [
        "/instructor",
        "/instructor/roster",
        "/instructor/regrade",
        "/instructor/appeals",
        "/instructor/appeals/csv",
        "/instructor/gradebook/csv",
        "/instructor/activities/lab/close",
        "/instructor/activities/quiz/basics",
        &learner,
        &attempt,
    ];
    for path in pages {
        assert_eq!(instructor.get(path).await.status, 200, "{path}");
        for query in QUERIES {
            is_a_page_that_says_so(&instructor, &format!("{path}?{query}")).await;
        }
    }
    for good in ["?sort=total&order=desc&find=a&show=unfinished", "?sort=lab/close", "?sort=&order=&find=&show="] {
        assert_eq!(instructor.get(&format!("/instructor{good}")).await.status, 200, "{good}");
    }
    is_a_page_that_says_so(&instructor, "/instructor?sort=name&sort=total").await;
    is_a_page_that_says_so(&instructor, "/instructor/appeals/csv?state=lost").await;
    for id in IDS {
        for at in ["learners", "attempts", "gradebook", "activities", "activities/lab", "activities/quiz"] {
            is_a_page_that_says_so(&instructor, &format!("/instructor/{at}/{id}")).await;
        }
        is_a_page_that_says_so(&instructor, &format!("/instructor/activities/{id}/close")).await;
    }
}

#[tokio::test]
async fn what_a_page_does_not_take_is_said_on_a_page() {
    let class = Class::new().await;
    let instructor = class.app.instructor();
    for (person, path, kind, body) in [
        (&class.ada, "/labs/close", "application/json", "{}"),
        (&class.ada, "/labs/close", "application/x-www-form-urlencoded", "text=no-button"),
        (&class.ada, "/labs/close", "application/x-www-form-urlencoded", "action=dance"),
        (&class.ada, "/labs/nowhere", "application/x-www-form-urlencoded", "action=start"),
        (&class.ada, "/labs/%ff", "application/x-www-form-urlencoded", "action=start"),
        (&class.ada, "/quizzes/basics", "text/plain", "layer=x"),
        (&class.ada, "/quizzes/nowhere", "application/x-www-form-urlencoded", ""),
        (&class.ada, "/certificate", "application/x-www-form-urlencoded", ""),
        (&instructor, "/instructor/learners/%00/token", "application/x-www-form-urlencoded", ""),
        (&instructor, "/instructor/learners/x/token", "application/x-www-form-urlencoded", ""),
        (&instructor, "/instructor/appeals/%00", "application/x-www-form-urlencoded", "answer=x"),
        (&instructor, "/instructor/appeals/x", "application/x-www-form-urlencoded", ""),
        (&instructor, "/instructor/roster", "application/json", "{}"),
    ] {
        let answer = person.post_text(path, kind, body).await;
        assert!(answer.status.is_client_error(), "{path} {body:?}: {answer:?}");
        let said = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
        assert!(said.starts_with("text/html") && answer.text.contains("</html>"), "{path} {body:?}: {answer:?}");
    }
}
