//! A database that cannot write for a while: nothing is acknowledged meanwhile, and everything that is
//! acknowledged afterwards is there for whoever opens the database next.

use std::{path::Path, process::Command};

use futures::future::join_all;
use serde_json::{Value, json};
use server::store::{AttemptFilter, Database, Principal, Secret, Store};
use sqlx::{AnyConnection, Connection};

use crate::postgres::Postgres;
use crate::small_disk::SmallDisk;
use crate::test_app::{Answer, Person, TestApp, right_answers, solution};

/// How a statement fails.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The database ends the transaction by itself, as SQLite does when the disk is full.
    Ends,
    /// The statement fails, and the transaction stays open.
    Refuses,
}
use Fault::{Ends, Refuses};

/// The tables that the server writes to while it runs.
const TABLES: [&str; 7] = ["learners", "tokens", "attempts", "regrades", "publications", "appeals", "settings"];

/// A second way into the database, which makes writes fail and lets them succeed again.
struct Saboteur(AnyConnection);

impl Saboteur {
    async fn on_sqlite(app: &TestApp) -> Self {
        let file = app.folder.path().join("lab-checker.db");
        let mut this = Self::at(&format!("sqlite://{}", file.display())).await;
        this.run("CREATE TABLE fault (kind TEXT)").await;
        for table in TABLES {
            for (kind, action) in [("ends", "ROLLBACK"), ("refuses", "ABORT")] {
                for event in ["INSERT", "DELETE"].into_iter().chain((table == "appeals").then_some("UPDATE")) {
                    this.run(&format!(
                        "CREATE TRIGGER fault_{table}_{kind}_{event} BEFORE {event} ON {table}
                         WHEN EXISTS (SELECT 1 FROM fault WHERE kind = '{kind}')
                         BEGIN SELECT RAISE({action}, 'database or disk is full'); END"
                    ))
                    .await;
                }
            }
        }
        this
    }

    async fn on_postgres(address: &str) -> Self {
        let mut this = Self::at(address).await;
        this.run("CREATE TABLE fault (kind TEXT)").await;
        this.run(
            "CREATE FUNCTION fail() RETURNS trigger AS $$ BEGIN
               IF EXISTS (SELECT 1 FROM fault WHERE kind = 'ends') THEN
                 PERFORM pg_terminate_backend(pg_backend_pid());
               ELSIF EXISTS (SELECT 1 FROM fault) THEN
                 RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device';
               END IF;
               RETURN NULL;
             END $$ LANGUAGE plpgsql",
        )
        .await;
        for table in TABLES {
            let events = if table == "appeals" { "INSERT OR UPDATE" } else { "INSERT OR DELETE" };
            this.run(&format!(
                "CREATE TRIGGER fault BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fail()"
            ))
            .await;
        }
        this
    }

    async fn at(address: &str) -> Self {
        sqlx::any::install_default_drivers();
        Self(AnyConnection::connect(address).await.unwrap())
    }

    async fn run(&mut self, sql: &str) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut self.0).await.unwrap();
    }

    async fn make(&mut self, fault: Fault) {
        self.stop().await;
        let kind = match fault {
            Ends => "ends",
            Refuses => "refuses",
        };
        self.run(&format!("INSERT INTO fault (kind) VALUES ('{kind}')")).await;
    }

    async fn stop(&mut self) {
        self.run("DELETE FROM fault").await;
    }
}

/// What the server has said is kept.
#[derive(Default)]
struct Acknowledged {
    attempts: Vec<String>,
    /// Each was answered in the next moment.
    appeals: Vec<String>,
    learner_tokens: Vec<String>,
}

