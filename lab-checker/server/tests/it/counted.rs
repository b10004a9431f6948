//! One of a thing is one thing, on every page: a course with one point here and one minute there, one learner, and one
//! attempt at each.

use std::path::Path;

use serde_json::json;

use crate::test_app::{Person, TestApp, policy};

const NOUNS: [&str; 10] =
    ["learners", "attempts", "points", "minutes", "questions", "flows", "labs", "quizzes", "checks", "hints"];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// The sample course, where everything that is counted is one.
async fn of_ones() -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let course = folder.path().join("course");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"), &course);
    let change = |file: &str, change: &dyn Fn(String) -> String| {
        let file = course.join(file);
        let changed = change(std::fs::read_to_string(&file).unwrap());
        std::fs::write(&file, changed).unwrap();
    };
    change("labs/close/lab.yaml", &|text| text.replace("points: 10", "points: 1").replace("minutes: 5", "minutes: 1"));
    change("quizzes/basics.toml", &|text| {
        let one = text.split("[[questions]]").take(2).collect::<Vec<_>>().join("[[questions]]");
        one.replace("title = \"Basics\"", "title = \"Basics\"\npoints = 1")
    });
    let mut config = server::Config::new(folder.path());
    config.course = Some(course);
    config.listen = std::net::SocketAddr::from(([0, 0, 0, 0], 8080));
    TestApp { server: server::in_memory(&config).await.unwrap(), folder }
}

/// The words of a page as they are read.
fn words(page: &str) -> Vec<String> {
    let text: String = page.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    let titles = page.split(['"', '\'']).skip(1).step_by(2).collect::<Vec<_>>().join(" \n ");
    let text = text + "\n" + &titles;
    text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()).collect()
}

async fn reads_well(person: &Person, path: &str, expected: &[&str]) {
    let page = person.get(path).await;
    assert_eq!(page.status, 200, "{path}");
    let words = words(&page.text);
    for pair in words.windows(2) {
        assert!(!(pair[0] == "1" && NOUNS.contains(&pair[1].as_str())), "{path}: 1 {} in {}", pair[1], page.text);
    }
    let text = words.join(" ");
    for expected in expected {
        assert!(text.contains(expected), "{path}: no `{expected}` in {text}");
    }
}

#[tokio::test]
async fn one_is_not_many() {
    let app = of_ones().await;
    let (ada, instructor) = (app.learner("Ada").await, app.instructor());
    let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    for path in ["/", "/book/closing.html", "/instructor", "/instructor/roster"] {
        reads_well(if path.starts_with("/instructor") { &instructor } else { &ada }, path, &[]).await;
    }
    reads_well(&ada, "/labs/close", &["1 point", "1 minute"]).await;
    reads_well(&ada, "/quizzes/basics", &["1 point", "1 question"]).await;
    let answers = json!({"answers": {"layer": "nothing"}});
    assert_eq!(ada.post("/api/v1/quizzes/basics/attempts", answers).await.status, 201);
    let objects = json!({"objects": [policy(json!({"matchLabels": {"app": "web"}}))]});
    assert_eq!(ada.post("/api/v1/labs/close/attempts", objects).await.status, 201);
    let attempts = instructor.get("/api/v1/attempts").await.json();
    for attempt in attempts["attempts"].as_array().unwrap() {
        let attempt = attempt["id"].as_str().unwrap();
        reads_well(&instructor, &format!("/instructor/attempts/{attempt}"), &["of 1 point"]).await;
    }
    assert_eq!(ada.post("/api/v1/labs/close/appeals", json!({})).await.status, 201);
    reads_well(&ada, "/", &[]).await;
    reads_well(&ada, "/labs/close", &[]).await;
    reads_well(&instructor, "/instructor", &["1 attempt", "One learner says"]).await;
    reads_well(&instructor, "/instructor/appeals", &["Waiting for an answer"]).await;
    reads_well(&instructor, "/instructor/roster", &["1 learner"]).await;
    reads_well(&instructor, &format!("/instructor/learners/{id}"), &[]).await;
    for activity in ["quiz/basics", "lab/close"] {
        let path = format!("/instructor/activities/{activity}");
        reads_well(&instructor, &path, &["1 attempt", "0 of 1 learner passed"]).await;
    }
}
