//! Forms that a page of another site sends in a learner's name are refused, and nothing else is.

use serde_json::json;
use server::{Config, in_memory};

use crate::test_app::{Answer, Person, TestApp};

async fn app(public_url: Option<&str>) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.course = Some(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    config.listen = "0.0.0.0:8080".parse().unwrap();
    config.public_url = public_url.map(str::to_owned);
    TestApp { server: in_memory(&config).await.unwrap(), folder }
}

fn with(person: &Person, headers: &[(&'static str, &str)]) -> Person {
    headers.iter().fold(person.clone(), |person, (name, value)| person.with(name, value))
}

/// Whether the guard let it pass; who has no token is refused later, in other words.
fn passed(answer: &Answer) -> bool {
    answer.status != 403 || !answer.text.contains("a page of another site")
}

const REFUSED: [&[(&str, &str)]; 8] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "anything")],
    &[("sec-fetch-site", "cross-site"), ("origin", "http://course.example.org")],
    &[("origin", "http://evil.example")],
    &[("origin", "http://course.example.org:9999")],
    &[("origin", "http://course.example.org.evil.example")],
    &[("origin", "null")],
];

const ACCEPTED: [&[(&str, &str)]; 4] = [
    &[],
    &[("sec-fetch-site", "same-origin")],
    &[("sec-fetch-site", "none")],
    &[("origin", "http://course.example.org")],
];

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = app(None).await;
    let somebody = app.anonymous();
    for headers in REFUSED {
        let sender = with(&somebody, headers);
        let answer = sender.post("/api/v1/learners", json!({"name": "x", "code": app.server.join_code})).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "forbidden"), "{headers:?}");
        let page = sender.submit("/join", "name=x&code=x").await;
        assert_eq!((page.status.as_u16(), passed(&page)), (403, false), "{headers:?}");
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"), "{headers:?}");
        assert_eq!(sender.get("/healthz").await.status, 200, "reading is harmless: {headers:?}");
    }
    for headers in ACCEPTED {
        let answer = with(&somebody, headers).submit("/join", "name=x&code=x").await;
        assert!(passed(&answer), "{headers:?}");
    }
}

#[tokio::test]
async fn who_sends_a_token_may_come_from_anywhere() {
    let app = app(None).await;
    let ada = app.learner("Ada").await;
    for headers in REFUSED {
        let answer = with(&ada, headers).post("/api/v1/labs/close/start", json!({})).await;
        assert_eq!(answer.status, 204, "{headers:?}");
    }
}

#[tokio::test]
async fn the_public_address_is_ours_behind_a_proxy() {
    let app = app(Some("https://Class.Example.org/")).await;
    let behind = app.anonymous().with("host", "10.0.0.1:8080");
    let sent = |origin: &'static str| {
        let sender = behind.clone().with("origin", origin);
        async move { passed(&sender.submit("/join", "name=x&code=x").await) }
    };
    assert!(sent("https://class.example.org").await);
    assert!(!sent("https://evil.example").await);
    assert!(!sent("https://class.example.org.evil.example").await);
}
