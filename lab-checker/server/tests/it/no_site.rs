//! What the static site is made of, a server of a class does not serve: no bundle of a lab with its solution and its
//! mistakes, no key of a quiz, and nothing that would look for one.

use course::Course;

use crate::test_app::TestApp;

/// Where the site has something for a lab, for a quiz, and for all of them.
const OF_A_LAB: [&str; 6] = [
    "/engine/labs/NAME.json",
    "/engine/labs/NAME",
    "/labs/NAME.json",
    "/labs/NAME/lab.yaml",
    "/assets/NAME.json",
    "/book/engine/labs/NAME.json",
];
const OF_A_QUIZ: [&str; 4] =
    ["/engine/quizzes/NAME.json", "/engine/quizzes/NAME", "/quizzes/NAME.json", "/book/engine/quizzes/NAME.json"];
const OF_ALL: [&str; 10] = [
    "/engine",
    "/engine/",
    "/engine/engine.js",
    "/engine/engine_bg.wasm",
    "/engine/schema.json",
    "/sw.js",
    "/assets/sw.js",
    "/assets/site.js",
    "/assets/site.css",
    "/assets/engine-worker.js",
];

/// A class on the course itself.
async fn class() -> TestApp {
    TestApp::told(|config| config.course = None).await
}

#[tokio::test]
async fn nobody_in_a_class_gets_what_the_static_site_has() {
    let app = class().await;
    let course = Course::embedded().unwrap();
    let (ada, nobody) = (app.learner("Ada").await, app.anonymous());
    let labs = course.labs.iter().flat_map(|lab| OF_A_LAB.map(|path| path.replace("NAME", &lab.name)));
    let quizzes = course.quizzes.iter().flat_map(|quiz| OF_A_QUIZ.map(|path| path.replace("NAME", &quiz.name)));
    let paths: Vec<String> = labs.chain(quizzes).chain(OF_ALL.map(str::to_owned)).collect();
    assert!(paths.len() > 200);
    for path in &paths {
        for person in [&ada, &nobody] {
            let answer = person.get(path).await;
            // Who is not signed in is sent to where they can.
            assert!(matches!(answer.status.as_u16(), 303 | 404), "{path}: {answer:?}");
            assert!(answer.status == 404 || !path.starts_with("/engine"), "{path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn no_page_of_a_class_takes_itself_for_the_site() {
    let app = class().await;
    let ada = app.learner("Ada").await;
    for path in ["/", "/book/", "/book/default-deny.html", "/labs/default-deny", "/quizzes/default-deny"] {
        let page = ada.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for mark in ["data-site", "data-when-passed", "site.css", "/engine/"] {
            assert!(!page.text.contains(mark), "{path} has {mark}");
        }
    }
    // What the same page of the site has in it for who passes, is there for who has passed alone.
    let lab = ada.get("/labs/default-deny").await;
    assert!(!lab.text.contains("The attack, once more") && !lab.text.contains("lab-solution"));
}
