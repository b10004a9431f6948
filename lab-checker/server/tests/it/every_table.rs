//! Every column of every table, before and after a learner is deleted. A table that is new and holds something of
//! learners' fails here until it is filled here, and emptied by `Store::delete_learner`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use server::{
    activity::Activity,
    store::{Attempt, Grade},
};
use sqlx::{AnyConnection, Connection as _};

use crate::{
    kubeconfigs::way,
    postgres::Postgres,
    test_app::{Person, TestApp, policy, right_answers},
};

/// Tables that hold nothing of a learner's, and why.
const NOBODYS: [(&str, &str); 9] = [
    ("settings", "of the installation"),
    ("guesses", "addresses that wrong join codes came from, for a minute"),
    ("publications", "an instructor's words to all"),
    ("practice_setups", "what all clusters begin with"),
    ("practice_baselines", "the same, of older clusters"),
    ("practice_probe", "where it is tried whether writing works"),
    ("practice_migrations", "versions of the tables"),
    ("_sqlx_migrations", "versions of the tables"),
    ("sqlite_sequence", "SQLite's own"),
];

/// What servers on one PostgreSQL tell each other: a server on SQLite is alone, and writes nothing there.
const FOR_OTHERS: &str = "practice_log";

/// What instructors did: the id stays there, of a learner who has no name any more.
const RECORD: &str = "audit";

/// A database.
enum Tables {
    /// Files of SQLite.
    Files(Vec<String>),
    Postgres(String),
}

impl Tables {
    fn of(app: &TestApp) -> Self {
        let file = |name: &str| format!("sqlite://{}", app.folder.path().join(name).display());
        Self::Files(vec![file("lab-checker.db"), file("clusters.db")])
    }

    /// Each table with all that is in it, as text.
    async fn read(&self) -> Vec<(String, String)> {
        sqlx::any::install_default_drivers();
        match self {
            Self::Files(files) => {
                let mut all = Vec::new();
                for file in files {
                    all.extend(dump(file, SQLITE_TABLES, sqlite_rows).await);
                }
                all
            }
            Self::Postgres(address) => {
                dump(address, POSTGRES_TABLES, |table, _| format!("SELECT CAST({table} AS TEXT) FROM {table}")).await
            }
        }
    }
}

const SQLITE_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table'";
const POSTGRES_TABLES: &str = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";

fn sqlite_rows(table: &str, columns: &[String]) -> String {
    let text = |column: &String| {
        format!("CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE COALESCE(CAST({column} AS TEXT), '') END")
    };
    format!("SELECT {} FROM {table}", columns.iter().map(text).collect::<Vec<_>>().join(" || ' | ' || "))
}

async fn dump(address: &str, tables: &'static str, rows: fn(&str, &[String]) -> String) -> Vec<(String, String)> {
    let mut database = AnyConnection::connect(address).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.unwrap();
    let mut all = Vec::new();
    for table in tables {
        let columns = match address.starts_with("sqlite") {
            true => strings(&mut database, format!("SELECT name FROM pragma_table_info('{table}')")).await,
            false => Vec::new(),
        };
        let text = strings(&mut database, rows(&table, &columns)).await.join("\n");
        all.push((table, text));
    }
    all
}

async fn strings(database: &mut AnyConnection, sql: String) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(database).await.unwrap()
}

/// The first column of what a statement finds, in whichever file has the table.
async fn found(tables: &Tables, sql: &str) -> Vec<String> {
    let address = match tables {
        Tables::Files(files) => &files[0],
        Tables::Postgres(address) => address,
    };
    strings(&mut AnyConnection::connect(address).await.unwrap(), sql.to_owned()).await
}

async fn run(tables: &Tables, sql: &str) {
    let address = match tables {
        Tables::Files(files) => &files[0],
        Tables::Postgres(address) => address,
    };
    let mut database = AnyConnection::connect(address).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut database).await.unwrap();
}

const LIST: &str = "student_id,name,email,group\nstudent-ada,Ada Lovelace,ada@example.org,group-of-ada\n\
                    student-eve,Eve Adamson,eve@example.org,group-of-eve\n";

