//! The probe of the workbench: what curl prints in a pod of the lab's world, in each kind of network.

use serde_json::{Value, json};

use crate::test_app::{Person, TestApp, policy};

async fn probe(person: &Person, lab: &str, from: &str, to: &str, port: &str) -> Value {
    let body = json!({"from": from, "to": to, "port": port});
    let answer = person.post(&format!("/api/v1/labs/{lab}/probe"), body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Somebody who has begun the sample lab and closed the shop.
async fn closed() -> (TestApp, Person) {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    assert_eq!(ada.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let text = policy(json!({})).to_string();
    assert_eq!(ada.post("/api/v1/labs/close/objects", json!({"text": text})).await.status, 200);
    (app, ada)
}

#[tokio::test]
async fn a_probe_prints_what_curl_does() {
    let (_app, ada) = closed().await;
    let blocked = probe(&ada, "close", "street/stranger", "shop/web", "80").await;
    assert_eq!(blocked["exit_code"], 28, "{blocked}");
    assert_eq!(blocked["pod"], "street/stranger");
    let command = blocked["command"].as_str().unwrap();
    assert!(command.starts_with("curl -sS -m 2 http://10.244.") && command.ends_with(":80"), "{command}");
    assert!(blocked["output"].as_str().unwrap().starts_with("curl: (28) "), "{blocked}");
    let open = probe(&ada, "close", "shop/web", "street/stranger", "80/TCP").await;
    assert_eq!(open["exit_code"], 0, "{open}");
    assert!(open["output"].as_str().unwrap().contains("<title>Welcome to nginx!</title>"), "{open}");
    let nobody = probe(&ada, "close", "shop/web", "street/stranger", "81").await;
    assert_eq!(nobody["exit_code"], 7, "nobody listens there: {nobody}");
}

#[tokio::test]
async fn before_the_lab_has_begun_a_probe_is_about_its_start() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let open = probe(&ada, "close", "street/stranger", "shop/web", "80").await;
    assert_eq!(open["exit_code"], 0, "{open}");
    let lab = ada.get("/api/v1/me").await.json();
    assert_eq!(lab["current"], "sandbox", "looking begins nothing");
}

#[tokio::test]
async fn in_each_network_a_probe_sees_what_packets_do() {
    let app = TestApp::with_the_course().await;
    let learner = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    // The plugin of this lab ignores policies.
    let none = probe(&learner, "no-enforcement", "dev/intruder", "production/db", "5432").await;
    assert_ne!(none["exit_code"], 28, "{none}");
    assert_ne!(none["exit_code"], 7, "{none}");
    // From a pod of two containers.
    let two = probe(&learner, "deny-egress", "production/api", "production/db", "5432").await;
    assert_eq!(two["exit_code"], 0, "{two}");
    let name = probe(&learner, "no-enforcement", "dev/intruder", "kube-dns", "53/UDP").await;
    assert_eq!(name["exit_code"], 0, "{name}");
    assert!(name["output"].as_str().unwrap().contains("10.96.0.1"), "{name}");
}

#[tokio::test]
async fn what_cannot_be_tried_is_said() {
    let (_app, ada) = closed().await;
    let refused = async |from: &str, to: &str, port: &str| {
        let answer = ada.post("/api/v1/labs/close/probe", json!({"from": from, "to": to, "port": port})).await;
        (answer.status.as_u16(), answer.json()["detail"].as_str().unwrap().to_owned())
    };
    for (from, to, port, status, says) in [
        ("shop/ghost", "shop/web", "80", 404, "no pod shop/ghost"),
        ("shop/web", "shop/ghost", "80", 404, "no pod shop/ghost"),
        ("shop/web", "svc:shop/ghost", "80", 404, "no Service shop/ghost"),
        ("10.0.0.1", "shop/web", "80", 422, "starts in a pod"),
        ("shop/{app=web}", "shop/web", "80", 404, "no pod"),
        ("shop/web", "shop/api", "no-such", 422, "no port is called"),
        ("shop/web", "shop/api", "80/SCTP", 422, "SCTP"),
        ("shop/web", "shop/api", "0", 422, "port"),
        ("", "", "", 422, ""),
    ] {
        let (found, detail) = refused(from, to, port).await;
        assert_eq!(found, status, "{from} {to} {port}: {detail}");
        assert!(detail.contains(says), "{from} {to} {port}: {detail}");
    }
    let unknown = ada.post("/api/v1/labs/nope/probe", json!({"from": "a/b", "to": "a/b", "port": "1"})).await;
    assert_eq!(unknown.problem(), "unknown-lab");
}
