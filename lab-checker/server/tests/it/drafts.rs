//! What learners have typed and not handed in: kept for them alone, and never overwritten without notice.

use serde_json::{Value, json};

use crate::test_app::{Person, TestApp};

const DRAFT: &str = "/api/v1/labs/close/draft";

async fn keep(person: &Person, text: &str, version: i64) -> (u16, Value) {
    let kept = person.put(DRAFT, json!({"text": text, "version": version})).await;
    (kept.status.as_u16(), kept.json())
}

async fn kept(person: &Person) -> (String, i64) {
    let draft = person.get(DRAFT).await.json();
    (draft["text"].as_str().unwrap().to_owned(), draft["version"].as_i64().unwrap())
}

#[tokio::test]
async fn a_draft_comes_back_as_it_was_typed_and_to_its_learner_alone() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let none = ada.get(DRAFT).await;
    assert_eq!((none.status.as_u16(), none.json()), (200, json!({"text": "", "version": 0, "changed_at": null})));
    let typed = "# mine: ü \u{1F512}\r\n\tkind: [\n{{";
    let (status, draft) = keep(&ada, typed, 0).await;
    assert_eq!((status, &draft["text"], &draft["version"]), (200, &json!(typed), &json!(1)));
    assert!(draft["changed_at"].as_str().unwrap().ends_with('Z'), "{draft}");
    assert_eq!(ada.get(DRAFT).await.json(), draft);
    assert_eq!(kept(&bob).await, (String::new(), 0));
    assert_eq!(keep(&bob, "his", 0).await.0, 200);
    assert_eq!(kept(&ada).await, (typed.to_owned(), 1));
    assert_eq!(bob.delete(DRAFT).await.status, 204);
    assert_eq!(kept(&ada).await, (typed.to_owned(), 1));
    // What is done to the lab loses nothing that was typed, and neither does a restart.
    for path in ["start", "reset"] {
        assert_eq!(ada.post(&format!("/api/v1/labs/close/{path}"), json!({})).await.status, 204);
    }
    let roster = app.instructor().get("/api/v1/roster").await.json();
    let id = roster["learners"].as_array().unwrap().iter().find(|one| one["name"] == "Ada").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.instructor().post("/api/v1/regrade", json!({"commit": true})).await;
    let renewed = app.instructor().post(&format!("/api/v1/roster/{id}/token"), json!({})).await.json();
    assert_eq!(ada.get(DRAFT).await.status, 401, "{renewed}");
    let ada = ada.with_token(renewed["token"].as_str().unwrap());
    let app = app.restarted().await;
    let ada = ada.on(&app);
    assert_eq!(kept(&ada).await, (typed.to_owned(), 1));
    assert_eq!(ada.delete(DRAFT).await.status, 204);
    assert_eq!(ada.delete(DRAFT).await.status, 204);
    assert_eq!(kept(&ada).await, (String::new(), 0));
}

#[tokio::test]
async fn two_tabs_hear_of_each_other() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let (first, second) = tokio::join!(keep(&ada, "first", 0), keep(&ada, "second", 0));
    let ((200, won), (409, lost)) = (if first.0 == 200 { (first, second) } else { (second, first) }) else {
        panic!("one of them is kept, and the other hears of it");
    };
    assert_eq!((&lost["type"], &lost["draft"]), (&json!("urn:lab-checker:draft-changed"), &won));
    // Having seen it, the other may write.
    assert_eq!(keep(&ada, "both", lost["draft"]["version"].as_i64().unwrap()).await.0, 200);
    assert_eq!(kept(&ada).await.0, "both");
    // A tab from before a draft was thrown away does not take a new one for its own.
    let (_, old) = kept(&ada).await;
    ada.delete(DRAFT).await;
    assert_eq!(keep(&ada, "old tab", old).await.0, 409);
    assert_eq!(keep(&ada, "new", 0).await.0, 200);
    let (status, told) = keep(&ada, "old tab", old).await;
    assert_eq!((status, &told["draft"]["text"]), (409, &json!("new")));
}

#[tokio::test]
async fn what_is_no_draft_is_refused_and_changes_nothing() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    keep(&ada, "kept", 0).await;
    let longest = "ü".repeat(32 << 10);
    for (body, status, kind) in [
        (json!({"text": format!("{longest}x"), "version": 1}), 422, "invalid"),
        (json!({"text": "a\u{0}b", "version": 1}), 422, "invalid"),
        (json!({"text": 7, "version": 1}), 400, "bad-request"),
        (json!({"text": "x", "version": "1"}), 400, "bad-request"),
        (json!({"text": "x", "version": 1.5}), 400, "bad-request"),
        (json!({"text": "x"}), 400, "bad-request"),
        (json!({"version": 1}), 400, "bad-request"),
        (json!([]), 400, "bad-request"),
        (json!({"text": "x", "version": -1}), 409, "draft-changed"),
        (json!({"text": "x", "version": i64::MAX}), 409, "draft-changed"),
    ] {
        let refused = ada.put(DRAFT, body).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (status, kind), "{refused:?}");
    }
    for bytes in [&b"{\"version\": 1, \"text\": \"\xff\"}"[..], b"{\"version\": 1, \"text\": \"\\ud800\"}"] {
        let refused = ada.put_bytes(DRAFT, bytes.to_vec()).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (400, "bad-request"));
    }
    assert_eq!(kept(&ada).await, ("kept".to_owned(), 1));
    assert_eq!(keep(&ada, &longest, 1).await.0, 200, "64 KiB are not too long");
    let unknown = "/api/v1/labs/clsoe/draft";
    for answer in
        [ada.get(unknown).await, ada.put(unknown, json!({"text": "", "version": 0})).await, ada.delete(unknown).await]
    {
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (404, "unknown-lab"));
    }
}

#[tokio::test]
async fn drafts_are_for_who_is_signed_in_on_this_site() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    for answer in [nobody.get(DRAFT).await, nobody.put(DRAFT, json!({})).await, nobody.delete(DRAFT).await] {
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "not-signed-in"));
    }
    assert_eq!(app.instructor().get(DRAFT).await.status, 403);
    let forged = nobody.with("sec-fetch-site", "cross-site");
    for answer in [forged.put(DRAFT, json!({})).await, forged.delete(DRAFT).await] {
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (403, "forbidden"));
    }
}

#[tokio::test]
async fn drafts_have_a_limit_of_their_own() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let mut answers = Vec::new();
    for _ in 0..200 {
        answers.push(ada.get(DRAFT).await);
    }
    let refused = answers.iter().find(|answer| answer.status != 200).expect("a limit");
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (429, "too-many-requests"));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(bob.get(DRAFT).await.status, 200);
    assert_eq!(ada.get("/api/v1/labs/close/map").await.status, 200, "the rest of the page goes on");
}
