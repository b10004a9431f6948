//! What opens a learner's practice cluster: a secret of their own, which ends with their token.

use serde_json::{Value, json};

use crate::test_app::{Answer, Listening, Person, TestApp};

const KUBECONFIG: &str = "/api/v1/me/kubeconfig";

async fn kubeconfig(person: &Person) -> Value {
    person.get(KUBECONFIG).await.json()
}

/// Path and token of a kubeconfig.
pub(crate) fn way(config: &Value) -> (String, Option<String>) {
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap();
    let token = config["users"][0]["user"]["token"].as_str();
    (server[server.find("/clusters/").unwrap()..].to_owned(), token.map(str::to_owned))
}

async fn knock(app: &TestApp, (path, token): &(String, Option<String>)) -> Answer {
    let client = app.anonymous();
    let client = token.iter().fold(client, |client, token| client.with_token(token));
    client.get(&format!("{path}/api/v1/namespaces/default")).await
}

async fn https() -> TestApp {
    TestApp::told(|config| config.public_url = Some("https://class.example.org".to_owned())).await
}

#[tokio::test]
async fn a_secret_opens_one_learners_cluster_and_nothing_else_does() {
    for app in [https().await, TestApp::new().await] {
        let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
        let (of_ada, of_bob) = (kubeconfig(&ada).await, kubeconfig(&bob).await);
        let (path, token) = way(&of_ada);
        assert_eq!(knock(&app, &way(&of_ada)).await.status, 200);
        assert_eq!(knock(&app, &way(&of_bob)).await.status, 200);
        let id = of_ada["contexts"][0]["context"]["extensions"][0]["extension"]["id"].as_str().unwrap();
        let bare = format!("/clusters/{id}");
        let of_bob = way(&of_bob);
        let stranger = of_bob.1.clone().or_else(|| of_bob.0.split_once('.').map(|(_, key)| key.to_owned())).unwrap();
        for (path, token) in [
            (bare.clone(), None),
            (bare.clone(), Some("cluster_guess".to_owned())),
            (bare.clone(), Some(stranger.clone())),
            (format!("{bare}.{stranger}"), None),
            (format!("{bare}."), None),
            (format!("{bare}.%00"), token),
        ] {
            let refused = knock(&app, &(path.clone(), token)).await;
            assert_eq!(refused.status, 401, "{path}: {refused:?}");
            let status = refused.json();
            assert_eq!((&status["kind"], &status["reason"]), (&json!("Status"), &json!("Unauthorized")));
            assert!(status["message"].as_str().unwrap().contains("download it again"), "{status}");
        }
        assert!(path.len() > 32);
        let own = ada.get(&format!("{bare}/version")).await;
        assert_eq!(own.status, 401, "a learner's token is for the course");
        let key = stranger;
        assert_eq!(app.anonymous().with_token(&key).get("/api/v1/me").await.status, 401, "and this one is not");
    }
}

#[tokio::test]
async fn over_tls_the_secret_is_a_token_and_else_a_part_of_the_address() {
    let app = https().await;
    let (path, token) = way(&kubeconfig(&app.learner("Ada").await).await);
    assert!(token.is_some() && !path.contains('.'), "{path}");
    let app = TestApp::new().await;
    let (path, token) = way(&kubeconfig(&app.learner("Ada").await).await);
    assert!(token.is_none() && path.contains(".cluster_"), "{path}");
}

#[tokio::test]
async fn who_asks_again_is_given_the_same() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let first = ada.get(KUBECONFIG).await.text;
    assert_eq!(ada.get(KUBECONFIG).await.text, first);
    let app = app.restarted().await;
    assert_eq!(ada.on(&app).get(KUBECONFIG).await.text, first);
    assert_eq!(knock(&app, &way(&serde_json::from_str(&first).unwrap())).await.status, 200);
}

#[tokio::test]
async fn renewing_a_token_ends_every_kubeconfig_of_before() {
    for app in [https().await, TestApp::new().await] {
        let ada = app.learner("Ada").await;
        let joined = app.anonymous().submit("/login", &format!("token={}", token_of(&ada))).await;
        let browser = app.anonymous().with_cookie_of(&joined);
        let before = [way(&kubeconfig(&ada).await), way(&kubeconfig(&browser).await)];
        assert_ne!(before[0], before[1], "each from what asked for it");
        for way in &before {
            assert_eq!(knock(&app, way).await.status, 200);
        }
        let id = ada.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
        let renewed = app.instructor().post(&format!("/api/v1/roster/{id}/token"), json!({})).await.json();
        for way in &before {
            assert_eq!(knock(&app, way).await.status, 401);
        }
        assert_eq!(ada.get(KUBECONFIG).await.status, 401);
        let ada = app.anonymous().with_token(renewed["token"].as_str().unwrap());
        assert_eq!(knock(&app, &way(&kubeconfig(&ada).await)).await.status, 200);
    }
}

#[tokio::test]
async fn on_loopback_the_address_alone_opens_it() {
    let app = TestApp::listening(Listening::Loopback).await;
    let local = app.anonymous().with("host", "localhost:8080");
    let (path, token) = way(&kubeconfig(&local).await);
    assert!(token.is_none() && !path.contains('.'));
    assert_eq!(local.get(&format!("{path}/version")).await.status, 200);
}

fn token_of(person: &Person) -> String {
    person.header("authorization").strip_prefix("Bearer ").unwrap().to_owned()
}
