//! The address of the server in what people are given: one that can be right for them, or none.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use server::{Config, StartError, in_memory};

use crate::test_app::{Person, TestApp};

const KUBECONFIG: &str = "/api/v1/me/kubeconfig";

async fn app(listen: &str, public_url: Option<&str>) -> Result<TestApp, StartError> {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.course = Some(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    config.listen = listen.parse().unwrap();
    config.public_url = public_url.map(str::to_owned);
    Ok(TestApp { server: in_memory(&config).await?, folder })
}

/// A server whose requests come from this address.
fn from(mut app: TestApp, caller: &str) -> TestApp {
    let caller: SocketAddr = format!("{caller}:40000").parse().unwrap();
    let router: Router = app.server.router;
    app.server.router = router.layer(Extension(ConnectInfo(caller)));
    app
}

/// The server in the kubeconfig that somebody is given, without the path; or the kind of the problem.
async fn server_of(person: &Person) -> String {
    let answer = person.get(KUBECONFIG).await;
    if answer.status != 200 {
        assert!(answer.json()["detail"].as_str().unwrap().contains("--public-url"), "{answer:?}");
        return answer.problem();
    }
    let server = answer.json()["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    server.split("/clusters/").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_learner_is_given_the_address_that_they_came_by() {
    let app = from(app("0.0.0.0:8080", None).await.unwrap(), "192.0.2.7");
    let ada = app.learner("Ada").await;
    for host in ["class.example.org", "class.example.org:8080", "192.0.2.1:8080", "[2001:db8::1]:8080"] {
        assert_eq!(server_of(&ada.clone().with("host", host)).await, format!("http://{host}"));
    }
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080", "[::]:8080", "course.localhost"] {
        assert_eq!(server_of(&ada.clone().with("host", host)).await, "address-unknown", "{host}");
    }
    for proxy in ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via", "x-real-ip"] {
        assert_eq!(server_of(&ada.clone().with(proxy, "x")).await, "address-unknown", "{proxy}");
    }
}

#[tokio::test]
async fn who_sits_at_the_server_is_given_its_own_address() {
    let app = from(app("0.0.0.0:8080", None).await.unwrap(), "127.0.0.1");
    let ada = app.learner("Ada").await;
    assert_eq!(server_of(&ada.clone().with("host", "localhost:8080")).await, "http://localhost:8080");
    assert_eq!(server_of(&ada.with("host", "0.0.0.0:8080")).await, "address-unknown");
}

#[tokio::test]
async fn the_public_address_is_given_to_all() {
    for listen in ["0.0.0.0:8080", "127.0.0.1:8080", "192.0.2.1:8080"] {
        let app = from(app(listen, Some("https://course.example.org/")).await.unwrap(), "192.0.2.7");
        let ada = app.learner("Ada").await.with("x-forwarded-for", "198.51.100.1").with("host", "localhost");
        assert_eq!(server_of(&ada).await, "https://course.example.org", "{listen}");
        let joined = app.anonymous().submit("/join", &format!("name=Bob&email=&code={}", app.server.join_code)).await;
        assert!(joined.text.contains("lab-checker join https://course.example.org CODE"), "{}", joined.text);
        let gradebook = signed_in(&app).await.with("host", "localhost").get("/instructor").await.text;
        assert!(gradebook.contains("https://course.example.org/join"), "{gradebook}");
    }
}

#[tokio::test]
async fn no_invitation_names_a_place_where_nobody_is() {
    let app = from(app("0.0.0.0:8080", None).await.unwrap(), "127.0.0.1");
    let instructor = signed_in(&app).await;
    for host in ["localhost:8080", "127.0.0.1:8080", "0.0.0.0:8080"] {
        let page = instructor.clone().with("host", host).get("/instructor").await.text;
        assert!(!page.contains(host) && !page.contains("0.0.0.0"), "{page}");
        assert!(page.contains("--public-url"), "{page}");
        let enrolment = format!("name=Bob&email=&code={}", app.server.join_code);
        let joined = app.anonymous().with("host", host).submit("/join", &enrolment).await.text;
        assert!(!joined.contains("0.0.0.0"), "{joined}");
    }
    let page = instructor.with("host", "class.example.org:8080").get("/instructor").await.text;
    assert!(page.contains("http://class.example.org:8080/join"), "{page}");
}

async fn signed_in(app: &TestApp) -> Person {
    let token = app.server.instructor_token.clone().unwrap();
    let answer = app.anonymous().submit("/instructor/login", &format!("token={token}")).await;
    app.anonymous().with_cookie_of(&answer)
}

#[tokio::test]
async fn a_public_address_that_cannot_be_right_stops_the_start() {
    for url in
        ["0.0.0.0:8080", "http://0.0.0.0:8080", "http://[::]", "course.example.org", "http://a/course", "ftp://a"]
    {
        let error = app("0.0.0.0:8080", Some(url)).await.map(|_| ()).unwrap_err();
        assert!(matches!(error, StartError::PublicUrl { .. }), "{url}: {error:?}");
        assert!(error.to_string().contains(url), "{error}");
    }
}
