//! Nothing is zero, wherever points are shown or sent: never `-0`.

use serde_json::{Value, json};

use crate::test_app::{TestApp, solution};

/// Every number of a document that is minus zero.
fn minus_zeros(value: &Value) -> usize {
    match value {
        Value::Number(number) => usize::from(number.as_f64().is_some_and(|n| n == 0.0 && n.is_sign_negative())),
        Value::Array(values) => values.iter().map(minus_zeros).sum(),
        Value::Object(fields) => fields.values().map(minus_zeros).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn nothing_is_zero_in_every_form() {
    let app = TestApp::new().await;
    let instructor = app.instructor();
    // Nobody yet, somebody without an attempt, somebody whose attempts earn nothing, somebody with points.
    for step in 0..4 {
        let person = app.learner(["Ada", "Bob", "Cleo", "Dan"][step]).await;
        match step {
            1 => _ = person.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "x"}})).await,
            2 => _ = person.post("/api/v1/labs/close/attempts", json!({"objects": []})).await,
            3 => _ = person.post("/api/v1/labs/close/attempts", json!({"objects": solution()})).await,
            _ => {}
        }
        let id = person.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
        for path in ["/api/v1/me", "/api/v1/course"] {
            assert_eq!(minus_zeros(&person.get(path).await.json()), 0, "{path}");
        }
        for path in ["/api/v1/gradebook", "/api/v1/attempts", "/instructor/gradebook/json"] {
            assert_eq!(minus_zeros(&instructor.get(path).await.json()), 0, "{path}");
        }
        for format in ["csv", "nbgrader"] {
            let text = instructor.get(&format!("/api/v1/gradebook?format={format}")).await.text;
            assert!(!text.split([',', '\r', '\n']).any(|cell| cell == "-0"), "{format}: {text}");
        }
        let pages = [
            instructor.get("/instructor").await,
            instructor.get(&format!("/instructor/learners/{id}")).await,
            instructor.get("/instructor/regrade").await,
            person.get("/").await,
            person.get("/quizzes/basics").await,
            person.get("/labs/close").await,
        ];
        for page in pages {
            assert_eq!(page.status, 200);
            assert!(![">-0", "\"-0", " -0 "].iter().any(|zero| page.text.contains(zero)), "{}", page.text);
        }
    }
    let csv = instructor.get("/api/v1/gradebook?format=csv").await.text;
    assert!(csv.contains("Ada,,,,,0\r\n"), "{csv}");
}

#[tokio::test]
async fn a_course_without_points_is_worth_zero() {
    let folder = tempfile::tempdir().unwrap();
    let course = folder.path().join("course");
    std::fs::create_dir_all(course.join("book/src")).unwrap();
    std::fs::create_dir_all(course.join("labs")).unwrap();
    std::fs::create_dir_all(course.join("quizzes")).unwrap();
    std::fs::write(course.join("book/book.toml"), "[book]\ntitle = \"Empty\"\n").unwrap();
    std::fs::write(course.join("book/src/SUMMARY.md"), "# Summary\n\n- [Only](only.md)\n").unwrap();
    std::fs::write(course.join("book/src/only.md"), "# Only\n").unwrap();
    let mut config = server::Config::new(folder.path().join("data"));
    config.listen = ([0, 0, 0, 0], 8080).into();
    config.course = Some(course);
    let app = TestApp { server: server::in_memory(&config).await.unwrap(), folder };
    let ada = app.learner("Ada").await;
    for answer in
        [ada.get("/api/v1/course").await, ada.get("/api/v1/me").await, app.instructor().get("/api/v1/gradebook").await]
    {
        assert_eq!((minus_zeros(&answer.json()), &answer.json()["max_points"]), (0, &json!(0.0)), "{answer:?}");
    }
    assert!(!ada.get("/").await.text.contains("-0 "));
}
