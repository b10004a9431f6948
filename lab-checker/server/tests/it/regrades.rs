//! Grading again: what the instructor sees before, and what learners are told after.

use serde_json::{Value, json};
use server::{
    activity::Activity,
    store::{Attempt, Grade},
};

use crate::test_app::{Person, TestApp, answers, policy, right_answers, solution};

async fn id(person: &Person) -> String {
    person.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned()
}

/// An attempt as an older course judged it: with these points, and a report that found nothing wrong or `report`.
async fn once(app: &TestApp, learner: &Person, activity: Activity, submission: Value, grade: Grade) -> String {
    let attempt = Attempt::new(&id(learner).await, activity, submission, grade);
    app.server.store.record(attempt.clone()).await.unwrap();
    attempt.id
}

fn right(points: f64) -> Grade {
    let report = json!({
        "lab": "close", "passed": true, "points": points, "max_points": 10.0, "mistake": null,
        "checks": [{"name": "all of it", "passed": true, "message": "", "flow": null}],
    });
    Grade { points, max_points: 10.0, passed: true, report }
}

/// An answer that closes one pod alone, and what the older course thought of it.
fn half() -> Value {
    json!({"source": "files", "objects": [policy(json!({"matchLabels": {"app": "web"}}))]})
}

/// What the course says about an answer today, as a stored grade.
async fn report_today(learner: &Person, objects: Value) -> Value {
    learner.post("/api/v1/labs/close/attempts", json!({"objects": objects})).await.json()
}

#[tokio::test]
async fn who_passed_before_and_would_not_now_is_named_with_the_flow_and_told() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let attempt = once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    let instructor = app.instructor();
    let preview = instructor.post("/api/v1/regrade", json!({})).await.json();
    let change = &preview["changes"][0];
    assert_eq!((&change["attempt"], &change["name"]), (&json!(attempt), &json!("Ada")), "{preview}");
    assert_eq!((&change["before"]["passed"], &change["after"]["passed"]), (&json!(true), &json!(false)));
    let flow = change["flow"].as_str().unwrap();
    assert!(flow.contains("→ shop/api:80/TCP"), "the flow that is still open: {change}");
    assert!(change["difference"].as_str().unwrap().starts_with(flow), "{change}");
    let told = &preview["told"][0];
    assert_eq!(
        (&told["name"], &told["title"], &told["reason"]),
        (&json!("Ada"), &json!("Close the shop"), &change["difference"])
    );
    // Nothing has changed, and nobody was told.
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!((&me["points"], &me["regraded"]), (&json!(10.0), &json!([])));
    let done = instructor.post("/api/v1/regrade", json!({"commit": true})).await.json();
    assert_eq!(
        (&done["told"], &done["changes"]),
        (&preview["told"], &preview["changes"]),
        "what was shown is what is told"
    );
    let me = ada.get("/api/v1/me").await.json();
    let told = &me["regraded"][0];
    assert_eq!((&told["kind"], &told["activity"], &told["attempt"]), (&json!("lab"), &json!("close"), &json!(attempt)));
    assert_eq!((&told["before"]["points"], &told["after"]["points"]), (&json!(10.0), &me["points"]), "{told}");
    assert!(told["reason"].as_str().unwrap().contains("shop/api"), "{told}");
    assert_eq!(told["answered_since"], false);
    assert_eq!(bob.get("/api/v1/me").await.json()["regraded"], json!([]));
    for path in ["/", "/labs/close"] {
        let page = ada.get(path).await.text;
        assert!(
            page.contains("Graded again.") && page.contains("it was 10 of 10") && page.contains("shop/api"),
            "{path}: {page}"
        );
        assert!(!bob.get(path).await.text.contains("Graded again."), "{path}");
    }
    // The attempt itself is as it was handed in, and who hands in again need not be reminded at the start.
    let kept = instructor.get(&format!("/api/v1/attempts/{attempt}")).await.json();
    assert_eq!(kept["submission"], half());
    let page = instructor.get(&format!("/instructor/attempts/{attempt}")).await.text;
    assert!(page.contains("At first: 10 of 10 points") && page.contains("Graded again"), "{page}");
    report_today(&ada, solution()).await;
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!((&me["points"], &me["regraded"][0]["answered_since"]), (&json!(10.0), &json!(true)));
    assert!(!ada.get("/").await.text.contains("Graded again."));
}

#[tokio::test]
async fn the_instructors_words_are_told_and_are_only_words() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    let (instructor, long) = (app.instructor(), "x".repeat(1_001));
    let refused = instructor.post("/api/v1/regrade", json!({"commit": true, "note": long})).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"));
    let note = "The task\u{202e} forgot <b>the api</b>.\u{0}";
    instructor.post("/api/v1/regrade", json!({"commit": true, "note": note})).await;
    let told = ada.get("/api/v1/me").await.json()["regraded"][0].clone();
    assert_eq!(told["reason"], "The task forgot <b>the api</b>.");
    assert!(told["difference"].as_str().unwrap().contains("shop/api"), "{told}");
    let page = ada.get("/labs/close").await.text;
    assert!(page.contains("&#60;b&#62;the api") && !page.contains("<b>the api"), "{page}");
}