/// Everything that can be a learner's: with what it is found again.
async fn fill(app: &TestApp, learner: &Person, name: &str) -> Vec<String> {
    let me = learner.get("/api/v1/me").await.json();
    let id = me["id"].as_str().unwrap_or_else(|| panic!("{me}")).to_owned();
    let api = "/api/v1/labs/close";
    let policy_of = |what: &str| {
        // No right answer, so that what an older course thought of another one matters.
        let mut object = policy(json!({"matchLabels": {"app": "web"}}));
        object["metadata"]["annotations"] = json!({"words": format!("{what} of {name}")});
        object
    };
    assert_eq!(learner.post(&format!("{api}/start"), json!({})).await.status, 204);
    let text = policy_of("applied").to_string();
    assert_eq!(learner.post(&format!("{api}/objects"), json!({"text": text})).await.status, 200);
    let version = learner.get(&format!("{api}/draft")).await.json()["version"].clone();
    let draft = json!({"text": format!("draft of {name}"), "version": version});
    assert_eq!(learner.put(&format!("{api}/draft"), draft).await.status, 200);
    assert_eq!(
        learner.put(&format!("{api}/draft/aside"), json!({"text": format!("aside of {name}")})).await.status,
        204
    );
    assert!(learner.post(&format!("{api}/attempts"), json!({})).await.status.is_success());
    let half = json!([policy(json!({"matchLabels": {"app": "web", "of": name.replace(' ', "-")}}))]);
    assert!(learner.post(&format!("{api}/attempts"), json!({"objects": half})).await.status.is_success());
    let message = json!({"message": format!("appeal of {name}")});
    assert_eq!(learner.post(&format!("{api}/appeals"), message).await.status, 201);
    let right = right_answers(learner).await;
    assert!(learner.post("/api/v1/quizzes/basics/attempts", right).await.status.is_success());
    assert_eq!(learner.post("/api/v1/me/code", json!({})).await.status, 201);
    let (path, key) = way(&learner.get("/api/v1/me/kubeconfig").await.json());
    let kubectl = key.iter().fold(app.anonymous(), |client, key| client.with_token(key));
    let map = json!({"metadata": {"name": "map"}, "data": {"text": format!("map of {name}")}});
    assert_eq!(kubectl.post(&format!("{path}/api/v1/namespaces/default/configmaps"), map).await.status, 201);
    judged_otherwise(app, &id, name).await;
    let cluster = app.server.store.learner(&id).await.unwrap().unwrap().cluster.to_string();
    vec![id, cluster, name.to_owned(), name.replace(' ', "-")]
}

/// An attempt that an older course has judged otherwise: there is something to tell when it is graded again.
async fn judged_otherwise(app: &TestApp, learner: &str, name: &str) {
    let report = json!({
        "lab": "close", "passed": true, "points": 10.0, "max_points": 10.0, "mistake": null, "checks": [],
    });
    let grade = Grade { points: 10.0, max_points: 10.0, passed: true, report };
    let half = json!([policy(json!({"matchLabels": {"app": "web", "of": name.replace(' ', "-")}}))]);
    let submission = json!({"source": "files", "objects": half});
    app.server.store.record(Attempt::new(learner, Activity::lab("close"), submission, grade)).await.unwrap();
}

/// What else is found of learners with these ids: the ids of their attempts, the hashes of what they handed in.
async fn further(tables: &Tables, ids: &[&str]) -> Vec<String> {
    let ids = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    let of = |column: &str| {
        format!("SELECT DISTINCT {column} FROM attempts WHERE learner IN ({ids}) AND {column} IS NOT NULL")
    };
    let mut all = found(tables, &of("id")).await;
    let handed_in = found(tables, &of("content")).await;
    assert!(!all.is_empty() && !handed_in.is_empty());
    all.extend(handed_in);
    all
}

fn holds(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| text.contains(word.as_str()))
}

async fn invited(app: &TestApp, imported: &Value, at: usize) -> Person {
    let entry = &imported["created"][at];
    let person = app.anonymous().with_token(entry["token"].as_str().unwrap_or_else(|| panic!("{imported}")));
    let form = format!("token={}", entry["token"].as_str().unwrap());
    assert_eq!(app.anonymous().submit("/login", &form).await.status, 303, "a browser has a session, too");
    person
}

