//! What is kept of attempts at labs: what the learner has changed, once for each content, never too much, enough to be
//! judged again; and pages that read no more of it than they show.

use serde_json::{Value, json};
use server::{
    activity::Activity,
    store::{Attempt, AttemptFilter, Database, Grade, NewLearner, Store},
};

use crate::test_app::{Listening, Person, TestApp, policy, solution};

/// The server's own learner, in a browser.
fn at_home(app: &TestApp) -> Person {
    app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin")
}

fn instructor_at_home(app: &TestApp) -> Person {
    app.instructor().with("host", "localhost:8080")
}

async fn number(app: &TestApp, sql: &'static str) -> i64 {
    let database = Database::Sqlite(app.folder.path().join("lab-checker.db")).writers().await.unwrap();
    let (number,): (i64,) = sqlx::query_as(sql).fetch_one(&database).await.unwrap();
    number
}

async fn apply(person: &Person, lab: &str, text: &str) {
    let applied = person.post(&format!("/api/v1/labs/{lab}/objects"), json!({"text": text})).await;
    assert!(applied.json()["results"].as_array().unwrap().iter().all(|one| one["applied"] == true), "{applied:?}");
}

async fn check(person: &Person, lab: &str) -> Value {
    let graded = person.post(&format!("/api/v1/labs/{lab}/attempts"), json!({})).await;
    assert_eq!(graded.status, 201, "{graded:?}");
    graded.json()
}

async fn submission(instructor: &Person, attempt: &Value) -> Value {
    let path = format!("/api/v1/attempts/{}", attempt["attempt_id"].as_str().unwrap());
    instructor.get(&path).await.json()["submission"].take()
}

#[tokio::test]
async fn every_lab_of_the_course_is_kept_small_and_judged_again_as_it_was() {
    let app = TestApp::with_the_course().await;
    let (learner, instructor) = (at_home(&app), instructor_at_home(&app));
    let labs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs");
    let mut checked = 0;
    for lab in std::fs::read_dir(labs).unwrap().map(Result::unwrap) {
        let name = lab.file_name().into_string().unwrap();
        assert_eq!(learner.post(&format!("/api/v1/labs/{name}/start"), json!({})).await.status, 204, "{name}");
        let begun = check(&learner, &name).await;
        assert_eq!(begun["passed"], false, "{name}");
        let objects = manifest::files::load(&[lab.path().join("solution")]).unwrap().into_values();
        apply(&learner, &name, &objects.iter().map(manifest::to_yaml).collect::<Vec<_>>().join("---\n")).await;
        let solved = check(&learner, &name).await;
        assert_eq!(solved["passed"], true, "{name}: {solved}");
        for attempt in [begun, solved] {
            let kept = submission(&instructor, &attempt).await;
            let now = learner.post(&format!("/api/v1/labs/{name}/attempts"), kept.clone()).await.json();
            assert_eq!((&now["checks"], &now["points"]), (&attempt["checks"], &attempt["points"]), "{name}");
            assert_eq!(now["mistake"], attempt["mistake"], "{name}");
            checked += 1;
        }
    }
    assert!(checked >= 20, "{checked}");
    let again = instructor.post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&again["gone"], &again["changes"]), (&json!(0), &json!([])));
    assert_eq!(again["graded"], 2 * checked);
    let worlds =
        "SELECT MAX(LENGTH(submissions.content)) FROM submissions JOIN attempts ON attempts.content = submissions.hash";
    assert!(number(&app, worlds).await < 8 << 10);
    assert_eq!(number(&app, "SELECT SUM(LENGTH(submission)) FROM attempts").await, 0);
}