impl Acknowledged {
    /// Looks with a store of its own, as another process would.
    async fn is_kept(&self, database: &Database) {
        let store = Store::open(database).await.unwrap();
        let kept = store.attempts(&AttemptFilter::default(), 100_000).await.unwrap();
        let kept: Vec<&str> = kept.iter().map(|attempt| attempt.id.as_str()).collect();
        let lost: Vec<_> = self.attempts.iter().filter(|id| !kept.contains(&id.as_str())).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged attempts are lost", lost.len(), self.attempts.len());
        for appeal in &self.appeals {
            let kept = store.appeal_of(appeal).await.unwrap().expect("an acknowledged appeal is kept");
            assert_eq!(kept.answer.map(|(answer, _)| answer).as_deref(), Some("No."));
        }
        for token in &self.learner_tokens {
            let who = store.who(&Secret::presented(token)).await.unwrap();
            assert!(matches!(who, Some(Principal::Learner(_))), "a token that was given out opens nothing");
        }
        store.close().await;
    }
}

/// Everything that writes, done once. Of some kinds many at once, so that they share a commit.
async fn everything(app: &TestApp, ada: &Person, token_of: &str) -> Vec<(&'static str, Answer)> {
    let quiz = right_answers(ada).await;
    let attempts = join_all((0..20).map(|_| ada.post("/api/v1/quizzes/basics/attempts", quiz.clone()))).await;
    let mut answers: Vec<_> = attempts.into_iter().map(|answer| ("attempt", answer)).collect();
    let lab = ada.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
    answers.push(("attempt", lab));
    let anonymous = app.anonymous();
    let email = format!("{}@example.org", uuid::Uuid::new_v4().simple());
    let enrolment = json!({"name": "Bob", "email": email, "code": app.server.join_code});
    answers.push(("enrolment", anonymous.post("/api/v1/learners", enrolment).await));
    let instructor = app.instructor();
    let list = json!([{"name": "Cleo"}, {"name": "Dan"}]);
    answers.push(("roster", instructor.post("/api/v1/roster", list).await));
    let renewed = instructor.post(&format!("/api/v1/roster/{token_of}/token"), json!({})).await;
    answers.push(("token", renewed));
    answers.push(("attempt", ada.post("/api/v1/labs/close/attempts", json!({"objects": []})).await));
    answers.push(("appeal", ada.post("/api/v1/labs/close/appeals", json!({})).await));
    let appeals = instructor.get("/api/v1/appeals").await.json();
    let newest = appeals["appeals"][0]["id"].as_str().unwrap_or_default().to_owned();
    let answer = instructor.post(&format!("/api/v1/appeals/{newest}/answer"), json!({"answer": "No."})).await;
    answers.push(("answer", answer));
    answers
}

fn note(acknowledged: &mut Acknowledged, answers: &[(&str, Answer)]) {
    for (what, answer) in answers {
        assert!(answer.status.is_success(), "{what}: {answer:?}");
        let json = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match *what {
            "attempt" => acknowledged.attempts.push(text(&json["attempt_id"])),
            "appeal" => acknowledged.appeals.push(text(&json["id"])),
            "enrolment" => acknowledged.learner_tokens.push(text(&json["token"])),
            "roster" => acknowledged
                .learner_tokens
                .extend(json["created"].as_array().unwrap().iter().map(|entry| text(&entry["token"]))),
            _ => {}
        }
    }
}

/// In plain words, and only where nothing was kept.
#[track_caller]
fn refuses_plainly(what: &str, answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "not-recorded"), "{what}: {answer:?}");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("nothing was recorded") && detail.contains("again"), "{detail}");
    assert!(!answer.text.contains("disk is full") && !answer.text.contains("No space"), "{}", answer.text);
    assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
}

async fn person(app: &TestApp, name: &str) -> (Person, String) {
    let person = app.learner(name).await;
    let id = person.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    (person, id)
}

async fn state(app: &TestApp, path: &str) -> u16 {
    app.anonymous().get(path).await.status.as_u16()
}

