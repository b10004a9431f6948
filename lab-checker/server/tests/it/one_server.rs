//! One server for one SQLite file, by whatever way it comes to it; as many as wanted for one PostgreSQL.

use std::path::Path;

use server::{Config, Embedded, StartError, in_memory};

use crate::{postgres::Postgres, test_app::TestApp};

async fn start(data: &Path, database: Option<String>) -> Result<Embedded, StartError> {
    let mut config = Config::new(data);
    config.listen = ([0, 0, 0, 0], 8080).into();
    config.database = database;
    config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    in_memory(&config).await
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused_with_a_sentence() {
    let (first, other) = (TestApp::new().await, tempfile::tempdir().unwrap());
    let folder = first.folder.path();
    let file = folder.join("lab-checker.db");
    let mut ways = vec![
        (folder.to_owned(), None),
        (folder.join("."), None),
        (other.path().to_owned(), Some(format!("sqlite:{}", file.display()))),
        (other.path().to_owned(), Some(format!("sqlite://{}", folder.join("./lab-checker.db").display()))),
    ];
    if cfg!(unix) {
        let links = other.path().join("links");
        std::fs::create_dir(&links).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder, links.join("data")).unwrap();
            std::os::unix::fs::symlink(&file, links.join("lab-checker.db")).unwrap();
        }
        ways.extend([(links.join("data"), None), (links, None)]);
    }
    for (data, database) in ways {
        let error = start(&data, database.clone()).await.unwrap_err();
        assert!(matches!(error, StartError::DatabaseInUse { .. }), "{data:?} {database:?}: {error:?}");
        let said = error.to_string();
        assert!(said.contains("another lab-checker serves it") && said.contains("--data"), "{said}");
        assert!(!error.is_unreachable());
    }
    // The first goes on, and nothing of its files has been touched.
    first.learner("Ada").await;
}

#[tokio::test]
async fn a_server_that_has_stopped_is_followed_by_another() {
    let first = TestApp::new().await;
    first.learner("Ada").await;
    let again = first.restarted().await;
    again.learner("Bob").await;
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path(), None).await.unwrap());
    // One that fails to start has not taken the place of the next.
    std::fs::create_dir_all(folder.path().join("bad/instructor-token/x")).unwrap();
    start(&folder.path().join("bad"), None).await.unwrap_err();
    std::fs::remove_dir_all(folder.path().join("bad/instructor-token")).unwrap();
    start(&folder.path().join("bad"), None).await.unwrap();
}

#[tokio::test]
async fn several_servers_share_a_postgres() {
    let postgres = Postgres::start();
    let address = postgres.database("shared");
    let (one, two) = (TestApp::on_database(&address).await, TestApp::on_database(&address).await);
    let ada = one.learner("Ada").await;
    assert_eq!(ada.on(&two).get("/api/v1/me").await.status, 200);
    one.server.store.close().await;
    two.server.store.close().await;
}