#[tokio::test]
async fn a_better_result_says_what_counts_no_longer() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let wrong = report_today(&app.learner("Eve").await, json!([])).await;
    let grade = Grade { points: 3.0, max_points: 10.0, passed: false, report: wrong };
    once(&app, &ada, Activity::lab("close"), json!({"source": "files", "objects": solution()}), grade).await;
    let preview = app.instructor().post("/api/v1/regrade", json!({})).await.json();
    let difference = preview["changes"][0]["difference"].as_str().unwrap();
    assert!(difference.contains("is not held against the answer any more"), "{difference}");
    assert!(preview["changes"][0]["flow"].as_str().unwrap().contains("→ shop/"), "{preview}");
}

#[tokio::test]
async fn a_quiz_says_which_question() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let wrong = answers(&ada, "nonsense", "All of the namespace").await;
    let wrong = ada.post("/api/v1/quizzes/basics/attempts", wrong).await.json();
    let bob = app.learner("Bob").await;
    let grade = Grade { points: 1.0, max_points: 2.0, passed: false, report: wrong };
    let kept = bob.post("/api/v1/quizzes/basics/attempts", right_answers(&bob).await).await.json();
    let kept = app.instructor().get(&format!("/api/v1/attempts/{}", kept["attempt_id"].as_str().unwrap())).await.json();
    let carl = app.learner("Carl").await;
    once(&app, &carl, Activity::quiz("basics"), kept["submission"].clone(), grade).await;
    let done = app.instructor().post("/api/v1/regrade", json!({"kind": "quiz", "commit": true})).await.json();
    assert_eq!((done["changes"].as_array().unwrap().len(), &done["told"][0]["name"]), (1, &json!("Carl")), "{done}");
    let told = carl.get("/api/v1/me").await.json()["regraded"][0].clone();
    let reason = told["reason"].as_str().unwrap();
    assert!(reason.starts_with("The answer to question 1 (“") && reason.ends_with("counts as right now."), "{reason}");
    assert!(carl.get("/quizzes/basics").await.text.contains("Graded again."));
}

#[tokio::test]
async fn what_leaves_the_best_result_as_it_is_is_not_told() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    report_today(&ada, solution()).await;
    let done = app.instructor().post("/api/v1/regrade", json!({"commit": true})).await.json();
    assert_eq!((done["changes"].as_array().unwrap().len(), &done["told"]), (1, &json!([])), "{done}");
    assert_eq!(ada.get("/api/v1/me").await.json()["regraded"], json!([]));
}

#[tokio::test]
async fn the_page_shows_who_is_told_what_before_anybody_is() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    let instructor = app.instructor();
    let shown = instructor.submit("/instructor/regrade", "note=We+forgot+the+api").await.text;
    assert!(
        shown.contains("What learners would be told") && shown.contains("<td dir=\"auto\">We forgot the api</td>"),
        "{shown}"
    );
    assert!(shown.contains("1 attempt graded again") && shown.contains("shop/api"), "{shown}");
    assert_eq!(ada.get("/api/v1/me").await.json()["regraded"], json!([]));
    let done = instructor.submit("/instructor/regrade", "commit=yes&note=We+forgot+the+api").await.text;
    assert!(done.contains("What learners are told"), "{done}");
    assert_eq!(ada.get("/api/v1/me").await.json()["regraded"][0]["reason"], "We forgot the api");
    let again = instructor.submit("/instructor/regrade", "commit=yes").await.text;
    assert!(again.contains(": 0 changed."), "{again}");
    assert_eq!(
        ada.get("/api/v1/me").await.json()["regraded"][0]["reason"],
        "We forgot the api",
        "nothing new was told"
    );
}

/// Many attempts of many learners, which an older course judged otherwise.
async fn many(app: &TestApp, learners: usize, each: usize) {
    for number in 0..learners {
        let learner = app.learner(&format!("Learner {number:03}")).await;
        let learner = id(&learner).await;
        for _ in 0..each {
            let attempt = Attempt::new(&learner, Activity::lab("close"), half(), right(10.0));
            app.server.store.record(attempt).await.unwrap();
        }
    }
}