/// After these faults, in this order, the server keeps its word.
async fn recovers(app: &TestApp, saboteur: &mut Saboteur, database: &Database, faults: &[Fault]) {
    let (ada, _) = person(app, "Ada").await;
    let (eve, other) = person(app, "Eve").await;
    // Something to appeal about, and an appeal to answer.
    for learner in [&ada, &eve] {
        assert_eq!(learner.post("/api/v1/labs/close/attempts", json!({"objects": []})).await.status, 201);
    }
    assert_eq!(eve.post("/api/v1/labs/close/appeals", json!({})).await.status, 201);
    app.anonymous().get("/book/").await;
    assert_eq!(state(app, "/readyz").await, 200, "{faults:?}");
    for &fault in faults {
        saboteur.make(fault).await;
        for (what, answer) in everything(app, &ada, &other).await {
            refuses_plainly(what, &answer);
        }
        assert_eq!((state(app, "/healthz").await, state(app, "/readyz").await), (200, 503), "{faults:?}");
    }
    saboteur.stop().await;
    let mut acknowledged = Acknowledged::default();
    for _ in 0..3 {
        note(&mut acknowledged, &everything(app, &ada, &other).await);
    }
    acknowledged.is_kept(database).await;
    assert_eq!(state(app, "/readyz").await, 200, "{faults:?}");
}

/// One after the other, and in every order that leaves something behind.
const SERIES: [&[Fault]; 6] =
    [&[Ends], &[Refuses], &[Ends, Refuses], &[Refuses, Ends], &[Ends, Refuses, Ends], &[Ends, Ends, Refuses, Refuses]];

#[tokio::test]
async fn what_is_acknowledged_after_a_failure_is_kept_by_sqlite() {
    for faults in SERIES {
        let app = TestApp::new().await;
        let mut saboteur = Saboteur::on_sqlite(&app).await;
        let database = Database::Sqlite(app.folder.path().join("lab-checker.db"));
        recovers(&app, &mut saboteur, &database, faults).await;
    }
}

#[tokio::test]
async fn what_is_acknowledged_after_a_failure_is_kept_by_postgres() {
    let postgres = Postgres::start();
    for (number, faults) in SERIES.into_iter().enumerate() {
        let address = postgres.database(&format!("course{number}"));
        let app = TestApp::on_database(&address).await;
        let mut saboteur = Saboteur::on_postgres(&address).await;
        recovers(&app, &mut saboteur, &Database::Postgres(address), faults).await;
        app.server.store.close().await;
        saboteur.0.close().await.unwrap();
    }
}

#[tokio::test]
async fn half_of_an_enrolment_is_none() {
    for (path, is_page) in [("/api/v1/learners", false), ("/join", true)] {
        let app = TestApp::new().await;
        let mut saboteur = Saboteur::on_sqlite(&app).await;
        // The learner could be kept, but not the token: then there must be no learner either.
        saboteur.run("DROP TRIGGER fault_learners_refuses_INSERT").await;
        saboteur.make(Refuses).await;
        let code = &app.server.join_code;
        let enrol = async || {
            if is_page {
                app.anonymous().submit(path, &format!("name=Ada&email=ada@example.org&code={code}")).await
            } else {
                let body = json!({"name": "Ada", "email": "ada@example.org", "code": code});
                app.anonymous().post(path, body).await
            }
        };
        assert_eq!(enrol().await.status, 503, "{path}");
        saboteur.stop().await;
        let again = enrol().await;
        assert!(again.status.is_success(), "the address must not be taken: {again:?}");
    }
}

