//! "My answer is right": from a failed check to the instructor's answer, by HTTP and as plain forms.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use server::store::{Appealed, NewAppeal};

use crate::test_app::{Answer, Listening, Person, TestApp, solution};

/// A check of nothing, which fails. The attempt's id.
async fn fail(learner: &Person) -> String {
    let report = learner.post("/api/v1/labs/close/attempts", json!({"objects": []})).await.json();
    assert_eq!(report["passed"], false);
    report["attempt_id"].as_str().unwrap().to_owned()
}

async fn appeal(learner: &Person, body: Value) -> Answer {
    learner.post("/api/v1/labs/close/appeals", body).await
}

async fn mine(learner: &Person) -> Value {
    learner.get("/api/v1/me").await.json()["appeals"].clone()
}

async fn all(app: &TestApp, query: &str) -> Value {
    app.instructor().get(&format!("/api/v1/appeals{query}")).await.json()
}

#[tokio::test]
async fn an_appeal_reaches_the_instructor_with_the_flow_and_the_answer_comes_back() {
    let app = TestApp::new().await;
    let (ada, bob, instructor) = (app.learner("Ada").await, app.learner("Bob").await, app.instructor());
    let attempt = fail(&ada).await;
    let report = instructor.get(&format!("/api/v1/attempts/{attempt}")).await.json()["report"].clone();
    let checks = report["checks"].as_array().unwrap();
    let failed = checks.iter().find(|check| check["passed"] == false && !check["flow"].is_null()).unwrap();
    let said = appeal(&ada, json!({"message": "The task says so."})).await;
    assert_eq!(said.status, 201, "{said:?}");
    let said = said.json();
    assert_eq!((&said["attempt"], &said["lab"], &said["state"]), (&json!(attempt), &json!("close"), &json!("open")));
    let flow = said["flow"].as_str().unwrap();
    for part in [&failed["flow"]["from"], &failed["flow"]["to"]] {
        assert!(flow.contains(part.as_str().unwrap()), "the flow that failed first: {said}");
    }
    assert_eq!(said["finding"], format!("{flow}: {}", failed["message"].as_str().unwrap()));
    let listed = all(&app, "?state=open").await;
    let row = &listed["appeals"][0];
    assert_eq!(
        (&listed["open"], &row["name"], &row["message"]),
        (&json!(1), &json!("Ada"), &json!("The task says so."))
    );
    assert_eq!(all(&app, "?state=answered").await["appeals"], json!([]));
    let path = format!("/api/v1/appeals/{}/answer", row["id"].as_str().unwrap());
    assert_eq!(ada.post(&path, json!({"answer": "I am right"})).await.status, 403);
    let answered = instructor.post(&path, json!({"answer": "Look at\r\nthe street."})).await.json();
    assert_eq!((&answered["state"], &answered["answer"]), (&json!("answered"), &json!("Look at\nthe street.")));
    let seen = mine(&ada).await[0].clone();
    assert_eq!((&seen["answer"], &seen["message"]), (&json!("Look at\nthe street."), &json!("The task says so.")));
    assert_eq!(mine(&bob).await, json!([]));
    instructor.post(&path, json!({"answer": "You are right, sorry."})).await;
    assert_eq!(mine(&ada).await[0]["answer"], "You are right, sorry.");
    assert!(ada.get("/").await.text.contains("You are right, sorry."));
    assert_eq!(mine(&ada).await[0]["is_news"], true);
    fail(&ada).await;
    assert_eq!(mine(&ada).await[0]["is_news"], false, "who goes on has read it");
    assert!(!ada.get("/").await.text.contains("You are right, sorry."));
    assert_eq!(all(&app, "").await["open"], 0);
}

#[tokio::test]
async fn what_cannot_be_reported_says_why() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let none = appeal(&ada, json!({})).await;
    assert_eq!((none.status.as_u16(), none.problem().as_str()), (409, "nothing-to-appeal"));
    assert!(none.text.contains("check it first"), "{none:?}");
    let attempt = fail(&ada).await;
    let theirs = appeal(&bob, json!({"attempt": attempt})).await;
    assert_eq!((theirs.status.as_u16(), theirs.problem().as_str()), (404, "not-found"));
    for odd in ["", "x", "a\u{0}b", "'; DROP TABLE appeals; --", &"x".repeat(5_000)] {
        assert_eq!(appeal(&ada, json!({"attempt": odd})).await.status, 404, "{odd:?}");
        let path = format!("/api/v1/appeals?learner={}", odd.replace('\u{0}', "%00").replace([' ', '\'', ';'], "+"));
        assert_eq!(app.instructor().get(&path).await.status, 200, "{path}");
    }
    assert_eq!(appeal(&ada, json!({"message": "x".repeat(1_001)})).await.problem(), "invalid");
    assert_eq!(ada.post("/api/v1/labs/open/appeals", json!({})).await.problem(), "unknown-lab");
    assert_eq!(app.anonymous().post("/api/v1/labs/close/appeals", json!({})).await.status, 401);
    assert_eq!(app.instructor().post("/api/v1/labs/close/appeals", json!({})).await.status, 403);
    assert_eq!(ada.get("/api/v1/appeals").await.status, 403);
    assert_eq!(app.instructor().get("/api/v1/appeals?state=lost").await.problem(), "invalid");
    assert_eq!(appeal(&ada, json!({"message": "\u{202e}\u{0}a\u{200b}b"})).await.json()["message"], "ab");
    let again = appeal(&ada, json!({"attempt": attempt})).await;
    assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "nothing-to-appeal"));
    ada.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
    let passed = appeal(&ada, json!({})).await;
    assert!(passed.status == 409 && passed.text.contains("has passed"), "{passed:?}");
    for (id, answer) in [("unknown", "x"), ("00000000-0000-0000-0000-000000000000", "x"), ("a%00", "x")] {
        let path = format!("/api/v1/appeals/{id}/answer");
        assert_eq!(app.instructor().post(&path, json!({"answer": answer})).await.problem(), "not-found", "{id}");
    }
    let id = mine(&ada).await[0]["id"].as_str().unwrap().to_owned();
    let empty = app.instructor().post(&format!("/api/v1/appeals/{id}/answer"), json!({"answer": " \n"})).await;
    assert_eq!(empty.problem(), "invalid");
}