#[tokio::test]
async fn what_was_added_changed_and_removed_is_kept_and_shown() {
    let app = TestApp::listening(Listening::Loopback).await;
    let (learner, instructor) = (at_home(&app), instructor_at_home(&app));
    learner.post("/api/v1/labs/close/start", json!({})).await;
    let config = learner.get("/api/v1/me/kubeconfig").await.json();
    let gate = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let pods = format!("{}/api/v1/namespaces/shop/pods", &gate[gate.find("/clusters/").unwrap()..]);
    let mut web = learner.get(&format!("{pods}/web")).await.json();
    web["metadata"]["labels"]["painted"] = json!("green");
    assert_eq!(learner.put(&format!("{pods}/web"), web).await.status, 200);
    assert_eq!(learner.delete(&format!("{pods}/api?gracePeriodSeconds=0")).await.status, 200);
    apply(&learner, "close", &policy(json!({})).to_string()).await;
    let attempt = check(&learner, "close").await;
    let kept = submission(&instructor, &attempt).await;
    let names = |part: &str| {
        let part = kept["changes"][part].as_array().unwrap().iter();
        part.map(|object| format!("{} {}", object["kind"], object["metadata"]["name"]).replace('"', "")).collect()
    };
    let names: [Vec<String>; 3] = ["added", "changed", "removed"].map(names);
    assert_eq!(names, [vec!["NetworkPolicy deny"], vec!["Pod web"], vec!["Pod api"]], "{kept}");
    assert!(kept["objects"].as_array().unwrap().len() > 3, "all that was judged is told: {kept}");
    for noise in ["managedFields", "uid", "resourceVersion", "creationTimestamp"] {
        assert!(!kept.to_string().contains(noise), "{noise}");
    }
    let page = instructor.get(&format!("/instructor/attempts/{}", attempt["attempt_id"].as_str().unwrap())).await.text;
    assert!(
        page.contains("painted: green") && page.contains("# removed: Pod") && page.contains("podSelector"),
        "{page}"
    );
    assert!(!page.contains("stranger\n"), "what is as it was is not shown: {page}");
}

#[tokio::test]
async fn the_same_handed_in_again_is_kept_once() {
    let app = TestApp::listening(Listening::Loopback).await;
    let learner = at_home(&app);
    learner.post("/api/v1/labs/close/start", json!({})).await;
    apply(&learner, "close", &policy(json!({})).to_string()).await;
    for _ in 0..30 {
        check(&learner, "close").await;
        learner.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
    }
    assert_eq!(number(&app, "SELECT COUNT(*) FROM attempts").await, 60);
    // What the lab begins with, the world, and the files.
    assert_eq!(number(&app, "SELECT COUNT(*) FROM submissions").await, 3);
    assert!(number(&app, "SELECT SUM(LENGTH(content)) FROM submissions").await < 4 << 10);
}

#[tokio::test]
async fn what_is_too_large_to_keep_is_refused_with_its_name_and_nothing_is_kept() {
    let app = TestApp::listening(Listening::Loopback).await;
    let learner = at_home(&app);
    learner.post("/api/v1/labs/close/start", json!({})).await;
    let policies: Vec<Value> = (0..200)
        .map(|at| {
            let mut policy = policy(json!({"matchExpressions": [
                {"key": "app", "operator": "In", "values": (0..60).map(|n| format!("value-{at}-{n}-of-many")).collect::<Vec<_>>()}
            ]}));
            policy["metadata"]["name"] = json!(format!("deny-{at}"));
            policy
        })
        .collect();
    for part in policies.chunks(100) {
        let text: Vec<String> = part.iter().map(Value::to_string).collect();
        apply(&learner, "close", &text.join("\n---\n")).await;
    }
    let world = learner.post("/api/v1/labs/close/attempts", json!({})).await;
    let sent = learner.post("/api/v1/labs/close/attempts", json!({"objects": policies})).await;
    for refused in [world, sent] {
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "too-large"), "{refused:?}");
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("200 objects of kind NetworkPolicy"), "{detail}");
        assert!(detail.contains("at most 256 KiB") && detail.contains("remove"), "{detail}");
    }
    let page = learner.submit("/labs/close", "action=check").await;
    assert!(page.status == 422 && page.text.contains("200 objects of kind NetworkPolicy"), "{}", page.text);
    assert_eq!(number(&app, "SELECT COUNT(*) FROM attempts").await, 0);
    let report = learner.get("/api/v1/labs/close/report").await;
    assert_eq!(report.status, 200, "it can be looked at all the same");
}

