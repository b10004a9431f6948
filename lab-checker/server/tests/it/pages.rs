//! The pages, without JavaScript.

use axum::http::header;
use serde_json::json;

use crate::test_app::{Listening, Person, TestApp, right_answers};

/// A browser on the server's own machine.
async fn at_home() -> (TestApp, Person) {
    let app = TestApp::listening(Listening::Loopback).await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    (app, browser)
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_right_door() {
    let app = TestApp::new().await;
    for (path, door) in [
        ("/labs/close", "/join?next=/labs/close"),
        ("/quizzes/basics?a=b&c", "/join?next=/quizzes/basics%3Fa%3Db%26c"),
        ("/instructor", "/instructor/login?next=/instructor"),
    ] {
        let answer = app.anonymous().get(path).await;
        assert_eq!((answer.status.as_u16(), answer.headers[header::LOCATION].to_str().unwrap()), (303, door), "{path}");
    }
    assert_eq!(app.anonymous().get("/book/closing.html").await.status, 200, "the book is for everybody");
}

#[tokio::test]
async fn joining_signs_the_browser_in_and_leaving_signs_it_out() {
    let app = TestApp::new().await;
    let wrong = app.anonymous().submit("/join", "name=Ada&email=&code=WRONG").await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.text.contains("value=\"Ada\""), "what was typed is still there");
    let joined = app.anonymous().submit("/join", &format!("name=Ada&email=&code={}", app.server.join_code)).await;
    assert_eq!(joined.status, 200);
    let cookie = joined.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let ada = app.anonymous().with_cookie_of(&joined);
    assert!(ada.get("/").await.text.contains("Ada"));
    assert_eq!(ada.get("/api/v1/me").await.json()["name"], "Ada");
    let token = joined.text.split("data-copy>").nth(1).unwrap().split('<').next().unwrap();
    let elsewhere = app.anonymous().submit("/login", &format!("token={token}")).await;
    assert_eq!(elsewhere.status, 303);
    assert_eq!(ada.submit("/logout", "").await.status, 303);
    assert_eq!(ada.get("/quizzes/basics").await.status, 303, "the session has ended, not only the cookie");
}

#[tokio::test]
async fn who_signs_in_comes_to_the_page_that_they_wanted_and_to_no_other_site() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/join?next=/labs/close%3Fhints%3D1").await.text;
    assert!(page.contains("name=\"next\" value=\"/labs/close?hints=1\""), "{page}");
    assert!(page.contains("href=\"/login?next=/labs/close%3Fhints%3D1\""), "{page}");
    let code = &app.server.join_code;
    let wrong = app.anonymous().submit("/join", "name=Ada&email=&code=WRONG&next=/labs/close").await;
    assert!(wrong.text.contains("value=\"/labs/close\""), "a wrong code forgets nothing: {}", wrong.text);
    let joined = app.anonymous().submit("/join", &format!("name=Ada&email=&code={code}&next=/labs/close")).await;
    assert!(joined.text.contains("href=\"/labs/close\""), "{}", joined.text);
    let token = joined.text.split("data-copy>").nth(1).unwrap().split('<').next().unwrap();
    for (next, place) in [
        ("/labs/close", "/labs/close"),
        ("", "/"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("/%09/evil.example", "/"),
    ] {
        let answer = app.anonymous().submit("/login", &format!("token={token}&next={next}")).await;
        assert_eq!(answer.headers[header::LOCATION].to_str().unwrap(), place, "{next}");
        let joined = app.anonymous().submit("/join", &format!("name=Ada&email=&code={code}&next={next}")).await;
        assert!(joined.text.contains(&format!("class=\"button primary\" href=\"{place}\"")), "{next}: {}", joined.text);
    }
}

#[tokio::test]
async fn who_has_not_joined_reads_what_the_course_is() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("href=\"/join\"") && page.text.contains("1 lab and 1 quiz"), "{}", page.text);
    assert!(!page.text.contains("data-first-try"), "this course has no first try");
}

#[tokio::test]
async fn cookies_travel_over_tls_only_when_the_site_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = server::Config::new(folder.path());
    config.course = Some(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    config.public_url = Some("https://course.example.org".to_owned());
    let app = TestApp { server: server::in_memory(&config).await.unwrap(), folder };
    let joined = app.anonymous().submit("/join", &format!("name=Ada&email=&code={}", app.server.join_code)).await;
    assert!(joined.headers[header::SET_COOKIE].to_str().unwrap().contains("Secure"));
}

#[tokio::test]
async fn names_are_text_everywhere() {
    let app = TestApp::new().await;
    let evil = app.learner("<script>alert(1)</script>\"'&").await;
    evil.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "<img src=x onerror=alert(1)>"}})).await;
    let id = evil.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let instructor = app.instructor();
    let attempts = instructor.get("/api/v1/attempts").await.json();
    let attempt = attempts["attempts"][0]["id"].as_str().unwrap();
    assert!(evil.get("/").await.text.contains("&#60;script&#62;"));
    for path in [
        "/instructor".to_owned(),
        "/instructor/roster".to_owned(),
        format!("/instructor/learners/{id}"),
        format!("/instructor/attempts/{attempt}"),
        "/instructor/activities/quiz/basics".to_owned(),
        "/instructor/activities/lab/close".to_owned(),
        "/instructor/regrade".to_owned(),
    ] {
        let page = instructor.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn no_page_holds_an_answer() {
    let (_app, browser) = at_home().await;
    for path in [
        "/",
        "/book/",
        "/book/closing.html",
        "/book/print.html",
        "/labs/close",
        "/labs/close?hints=2",
        "/quizzes/basics",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("SECRET"), "{path}");
    }
}