/// Somebody who joins with the address of an entry, and what an instructor decides about it.
async fn claims(app: &TestApp, name: &str, email: &str, decision: &str) -> Person {
    let body = json!({"name": name, "email": email, "code": app.server.join_code});
    let joined = app.anonymous().post("/api/v1/learners", body).await.json();
    let person = app.anonymous().with_token(joined["token"].as_str().unwrap_or_else(|| panic!("{joined}")));
    assert_eq!(person.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let path = format!("/api/v1/roster/claims/{}", joined["id"].as_str().unwrap());
    assert_eq!(app.instructor().post(&path, json!({"decision": decision})).await.status, 200);
    person
}

/// What was graded again: one publication, and a job that has found something and come as far as this learner.
async fn regrade(app: &TestApp, tables: &Tables, id: &str, name: &str) {
    let instructor = app.instructor();
    let note = json!({"commit": true, "note": "the course has changed"});
    assert!(instructor.post("/api/v1/regrade", note).await.status.is_success());
    judged_otherwise(app, id, name).await;
    let found = instructor.post("/api/v1/regrade", json!({})).await.json();
    for list in ["changes", "told"] {
        assert_ne!(found[list].as_array().map(Vec::len), Some(0), "{list}: {found}");
    }
    run(tables, &format!("UPDATE regrade_jobs SET learner = '{id}'")).await;
}

async fn nothing_is_left(app: &TestApp, asked: &TestApp, tables: &Tables) {
    let imported = app.instructor().post_text("/api/v1/roster", "text/csv", LIST).await.json();
    let (ada, eve) = (invited(app, &imported, 0).await, invited(app, &imported, 1).await);
    assert_eq!(eve.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let mut words: Vec<String> =
        ["student-ada", "ada@example.org", "group-of-ada", "student-eve", "eve@example.org", "group-of-eve"]
            .map(str::to_owned)
            .into();
    // Of the entry that became one with who joined, nothing is left either.
    let entry = eve.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let cluster = app.server.store.learner(&entry).await.unwrap().unwrap().cluster.to_string();
    words.extend([entry, cluster]);
    // Ada hands in on one server and is known to all.
    let mut people = vec![(ada, "Ada Lovelace")];
    people.push((claims(app, "Mallory Refused", "ada@example.org", "refuse").await, "Mallory Refused"));
    people.push((claims(app, "Eve Joined", "eve@example.org", "merge").await, "Eve Adamson"));
    let mut ids = Vec::new();
    for (person, name) in &people {
        let found = fill(app, person, name).await;
        assert_eq!(person.clone().on(asked).get("/api/v1/labs/close/report").await.status, 200);
        ids.push(found[0].clone());
        words.extend(found);
    }
    regrade(app, tables, &ids[0], people[0].1).await;
    app.anonymous().post("/api/v1/learners", json!({"name": "X", "code": "WRONG"})).await;
    words.extend(further(tables, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await);
    let before = tables.read().await;
    for (table, text) in &before {
        let alone = matches!(tables, Tables::Files(_)) && table == FOR_OTHERS;
        let nobodys = alone || NOBODYS.iter().any(|(name, _)| name == table);
        assert!(
            nobodys != holds(text, &words) || table == RECORD,
            "{table}: either this test puts something of a learner into it, or it is nobody's and says why"
        );
    }
    let instructor = app.instructor().on(asked);
    for id in &ids {
        let deleted = instructor.delete(&format!("/api/v1/roster/{id}")).await;
        assert_eq!(deleted.status, 200, "{deleted:?}");
    }
    let known: BTreeSet<&String> = before.iter().map(|(table, _)| table).collect();
    let after = tables.read().await;
    assert_eq!(after.iter().map(|(table, _)| table).collect::<BTreeSet<_>>(), known);
    for (table, text) in &after {
        let left: Vec<&String> = words
            .iter()
            .filter(|word| text.contains(word.as_str()) && !(table == RECORD && ids.contains(word)))
            .collect();
        assert_eq!(left, Vec::<&String>::new(), "{table}: {text}");
    }
    for app in [app, asked] {
        for (person, _) in &people {
            assert_eq!(person.clone().on(app).get("/api/v1/me").await.status, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_learner_who_is_deleted_no_table_knows_anything() {
    let app = TestApp::new().await;
    nothing_is_left(&app, &app, &Tables::of(&app)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_learner_who_is_deleted_no_table_knows_anything_of_a_database_that_is_shared() {
    let postgres = Postgres::start();
    let address = postgres.database("forgotten");
    let (here, there) = (TestApp::on_database(&address).await, TestApp::on_database(&address).await);
    nothing_is_left(&here, &there, &Tables::Postgres(address)).await;
}
