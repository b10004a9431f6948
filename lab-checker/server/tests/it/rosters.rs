//! Lists of a class: all of a list or nothing, a whole school year at once, and every wrong line named.

use serde_json::{Value, json};

use crate::test_app::TestApp;

/// What the class is: `name email id`, by name.
async fn class(app: &TestApp) -> Vec<String> {
    let roster = app.instructor().get("/api/v1/roster").await.json();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let learners = roster["learners"].as_array().unwrap().iter();
    learners.map(|one| [&one["name"], &one["email"], &one["student_id"]].map(text).join(" ")).collect()
}

async fn with(list: Value) -> TestApp {
    let app = TestApp::new().await;
    assert_eq!(app.instructor().post("/api/v1/roster", list).await.status, 200);
    app
}

fn ada_and_bob() -> Value {
    json!([
        {"name": "Ada", "email": "ada@example.org", "student_id": "s-1"},
        {"name": "Bob", "email": "bob@example.org", "student_id": "s-2"},
    ])
}

const BEFORE: [&str; 2] = ["Ada ada@example.org s-1", "Bob bob@example.org s-2"];

#[tokio::test]
async fn a_line_that_is_wrong_beside_the_class_is_named_and_nothing_is_imported() {
    let app = with(ada_and_bob()).await;
    let new = |name: &str| json!({"name": name, "email": format!("{}@example.org", name.to_lowercase())});
    for (third, said) in [
        // The address of somebody else, for somebody who is there and for somebody new.
        (json!({"name": "Ada", "student_id": "s-1", "email": "BOB@example.org"}), "is the address of Bob (s-2)"),
        // Two lines about one learner, found by different words.
        (json!({"name": "Cleo", "email": "bob@example.org"}), "learner 4: is the same as learner 3"),
    ] {
        let mut list = vec![new("Xena"), new("Yves"), third];
        if said.contains("same") {
            list.push(json!({"name": "Bob", "student_id": "s-2"}));
        }
        let refused = app.instructor().post("/api/v1/roster", json!(list)).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"), "{refused:?}");
        assert!(refused.json()["errors"][0].as_str().unwrap().contains(said), "{refused:?}");
        assert!(refused.json()["detail"].as_str().unwrap().starts_with("nothing was imported"), "{refused:?}");
        assert_eq!(class(&app).await, BEFORE, "{said}");
    }
    let page = app
        .instructor()
        .submit("/instructor/roster", "text=name,student_id,email%0AX,,%0AAda,s-1,bob@example.org")
        .await;
    assert!(page.text.contains("learner 2:") && page.text.contains("Bob (s-2)"), "{}", page.text);
    assert_eq!(class(&app).await, BEFORE);
}

#[tokio::test]
async fn learners_may_exchange_what_is_theirs() {
    let app = with(ada_and_bob()).await;
    let exchanged = json!([
        {"name": "Ada", "email": "bob@example.org", "student_id": "s-1"},
        {"name": "Bob", "email": "ada@example.org", "student_id": "s-2"},
        {"name": "Cleo", "email": "cleo@example.org"},
    ]);
    let imported = app.instructor().post("/api/v1/roster", exchanged).await.json();
    assert_eq!(imported["updated"], json!(["Ada", "Bob"]), "{imported}");
    let now = ["Ada bob@example.org s-1", "Bob ada@example.org s-2", "Cleo cleo@example.org -"];
    assert_eq!(class(&app).await, now);
    // An address that somebody leaves with this list is free for somebody who comes with it.
    let left = json!([
        {"name": "Dan", "email": "bob@example.org", "student_id": "s-3"},
        {"name": "Ada", "email": "ada.king@example.org", "student_id": "s-1"},
    ]);
    let refused_or_done = app.instructor().post("/api/v1/roster", left).await;
    assert_eq!(refused_or_done.status, 422, "Dan's line is about Ada, by her address: {refused_or_done:?}");
}

/// As long as names and addresses may be: longer than other requests.
fn school_year(size: usize) -> Vec<Value> {
    let entry = |number: usize| {
        let name = format!("{} {number}", "Ünal ".repeat(20));
        let email = format!("{}{number}@example.org", "learner.".repeat(15));
        json!({"name": name, "email": email, "student_id": format!("s-{number}")})
    };
    (0..size).map(entry).collect()
}

#[tokio::test]
async fn five_thousand_come_at_once_and_a_list_with_one_wrong_line_brings_nobody() {
    let app = TestApp::new().await;
    let instructor = app.instructor();
    let mut list = school_year(5_000);
    list[4_999]["email"] = "nowhere".into();
    let refused = instructor.post("/api/v1/roster", json!(list)).await;
    assert_eq!((refused.status.as_u16(), refused.json()["errors"].as_array().unwrap().len()), (422, 1));
    assert_eq!(class(&app).await.len(), 0);
    let imported = instructor.post("/api/v1/roster", json!(school_year(5_000))).await.json();
    let created = imported["created"].as_array().unwrap();
    assert_eq!(created.len(), 5_000);
    for entry in [&created[0], &created[4_999]] {
        let learner = app.anonymous().with_token(entry["token"].as_str().unwrap());
        assert_eq!(learner.get("/api/v1/me").await.json()["id"], entry["id"], "its own token");
    }
    let again = instructor.post("/api/v1/roster", json!(school_year(5_000))).await.json();
    assert_eq!((&again["unchanged"], &again["created"]), (&json!(5_000), &json!([])));
    let mut renamed = school_year(5_000);
    renamed.iter_mut().for_each(|one| one["name"] = format!("{} II", one["student_id"].as_str().unwrap()).into());
    let renamed = instructor.post("/api/v1/roster", json!(renamed)).await.json();
    assert_eq!(renamed["updated"].as_array().unwrap().len(), 5_000);
    let more = instructor.post("/api/v1/roster", json!(school_year(5_001))).await;
    assert_eq!(more.problem(), "invalid");
}

#[tokio::test]
async fn five_thousand_come_as_a_form_too() {
    let app = TestApp::new().await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lines = school_year(5_000)
        .into_iter()
        .map(|one| format!("{},{},{}", text(&one["name"]), text(&one["email"]), text(&one["student_id"])));
    let list = ["name,email,student_id".to_owned()].into_iter().chain(lines).collect::<Vec<_>>().join("\r\n");
    let form = format!("text={}", percent_encoding::utf8_percent_encode(&list, percent_encoding::NON_ALPHANUMERIC));
    let page = app.instructor().submit("/instructor/roster", &form).await;
    assert!(page.text.contains("5000 added"), "{} {}", page.status, &page.text[..page.text.len().min(2_000)]);
    assert_eq!(class(&app).await.len(), 5_000);
}
