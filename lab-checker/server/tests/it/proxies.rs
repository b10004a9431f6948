//! Proxies between a client and the server: who they speak for is believed of those that were named, and where the one
//! local learner needs no token nobody comes through any.

use axum::{
    body::Body,
    http::{Request, Version, header},
};
use serde_json::json;
use server::{Config, clock::Moment, store::Guessing};
use tower::ServiceExt;

use crate::postgres::Postgres;
use crate::test_app::{Answer, Listening, Person, TestApp};

/// What proxies write, each alone.
const TRACES: [(&str, &str); 7] = [
    ("forwarded", "for=198.51.100.7"),
    ("x-forwarded-for", "198.51.100.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "class.example.org"),
    ("x-forwarded-port", "443"),
    ("x-real-ip", "198.51.100.7"),
    ("via", "1.1 proxy"),
];

fn believing(proxy: &str) -> impl FnOnce(&mut Config) {
    let proxy = proxy.parse().unwrap();
    move |config| config.trusted_proxies = vec![proxy]
}

async fn guess(person: &Person) -> Answer {
    person.post("/api/v1/learners", json!({"name": "x", "code": "AAAA-AAAA"})).await
}

/// How many wrong codes are answered before there are too many. (On a slow machine some are forgiven meanwhile.)
async fn until_refused(person: impl Fn(usize) -> Person) -> usize {
    for number in 0..200 {
        match guess(&person(number)).await.status.as_u16() {
            403 => {}
            429 => return number,
            other => panic!("{other}"),
        }
    }
    panic!("nobody is refused")
}

#[tokio::test]
async fn nobody_comes_through_a_proxy_to_the_one_local_learner() {
    let app = TestApp::listening(Listening::Loopback).await;
    let local = app.anonymous().with("host", "localhost:8080");
    let cluster = local.get("/api/v1/me/kubeconfig").await.json();
    let cluster =
        cluster["clusters"][0]["cluster"]["server"].as_str().unwrap().split_once("8080").unwrap().1.to_owned();
    let version = format!("{cluster}/version");
    for path in ["/", "/labs/close", "/book/", "/api/v1/me", "/api/v1/course", "/metrics", "/nothing", &version] {
        assert_ne!(local.get(path).await.status, 403, "{path}");
        for (name, value) in TRACES {
            let answer = local.clone().with(name, value).get(path).await;
            assert_eq!(answer.status, 403, "{path} {name}: {answer:?}");
            for told in ["--public-url", "--trusted-proxy", "http://127.0.0.1:8080"] {
                assert!(answer.text.contains(told), "{path} {name}: {told} is not in {}", answer.text);
            }
        }
    }
    let problem = local.with("via", "1.1 proxy").post("/api/v1/labs/close/start", json!({})).await;
    assert_eq!((problem.status.as_u16(), problem.problem().as_str()), (403, "forwarded"));
}

#[tokio::test]
async fn a_proxy_that_tells_nothing_speaks_an_old_http_and_is_nobody_here() {
    let app = TestApp::listening(Listening::Loopback).await;
    for (path, version, status) in [
        ("/api/v1/me", Version::HTTP_10, 403),
        ("/labs/close", Version::HTTP_10, 403),
        ("/", Version::HTTP_10, 403),
        ("/book/closing.html", Version::HTTP_10, 200),
        ("/api/v1/me", Version::HTTP_11, 200),
    ] {
        let request = Request::get(path).version(version).header(header::HOST, "127.0.0.1:8080");
        let answer = app.server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{path} {version:?}");
    }
}

#[tokio::test]
async fn with_a_public_address_or_a_proxy_loopback_is_for_a_class() {
    let proxied = TestApp::told(|config| {
        config.listen = "127.0.0.1:8080".parse().unwrap();
        believing("127.0.0.1")(config);
    });
    let public = TestApp::told(|config| {
        config.listen = "127.0.0.1:8080".parse().unwrap();
        config.public_url = Some("https://class.example.org".to_owned());
    });
    for app in [proxied.await, public.await] {
        let visitor = app.anonymous().with("x-forwarded-for", "198.51.100.7");
        assert_eq!(visitor.get("/api/v1/me").await.status, 401);
        assert_eq!(visitor.get("/join").await.status, 200);
    }
}

#[tokio::test]
async fn limits_know_the_client_that_the_nearest_believed_proxy_names() {
    let app = TestApp::told(believing("10.0.0.0/8")).await.reached_from("10.1.2.3");
    let from = |list: &str| app.anonymous().with("x-forwarded-for", list);
    // What the client writes itself changes nothing.
    let guesses = until_refused(|number| from(&format!("192.0.2.{number}, 198.51.100.7, 10.9.9.9"))).await;
    assert!(guesses >= 20, "{guesses}");
    assert_eq!(guess(&from("198.51.100.8")).await.status, 403, "somebody else");
}

#[tokio::test]
async fn limits_do_not_believe_anybody_else() {
    let app = TestApp::told(believing("10.0.0.0/8")).await.reached_from("198.51.100.7");
    let guesses = until_refused(|number| {
        let said = format!("192.0.2.{number}");
        app.anonymous().with("x-forwarded-for", &said).with("forwarded", &format!("for={said}"))
    });
    assert!(guesses.await >= 20);
}

#[tokio::test]
async fn a_right_code_is_never_refused_however_many_wrong_ones_there_were() {
    let app = TestApp::new().await;
    until_refused(|_| app.anonymous()).await;
    for number in 0..5 {
        app.learner(&format!("Learner {number}")).await;
    }
    let form = format!("name=Bob&email=&code={}", app.server.join_code);
    assert_eq!(app.anonymous().submit("/join", &form).await.status, 200);
}

#[tokio::test]
async fn servers_on_one_database_count_wrong_codes_together() {
    let postgres = Postgres::start();
    let address = postgres.database("course");
    let (first, second) = tokio::join!(TestApp::on_database(&address), TestApp::on_database(&address));
    let guessing = Guessing { burst: 20, every: 3_000 };
    // The moment is a while ahead, so that nothing is forgiven before this test ends.
    let now = Moment::now().millis() + 600_000;
    for number in 0..20 {
        let app = if number % 2 == 0 { &first } else { &second };
        assert_eq!(app.server.store.guess("127.0.0.1", guessing, now).await.unwrap(), None, "{number}");
    }
    let refused = second.server.store.guess("127.0.0.1", guessing, now).await.unwrap();
    assert_eq!(refused, Some(3_000));
    assert_eq!(first.server.store.guess("127.0.0.1", guessing, now + 3_000).await.unwrap(), None, "forgiven");
    assert_eq!(second.server.store.guess("192.0.2.1", guessing, now).await.unwrap(), None, "somebody else");
    for app in [&first, &second] {
        let refused = guess(&app.anonymous()).await;
        assert_eq!(refused.status, 429);
        assert!(refused.headers.contains_key(header::RETRY_AFTER), "{refused:?}");
        let right = json!({"name": "x", "code": app.server.join_code});
        assert_eq!(app.anonymous().post("/api/v1/learners", right).await.status, 201);
    }
}

/// What an answer sets for the browser: the cookie, and whether it must come by TLS from now on.
async fn signed_in(app: &TestApp, pairs: &[(&'static str, &str)]) -> (String, bool) {
    let person = pairs.iter().fold(app.anonymous(), |person, (name, value)| person.with(name, value));
    let joined = person.submit("/join", &format!("name=Ada&email=&code={}", app.server.join_code)).await;
    let cookie = joined.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    (cookie, joined.headers.contains_key(header::STRICT_TRANSPORT_SECURITY))
}

#[tokio::test]
async fn who_comes_by_tls_is_kept_there() {
    let behind = TestApp::told(believing("127.0.0.1")).await;
    let public = TestApp::told(|config| config.public_url = Some("https://course.example.org".to_owned())).await;
    let plain = TestApp::new().await;
    let https = ("x-forwarded-proto", "https");
    for (app, pairs, is_secure) in [
        (&behind, &[https][..], true),
        (&behind, &[("x-forwarded-proto", "http")], false),
        (&behind, &[("forwarded", "proto=https")], true),
        (&public, &[], true),
        (&plain, &[], false),
        (&plain, &[https], false),
    ] {
        let (cookie, is_strict) = signed_in(app, pairs).await;
        assert_eq!((cookie.contains("; Secure"), is_strict), (is_secure, is_secure), "{pairs:?}: {cookie}");
    }
    let (_, is_strict) = signed_in(&public, &[("host", "localhost:8080")]).await;
    assert!(!is_strict, "other servers of this machine are not ours");
}

#[tokio::test]
async fn a_cookie_lives_as_long_as_the_store_believes_it() {
    let (cookie, _) = signed_in(&TestApp::new().await, &[]).await;
    assert!(cookie.contains(&format!("Max-Age={}", 180 * 24 * 60 * 60)), "{cookie}");
}