#[tokio::test]
async fn half_of_a_list_and_of_a_new_token_is_none() {
    let app = TestApp::new().await;
    let (ada, id) = person(&app, "Ada").await;
    let mut saboteur = Saboteur::on_sqlite(&app).await;
    // The old token could be forgotten, but no new one kept; the first line imported, but not the second.
    saboteur.run("DROP TRIGGER fault_tokens_refuses_DELETE").await;
    saboteur.make(Refuses).await;
    let instructor = app.instructor();
    refuses_plainly("token", &instructor.post(&format!("/api/v1/roster/{id}/token"), json!({})).await);
    assert_eq!(ada.get("/api/v1/me").await.status, 200, "the old token still works");
    saboteur.stop().await;
    assert_eq!(ada.get("/api/v1/me").await.status, 200);
    saboteur
        .run(
            "CREATE TRIGGER second BEFORE INSERT ON learners WHEN NEW.name = 'Second'
             BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
        )
        .await;
    let list = json!([{"name": "First", "email": "first@example.org"}, {"name": "Second"}]);
    refuses_plainly("roster", &instructor.post("/api/v1/roster", list).await);
    let roster = instructor.get("/api/v1/roster").await.json();
    assert_eq!(roster["learners"].as_array().unwrap().len(), 1, "{roster}");
}

#[tokio::test]
async fn pages_and_regrades_say_plainly_that_nothing_was_recorded() {
    let app = TestApp::listening(crate::test_app::Listening::Loopback).await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let id = browser.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    // An attempt that an older course judged wrongly.
    let grade = server::store::Grade { points: 3.0, max_points: 10.0, passed: false, report: json!({}) };
    let (lab, submission) =
        (server::activity::Activity::lab("close"), json!({"source": "files", "objects": solution()}));
    app.server.store.record(server::store::Attempt::new(&id, lab, submission, grade)).await.unwrap();
    assert_eq!(browser.submit("/labs/close", "action=start").await.status, 303);
    let mut saboteur = Saboteur::on_sqlite(&app).await;
    saboteur.make(Ends).await;
    let quiz = browser.submit("/quizzes/basics", "layer=what+I+wrote").await;
    assert!(quiz.text.contains("value=\"what I wrote\""), "it can be sent again: {}", quiz.text);
    let pages = [quiz, browser.submit("/labs/close", "action=check").await];
    for page in pages {
        assert_eq!(page.status, 503, "{}", page.text);
        assert!(page.text.contains("nothing was recorded") && page.text.contains("try again"), "{}", page.text);
    }
    let host = app.instructor().with("host", "localhost:8080");
    let regrade = async || host.post("/api/v1/regrade", json!({"commit": true})).await;
    refuses_plainly("regrade", &regrade().await);
    saboteur.make(Refuses).await;
    refuses_plainly("regrade", &regrade().await);
    assert_eq!(browser.get("/api/v1/me").await.json()["points"], 3.0);
    saboteur.stop().await;
    assert_eq!(regrade().await.json()["changes"].as_array().unwrap().len(), 1);
    let database = Database::Sqlite(app.folder.path().join("lab-checker.db"));
    let store = Store::open(&database).await.unwrap();
    assert_eq!(store.scores_of(&id).await.unwrap()[0].points, 10.0, "another process sees it");
    store.close().await;
}

/// Hands in until the disk takes no more; says what was acknowledged.
async fn until_full(app: &TestApp, class: &[Person], acknowledged: &mut Acknowledged) {
    // PostgreSQL compresses what repeats itself.
    let name: String = (0..3_000).map(|_| uuid::Uuid::new_v4().simple().to_string()).collect();
    let large = json!({"objects": [{"kind": "ConfigMap", "metadata": {"name": name}}]});
    for learner in class.iter().cycle().take(2_000) {
        let quiz = right_answers(learner).await;
        let small = join_all((0..8).map(|_| learner.post("/api/v1/quizzes/basics/attempts", quiz.clone())));
        let enrolment = json!({"name": "Bob", "code": app.server.join_code});
        let anonymous = app.anonymous();
        let (small, large, enrolled) = tokio::join!(
            small,
            learner.post("/api/v1/labs/close/attempts", large.clone()),
            anonymous.post("/api/v1/learners", enrolment)
        );
        let answers = small.into_iter().chain([large]).map(|answer| ("attempt", answer));
        let (mut kept, mut refused) = (0, 0);
        for (what, answer) in answers.chain([("enrolment", enrolled)]) {
            match answer.status.as_u16() {
                201 => {
                    note(acknowledged, &[(what, answer)]);
                    kept += 1;
                }
                // Whoever hands in too much is told so first.
                429 => {}
                _ => {
                    refuses_plainly(what, &answer);
                    refused += 1;
                }
            }
        }
        if kept == 0 && refused > 0 {
            return;
        }
    }
    panic!("the disk never got full");
}