#[tokio::test]
async fn a_learner_waits_for_few_answers_at_once() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let mut attempts = Vec::new();
    for _ in 0..8 {
        attempts.push(fail(&ada).await);
    }
    let sent = join_all(attempts.iter().map(|attempt| appeal(&ada, json!({"attempt": attempt})))).await;
    let kept = sent.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(kept, 5, "{sent:?}");
    let refused = sent.iter().find(|answer| answer.status != 201).unwrap();
    assert!(refused.problem() == "nothing-to-appeal" && refused.text.contains("wait for an answer"), "{refused:?}");
    fail(&bob).await;
    assert_eq!(appeal(&bob, json!({})).await.status, 201, "others are not concerned");
    let id = mine(&ada).await[0]["id"].as_str().unwrap().to_owned();
    app.instructor().post(&format!("/api/v1/appeals/{id}/answer"), json!({"answer": "No."})).await;
    fail(&ada).await;
    assert_eq!(appeal(&ada, json!({})).await.status, 201, "there is room again");
}

/// As many as a class may send, with the longest words: every one that waits can be reached and answered, page by page,
/// and no page, list or answer to a learner grows with their number.
#[tokio::test]
async fn however_many_there_are_each_is_reached_and_no_page_grows() {
    const LEARNERS: usize = 42;
    let app = TestApp::new().await;
    let longest = "\u{1F512}".repeat(1000);
    for at in 0..LEARNERS {
        let learner = app.learner(&format!("Learner {at}")).await;
        for _ in 0..5 {
            let attempt = fail(&learner).await;
            assert_eq!(appeal(&learner, json!({"attempt": attempt, "message": longest})).await.status, 201);
        }
        let own = learner.get("/api/v1/me").await;
        assert!(own.text.len() < 5 * 16_000, "{} bytes", own.text.len());
    }
    let (instructor, sent) = (app.instructor(), LEARNERS * 5);
    let (mut ids, mut next) = (BTreeSet::new(), String::new());
    loop {
        let page = all(&app, &format!("?state=open{next}")).await;
        let listed = page["appeals"].as_array().unwrap();
        assert!(listed.len() <= 200 && listed.iter().all(|row| row["name"].as_str().unwrap().starts_with("Learner ")));
        ids.extend(listed.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(before) = page["next"].as_str() else { break };
        next = format!("&before={before}");
    }
    assert_eq!(ids.len(), sent);
    let (mut shown, mut address) = (BTreeSet::new(), "/instructor/appeals".to_owned());
    loop {
        let page = instructor.get(&address).await.text;
        assert!(page.contains(&format!("({sent})")), "how many wait");
        let listed: Vec<&String> = ids.iter().filter(|id| page.contains(&format!("id=\"{id}\""))).collect();
        assert!(listed.len() <= 100 && page.len() < 1_000_000, "{} in {} bytes", listed.len(), page.len());
        shown.extend(listed);
        let Some((_, older)) = page.split_once("href=\"/instructor/appeals?state=open&amp;before=") else { break };
        address = format!("/instructor/appeals?state=open&before={}", older.split_once('"').unwrap().0);
    }
    assert_eq!(shown.len(), sent);
    let file = instructor.get("/instructor/appeals/csv").await.text;
    assert_eq!(file.lines().count(), sent + 1);
    let odd = instructor.get("/instructor/appeals?state=lost").await;
    assert_eq!(odd.status, 400, "{odd:?}");
}

#[tokio::test]
async fn a_file_of_all_appeals_runs_nothing_in_a_spreadsheet() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    fail(&ada).await;
    appeal(&ada, json!({"message": "=HYPERLINK(\"http://evil.example\")"})).await;
    let instructor = app.instructor();
    for path in ["/api/v1/appeals?format=csv", "/instructor/appeals/csv", "/instructor/appeals/csv?state=open"] {
        let file = instructor.get(path).await;
        assert!(file.headers["content-type"].to_str().unwrap().starts_with("text/csv"), "{path}");
        assert_eq!(file.text.lines().count(), 2, "{}", file.text);
        assert!(file.text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "{}", file.text);
        assert!(file.text.contains(",Ada,") && file.text.contains("→"), "{}", file.text);
    }
    assert_eq!(instructor.get("/instructor/appeals/csv?state=answered").await.text.lines().count(), 1);
    assert_eq!(ada.get("/instructor/appeals/csv").await.status, 403);
}