#[tokio::test]
async fn attempts_of_an_older_database_are_shown_and_judged_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::Sqlite(folder.path().join("lab-checker.db"));
    let writers = file.writers().await.unwrap();
    sqlx::raw_sql(include_str!("../stored/with_whole_submissions.sql")).execute(&writers).await.unwrap();
    writers.close().await;
    let token = server::store::Secret::fresh("instructor");
    let store = Store::open(&file).await.unwrap();
    store.allow_instructor(&token, None).await.unwrap();
    store.close().await;
    let app = TestApp::in_folder(folder, Listening::Loopback).await;
    let instructor = app.anonymous().with("host", "localhost:8080").with_token(token.reveal());
    let attempts = instructor.get("/api/v1/attempts").await.json()["attempts"].as_array().unwrap().clone();
    let points: Vec<_> = attempts.iter().map(|attempt| attempt["points"].as_f64().unwrap()).collect();
    assert_eq!(points, [1.0, 10.0, 0.0, 10.0, 0.0]);
    for attempt in &attempts {
        let id = attempt["id"].as_str().unwrap();
        let submission = instructor.get(&format!("/api/v1/attempts/{id}")).await.json()["submission"].take();
        assert!(submission["objects"].is_array() || submission["answers"]["layer"].is_string(), "{submission}");
        let page = instructor.get(&format!("/instructor/attempts/{id}")).await;
        let has_policy = submission.to_string().contains("NetworkPolicy");
        assert_eq!((page.status.as_u16(), page.text.contains("kind: NetworkPolicy")), (200, has_policy), "{page:?}");
    }
    let again = instructor.post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&again["graded"], &again["changes"]), (&json!(5), &json!([])));
    // And the learner goes on.
    let learner = at_home(&app);
    assert_eq!(learner.post("/api/v1/labs/close/appeals", json!({})).await.problem(), "nothing-to-appeal");
    let kept = learner.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
    assert_eq!(kept.json()["passed"], true);
}

const CLASS: usize = 100;
const ATTEMPTS: usize = 5_000;

/// Five thousand attempts at a lab, each of another content, by a hundred learners.
async fn of_a_class(app: &TestApp) -> Vec<String> {
    let store = &app.server.store;
    let mut learners = Vec::new();
    for at in 0..CLASS {
        let new = NewLearner { name: format!("Learner {at}"), ..NewLearner::default() };
        learners.push(store.add_learner(&new).await.unwrap().id);
    }
    let report = json!({
        "lab": "close", "passed": false, "points": 3.0, "max_points": 10.0, "mistake": null,
        "checks": [{"name": "nothing comes in", "passed": false, "message": "x".repeat(200), "flow": null}],
    });
    let attempts = (0..ATTEMPTS).map(|at| {
        let grade = Grade { points: 3.0, max_points: 10.0, passed: false, report: report.clone() };
        let submission =
            json!({"source": "files", "objects": [policy(json!({"matchLabels": {"at": at.to_string()}}))]});
        store.record(Attempt::new(&learners[at % CLASS], Activity::lab("close"), submission, grade))
    });
    for done in futures::future::join_all(attempts).await {
        done.unwrap();
    }
    learners
}

#[tokio::test]
async fn instructors_pages_read_no_more_of_five_thousand_attempts_than_they_show() {
    let app = TestApp::new().await;
    let learners = of_a_class(&app).await;
    let (instructor, traffic) = (app.instructor(), app.server.store.traffic().clone());
    let reports = number(&app, "SELECT SUM(LENGTH(report)) FROM attempts").await;
    let learner = format!("/instructor/learners/{}", learners[0]);
    let recent = (ATTEMPTS / CLASS) as u64;
    for (path, rows, bytes) in [
        ("/instructor", 0, 0),
        ("/api/v1/gradebook?format=csv", 0, 0),
        (learner.as_str(), recent, 0),
        ("/api/v1/attempts", 200, 0),
        ("/api/v1/attempts?kind=lab&activity=close", 200, 0),
        ("/instructor/activities/lab/close", ATTEMPTS as u64, reports as u64),
    ] {
        let before = (traffic.rows(), traffic.bytes());
        let page = instructor.get(path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let read = (traffic.rows() - before.0, traffic.bytes() - before.1);
        assert_eq!(read, (rows, bytes), "{path}");
    }
    let page = instructor.get("/instructor/activities/lab/close").await.text;
    assert!(page.contains("nothing comes in") && page.contains("100"), "{page}");
}

#[tokio::test]
async fn an_analysis_looks_at_the_newest_and_begins_with_the_oldest_of_them() {
    let app = TestApp::new().await;
    let store = &app.server.store;
    of_a_class(&app).await;
    let lab = Activity::lab("close");
    let all = store.attempts(&AttemptFilter::at(&lab), 10_000).await.unwrap();
    assert_eq!(store.before_the_newest(&lab, ATTEMPTS as u32).await.unwrap(), None);
    let before = store.before_the_newest(&lab, 10).await.unwrap().unwrap();
    let judged = store.judged_after(&lab, &before, 100).await.unwrap();
    let mut newest: Vec<&str> = all.iter().take(10).map(|attempt| attempt.id.as_str()).collect();
    newest.reverse();
    assert_eq!(judged.iter().map(|attempt| attempt.id.as_str()).collect::<Vec<_>>(), newest);
}
