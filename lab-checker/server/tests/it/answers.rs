//! What every answer has: a name in the log, and when it is an error, our own words for it, whoever found it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::test_app::{Answer, Person, TestApp};

/// Every path of the description with its methods, and something in the place of its names.
async fn described(app: &TestApp, name: &str) -> Vec<(String, Vec<String>)> {
    let description = app.anonymous().get("/api/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    let named = |path: &str| {
        let part = |part: &str| if part.starts_with('{') { name.to_owned() } else { part.to_owned() };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    };
    paths.iter().map(|(path, item)| (named(path), item.as_object().unwrap().keys().cloned().collect())).collect()
}

fn method(name: &str) -> Method {
    Method::from_bytes(name.to_uppercase().as_bytes()).unwrap()
}

/// An error as a program must be able to read it.
#[track_caller]
fn check(answer: &Answer, what: &str) {
    assert!(answer.status.is_client_error(), "{what}: {answer:?}");
    assert!(!answer.problem().is_empty(), "{what}");
    let body = answer.json();
    assert!(
        !body["detail"].as_str().unwrap().is_empty() && !body["title"].as_str().unwrap().is_empty(),
        "{what}: {body}"
    );
    assert_eq!(body["request_id"].as_str(), answer.headers["x-request-id"].to_str().ok(), "{what}");
}

#[tokio::test]
async fn a_path_that_is_no_text_is_a_problem_everywhere() {
    let app = TestApp::new().await;
    let people = [("a learner", app.learner("Ada").await), ("an instructor", app.instructor())];
    for (path, methods) in described(&app, "%FF%FE").await {
        for (who, person) in people.iter().filter(|_| path.contains('%')) {
            for name in &methods {
                let answer = person.request(method(name), &path, None, "{}").await;
                check(&answer, &format!("{who}: {name} {path}"));
            }
        }
    }
}

#[tokio::test]
async fn another_method_is_told_which_there_are() {
    let app = TestApp::new().await;
    let person = app.learner("Ada").await;
    for (path, methods) in described(&app, "x").await {
        for other in ["get", "put", "post", "delete", "patch", "options"] {
            if methods.iter().any(|there| there == other) {
                continue;
            }
            let answer = person.request(method(other), &path, Some("application/json"), "{}").await;
            check(&answer, &format!("{other} {path}"));
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{other} {path}");
            let allowed = answer.headers["allow"].to_str().unwrap().to_lowercase();
            assert!(methods.iter().all(|there| allowed.contains(there.as_str())), "{path}: {allowed}");
        }
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_problems_everywhere() {
    let app = TestApp::new().await;
    let people = [("a learner", app.learner("Ada").await), ("an instructor", app.instructor())];
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(9 << 20));
    let bodies = [("no JSON", "{"), ("a number", "7"), ("a list of lists", "[[]]"), ("too much", large.as_str())];
    for (path, methods) in described(&app, "close").await {
        for name in methods.iter().filter(|name| ["put", "post"].contains(&name.as_str())) {
            for (who, person) in &people {
                for (what, body) in bodies {
                    let answer = person.request(method(name), &path, Some("application/json"), body).await;
                    // What takes no body does not read one.
                    if answer.status.is_client_error() {
                        check(&answer, &format!("{who}: {name} {path} with {what}"));
                    }
                    assert!(!answer.status.is_server_error(), "{who}: {name} {path} with {what}: {answer:?}");
                }
            }
        }
    }
    let large = people[1].1.request(Method::POST, "/api/v1/regrade", Some("application/json"), &large).await;
    assert_eq!((large.status.as_u16(), large.problem().as_str()), (413, "too-large"));
}

#[tokio::test]
async fn forms_that_are_none_are_pages_that_say_so() {
    let app = TestApp::new().await;
    let instructor = app.instructor();
    let forms = ["/join", "/login", "/instructor/login", "/instructor/roster", "/instructor/regrade", "/labs/close"];
    for path in forms {
        let person = if path.starts_with("/instructor") { instructor.clone() } else { app.learner("Ada").await };
        for (kind, body) in [("application/json", "{}"), ("application/x-www-form-urlencoded", "%FF=&a=1&a")] {
            let answer = person.request(Method::POST, path, Some(kind), body).await;
            if answer.status.is_client_error() {
                let kind = answer.headers["content-type"].to_str().unwrap();
                assert!(kind.starts_with("text/html") && answer.text.contains("</html>"), "{path}: {answer:?}");
            }
        }
        let answer = person.request(Method::DELETE, path, None, "").await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.text.contains("this address is for") && answer.headers.contains_key("allow"), "{answer:?}");
        let id = answer.headers["x-request-id"].to_str().unwrap();
        assert!(answer.text.contains(id), "the page names the request: {answer:?}");
    }
}

#[tokio::test]
async fn what_a_proxy_calls_a_request_is_kept_and_what_could_harm_a_log_is_not() {
    let app = TestApp::new().await;
    let named = async |person: Person| {
        let answer = person.get("/api/v1/no-such").await;
        check(&answer, "no such address");
        answer.headers["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(named(app.anonymous().with("x-request-id", "edge-1.2_3")).await, "edge-1.2_3");
    for given in ["a b", "\u{fc}", &"x".repeat(65), "<b>"] {
        let name = named(app.anonymous().with("x-request-id", given)).await;
        assert_ne!(name, given);
        assert_eq!(name.len(), 32, "{name}");
    }
    assert_ne!(named(app.anonymous()).await, named(app.anonymous()).await);
}

#[tokio::test]
async fn every_operation_describes_every_problem_that_it_can_answer_with() {
    let app = TestApp::new().await;
    let description = app.anonymous().get("/api/openapi.json").await.json();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut needed = vec!["400", "403", "405", "429", "500", "503"];
            needed.extend(operation.get("security").map(|_| "401"));
            needed.extend(path.contains('{').then_some("404"));
            needed.extend(operation.get("requestBody").map(|_| "413"));
            needed.extend(operation.get("requestBody").map(|_| "422"));
            for status in needed {
                let content = &operation["responses"][status]["content"];
                let schema = &content["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, &json!("#/components/schemas/Problem"), "{method} {path} {status}");
            }
            let success = operation["responses"].as_object().unwrap().keys().any(|status| status < &"400".to_owned());
            assert!(success, "{method} {path}");
        }
    }
    assert!(description["components"]["schemas"]["Problem"] != Value::Null);
}

#[test]
fn no_two_types_of_the_description_have_one_name() {
    let mut names = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for part in text
                .split("#[derive(")
                .skip(1)
                .filter(|part| part.split(')').next().is_some_and(|derived| derived.contains("ToSchema")))
            {
                let renamed = part
                    .split("#[schema(as = ")
                    .nth(1)
                    .filter(|_| part.find("#[schema(as = ") < part.find("struct ").or_else(|| part.find("enum ")));
                let declared = ["struct ", "enum "].into_iter().filter_map(|word| Some((part.find(word)?, word))).min();
                let (at, word) = declared.unwrap();
                let name = renamed.unwrap_or(&part[at + word.len()..]);
                names.push(name.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned());
            }
        }
    }
    assert!(names.len() > 40, "{names:?}");
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
    assert!(twice.is_empty(), "described under one name: {twice:?}");
}
