//! Backups: what comes back is what was there, whichever database it comes from and goes to, and whatever is written
//! meanwhile. And databases of earlier versions, which are brought up to date with all that is in them.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use server::{BackupError, Target, back_up, restore};
use sqlx::{AnyConnection, Connection};

use crate::{
    postgres::Postgres,
    test_app::{Person, TestApp, policy, right_answers, solution},
};

/// The rows of every table of a backup, sorted.
fn rows(backup: &[u8]) -> BTreeMap<String, Vec<String>> {
    let mut text = String::new();
    GzDecoder::new(backup).read_to_string(&mut text).unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        match &line {
            Value::Array(_) => tables.get_mut(&table).unwrap().push(line.to_string()),
            Value::Object(fields) if fields.contains_key("table") => {
                table = fields["table"].as_str().unwrap().to_owned();
                tables.insert(table.clone(), Vec::new());
            }
            _ => {}
        }
    }
    for rows in tables.values_mut() {
        rows.sort();
    }
    tables
}

/// Something in every table that people fill.
async fn used(app: &TestApp) -> (Person, Person) {
    let (ada, bob) = (app.learner("Ada „ü“ \u{1f512}").await, app.learner("Bob").await);
    ada.post("/api/v1/labs/close/start", json!({})).await;
    ada.post("/api/v1/labs/close/objects", json!({"text": policy(json!({})).to_string()})).await;
    ada.post("/api/v1/labs/close/attempts", json!({})).await;
    ada.put("/api/v1/labs/close/draft", json!({"text": "# \"half\" done\n'; --\t\\", "version": 0})).await;
    let answers = right_answers(&ada).await;
    ada.post("/api/v1/quizzes/basics/attempts", answers).await;
    bob.post("/api/v1/labs/close/attempts", json!({"objects": []})).await;
    bob.post("/api/v1/labs/close/appeals", json!({"message": "It is right."})).await;
    app.instructor().post("/api/v1/roster", json!([{"name": "Cleo", "student_id": "s-1"}])).await;
    app.instructor().post("/api/v1/regrade", json!({})).await;
    (ada, bob)
}

async fn backup_of(data: &Path, database: Option<&str>) -> Vec<u8> {
    back_up(data, database, Vec::new()).await.unwrap().1
}

async fn restored(backup: &[u8], data: &Path, database: Option<&str>) {
    let target = Target { data: data.to_owned(), database: database.map(str::to_owned), replace: false };
    restore(&mut Cursor::new(backup), &target).await.unwrap();
}

/// What people see.
async fn seen(app: &TestApp, instructor: &Person, ada: &Person) -> Value {
    let map = ada.clone().on(app).get("/api/v1/labs/close/map").await.json();
    let me = ada.clone().on(app).get("/api/v1/me").await.json();
    let draft = ada.clone().on(app).get("/api/v1/labs/close/draft").await.json();
    let mut told = vec![map, me, draft];
    for path in ["/api/v1/gradebook", "/api/v1/attempts", "/api/v1/appeals", "/api/v1/roster", "/api/v1/regrade"] {
        told.push(instructor.clone().on(app).get(path).await.json());
    }
    json!(told)
}