/// Fills the disk three times, and frees some of it each time; then all is as it was acknowledged.
async fn survives_a_full_disk(app: &TestApp, disk: &SmallDisk, database: &Database) -> Person {
    let class = join_all((0..12).map(|number| app.learner(["Ada", "Bob", "Cleo"][number % 3]))).await;
    let ada = &class[0];
    app.anonymous().get("/book/").await;
    assert_eq!(ada.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let mut acknowledged = Acknowledged::default();
    disk.fill_up_to(4 << 20);
    for learner in &class[1..4] {
        until_full(app, &class, &mut acknowledged).await;
        assert_eq!((state(app, "/healthz").await, state(app, "/readyz").await), (200, 503));
        let start = ada.post("/api/v1/labs/close/start", json!({})).await;
        assert!(start.status == 204 || start.status == 503, "{start:?}");
        // The database moves what it has written to its last place when there is room: as much again.
        disk.make_room(6 << 20);
        let again = learner.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
        note(&mut acknowledged, &[("attempt", again)]);
        assert_eq!(state(app, "/readyz").await, 200, "it is ready again by itself");
    }
    disk.make_room(usize::MAX);
    let (_, other) = person(app, "Eve").await;
    note(&mut acknowledged, &everything(app, &class[5], &other).await);
    assert_eq!(ada.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let applied = json!({"text": solution()[0].to_string()});
    assert_eq!(ada.post("/api/v1/labs/close/objects", applied).await.json()["results"][0]["applied"], true);
    acknowledged.is_kept(database).await;
    ada.clone()
}

async fn finds_what_was_applied(ada: Person, app: &TestApp) {
    let report = ada.on(app).get("/api/v1/labs/close/report").await.json();
    assert_eq!(report["passed"], true, "what was applied to the practice cluster is there: {report}");
}

/// On a file system of 24 MB, as root; elsewhere the faults above stand for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount("24m") else { return };
    let app = TestApp::in_folder(disk.folder(), crate::test_app::Listening::Everywhere).await;
    let database = Database::Sqlite(app.folder.path().join("lab-checker.db"));
    let ada = survives_a_full_disk(&app, &disk, &database).await;
    finds_what_was_applied(ada, &app.restarted().await).await;
}

/// A new database that has its tables in this folder, which is root's so far.
async fn database_in(postgres: &Postgres, folder: &Path) -> String {
    let given = Command::new("chown").arg("postgres").arg(folder).status().unwrap();
    assert!(given.success());
    let beside = postgres.database("beside");
    let mut maintenance = Saboteur::at(&beside).await;
    maintenance.run(&format!("CREATE TABLESPACE small LOCATION '{}'", folder.display())).await;
    maintenance.run("CREATE DATABASE small TABLESPACE small").await;
    maintenance.0.close().await.unwrap();
    beside.replace("/beside?", "/small?")
}

/// The same with a PostgreSQL whose tables, and nothing else, are on such a file system.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_postgres_loses_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount("32m") else { return };
    let (postgres, folder) = (Postgres::start(), disk.folder());
    let address = database_in(&postgres, folder.path()).await;
    let app = TestApp::on_database(&address).await;
    let ada = survives_a_full_disk(&app, &disk, &Database::Postgres(address.clone())).await;
    app.server.store.close().await;
    let again = TestApp::on_database(&address).await;
    finds_what_was_applied(ada, &again).await;
    again.server.store.close().await;
    // The database goes before its disk.
    postgres.stop();
}
