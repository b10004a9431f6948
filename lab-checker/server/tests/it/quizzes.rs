//! What handing in a quiz keeps and tells: nothing for nothing, and of each question what its answer has earned.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::test_app::{Listening, Person, TestApp, answers, right_answers};

const ATTEMPTS: &str = "/api/v1/quizzes/basics/attempts";

/// How many attempts there are, as the learner is told.
async fn attempts(person: &Person) -> Value {
    person.get("/api/v1/me").await.json()["quizzes"][0]["attempts"].clone()
}

#[tokio::test]
async fn nothing_answered_is_no_attempt() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    for body in [
        json!({}),
        json!({"answers": {}}),
        json!({"answers": {"layer": ""}}),
        json!({"answers": {"layer": " \t\n", "selector": []}}),
        json!({"answers": {"layer": null, "selector": {}}}),
        json!({"answers": {"layer": {"answer": null, "why": "because"}, "selector": {"answer": "", "why": "so"}}}),
    ] {
        let refused = ada.post(ATTEMPTS, body.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"), "{body}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("at least one question"), "{refused:?}");
        assert!(!refused.text.contains("SECRET"), "{refused:?}");
    }
    assert_eq!(attempts(&ada).await, 0);
    assert_eq!(app.instructor().get("/api/v1/attempts").await.json()["attempts"], json!([]));
}

#[tokio::test]
async fn answers_to_other_questions_are_refused() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let words = [
        (json!({"layr": "x"}), "did you mean \"layer\"?"),
        (
            json!({"layer": "x", "weather": "fine"}),
            "no question \"weather\"; its questions are \"layer\", \"selector\"",
        ),
        (json!({"": "x"}), "no question \"\""),
        (json!({"z".repeat(100_000): "x"}), "zzz"),
    ];
    for (answers, expected) in words {
        let refused = ada.post(ATTEMPTS, json!({"answers": answers})).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"), "{expected}");
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(expected) && detail.len() < 300, "{detail}");
    }
    assert_eq!(attempts(&ada).await, 0);
}

#[tokio::test]
async fn explanations_come_for_what_was_answered() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let chosen = answers(&ada, "", "None").await["answers"]["selector"].clone();
    let both =
        [(json!({"layer": "wrong"}), [true, false]), (json!({"selector": chosen, "layer": "  "}), [false, true])];
    for (answers, explained) in both {
        let graded = ada.post(ATTEMPTS, json!({"answers": answers})).await.json();
        for (question, explained) in graded["questions"].as_array().unwrap().iter().zip(explained) {
            for key in ["explanation", "explanation_html"] {
                let explanation = question.get(key).filter(|text| !text.is_null());
                assert_eq!(explanation.is_some(), explained, "{key} of {question}");
            }
        }
        let page = ada.get(&format!("/quizzes/basics/attempts/{}", graded["attempt_id"].as_str().unwrap())).await;
        for (secret, explained) in ["SECRET-CONTEXT-ONE", "SECRET-CONTEXT-TWO"].into_iter().zip(explained) {
            assert_eq!(page.text.contains(secret), explained, "{secret}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn a_result_says_each_thing_once() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    for body in [right_answers(&ada).await, json!({"answers": {"layer": "wrong"}})] {
        let graded = ada.post(ATTEMPTS, body).await.json();
        says_each_thing_once(&ada, graded["attempt_id"].as_str().unwrap()).await;
    }
    // What an earlier version of this program stored.
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let question = |id: &str, state: &str, message: &str| json!({"id": id, "state": state, "correct": state == "correct", "message": message, "explanation": "SECRET-OLD"});
    for (state, message) in [("correct", "right"), ("wrong", "not right"), ("unanswered", "not answered")] {
        let questions = [question("layer", state, message), question("selector", "wrong", "not all that apply")];
        let report = json!({"quiz": "basics", "passed": false, "points": 0.0, "max_points": 2.0, "questions": questions, "unknown": []});
        let grade = server::store::Grade { points: 0.0, max_points: 2.0, passed: false, report };
        let quiz = server::activity::Activity::quiz("basics");
        let attempt = server::store::Attempt::new(&id, quiz, json!({"answers": {}}), grade);
        app.server.store.record(attempt.clone()).await.unwrap();
        let page = says_each_thing_once(&ada, &attempt.id).await;
        assert!(page.contains("</strong>: not all that apply"), "{page}");
        assert_eq!(page.matches("SECRET-OLD").count(), if state == "unanswered" { 1 } else { 2 }, "{page}");
    }
}

async fn says_each_thing_once(person: &Person, attempt: &str) -> String {
    let page = person.get(&format!("/quizzes/basics/attempts/{attempt}")).await;
    assert_eq!(page.status, 200);
    let words = page.text.replace("<strong>", "").replace("</strong>", "").to_lowercase();
    for word in ["right: right", "not right: not right", "not answered: not answered"] {
        assert!(!words.contains(word), "{word}: {}", page.text);
    }
    page.text
}

#[tokio::test]
async fn a_form_that_cannot_be_handed_in_keeps_what_was_filled_in() {
    let app = TestApp::listening(Listening::Loopback).await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let empty = browser.submit("/quizzes/basics", "layer=++&selector.why=because+I+%3Cthink%3E+so").await;
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("answer at least one question"), "{}", empty.text);
    assert!(empty.text.contains("<form class=\"quiz\"") && !empty.text.contains("SECRET"), "{}", empty.text);
    assert_eq!(attempts(&browser).await, 0);
    // The server refuses for another reason: what was chosen is there to be sent again.
    let option = right_answers(&browser).await["answers"]["selector"].as_str().unwrap().to_owned();
    let form = format!("layer=%22Net%22+%3Cb%3E&selector={option}");
    let mut sent = browser.submit("/quizzes/basics", &form).await;
    for _ in 0..300 {
        if sent.status != 303 {
            break;
        }
        sent = browser.submit("/quizzes/basics", &form).await;
    }
    assert_eq!(sent.status, 429, "{}", sent.text);
    assert!(sent.text.contains("value=\"&quot;Net&quot; &lt;b&gt;\""), "{}", sent.text);
    assert_eq!(sent.text.matches(&format!("value=\"{option}\" checked")).count(), 1, "{}", sent.text);
    assert_eq!(sent.text.matches(" checked").count(), 1, "{}", sent.text);
}