#[tokio::test]
async fn what_comes_back_is_what_was_there_from_and_into_either_database() {
    let postgres = Postgres::start();
    let app = TestApp::new().await;
    let (ada, _) = used(&app).await;
    let instructor = app.instructor();
    let before = seen(&app, &instructor, &ada).await;
    // The server runs.
    let first = backup_of(app.folder.path(), None).await;
    let tables = rows(&first);
    for table in ["learners", "tokens", "attempts", "drafts", "appeals", "audit", "regrade_jobs", "practice_worlds"] {
        assert!(!tables[table].is_empty(), "{table}");
    }
    // Into PostgreSQL.
    let database = postgres.database("restored");
    let folder = tempfile::tempdir().unwrap();
    restored(&first, folder.path(), Some(&database)).await;
    let second = backup_of(folder.path(), Some(&database)).await;
    assert_eq!(rows(&second), tables, "PostgreSQL has every row");
    // And from there into another SQLite, which serves.
    let folder = tempfile::tempdir().unwrap();
    restored(&second, folder.path(), None).await;
    assert_eq!(rows(&backup_of(folder.path(), None).await), tables, "so has SQLite");
    #[cfg(unix)]
    for file in ["lab-checker.db", "clusters.db"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let again = TestApp::in_folder(folder, crate::test_app::Listening::Everywhere).await;
    assert_eq!(seen(&again, &instructor, &ada).await, before, "tokens work, and everybody sees what they saw");
}

#[tokio::test]
async fn a_backup_under_writes_is_of_one_moment() {
    let postgres = Postgres::start();
    for database in [None, Some(postgres.database("written"))] {
        let app = match &database {
            Some(database) => TestApp::on_database(database).await,
            None => TestApp::new().await,
        };
        let done = Arc::new(AtomicBool::new(false));
        let writer = {
            let (done, code, person) = (done.clone(), app.server.join_code.clone(), app.anonymous());
            tokio::spawn(async move {
                let mut number = 0;
                while !done.load(Ordering::Relaxed) {
                    let body = json!({"name": format!("Learner {number}"), "code": code});
                    let enrolled = person.post("/api/v1/learners", body).await;
                    assert_eq!(enrolled.status, 201, "{enrolled:?}");
                    let learner = person.clone().with_token(enrolled.json()["token"].as_str().unwrap());
                    learner.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await;
                    number += 1;
                }
                number
            })
        };
        let mut sizes = Vec::new();
        while sizes.len() < 3 || sizes.first() == sizes.last() {
            let backup = backup_of(app.folder.path(), database.as_deref()).await;
            let tables = rows(&backup);
            // A learner and their token are one transaction, and no attempt is without its learner.
            let learners = tables["learners"].len();
            let tokens = tables["tokens"].iter().filter(|row| row.contains("\"learner\"")).count();
            assert_eq!(tokens, learners);
            let folder = tempfile::tempdir().unwrap();
            restored(&backup, folder.path(), None).await;
            assert_eq!(rows(&backup_of(folder.path(), None).await), tables);
            sizes.push(learners);
        }
        done.store(true, Ordering::Relaxed);
        assert!(writer.await.unwrap() > 0);
    }
}

#[tokio::test]
async fn nothing_is_overwritten_without_a_word() {
    let postgres = Postgres::start();
    let app = TestApp::new().await;
    used(&app).await;
    let backup = backup_of(app.folder.path(), None).await;
    let there = TestApp::new().await;
    there.learner("Eve").await;
    let data = there.folder.path().to_owned();
    let target = |replace| Target { data: data.clone(), database: None, replace };
    let refused = restore(&mut Cursor::new(&backup), &target(false)).await.unwrap_err();
    assert!(matches!(refused, BackupError::Occupied { .. }), "{refused:?}");
    let served = restore(&mut Cursor::new(&backup), &target(true)).await.unwrap_err();
    assert!(served.to_string().contains("another lab-checker serves it"), "{served:?}");
    there.server.store.close().await;
    let was = rows(&backup_of(&data, None).await);
    restore(&mut Cursor::new(&backup), &target(true)).await.unwrap();
    assert_eq!(rows(&backup_of(&data, None).await), rows(&backup));
    let kept: Vec<_> = std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let kept = kept.iter().map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let old = kept.iter().find(|name| name.starts_with("lab-checker.before-restore") && name.ends_with(".db"));
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(data.join(old.unwrap()), copy.path().join("lab-checker.db")).unwrap();
    let old = rows(&backup_of(copy.path(), None).await);
    assert_eq!(old["learners"], was["learners"], "what was there is beside it: {kept:?}");

    let database = postgres.database("occupied");
    let there = TestApp::on_database(&database).await;
    there.learner("Eve").await;
    let folder = tempfile::tempdir().unwrap();
    let target = |replace| Target { data: folder.path().to_owned(), database: Some(database.clone()), replace };
    let served = restore(&mut Cursor::new(&backup), &target(true)).await.unwrap_err();
    assert!(matches!(served, BackupError::InUse { .. }), "{served:?}");
    drop(there);
    let refused = loop {
        // In a test the server's process goes on, and with it its connections.
        let mut connection = AnyConnection::connect(&database).await.unwrap();
        let end = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE pid <> pg_backend_pid() AND datname = current_database()";
        sqlx::raw_sql(end).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        match restore(&mut Cursor::new(&backup), &target(false)).await.unwrap_err() {
            BackupError::InUse { .. } => tokio::task::yield_now().await,
            refused => break refused,
        }
    };
    assert!(matches!(refused, BackupError::Occupied { .. }), "{refused:?}");
    restore(&mut Cursor::new(&backup), &target(true)).await.unwrap();
    assert_eq!(rows(&backup_of(folder.path(), Some(&database)).await), rows(&backup));
}

#[tokio::test]
async fn what_is_no_whole_backup_changes_nothing() {
    let app = TestApp::new().await;
    used(&app).await;
    let whole = backup_of(app.folder.path(), None).await;
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    for bytes in [&b""[..], b"hello", &whole[..whole.len() / 2], &whole[..whole.len() - 9], &damaged] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let target = Target { data: data.clone(), database: None, replace: true };
        let refused = restore(&mut Cursor::new(bytes), &target).await.unwrap_err();
        assert!(matches!(refused, BackupError::NotABackup(_)), "{refused:?}");
        assert!(!data.exists(), "{refused:?}");
    }
}

