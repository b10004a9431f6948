//! Every lab of every learner in a world of its own: what its page, its map and its attempts are about, wherever
//! kubectl is.

use futures::StreamExt;
use serde_json::{Value, json};

use crate::test_app::{Person, TestApp};

/// A learner in the browser on the server's own machine.
async fn at_home() -> (TestApp, Person) {
    let app = TestApp::with_the_course().await;
    let browser = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    (app, browser)
}

/// The objects of a lab's solution as one text.
fn solution(lab: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs").join(lab).join("solution");
    let objects = manifest::files::load(&[folder]).unwrap().into_values();
    let texts: Vec<String> = objects.iter().map(manifest::to_yaml).collect();
    texts.join("---\n")
}

async fn attempt(person: &Person, lab: &str) -> Value {
    person.post(&format!("/api/v1/labs/{lab}/attempts"), json!({})).await.json()
}

async fn current(person: &Person) -> Value {
    person.get("/api/v1/me").await.json()["current"].clone()
}

/// What kubectl would see at a path.
async fn kubectl(person: &Person, path: &str) -> Value {
    let config = person.get("/api/v1/me/kubeconfig").await.json();
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let gate = &server[server.find("/clusters/").unwrap()..];
    person.get(&format!("{gate}{path}")).await.json()
}

const LABS: [&str; 3] = ["default-deny", "deny-ingress", "no-enforcement"];

#[tokio::test]
async fn three_labs_and_back_without_getting_into_each_others_way() {
    let (_app, learner) = at_home().await;
    assert_eq!(current(&learner).await, "sandbox");
    for lab in LABS {
        assert_eq!(learner.post(&format!("/api/v1/labs/{lab}/start"), json!({})).await.status, 204);
        assert_eq!(current(&learner).await, lab);
        assert_eq!(attempt(&learner, lab).await["passed"], false, "no other lab has solved {lab}");
        let applied = learner.post(&format!("/api/v1/labs/{lab}/objects"), json!({"text": solution(lab)})).await;
        assert_eq!(applied.json()["diagnostics"], json!([]), "{applied:?}");
    }
    // All of them are right at the same time, whichever kubectl is in.
    for lab in LABS {
        assert_eq!(attempt(&learner, lab).await["passed"], true, "{lab}");
        let map = learner.get(&format!("/api/v1/labs/{lab}/map")).await.json();
        assert!(map.as_array().unwrap().iter().all(|cell| cell["actual"].is_string()), "no question marks in {lab}");
    }
    assert_eq!(current(&learner).await, "no-enforcement");
    // One of them begins anew, and kubectl stays where it is.
    assert_eq!(learner.post("/api/v1/labs/default-deny/reset", json!({})).await.status, 204);
    assert_eq!(current(&learner).await, "no-enforcement");
    assert_eq!(attempt(&learner, "default-deny").await["passed"], false);
    assert_eq!(attempt(&learner, "deny-ingress").await["passed"], true);
    let policies = "/apis/networking.k8s.io/v1/networkpolicies";
    learner.post("/api/v1/labs/deny-ingress/start", json!({})).await;
    let names = |list: Value| list["items"].as_array().unwrap().len();
    assert_eq!(names(kubectl(&learner, policies).await), 1, "as it was left");
    learner.post("/api/v1/labs/default-deny/start", json!({})).await;
    assert_eq!(names(kubectl(&learner, policies).await), 0);
}

