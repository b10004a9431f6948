//! The API as instructors use it.

use serde_json::{Value, json};

use crate::test_app::{TestApp, answers, right_answers, solution};

#[tokio::test]
async fn the_gradebook_is_for_instructors() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    for path in ["gradebook", "roster", "attempts", "attempts/x"] {
        let answer = ada.get(&format!("/api/v1/{path}")).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "forbidden"), "{path}");
    }
    assert_eq!(ada.post("/api/v1/regrade", json!({})).await.status, 403);
    assert_eq!(ada.post("/api/v1/roster", json!([])).await.status, 403);
    assert_eq!(app.instructor().get("/api/v1/me").await.status, 403);
}

#[tokio::test]
async fn the_gradebook_has_everybodys_best() {
    let app = TestApp::new().await;
    let (ada, _bob) = (app.learner("Ada").await, app.learner("Bob").await);
    for answers in [right_answers(&ada).await, json!({"answers": {"layer": "x"}})] {
        ada.post("/api/v1/quizzes/basics/attempts", answers).await;
    }
    ada.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
    let book = app.instructor().get("/api/v1/gradebook").await.json();
    assert_eq!(book["activities"].as_array().unwrap().len(), 2);
    let row = &book["learners"][0];
    assert_eq!((&row["name"], &row["points"]), (&json!("Ada"), &json!(12.0)));
    assert_eq!(row["scores"]["quiz/basics"]["attempts"], 2);
    assert_eq!(row["scores"]["lab/close"]["passed"], true);
    assert_eq!((&book["learners"][1]["name"], &book["learners"][1]["scores"]), (&json!("Bob"), &json!({})));
}

#[tokio::test]
async fn csv_opens_in_a_spreadsheet_and_runs_nothing() {
    let app = TestApp::new().await;
    let evil = app.learner("=HYPERLINK(\"http://evil.example\",\"x\")").await;
    evil.post("/api/v1/quizzes/basics/attempts", right_answers(&evil).await).await;
    let csv = app.instructor().get("/api/v1/gradebook?format=csv").await;
    assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let expected = "name,email,student_id,quiz basics,lab close,total\r\nmaximum,,,2,10,12\r\n\
                    \"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",,,2,,2\r\n";
    assert_eq!(csv.text, expected);
    assert_eq!(app.instructor().get("/api/v1/gradebook?format=xls").await.status, 422);
}

#[tokio::test]
async fn nbgrader_reads_the_grades() {
    let app = TestApp::new().await;
    let roster = "student_id,first_name,last_name,email\ns-1,Ada,Lovelace,ada@example.org\n";
    let imported = app.instructor().post_text("/api/v1/roster", "text/csv", roster).await.json();
    let ada = app.anonymous().with_token(imported["created"][0]["token"].as_str().unwrap());
    ada.post("/api/v1/quizzes/basics/attempts", answers(&ada, "wrong", "All of the namespace").await).await;
    let csv = app.instructor().get("/api/v1/gradebook?format=nbgrader").await.text;
    let mut lines = csv.lines();
    let head = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score";
    assert_eq!(lines.next(), Some(head));
    assert_eq!(lines.next(), Some("close,,,s-1,Lovelace,Ada,ada@example.org,0,0,0,10"));
    let basics: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(
        (basics[0], &basics[3..]),
        ("basics", &["s-1", "Lovelace", "Ada", "ada@example.org", "1", "0", "1", "2"][..])
    );
}

#[tokio::test]
async fn a_list_is_imported_whole_or_not_at_all() {
    let app = TestApp::new().await;
    let instructor = app.instructor();
    let wrong = json!([{"name": "Ada", "email": "ada@example.org"}, {"name": "", "email": "nowhere"}]);
    let refused = instructor.post("/api/v1/roster", wrong).await;
    assert_eq!((refused.status.as_u16(), refused.json()["errors"].as_array().unwrap().len()), (422, 1));
    let list = json!([{"name": "Ada", "email": "ada@example.org"}, {"name": "Bob", "student_id": "s-2"}]);
    let imported = instructor.post("/api/v1/roster", list).await.json();
    assert_eq!(imported["created"].as_array().unwrap().len(), 2);
    let again = json!([{"name": "Ada King", "email": "ADA@example.org"}, {"name": "Bob", "student_id": "s-2"}]);
    let imported = instructor.post("/api/v1/roster", again).await.json();
    assert_eq!(
        (&imported["created"], &imported["updated"], &imported["unchanged"]),
        (&json!([]), &json!(["Ada King"]), &json!(1))
    );
    let roster = instructor.get("/api/v1/roster").await.json();
    let name = |place: usize| roster["learners"][place]["name"].as_str();
    assert_eq!((name(0), name(1), name(2)), (Some("Ada King"), Some("Bob"), None));
    assert_eq!(roster["join_code"], app.server.join_code.as_str());
}

