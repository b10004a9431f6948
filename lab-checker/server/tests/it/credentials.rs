//! Tokens and the join code, from the server's machine, while the server runs and across its starts.

use std::path::Path;

use serde_json::json;
use server::{Config, Credentials, CredentialsError, StartError, in_memory};
use sqlx::Connection as _;

use crate::{
    postgres::Postgres,
    test_app::{Person, TestApp, kept_token},
};

async fn status(app: &TestApp, token: &str) -> u16 {
    app.anonymous().with_token(token).get("/api/v1/roster").await.status.as_u16()
}

async fn credentials(app: &TestApp) -> Credentials {
    Credentials::open(app.folder.path(), None).await.unwrap()
}

/// The instructor's browser, signed in with a token.
async fn browser(app: &TestApp, token: &str) -> Person {
    let login = app.anonymous().submit("/instructor/login", &format!("token={token}")).await;
    assert_eq!(login.status, 303);
    app.anonymous().with_cookie_of(&login)
}

#[tokio::test]
async fn tokens_are_issued_listed_and_revoked_while_the_server_runs() {
    let app = TestApp::new().await;
    let credentials = credentials(&app).await;
    let issued = credentials.issue(Some("for the assistants")).await.unwrap();
    assert_eq!((issued.kept_in, status(&app, &issued.token).await), (None, 200));
    let tokens = credentials.tokens().await.unwrap();
    let listed: Vec<_> = tokens.iter().map(|(token, kept)| (token.label.as_deref(), *kept)).collect();
    assert_eq!(listed, [(None, true), (Some("for the assistants"), false)]);
    assert_eq!(tokens[1].0.id, issued.id);
    assert!(!issued.token.contains(&issued.id), "an id tells nothing of its token");
    let browser = browser(&app, &issued.token).await;
    assert_eq!(browser.get("/instructor").await.status, 200);
    credentials.revoke(&issued.id[..4]).await.unwrap();
    assert_eq!(status(&app, &issued.token).await, 401);
    assert_eq!(browser.get("/instructor").await.status, 303, "who was signed in signs in again");
    assert_eq!(status(&app, &kept_token(app.folder.path())).await, 200, "the other one still opens");
    for unknown in ["", "x", "00000000", &issued.id] {
        let error = credentials.revoke(unknown).await.unwrap_err();
        assert!(matches!(&error, CredentialsError::Unknown(_)), "{unknown:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_rotated_token_takes_the_place_of_the_one_in_the_file() {
    let app = TestApp::new().await;
    let first = kept_token(app.folder.path());
    let credentials = credentials(&app).await;
    let other = credentials.issue(Some("second")).await.unwrap();
    let rotated = credentials.rotate(None).await.unwrap();
    assert_eq!(rotated.token, kept_token(app.folder.path()));
    assert_eq!(rotated.kept_in.as_deref(), Some(app.folder.path().join("instructor-token").as_path()));
    assert_eq!((status(&app, &first).await, status(&app, &rotated.token).await), (401, 200));
    let again = credentials.rotate(Some(&other.id)).await.unwrap();
    assert_eq!((again.kept_in, status(&app, &other.token).await, status(&app, &again.token).await), (None, 401, 200));
    let labels = credentials.tokens().await.unwrap().into_iter().map(|(token, _)| token.label);
    assert!(labels.collect::<Vec<_>>().contains(&Some("second".to_owned())), "it is for what the old one was for");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(app.folder.path().join("instructor-token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // The learners have nothing to do with it.
    app.learner("Ada").await;
}

#[tokio::test]
async fn a_revoked_token_does_not_come_back_with_the_next_start() {
    let app = TestApp::new().await;
    let first = kept_token(app.folder.path());
    let credentials = credentials(&app).await;
    let id = credentials.tokens().await.unwrap()[0].0.id.clone();
    credentials.revoke(&id).await.unwrap();
    assert!(!app.folder.path().join("instructor-token").exists());
    let error = credentials.rotate(None).await.unwrap_err();
    assert!(matches!(error, CredentialsError::NoneKept(_)), "{error:?}");
    credentials.close().await;
    let app = app.restarted().await;
    assert_eq!(status(&app, &first).await, 401);
    let fresh = app.server.instructor_token.clone().unwrap();
    assert_eq!((fresh == first, status(&app, &fresh).await), (false, 200), "a server without a token makes one");
}

#[tokio::test]
async fn a_token_that_cannot_be_replaced_stays() {
    let app = TestApp::new().await;
    let (first, credentials) = (kept_token(app.folder.path()), credentials(&app).await);
    let file = app.folder.path().join("lab-checker.db");
    let mut database = sqlx::AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    for (event, still) in [("INSERT", 1), ("DELETE", 2)] {
        let fault = format!(
            "DROP TRIGGER IF EXISTS full;
             CREATE TRIGGER full BEFORE {event} ON tokens BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(fault)).execute(&mut database).await.unwrap();
        credentials.rotate(None).await.unwrap_err();
        assert_eq!(status(&app, &first).await, 200, "{event}");
        assert_eq!(status(&app, &kept_token(app.folder.path())).await, 200, "{event}: whatever is kept opens");
        assert_eq!(credentials.tokens().await.unwrap().len(), still, "{event}");
    }
    sqlx::raw_sql("DROP TRIGGER full").execute(&mut database).await.unwrap();
    credentials.rotate(None).await.unwrap();
    assert_eq!(status(&app, &kept_token(app.folder.path())).await, 200);
}

#[tokio::test]
async fn a_join_code_is_rotated_and_revoked_while_the_server_runs() {
    let app = TestApp::new().await;
    let credentials = credentials(&app).await;
    let enrol = async |code: &str| {
        app.anonymous().post("/api/v1/learners", json!({"name": "Ada", "code": code})).await.status.as_u16()
    };
    let old = app.server.join_code.clone();
    assert_eq!(credentials.join_code().await.unwrap(), Some(old.clone()));
    let code = credentials.rotate_join_code().await.unwrap();
    assert_eq!((enrol(&old).await, enrol(&code).await), (403, 201));
    assert!(app.instructor().get("/instructor").await.text.contains(&code), "instructors see the new one");
    credentials.revoke_join_code().await.unwrap();
    assert_eq!(credentials.join_code().await.unwrap(), None);
    for guess in [code.as_str(), "", " ", "-", "\u{0}"] {
        assert_eq!(enrol(guess).await, 403, "{guess:?}");
    }
    for page in ["/instructor", "/instructor/roster"] {
        assert!(app.instructor().get(page).await.text.contains("join code was revoked"), "{page}");
    }
    credentials.close().await;
    let app = app.restarted().await;
    assert_eq!(app.server.join_code, "", "a start does not undo it");
    let credentials = self::credentials(&app).await;
    let fresh = credentials.rotate_join_code().await.unwrap();
    let body = json!({"name": "Bob", "code": fresh});
    assert_eq!(app.anonymous().post("/api/v1/learners", body).await.status, 201);
}

#[tokio::test]
async fn there_is_nothing_to_change_where_no_server_has_been() {
    let folder = tempfile::tempdir().unwrap();
    for data in [folder.path().to_owned(), folder.path().join("not there")] {
        let error = Credentials::open(&data, None).await.unwrap_err();
        assert!(matches!(error, CredentialsError::Start(StartError::NoDatabase { .. })), "{error:?}");
        assert!(error.to_string().contains("lab-checker serve makes it"), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
}

#[tokio::test]
async fn the_same_with_a_postgres() {
    let postgres = Postgres::start();
    let (address, folder) = (postgres.database("course"), tempfile::tempdir().unwrap());
    let mut config = Config::new(folder.path());
    config.listen = ([0, 0, 0, 0], 8080).into();
    config.database = Some(address.clone());
    config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    let app = TestApp { server: in_memory(&config).await.unwrap(), folder };
    let first = kept_token(app.folder.path());
    let credentials = Credentials::open(app.folder.path(), Some(&address)).await.unwrap();
    let issued = credentials.issue(Some("ü")).await.unwrap();
    assert_eq!(credentials.tokens().await.unwrap().len(), 2);
    let rotated = credentials.rotate(None).await.unwrap();
    credentials.revoke(&issued.id).await.unwrap();
    let found = [status(&app, &first).await, status(&app, &issued.token).await, status(&app, &rotated.token).await];
    assert_eq!(found, [401, 401, 200]);
    assert_eq!(credentials.rotate_join_code().await.unwrap(), credentials.join_code().await.unwrap().unwrap());
    credentials.close().await;
    app.server.store.close().await;
}