/// A local learner with a browser that runs no scripts.
async fn at_home() -> (TestApp, Person) {
    let app = TestApp::listening(Listening::Loopback).await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    (app, browser)
}

#[tokio::test]
async fn it_all_works_as_plain_forms() {
    let (app, browser) = at_home().await;
    assert_eq!(browser.submit("/labs/close", "action=start").await.status, 303);
    let checked = browser.submit("/labs/close", "action=check").await;
    let page = checked.headers["location"].to_str().unwrap().replace("#report", "");
    let attempt = page.split_once("attempt=").unwrap().1.to_owned();
    let shown = browser.get(&page).await.text;
    assert!(shown.contains("My answer is right") && shown.contains(&format!("value=\"{attempt}\"")), "{shown}");
    let form = format!("action=appeal&attempt={attempt}&message=%3Cscript%3Ealert(1)%3C/script%3E+%3Cimg+src%3Dx%3E");
    let forged = browser.clone().with("sec-fetch-site", "cross-site").submit("/labs/close", &form).await;
    assert_eq!(forged.status, 403, "a page of another site cannot send it");
    let sent = browser.submit("/labs/close", &form).await;
    assert_eq!(
        (sent.status.as_u16(), sent.headers["location"].to_str().unwrap()),
        (303, format!("{page}#appeals").as_str())
    );
    let shown = browser.get(&page).await.text;
    assert!(
        shown.contains("Your instructor has not answered yet.") && !shown.contains("My answer is right"),
        "{shown}"
    );
    let token = app.server.instructor_token.clone().unwrap();
    let login = browser.submit("/instructor/login", &format!("token={token}")).await;
    let teacher = browser.clone().with_cookie_of(&login);
    let list = teacher.get("/instructor/appeals").await.text;
    assert!(list.contains("Local learner") && list.contains("&#60;script&#62;alert(1)"), "{list}");
    assert!(!list.contains("<script>alert") && !list.contains("<img src=x"), "{list}");
    let about = teacher.get(&format!("/instructor/attempts/{attempt}")).await.text;
    assert!(
        about.contains("The learner says that it is right") && about.contains("&#60;script&#62;alert(1)"),
        "{about}"
    );
    assert!(teacher.get("/instructor").await.text.contains("One learner says that an answer is right"));
    let id = mine(&browser).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/instructor/appeals/{id}");
    let forged = teacher.clone().with("sec-fetch-site", "cross-site").submit(&path, "answer=No").await;
    assert_eq!(forged.status, 403);
    assert_eq!(teacher.submit(&path, "answer=%3Cb%3EYes%3C/b%3E").await.status, 303);
    let shown = browser.get("/labs/close").await.text;
    assert!(shown.contains("Your instructor:</strong> &#60;b&#62;Yes"), "{shown}");
    assert!(teacher.get("/instructor/appeals").await.text.contains("Nobody waits."));
    assert_eq!(teacher.submit("/instructor/appeals/unknown", "answer=No").await.status, 404);
}

/// The same on a store of either kind, past what the pages check.
pub(crate) async fn one_appeal_for_an_attempt(store: &server::store::Store, learner: &str, attempt: &str) {
    let new = NewAppeal {
        attempt: attempt.to_owned(),
        learner: learner.to_owned(),
        flow: Some("a/b → c/d:80/TCP".to_owned()),
        finding: "It must be blocked.".to_owned(),
        message: "ü\u{1F512}".to_owned(),
    };
    let sent = join_all((0..4).map(|_| store.appeal(&new, 5))).await;
    let kept = sent.iter().filter_map(|sent| match sent.as_ref().unwrap() {
        Appealed::Kept(id) => Some(id.clone()),
        _ => None,
    });
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 1, "{sent:?}");
    assert_eq!(store.appeal(&new, 5).await.unwrap(), Appealed::Before(kept[0].clone()));
    let found = store.appeal_of(&kept[0]).await.unwrap().unwrap();
    assert_eq!((&found.said, &found.answer), (&new, &None));
    assert!(store.answer_appeal(&kept[0], "yes").await.unwrap());
    assert!(!store.answer_appeal("nobody", "yes").await.unwrap());
    assert_eq!(store.open_appeals().await.unwrap(), 0);
    assert_eq!(store.appeal_of(&kept[0]).await.unwrap().unwrap().answer.unwrap().0, "yes");
}