#[tokio::test]
async fn what_was_right_is_kept_when_the_rest_is_answered_again() {
    let app = TestApp::listening(Listening::Loopback).await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let right = right_answers(&browser).await["answers"].clone();
    let first = browser.post(ATTEMPTS, json!({"answers": {"selector": right["selector"], "layer": "wrong"}})).await;
    let first = first.json()["attempt_id"].as_str().unwrap().to_owned();
    let result = browser.get(&format!("/quizzes/basics/attempts/{first}")).await.text;
    assert!(result.contains(&format!("href=\"/quizzes/basics?attempt={first}\"")), "{result}");

    let rest = browser.get(&format!("/quizzes/basics?attempt={first}")).await.text;
    assert!(rest.contains("data-question=\"layer\"") && !rest.contains("data-question=\"selector\""), "{rest}");
    assert!(!rest.contains(right["selector"].as_str().unwrap()) && !rest.contains("SECRET"), "{rest}");

    let answer = right["layer"].as_str().unwrap();
    let sent = browser.submit("/quizzes/basics", &format!(".attempt={first}&layer={answer}")).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let me = browser.get("/api/v1/me").await.json();
    assert_eq!((&me["quizzes"][0]["passed"], &me["quizzes"][0]["attempts"]), (&json!(true), &json!(2)), "{me}");

    // Of one's own quiz and one's own attempts alone.
    let joins = json!({"name": "Eve", "code": app.server.join_code});
    let eve = browser.post("/api/v1/learners", joins).await.json()["token"].as_str().unwrap().to_owned();
    let eve = app.anonymous().with("host", "localhost:8080").with_token(&eve);
    let hers = json!({"answers": {"selector": right_answers(&eve).await["answers"]["selector"]}});
    let hers = eve.post(ATTEMPTS, hers).await.json();
    for id in [hers["attempt_id"].as_str().unwrap(), "nothing", ""] {
        assert_eq!(browser.get(&format!("/quizzes/basics?attempt={id}")).await.status, 404, "{id}");
        assert_eq!(browser.submit("/quizzes/basics", &format!(".attempt={id}&layer=x")).await.status, 404, "{id}");
    }
    assert_eq!(attempts(&browser).await, 2);
}

#[tokio::test]
async fn feedback_tells_of_one_question_and_keeps_nothing() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let feedback = "/api/v1/quizzes/basics/feedback";
    let all = right_answers(&ada).await["answers"].clone();
    for id in ["layer", "selector"] {
        for (answer, correct) in [(all[id].clone(), true), (json!("certainly not this"), false)] {
            let told = ada.post(feedback, json!({"answers": {id: answer}})).await;
            assert_eq!(told.status, 200, "{told:?}");
            let told = told.json();
            assert_eq!((&told["id"], &told["correct"]), (&json!(id), &json!(correct)), "{told}");
            let secrets = ["SECRET-CONTEXT-ONE", "SECRET-CONTEXT-TWO"]
                .iter()
                .filter(|secret| told.to_string().contains(**secret));
            assert!(secrets.count() <= 1, "{told}");
        }
    }
    for refused in [json!({}), all, json!({"layer": ""}), json!({"weather": "fine"})] {
        let told = ada.post(feedback, json!({"answers": refused})).await;
        assert_eq!(told.status, 422, "{told:?}");
        assert!(!told.text.contains("SECRET"), "{told:?}");
    }
    assert_eq!(attempts(&ada).await, 0);
    assert_eq!(app.anonymous().post(feedback, json!({"answers": {"layer": "x"}})).await.status, 401);
}