#[tokio::test]
async fn a_page_shows_its_own_lab_and_offers_to_bring_kubectl() {
    let (_app, browser) = at_home().await;
    let page = async |lab: &str| browser.get(&format!("/labs/{lab}")).await.text;
    assert!(!page("default-deny").await.contains("Bring kubectl here"), "there is a start to be made first");
    browser.submit("/labs/default-deny", "action=start").await;
    let offered = |text: &str| !text.contains("data-elsewhere hidden") && text.contains("Bring kubectl here");
    assert!(!offered(&page("default-deny").await));
    browser.submit("/labs/deny-ingress", "action=start").await;
    let elsewhere = page("default-deny").await;
    let title = "data-current=\"deny-ingress\">the world of “";
    assert!(offered(&elsewhere) && elsewhere.contains(title), "{elsewhere}");
    // Applying here is applying to this lab.
    let yaml = solution("default-deny").replace('\n', "%0A").replace(' ', "+");
    let applied = browser.submit("/labs/default-deny", &format!("action=apply&text={yaml}")).await.text;
    assert!(applied.contains("applied</p>"), "{applied}");
    let checked = browser.submit("/labs/default-deny", &format!("action=check&shown=&text={yaml}")).await;
    assert_eq!(checked.status, 303, "{checked:?}");
    assert_eq!(browser.get("/api/v1/me").await.json()["points"], 10.0);
    assert_eq!(browser.get("/api/v1/labs/deny-ingress/report").await.json()["passed"], false);
    // The button goes there, and takes nothing away.
    browser.submit("/labs/default-deny", "action=start").await;
    let here = page("default-deny").await;
    assert!(!offered(&here) && here.contains("Yours in the cluster") && here.contains("default-deny-all"), "{here}");
    assert!(offered(&page("deny-ingress").await));
}

#[tokio::test]
async fn where_no_policy_is_enforced_the_map_shows_packets() {
    let (_app, learner) = at_home().await;
    let allowed = async || {
        let map = learner.get("/api/v1/labs/no-enforcement/map").await.json();
        map.as_array().unwrap().iter().all(|cell| cell["actual"] == "allowed")
    };
    assert!(allowed().await, "before it has begun");
    learner.post("/api/v1/labs/no-enforcement/start", json!({})).await;
    assert!(allowed().await);
    let flow = "from=dev/intruder&to=production/db&port=5432";
    let why = learner.get(&format!("/api/v1/labs/no-enforcement/explain?{flow}")).await.json();
    assert_eq!(why["verdict"], "allowed", "{why}");
    let policies = kubectl(&learner, "/apis/networking.k8s.io/v1/networkpolicies").await;
    assert_eq!(policies["items"].as_array().unwrap().len(), 3, "they are stored all the same");
    let sets = kubectl(&learner, "/apis/apps/v1/namespaces/kube-system/daemonsets").await;
    assert_eq!(sets["items"][0]["metadata"]["name"], "kube-flannel-ds");
    let believed = attempt(&learner, "no-enforcement").await;
    assert_eq!(believed["passed"], false);
    learner.post("/api/v1/labs/no-enforcement/objects", json!({"text": solution("no-enforcement")})).await;
    assert_eq!(attempt(&learner, "no-enforcement").await["passed"], true);
    let me = learner.get("/api/v1/me").await.json();
    let labs = me["labs"].as_array().unwrap();
    let lab = labs.iter().find(|lab| lab["name"] == "no-enforcement").unwrap();
    assert_eq!((&lab["passed"], &lab["attempts"]), (&json!(true), &json!(2)), "it is recorded");
}

#[tokio::test]
async fn events_tell_of_the_lab_and_of_where_kubectl_is() {
    let (_app, learner) = at_home().await;
    let mut events = learner.stream("/api/v1/labs/default-deny/events").await;
    let mut next = async || {
        let mut text = String::new();
        while !text.contains("\n\n") {
            text.push_str(&String::from_utf8_lossy(&events.next().await.unwrap().unwrap()));
        }
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().to_owned();
        let event: Value = serde_json::from_str(&data).unwrap();
        (event["started"] == true, event["current"].as_str().unwrap().to_owned(), event["report"]["passed"] == true)
    };
    assert_eq!(next().await, (false, "sandbox".to_owned(), false));
    learner.post("/api/v1/labs/default-deny/start", json!({})).await;
    assert_eq!(next().await, (true, "default-deny".to_owned(), false));
    learner.post("/api/v1/labs/deny-ingress/start", json!({})).await;
    assert_eq!(next().await, (true, "deny-ingress".to_owned(), false));
    learner.post("/api/v1/labs/default-deny/objects", json!({"text": solution("default-deny")})).await;
    let mut event = next().await;
    while !event.2 {
        event = next().await;
    }
    assert_eq!(event, (true, "deny-ingress".to_owned(), true));
    learner.post("/api/v1/labs/default-deny/reset", json!({})).await;
    while event.2 {
        event = next().await;
    }
    assert_eq!(event, (true, "deny-ingress".to_owned(), false), "the page goes on with the new beginning");
}