/// How a job stands when it does not run any more.
async fn ended(instructor: &Person, job: &str) -> Value {
    loop {
        let now = instructor.get(&format!("/api/v1/regrade/{job}")).await.json();
        if now["state"] != "running" {
            return now;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_shown_is_published_as_it_was_shown() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    let instructor = app.instructor();
    let preview = instructor.post("/api/v1/regrade", json!({})).await;
    let job = preview.json()["job"].as_str().unwrap().to_owned();
    assert_eq!(preview.headers["location"], format!("/api/v1/regrade/{job}"));
    // Handed in since: not shown, so not touched.
    once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    let path = format!("/api/v1/regrade/{job}/publish");
    let done = instructor.post(&path, json!({"note": "We were wrong."})).await.json();
    assert_eq!((&done["state"], &done["committed"]), (&json!("published"), &json!(true)), "{done}");
    assert_eq!(done["changes"], preview.json()["changes"]);
    assert_eq!(done["told"][0]["reason"], "We were wrong.");
    assert_eq!(ada.get("/api/v1/me").await.json()["points"], 10.0);
    let again = instructor.post(&path, json!({})).await;
    assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "conflict"));
    let nobody = instructor.post("/api/v1/regrade/x/publish", json!({})).await;
    assert_eq!(nobody.status, 404);
    let listed = instructor.get("/api/v1/regrade").await.json();
    assert_eq!((&listed["jobs"][0]["job"], &listed["jobs"][0]["state"]), (&json!(job), &json!("published")));
}

#[tokio::test]
async fn a_preview_that_others_have_overtaken_is_not_published() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let attempt = once(&app, &ada, Activity::lab("close"), half(), right(10.0)).await;
    let instructor = app.instructor();
    let preview = instructor.post("/api/v1/regrade", json!({})).await.json();
    let grade = Grade { points: 3.0, ..right(10.0) };
    let other = server::store::Regrade { attempt, grade, difference: "by somebody else".to_owned() };
    app.server.store.regrade(&[other], None).await.unwrap();
    let path = format!("/api/v1/regrade/{}/publish", preview["job"].as_str().unwrap());
    let refused = instructor.post(&path, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (409, "conflict"), "{refused:?}");
    assert_eq!(ada.get("/api/v1/me").await.json()["points"], 3.0);
}

#[tokio::test]
async fn a_job_is_stopped_followed_and_gone_on_with_and_one_runs_at_a_time() {
    let app = TestApp::new().await;
    many(&app, 40, 20).await;
    let instructor = app.instructor();
    let begun = {
        let instructor = instructor.clone();
        tokio::spawn(async move { instructor.post("/api/v1/regrade", json!({})).await })
    };
    let job = loop {
        let jobs = instructor.get("/api/v1/regrade").await.json();
        match jobs["jobs"][0]["job"].as_str() {
            Some(job) => break job.to_owned(),
            None => tokio::task::yield_now().await,
        }
    };
    let second = instructor.post("/api/v1/regrade", json!({})).await;
    assert_eq!((second.status.as_u16(), second.json()["job"].as_str()), (409, Some(job.as_str())), "{second:?}");
    let stopped = instructor.post(&format!("/api/v1/regrade/{job}/stop"), json!({})).await;
    assert_eq!(stopped.json()["state"], "stopped", "{stopped:?}");
    assert_eq!(begun.await.unwrap().json()["state"], "stopped", "whoever waits is told");
    let graded = stopped.json()["graded"].as_u64().unwrap();
    assert!(graded < 800, "{graded}");
    let page = instructor.get(&format!("/instructor/regrade?job={job}")).await.text;
    assert!(page.contains("then it was stopped") && page.contains("Go on"), "{page}");
    let resumed = instructor.post(&format!("/api/v1/regrade/{job}/resume"), json!({})).await;
    assert_eq!((resumed.status.as_u16(), &resumed.json()["state"]), (202, &json!("running")));
    let done = ended(&instructor, &job).await;
    assert_eq!(
        (&done["state"], &done["graded"], &done["total"]),
        (&json!("finished"), &json!(800), &json!(800)),
        "{done}"
    );
    assert_eq!((&done["changed"], done["told"].as_array().unwrap().len()), (&json!(800), 40), "nothing twice");
    let changes = done["changes"].as_array().unwrap();
    let rest = format!("/api/v1/regrade/{job}?before={}", done["next"].as_str().unwrap());
    let rest = instructor.get(&rest).await.json();
    assert_eq!((changes.len(), rest["changes"].as_array().unwrap().len(), &rest["next"]), (500, 300, &Value::Null));
    for way in ["stop", "resume"] {
        let refused = instructor.post(&format!("/api/v1/regrade/{job}/{way}"), json!({})).await;
        assert_eq!(refused.status, 409, "{way}");
    }
}

#[tokio::test]
async fn a_server_that_starts_takes_up_what_another_one_left() {
    let app = TestApp::new().await;
    many(&app, 30, 20).await;
    // Begun by a server that is gone: nobody of this name works at it.
    let instructor = app.instructor();
    app.server
        .store
        .begin_regrade(&server::store::NewRegradeJob { publish: true, ..Default::default() })
        .await
        .unwrap();
    let taken = app.server.store.take_regrade("somebody who is gone", server::clock::Moment::now()).await.unwrap();
    let Some(job) = taken else {
        panic!("this server was quicker");
    };
    let app = app.restarted().await;
    let instructor = instructor.on(&app);
    let done = ended(&instructor, &job.id).await;
    assert_eq!((&done["state"], &done["graded"], &done["changed"]), (&json!("published"), &json!(600), &json!(600)));
}