/// A database that a program before backups, records and jobs of grading again has made, in a folder.
async fn of_an_earlier_version(folder: &Path) {
    sqlx::any::install_default_drivers();
    for (file, text) in
        [("lab-checker.db", include_str!("old/lab-checker.sql")), ("clusters.db", include_str!("old/clusters.sql"))]
    {
        let url = format!("sqlite://{}?mode=rwc", folder.join(file).display());
        let mut connection = AnyConnection::connect(&url).await.unwrap();
        // The tables stand there in the order of their names.
        sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
        sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_of_an_earlier_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    of_an_earlier_version(folder.path()).await;
    let app = TestApp::in_folder(folder, crate::test_app::Listening::Everywhere).await;
    // Its own tokens are not kept as such: the machine issues one.
    let credentials = server::Credentials::open(app.folder.path(), None).await.unwrap();
    let issued = credentials.issue(None).await.unwrap();
    credentials.close().await;
    let instructor = app.anonymous().with_token(&issued.token);
    let gradebook = instructor.get("/api/v1/gradebook").await.json();
    let points: BTreeMap<&str, f64> = gradebook["learners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["points"].as_f64().unwrap()))
        .collect();
    assert_eq!(points["Ada Lovelace"], 12.0, "{gradebook}");
    assert_eq!((points["Bob <b>&</b> „ü“"], points["Cleo"]), (0.0, 0.0));
    let attempts = instructor.get("/api/v1/attempts").await.json();
    assert_eq!(attempts["attempts"].as_array().unwrap().len(), 5, "{attempts}");
    assert_eq!(instructor.get("/api/v1/appeals").await.json()["appeals"][0]["message"], "It is right.");
    // What was handed in then can be graded now, to the same end.
    let again = instructor.post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&again["graded"], &again["changes"]), (&json!(5), &json!([])), "{again}");
    // Ada's world is as she left it.
    let ada = gradebook["learners"].as_array().unwrap().iter().find(|row| row["name"] == "Ada Lovelace").unwrap();
    let path = format!("/api/v1/roster/{}/token", ada["id"].as_str().unwrap());
    let token = instructor.post(&path, json!({})).await.json();
    let ada = app.anonymous().with_token(token["token"].as_str().unwrap());
    let map = ada.get("/api/v1/labs/close/map").await.json();
    assert!(map.as_array().unwrap().iter().all(|cell| cell["actual"] == cell["expected"]), "{map}");
    assert_eq!(ada.get("/api/v1/labs/close/draft").await.json()["text"], "# half done\n");
}

#[tokio::test]
async fn a_backup_of_an_earlier_version_goes_into_either_database() {
    let old = tempfile::tempdir().unwrap();
    of_an_earlier_version(old.path()).await;
    let backup = backup_of(old.path(), None).await;
    let was = rows(&backup);
    assert!(!was.contains_key("audit"), "a backup changes nothing in the database that it is made of");
    let postgres = Postgres::start();
    for database in [None, Some(postgres.database("old"))] {
        let folder = tempfile::tempdir().unwrap();
        restored(&backup, folder.path(), database.as_deref()).await;
        let now = rows(&backup_of(folder.path(), database.as_deref()).await);
        for table in ["learners", "attempts", "drafts", "appeals", "settings", "practice_worlds", "practice_objects"] {
            assert_eq!(now[table].len(), was[table].len(), "{table}");
        }
        assert!(now.contains_key("audit"));
    }
}
