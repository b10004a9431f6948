//! A first start that is cut short, wherever: the next one ends with a token that is kept and works.

use std::{fs, path::Path};

use server::{Config, Embedded, StartError, in_memory};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;

use crate::test_app::{TestApp, kept_token};

async fn start(folder: &Path) -> Result<Embedded, StartError> {
    let mut config = Config::new(folder);
    config.listen = ([0, 0, 0, 0], 8080).into();
    config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    in_memory(&config).await
}

async fn sql(folder: &Path, statement: &str) {
    sqlx::any::install_default_drivers();
    let file = folder.join("lab-checker.db");
    let mut database = AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

/// The token in the file is the instructor's, and the join code is the one that enrols.
async fn is_whole(server: Embedded, folder: TempDir) -> TestApp {
    let app = TestApp { server, folder };
    let token = kept_token(app.folder.path());
    assert_eq!(app.anonymous().with_token(&token).get("/api/v1/roster").await.status, 200, "the kept token opens");
    let code = app.anonymous().with_token(&token).get("/api/v1/roster").await.json()["join_code"].clone();
    assert_eq!(code, app.server.join_code.as_str());
    app.learner("Ada").await;
    app
}

#[tokio::test]
async fn cut_short_before_the_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    // Something is in the way of the file.
    let file = folder.path().join("instructor-token");
    fs::create_dir_all(file.join("x")).unwrap();
    start(folder.path()).await.unwrap_err();
    fs::remove_dir_all(&file).unwrap();
    let server = start(folder.path()).await.unwrap();
    assert_eq!(server.instructor_token.as_deref(), Some(kept_token(folder.path()).as_str()));
    is_whole(server, folder).await;
}

#[tokio::test]
async fn cut_short_between_the_file_and_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await.unwrap();
    let first = server.instructor_token.clone().unwrap();
    let code = server.join_code.clone();
    server.store.close().await;
    // What is on disk when the hash was not stored any more.
    sql(folder.path(), "DELETE FROM tokens").await;
    let again = start(folder.path()).await.unwrap();
    assert_eq!((again.instructor_token.as_ref(), &again.join_code), (Some(&first), &code), "the token of the file");
    is_whole(again, folder).await;
}

#[tokio::test]
async fn cut_short_by_a_hash_that_cannot_be_stored() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await.unwrap();
    server.store.close().await;
    fs::remove_file(folder.path().join("instructor-token")).unwrap();
    sql(
        folder.path(),
        "DELETE FROM tokens;
         CREATE TRIGGER full BEFORE INSERT ON tokens BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .await;
    start(folder.path()).await.unwrap_err();
    let token = kept_token(folder.path());
    sql(folder.path(), "DROP TRIGGER full").await;
    let server = start(folder.path()).await.unwrap();
    assert_eq!(server.instructor_token.as_ref(), Some(&token), "the file came before the hash");
    is_whole(server, folder).await;
}

#[tokio::test]
async fn an_empty_file_is_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("instructor-token"), "\n").unwrap();
    let server = start(folder.path()).await.unwrap();
    assert!(server.instructor_token.is_some());
    is_whole(server, folder).await;
}

#[tokio::test]
async fn a_word_that_somebody_thought_up_is_no_token() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("instructor-token"), "s3cret\n").unwrap();
    let error = start(folder.path()).await.unwrap_err();
    assert!(matches!(error, StartError::InstructorToken { .. }), "{error:?}");
    assert!(error.to_string().contains("instructor-token") && !error.to_string().contains("s3cret"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("instructor-token")).unwrap(), "s3cret\n", "it is left alone");
}

#[tokio::test]
async fn a_file_that_was_taken_away_stays_away() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await.unwrap();
    let token = server.instructor_token.clone().unwrap();
    server.store.close().await;
    fs::remove_file(folder.path().join("instructor-token")).unwrap();
    let server = start(folder.path()).await.unwrap();
    assert_eq!(server.instructor_token, None);
    assert!(!folder.path().join("instructor-token").exists());
    let app = TestApp { server, folder };
    assert_eq!(app.anonymous().with_token(&token).get("/api/v1/roster").await.status, 200, "it still opens");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private_and_nothing_else_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let _server = start(folder.path()).await.unwrap();
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| name.ends_with(".tmp") || name.starts_with(".probe")).collect();
    assert_eq!(left, [""; 0]);
    let file = fs::metadata(folder.path().join("instructor-token")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}