#[tokio::test]
async fn a_quiz_works_as_a_plain_form() {
    let (_app, browser) = at_home().await;
    let page = browser.get("/quizzes/basics").await.text;
    assert!(page.contains("<form class=\"quiz\" method=\"post\" action=\"/quizzes/basics\""));
    let option = right_answers(&browser).await["answers"]["selector"].as_str().unwrap().to_owned();
    let sent = browser.submit("/quizzes/basics", &format!("layer=NetworkPolicy-SECRET-KEY&selector={option}")).await;
    assert_eq!(sent.status, 303);
    let result = browser.get(sent.headers[header::LOCATION].to_str().unwrap()).await;
    assert!(result.text.contains("2 of 2 points"), "{}", result.text);
    assert!(result.text.contains("SECRET-CONTEXT-TWO") && result.text.contains("All of the namespace"));
    assert!(browser.get("/").await.text.contains("✓ 2/2"));
}

#[tokio::test]
async fn a_result_is_for_who_handed_in() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let graded = ada.post("/api/v1/quizzes/basics/attempts", right_answers(&ada).await).await.json();
    let path = format!("/quizzes/basics/attempts/{}", graded["attempt_id"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.status, 200);
    assert_eq!(bob.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_lab_works_as_plain_forms() {
    let (_app, browser) = at_home().await;
    assert!(browser.get("/labs/close").await.text.contains("value=\"start\""));
    assert_eq!(browser.submit("/labs/close", "action=start").await.status, 303);
    let yaml = "apiVersion: networking.k8s.io/v1%0D%0Akind: NetworkPolicy%0D%0Ametadata: {name: deny}%0D%0Aspec: {podSelector: {}}%0D%0A";
    let applied = browser.submit("/labs/close", &format!("action=apply&text={yaml}")).await;
    assert!(applied.text.contains("NetworkPolicy shop/deny"), "{}", applied.text);
    let checked = browser.submit("/labs/close", "action=check").await;
    assert_eq!(checked.status, 303);
    let place = checked.headers[header::LOCATION].to_str().unwrap().split('#').next().unwrap().to_owned();
    let page = browser.get(&place).await.text;
    assert!(page.contains("Every check passes."), "{page}");
    assert!(page.contains("SECRET-SOLUTION-EXPLANATION"), "after passing");
    let why = browser.get("/labs/close?from=street/stranger&to=shop/web&port=80").await.text;
    assert!(why.contains("shop/deny"));
    assert_eq!(browser.submit("/labs/close", "action=delete&object=NetworkPolicy/shop/deny").await.status, 303);
    assert_eq!(browser.get("/api/v1/labs/close/report").await.json()["passed"], false);
    assert_eq!(browser.submit("/labs/close", "action=delete&object=Pod/shop/web").await.status, 422);
    assert_eq!(browser.submit("/labs/close", "action=dance").await.status, 400);
}

#[tokio::test]
async fn who_changes_the_text_and_checks_means_the_changed_text() {
    let (_app, browser) = at_home().await;
    browser.submit("/labs/close", "action=start").await;
    let broken = browser.submit("/labs/close", "action=check&shown=&text=kind: [").await;
    assert_eq!(broken.status, 200);
    assert!(broken.text.contains("kind: ["), "the text is still there");
    let yaml =
        "apiVersion: networking.k8s.io/v1%0Akind: NetworkPolicy%0Ametadata: {name: deny}%0Aspec: {podSelector: {}}";
    assert_eq!(browser.submit("/labs/close", &format!("action=check&shown=&text={yaml}")).await.status, 303);
    assert_eq!(browser.get("/api/v1/me").await.json()["labs"][0]["passed"], true);
}

#[tokio::test]
async fn what_could_not_be_applied_is_not_taken_for_applied() {
    let (_app, browser) = at_home().await;
    browser.submit("/labs/close", "action=start").await;
    let shown =
        |page: &str| page.split("name=\"shown\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fresh = shown(&browser.get("/labs/close").await.text);
    let broken = browser.submit("/labs/close", "action=apply&text=kind: [").await.text;
    assert_eq!(shown(&broken), fresh, "so that Check tries again to apply it");
    let yaml =
        "apiVersion: networking.k8s.io/v1%0Akind: NetworkPolicy%0Ametadata: {name: deny}%0Aspec: {podSelector: {}}";
    let applied = browser.submit("/labs/close", &format!("action=apply&text={yaml}")).await.text;
    assert!(shown(&applied).contains("metadata: {name: deny}"), "{applied}");
}

#[tokio::test]
async fn reset_asks_before_it_takes_anything_away() {
    let (_app, browser) = at_home().await;
    browser.submit("/labs/close", "action=start").await;
    let yaml =
        "apiVersion: networking.k8s.io/v1%0Akind: NetworkPolicy%0Ametadata: {name: deny}%0Aspec: {podSelector: {}}";
    browser.submit("/labs/close", &format!("action=apply&text={yaml}")).await;
    let written = "a: %3Cb%3E%0D%0Ac: d";
    let asked = browser.submit("/labs/close", &format!("action=reset&text={written}")).await;
    assert_eq!(asked.status, 200);
    assert!(asked.text.contains("a: &#60;b&#62;\nc: d") && asked.text.contains("name=\"anew\""), "{}", asked.text);
    assert!(browser.get("/labs/close").await.text.contains("name: deny"), "nothing was taken away");
    let back = browser.submit("/labs/close", &format!("action=edit&text={written}")).await.text;
    assert!(back.contains("a: &#60;b&#62;\nc: d</textarea>"), "{back}");
    browser.submit("/labs/close", "action=start").await;
    assert!(browser.get("/labs/close").await.text.contains("name: deny"), "who starts it again goes on");
    browser.submit("/labs/close", &format!("action=start&anew=yes&text={written}")).await;
    assert!(!browser.get("/labs/close").await.text.contains("name: deny"));
}

#[tokio::test]
async fn a_report_begins_with_its_advice_and_folds_what_repeats_itself() {
    let (app, browser) = at_home().await;
    browser.submit("/labs/close", "action=start").await;
    let yaml = "apiVersion: networking.k8s.io/v1%0Akind: NetworkPolicy%0Ametadata: {name: deny}%0A\
                spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}";
    let checked = browser.submit("/labs/close", &format!("action=check&shown=&text={yaml}")).await;
    let place = checked.headers[header::LOCATION].to_str().unwrap().split('#').next().unwrap().to_owned();
    let id = place.split("attempt=").nth(1).unwrap();
    for page in [
        browser.get(&place).await,
        app.instructor().with("host", "localhost:8080").get(&format!("/instructor/attempts/{id}")).await,
    ] {
        let (advice, list) =
            (page.text.find("SECRET-MISTAKE-HINT").unwrap(), page.text.find("lab-report-list").unwrap());
        assert!(advice < list, "{}", page.text);
        for name in ["nothing comes in to the shop", "the street stays open"] {
            assert_eq!(page.text.matches(&format!("<strong>{name}</strong>")).count(), 1, "{name} in {}", page.text);
        }
    }
}

#[tokio::test]
async fn an_instructor_signs_in_with_the_token() {
    let app = TestApp::new().await;
    let wrong = app.anonymous().submit("/instructor/login", "token=instructor_guess").await;
    assert_eq!(wrong.status, 403);
    let token = app.server.instructor_token.clone().unwrap();
    let signed_in = app.anonymous().submit("/instructor/login", &format!("token={token}")).await;
    let instructor = app.anonymous().with_cookie_of(&signed_in);
    assert!(instructor.get("/instructor").await.text.contains(&app.server.join_code));
    let csv = instructor.get("/instructor/gradebook/csv").await;
    assert!(csv.text.starts_with("name,email,student_id"));
    let imported = instructor.submit("/instructor/roster", "text=name,email%0AAda,ada@example.org%0A").await;
    assert!(imported.text.contains("1 added") && imported.text.contains("learner_"));
    assert_eq!(instructor.submit("/instructor/logout", "").await.status, 303);
    assert_eq!(instructor.get("/instructor").await.status, 303);
}

#[tokio::test]
async fn a_browser_keeps_what_it_has() {
    let (_app, browser) = at_home().await;
    for path in ["/book/closing.html", "/assets/course.js", "/assets/look.css"] {
        let first = browser.get(path).await;
        let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
        let again = browser.clone().with("if-none-match", &tag).get(path).await;
        assert_eq!((again.status.as_u16(), again.text.len()), (304, 0), "{path}");
        let small = browser.clone().with("accept-encoding", "gzip").get(path).await;
        assert_eq!(small.headers[header::CONTENT_ENCODING], "gzip", "{path}");
    }
}

#[tokio::test]
async fn pages_that_say_what_is_wrong_know_who_is_signed_in() {
    let app = TestApp::new().await;
    let joined = app.anonymous().submit("/join", &format!("name=Ada&email=&code={}", app.server.join_code)).await;
    let ada = app.anonymous().with_cookie_of(&joined);
    for path in ["/nowhere", "/book/nowhere.html", "/labs/nowhere", "/quizzes/nowhere", "/quizzes/basics/attempts/x"] {
        let (hers, open) = (ada.get(path).await, app.anonymous().get(path).await);
        assert_eq!(hers.status, 404, "{path}");
        assert!(hers.text.contains("Ada") && hers.text.contains("Sign out"), "{path}: {}", hers.text);
        assert!(!open.text.contains("Ada") && !open.text.contains("Sign out"), "{path}: {}", open.text);
    }
}