/// Everything that looks like an id of an option or a flow.
fn ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_id = |word: &&str| word.len() == 12 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    words.filter(is_id).map(str::to_owned).collect()
}

/// The same options as three ways show them to one person.
async fn shown(person: &Person) -> [BTreeSet<String>; 3] {
    let quiz = person.get("/api/v1/quizzes/basics").await.text;
    let page = person.get("/quizzes/basics").await.text;
    let lesson = person.get("/book/closing.html").await.text;
    [quiz, page, lesson]
        .map(|text| ids(text.split("<form class=\"quiz\"").last().unwrap().split("</form>").next().unwrap()))
}

#[tokio::test]
async fn each_learner_has_their_own_ids_and_no_other_is_taken() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let [hers, page, lesson] = shown(&ada).await;
    assert!(hers.len() >= 3 && page == hers && lesson == hers, "{hers:?} {page:?} {lesson:?}");
    assert_eq!(shown(&ada).await[0], hers, "they are the same again");
    let [his, ..] = shown(&bob).await;
    let nobodys = ids(&app.anonymous().get("/book/closing.html").await.text);
    assert!(hers.is_disjoint(&his) && nobodys.is_disjoint(&hers) && nobodys.is_disjoint(&his));

    let right = right_answers(&ada).await["answers"].clone();
    let graded = ada.post(ATTEMPTS, json!({"answers": right})).await.json();
    assert_eq!(graded["passed"], true, "{graded}");
    // What is kept has the author's ids, so that it can be graded again, and these open nothing either.
    let attempt = graded["attempt_id"].as_str().unwrap();
    let kept = app.instructor().get(&format!("/api/v1/attempts/{attempt}")).await.json()["submission"].clone();
    let authored = kept["answers"]["selector"].as_str().unwrap().to_owned();
    assert!(![&hers, &his, &nobodys].iter().any(|ids| ids.contains(&authored)), "{authored}");
    let foreign = [right["selector"].as_str().unwrap().to_owned(), authored].into_iter().chain(nobodys);
    for id in foreign {
        let refused = bob.post(ATTEMPTS, json!({"answers": {"selector": id}})).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"), "{id}");
        let told = bob.post("/api/v1/quizzes/basics/feedback", json!({"answers": {"selector": id}})).await.json();
        assert_eq!((&told["correct"], &told["state"]), (&json!(false), &json!("malformed")), "{told}");
        let form = bob.submit("/quizzes/basics", &format!("selector={id}")).await;
        assert_eq!(form.status, 422, "{id}");
    }
    assert_eq!(attempts(&bob).await, 0);
    let regraded = app.instructor().post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&regraded["graded"], &regraded["changes"]), (&json!(1), &json!([])), "{regraded}");
    let app = app.restarted().await;
    assert_eq!(shown(&ada.on(&app)).await[0], hers, "and after a restart");
}

#[tokio::test]
async fn what_is_told_about_flows_names_them_as_they_were_shown() {
    let app = TestApp::with_the_course().await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let course = browser.get("/api/v1/course").await.json();
    let mut judged = 0;
    for quiz in course["quizzes"].as_array().unwrap() {
        let name = quiz["name"].as_str().unwrap();
        let questions = browser.get(&format!("/api/v1/quizzes/{name}")).await.json()["questions"].clone();
        for question in questions.as_array().unwrap().iter().filter(|question| question["type"] == "reachability") {
            let flows =
                question["flows"].as_array().unwrap().iter().map(|flow| flow["id"].as_str().unwrap().to_owned());
            let flows: BTreeSet<String> = flows.collect();
            let all: serde_json::Map<_, _> = flows.iter().map(|id| (id.clone(), json!("allowed"))).collect();
            let answers = json!({"answers": {question["id"].as_str().unwrap(): all}});
            let path = format!("/api/v1/quizzes/{name}");
            let told = browser.post(&format!("{path}/feedback"), answers.clone()).await.json();
            let graded = browser.post(&format!("{path}/attempts"), answers).await.json();
            let of = |result: &Value| -> BTreeSet<String> {
                let flows = result["flows"].as_array().into_iter().flatten();
                flows.map(|flow| flow["id"].as_str().unwrap().to_owned()).collect()
            };
            let results = graded["questions"].as_array().unwrap();
            let result = results.iter().find(|result| result["id"] == question["id"]).unwrap();
            assert_eq!((of(&told), of(result)), (flows.clone(), flows), "{name}");
            judged += 1;
        }
    }
    assert!(judged > 5, "{judged}");
}
