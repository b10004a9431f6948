//! Files of the data folder: for their owner alone, whatever they were before.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use server::{Config, start};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Starts a server on this folder and ends it; what it has to say about the folder.
async fn served(folder: &Path) -> Vec<String> {
    let mut config = Config::new(folder);
    config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    config.listen = "127.0.0.1:0".parse().unwrap();
    let running = start(config).await.unwrap();
    let notices = running.notices.clone();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() && !entry.file_name().to_string_lossy().starts_with("mine") {
            assert_eq!(mode(&entry.path()) & 0o077, 0, "{}", entry.path().display());
        }
    }
    running.shutdown().await.unwrap();
    notices
}

#[tokio::test]
async fn a_new_folder_is_closed_and_nothing_need_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(served(&data).await, Vec::<String>::new());
    assert_eq!(mode(&data), 0o700);
}

#[tokio::test]
async fn what_others_could_open_is_closed_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    served(&data).await;
    fs::write(data.join("lab-checker.db-wal"), "").unwrap();
    fs::write(data.join("mine.txt"), "").unwrap();
    open_to_all(&data, 0o755);
    let ours =
        ["lab-checker.db", "lab-checker.db-wal", "clusters.db", "instructor-token", "kubeconfig", "learner.json"];
    for name in ours.iter().chain(&["mine.txt"]) {
        open_to_all(&data.join(name), 0o644);
    }
    let said = served(&data).await.join(" ");
    for told in ours.iter().chain(&["the folder itself", "cannot any more"]) {
        assert!(said.contains(told), "{told} is not in {said}");
    }
    assert_eq!((mode(&data), mode(&data.join("mine.txt"))), (0o700, 0o644));
    assert_eq!(served(&data).await, Vec::<String>::new(), "once");
}

#[tokio::test]
async fn a_folder_for_other_things_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("home");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("mine.txt"), "").unwrap();
    fs::write(folder.path().join("elsewhere"), "").unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), data.join("kubeconfig-link")).unwrap();
    for path in [&data, &folder.path().join("elsewhere")] {
        open_to_all(path, 0o755);
    }
    served(&data).await;
    assert_eq!((mode(&data), mode(&folder.path().join("elsewhere"))), (0o755, 0o755));
}

#[tokio::test]
async fn a_shared_folder_stays_shared() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tmp");
    fs::create_dir(&data).unwrap();
    open_to_all(&data, 0o1777);
    served(&data).await;
    served(&data).await;
    assert_eq!(mode(&data), 0o1777);
}
