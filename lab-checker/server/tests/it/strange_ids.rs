//! Names in addresses that cannot be names: every described route says so, on both databases, and none fails.

use serde_json::{Value, json};

use crate::postgres::Postgres;
use crate::test_app::TestApp;

#[tokio::test]
async fn on_sqlite() {
    nothing_fails(&TestApp::new().await).await;
}

#[tokio::test]
async fn on_postgres() {
    let postgres = Postgres::start();
    nothing_fails(&TestApp::on_database(&postgres.database("course")).await).await;
}

async fn nothing_fails(app: &TestApp) {
    let people = [app.anonymous(), app.learner("Ada").await, app.instructor()];
    let long = "x".repeat(5_000);
    let description = app.anonymous().get("/api/openapi.json").await.json();
    let mut tried = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for strange in ["%00", "a%00b", "%ff", "%c3%28", &long] {
                let asked = address(path, &parameters, strange);
                for person in &people {
                    let answer = match method.as_str() {
                        "get" | "delete" => person.send_method(&method.to_uppercase(), &asked).await,
                        "put" => person.put(&asked, json!({"text": "x", "version": 0})).await,
                        _ => person.post(&asked, body(operation)).await,
                    };
                    let shown: String = asked.chars().take(80).collect();
                    assert!(answer.status.as_u16() < 500, "{method} {shown}: {answer:?}");
                    if path.contains('{') {
                        assert!(answer.status.is_client_error(), "{method} {shown}: {answer:?}");
                    }
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
    for page in [
        "/labs/",
        "/quizzes/",
        "/instructor/learners/",
        "/instructor/attempts/",
        "/instructor/appeals/",
        "/book/",
        "/assets/",
        "/quizzes/basics/attempts/",
        "/instructor/activities/lab/",
        "/clusters/",
    ] {
        for strange in ["%00", "%ff", &long] {
            for person in &people {
                let answer = person.get(&format!("{page}{strange}")).await;
                let status = answer.status.as_u16();
                assert!((300..500).contains(&status), "{page}{strange}: {answer:?}");
            }
        }
    }
}

/// The path with something strange in the place of every parameter.
fn address(path: &str, parameters: &[Value], strange: &str) -> String {
    let mut address = String::new();
    for (index, part) in path.split(['{', '}']).enumerate() {
        address.push_str(if index % 2 == 1 { strange } else { part });
    }
    let query: Vec<String> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| format!("{}={strange}", parameter["name"].as_str().unwrap()))
        .collect();
    if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
}

/// A body with the strange character in every text, as far as the description tells the fields.
fn body(operation: &Value) -> Value {
    match operation.get("requestBody") {
        Some(_) => {
            json!({"text": "\u{0}", "name": "\u{0}", "code": "\u{0}", "answers": {}, "objects": [], "message": "\u{0}"})
        }
        None => json!({}),
    }
}