#[tokio::test]
async fn a_new_token_ends_the_old_one() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let fresh = app.instructor().post(&format!("/api/v1/roster/{id}/token"), json!({})).await;
    assert_eq!(fresh.status, 201);
    assert_eq!(ada.get("/api/v1/me").await.status, 401);
    let again = app.anonymous().with_token(fresh.json()["token"].as_str().unwrap());
    assert_eq!(again.get("/api/v1/me").await.json()["id"], id.as_str());
    assert_eq!(app.instructor().post("/api/v1/roster/nobody/token", json!({})).await.status, 404);
}

#[tokio::test]
async fn the_history_has_every_attempt_with_what_was_handed_in() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    ada.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
    ada.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "x"}})).await;
    bob.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "y"}})).await;
    let instructor = app.instructor();
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let all = instructor.get("/api/v1/attempts").await.json();
    assert_eq!((all["attempts"].as_array().unwrap().len(), &all["next"]), (3, &Value::Null));
    let one = instructor.get(&format!("/api/v1/attempts?learner={id}&kind=quiz&activity=basics")).await.json();
    assert_eq!(one["attempts"].as_array().unwrap().len(), 1);
    let attempt = one["attempts"][0]["id"].as_str().unwrap();
    let whole = instructor.get(&format!("/api/v1/attempts/{attempt}")).await.json();
    assert_eq!((&whole["submission"]["answers"]["layer"], &whole["report"]["quiz"]), (&json!("x"), &json!("basics")));
    assert_eq!(instructor.get("/api/v1/attempts?kind=poem").await.status, 422);
    assert_eq!(instructor.get("/api/v1/attempts/unknown").await.problem(), "not-found");
}

#[tokio::test]
async fn grading_again_shows_first_and_changes_then() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    // An attempt that an older course judged wrongly.
    let grade = server::store::Grade { points: 3.0, max_points: 10.0, passed: false, report: json!({}) };
    let submission = json!({"source": "files", "objects": solution()});
    let lab = server::activity::Activity::lab("close");
    let attempt = server::store::Attempt::new(&id, lab, submission, grade.clone());
    app.server.store.record(attempt).await.unwrap();
    let gone = server::activity::Activity::lab("no-more");
    app.server.store.record(server::store::Attempt::new(&id, gone, json!({}), grade)).await.unwrap();
    let instructor = app.instructor();
    let preview = instructor.post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&preview["committed"], &preview["graded"], &preview["gone"]), (&json!(false), &json!(1), &json!(1)));
    assert_eq!(
        (&preview["changes"][0]["before"]["points"], &preview["changes"][0]["after"]["points"]),
        (&json!(3.0), &json!(10.0))
    );
    assert_eq!(ada.get("/api/v1/me").await.json()["points"], 3.0);
    let done =
        instructor.post("/api/v1/regrade", json!({"kind": "lab", "activity": "close", "commit": true})).await.json();
    assert_eq!(done["changes"].as_array().unwrap().len(), 1);
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!((&me["points"], &me["labs"][0]["attempts"]), (&json!(10.0), &json!(1)));
    let again = instructor.post("/api/v1/regrade", json!({"commit": true})).await.json();
    assert_eq!(again["changes"], json!([]));
}

#[tokio::test]
async fn the_gradebook_is_sorted_and_searched_by_its_address() {
    let app = TestApp::new().await;
    let (bob, ada) = (app.learner("bob").await, app.learner("Ada").await);
    app.learner("Cleo").await;
    bob.post("/api/v1/labs/close/attempts", serde_json::json!({"objects": crate::test_app::solution()})).await;
    ada.post("/api/v1/labs/close/attempts", serde_json::json!({"objects": []})).await;
    let instructor = app.instructor();
    for (query, wanted) in [
        ("", vec!["Ada", "bob", "Cleo"]),
        ("?sort=name&order=desc", vec!["Cleo", "bob", "Ada"]),
        ("?sort=lab%2Fclose&order=desc", vec!["bob", "Ada", "Cleo"]),
        ("?sort=total&order=desc&find=B", vec!["bob"]),
        ("?find=nobody", vec![]),
        ("?sort=nonsense&show=unfinished", vec!["Ada", "bob", "Cleo"]),
    ] {
        let page = instructor.get(&format!("/instructor{query}")).await;
        assert_eq!(page.status, 200);
        let names: Vec<&str> = page.text.split("<bdi>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!(names, wanted, "{query}");
    }
    let page = instructor.get("/instructor?sort=total&order=desc").await.text;
    assert!(
        page.contains("aria-sort=\"descending\"><a href=\"/instructor?sort=total&amp;order=asc")
            || page.contains("aria-sort=\"descending\"><a href=\"/instructor?sort=total&#38;order=asc"),
        "{page}"
    );
}
