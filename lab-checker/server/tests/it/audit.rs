//! The record of what instructors do: who, what, when; on pages, through the API, and at the server's machine.

use serde_json::{Value, json};
use server::Credentials;

use crate::test_app::{Person, TestApp};

async fn entries(instructor: &Person) -> Vec<Value> {
    instructor.get("/api/v1/audit").await.json()["entries"].as_array().unwrap().clone()
}

/// What was done, the newest first.
async fn actions(instructor: &Person) -> Vec<String> {
    let words = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
    entries(instructor).await.iter().map(words).collect()
}

#[tokio::test]
async fn whatever_an_instructor_changes_or_takes_away_is_written_down_and_nothing_else() {
    let app = TestApp::new().await;
    let (ada, instructor) = (app.learner("Ada").await, app.instructor());
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    for path in ["/api/v1/roster", "/api/v1/attempts", "/instructor", "/instructor/audit", "/api/v1/regrade"] {
        assert_eq!(instructor.get(path).await.status, 200, "{path}");
    }
    ada.post("/api/v1/roster", json!([{"name": "Eve"}])).await;
    app.anonymous().post("/api/v1/roster", json!([{"name": "Eve"}])).await;
    ada.post("/api/v1/labs/close/attempts", json!({"objects": []})).await;
    assert_eq!(actions(&instructor).await, [""; 0], "looking is not written down, nor what is refused to others");

    instructor.post("/api/v1/roster", json!([{"name": "Bob"}])).await;
    instructor.post("/api/v1/roster", json!([{"name": ""}])).await;
    instructor.post(&format!("/api/v1/roster/{id}/token"), json!({})).await;
    instructor.post("/api/v1/regrade", json!({})).await;
    instructor.get("/api/v1/gradebook?format=csv").await;
    instructor.get("/instructor/gradebook/csv").await;
    instructor.submit("/instructor/roster", "text=name%0ACleo").await;
    let expected = [
        ("imported a class list", 200, "/instructor/roster"),
        ("downloaded the gradebook", 200, "/instructor/gradebook/csv"),
        ("downloaded the gradebook", 200, "/api/v1/gradebook"),
        ("began to grade again", 200, "/api/v1/regrade"),
        ("renewed a learner's token", 201, &format!("/api/v1/roster/{id}/token")),
        ("imported a class list", 422, "/api/v1/roster"),
        ("imported a class list", 200, "/api/v1/roster"),
    ];
    let entries = entries(&instructor).await;
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap();
            (text("action"), entry["status"].as_u64().unwrap(), text("object"))
        })
        .collect();
    assert_eq!(told, expected);
    let page = instructor.get("/instructor/audit").await.text;
    assert!(page.contains("renewed a learner&#39;s token") && page.contains(&id), "{page}");
    for person in [ada, app.anonymous()] {
        assert!([401, 403].contains(&person.get("/api/v1/audit").await.status.as_u16()));
        assert!(!person.get("/instructor/audit").await.text.contains("class list"));
    }
}

#[tokio::test]
async fn each_entry_names_the_token_its_request_and_the_moment() {
    let app = TestApp::new().await;
    let credentials = Credentials::open(app.folder.path(), None).await.unwrap();
    let issued = credentials.issue(Some("for the assistants")).await.unwrap();
    let assistant = app.anonymous().with_token(&issued.token).with("x-request-id", "req-17");
    assistant.post("/api/v1/roster", json!([{"name": "Bob"}])).await;
    // A session is that of the token it was got for, until it ends.
    let signed_in = app.anonymous().submit("/instructor/login", &format!("token={}", issued.token)).await;
    let browser = app.anonymous().with_cookie_of(&signed_in);
    browser.submit("/instructor/roster", "text=name%0ACleo").await;
    let entries = entries(&assistant).await;
    let by: Vec<_> = entries.iter().map(|entry| (entry["who"].as_str().unwrap(), entry["label"].as_str())).collect();
    let assistants = (issued.id.as_str(), Some("for the assistants"));
    assert_eq!(by, [assistants, assistants, assistants, ("this machine", None)]);
    assert_eq!(entries[1]["action"], "signed in");
    assert_eq!(entries[2]["request"], "req-17");
    assert_eq!(
        (&entries[3]["action"], &entries[3]["object"]),
        (&json!("issued an instructor token"), &json!(issued.id))
    );
    assert!(entries.iter().all(|entry| entry["at"].as_str().unwrap().ends_with('Z')));
    assert!(!entries.iter().any(|entry| entry.to_string().contains(&issued.token)), "no entry tells a token");
    credentials.revoke_join_code().await.unwrap();
    credentials.rotate_join_code().await.unwrap();
    credentials.rotate(Some(&issued.id)).await.unwrap();
    credentials.close().await;
    let actions = actions(&app.instructor()).await;
    assert_eq!(actions[..3], ["replaced an instructor token", "replaced the join code", "revoked the join code"]);
}

#[tokio::test]
async fn a_long_record_is_read_page_by_page() {
    let app = TestApp::new().await;
    let instructor = app.instructor();
    for number in 0..205 {
        app.server.store.audit_here(&format!("did {number}"), None).await.unwrap();
    }
    let first = instructor.get("/api/v1/audit").await.json();
    let next = first["next"].as_str().unwrap();
    let second = instructor.get(&format!("/api/v1/audit?before={next}")).await.json();
    assert_eq!((first["entries"].as_array().unwrap().len(), second["entries"].as_array().unwrap().len()), (200, 5));
    assert_eq!((&second["entries"][4]["action"], &second["next"]), (&json!("did 0"), &Value::Null));
    assert_eq!(instructor.get("/api/v1/audit?before=x").await.status, 422);
}
