//! What was applied stands in the editor as it was typed, for as long as the world is as it says; what was put aside
//! can be brought back, on another device and after a restart.

use serde_json::{Value, json};

use crate::test_app::{Person, TestApp};

const LAB: &str = "/labs/close";
const API: &str = "/api/v1/labs/close";

const COMMENTED: &str = "# my first policy, \"quoted\" & <all>\nkind: NetworkPolicy   # kind comes first\n\napiVersion: networking.k8s.io/v1\nspec:\n  podSelector: {}   # everybody\nmetadata:\n  name: deny\n";

async fn begun() -> (TestApp, Person) {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    assert_eq!(ada.post(&format!("{API}/start"), json!({})).await.status, 204);
    (app, ada)
}

async fn apply(person: &Person, text: &str) {
    let applied = person.post(&format!("{API}/objects"), json!({"text": text})).await;
    let results = applied.json()["results"].clone();
    let all = results.as_array().unwrap();
    assert!(applied.status == 200 && all.iter().all(|result| result["applied"] == true), "{applied:?}");
}

/// What a browser shows in the page's editor.
async fn editor(person: &Person) -> String {
    let page = person.get(LAB).await.text;
    let (_, rest) = page.split_once("<textarea id=\"yaml\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (text, _) = rest.split_once("</textarea>").unwrap();
    // A browser leaves out the first end of a line.
    let text = text.strip_prefix('\n').unwrap();
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
    text.replace("&#38;", "&")
}

async fn draft(person: &Person) -> Value {
    person.get(&format!("{API}/draft")).await.json()
}

#[tokio::test]
async fn own_words_stay_after_applying_and_loading_the_page_again() {
    let json = json!({
        "metadata": {"name": "deny", "labels": {"z": "1", "a": "2"}}, "kind": "NetworkPolicy",
        "spec": {"policyTypes": ["Ingress"], "podSelector": {}}, "apiVersion": "networking.k8s.io/v1"
    });
    let two = format!("{COMMENTED}---\n# nothing here\n---\n{}", COMMENTED.replace("name: deny", "name: other"));
    for text in
        [COMMENTED.to_owned(), json.to_string(), two, COMMENTED.replace('\n', "\r\n"), format!("\n\n{COMMENTED}")]
    {
        let (app, ada) = begun().await;
        apply(&ada, &text).await;
        assert_eq!(editor(&ada).await, text);
        assert_eq!(draft(&ada).await["applied"], text);
        // Whatever else the page is asked, and after a restart.
        ada.post(&format!("{API}/attempts"), json!({})).await;
        let app = app.restarted().await;
        let ada = ada.on(&app);
        assert_eq!(editor(&ada).await, text);
        assert_ne!(editor(&app.learner("Bob").await.started().await).await, text, "nobody else sees them");
    }
}

impl Person {
    async fn started(self) -> Self {
        self.post(&format!("{API}/start"), json!({})).await;
        self
    }
}

#[tokio::test]
async fn a_text_of_comments_is_a_text_too() {
    let (_app, ada) = begun().await;
    apply(&ada, COMMENTED).await;
    let comments = COMMENTED.lines().map(|line| format!("# {line}\n")).collect::<String>();
    let brought = json!({"text": comments, "brought": ["NetworkPolicy/shop/deny"]});
    assert_eq!(ada.post(&format!("{API}/objects"), brought).await.status, 200);
    assert_eq!(editor(&ada).await, comments);
}

#[tokio::test]
async fn where_the_world_has_changed_since_the_editor_shows_the_world_and_keeps_the_words() {
    let other = COMMENTED.replace("podSelector: {}", "podSelector: {matchLabels: {app: web}}");
    for change in ["another spec", "another object", "deleted", "reset"] {
        let (_app, ada) = begun().await;
        apply(&ada, COMMENTED).await;
        match change {
            // By other hands than the editor's: its words stay the last that it applied.
            "another object" => {
                let form = "action=apply&text=";
                let yaml = "apiVersion: networking.k8s.io/v1%0Akind: NetworkPolicy%0Ametadata: {name: more}%0Aspec: {podSelector: {}}";
                assert_eq!(ada.submit(LAB, &format!("{form}{yaml}")).await.status, 200);
                apply(&ada, COMMENTED).await;
            }
            "another spec" => apply(&ada, &other).await,
            "deleted" => {
                assert_eq!(ada.submit(LAB, "action=delete&object=NetworkPolicy/shop/deny").await.status, 303);
            }
            _ => assert_eq!(ada.post(&format!("{API}/reset"), json!({})).await.status, 204),
        }
        let shown = editor(&ada).await;
        if change == "another spec" {
            assert_eq!(shown, other);
            continue;
        }
        assert_ne!(shown, COMMENTED, "{change}");
        assert_eq!(shown.contains("name: more"), change == "another object", "{change}: {shown}");
        let draft = draft(&ada).await;
        assert_eq!((draft.get("applied"), &draft["aside"]), (None, &json!(COMMENTED)), "{change}");
        // Without a script the server brings them back.
        let page = ada.submit(LAB, "action=bring-back&text=&shown=").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("# my first policy"), "{change}: {}", page.text);
    }
}

#[tokio::test]
async fn what_a_reset_takes_away_can_be_brought_back() {
    let (app, ada) = begun().await;
    assert_eq!(ada.submit(LAB, "action=bring-back&text=x&shown=").await.status, 404, "there is nothing");
    apply(&ada, COMMENTED).await;
    assert_eq!(ada.submit(LAB, "action=start&anew=yes&text=%23 typed%0D%0Aand not applied").await.status, 303);
    assert_eq!(draft(&ada).await["aside"], "# typed\nand not applied");
    let app = app.restarted().await;
    let ada = ada.on(&app);
    assert_eq!(draft(&ada).await["aside"], "# typed\nand not applied");
    assert!(ada.get(LAB).await.text.contains("<p class=\"kept-note\">"), "offered where no script is");
    // A second reset with nothing in the editor keeps what there is.
    assert_eq!(ada.submit(LAB, "action=start&anew=yes&text=").await.status, 303);
    assert_eq!(draft(&ada).await["aside"], "# typed\nand not applied");
    // What stood in the editor changes places with it.
    let page = ada.submit(LAB, "action=bring-back&shown=&text=%23 later").await;
    assert!(page.text.contains("and not applied</textarea>"), "{}", page.text);
    assert_eq!(draft(&ada).await["aside"], "# later");
    assert_eq!(ada.delete(&format!("{API}/draft/aside")).await.status, 204);
    assert_eq!(draft(&ada).await.get("aside"), None);
}

#[tokio::test]
async fn a_text_is_put_aside_beside_the_draft_and_for_its_learner_alone() {
    let (app, ada) = begun().await;
    let aside = format!("{API}/draft/aside");
    let typed = "# ü \u{1F512}\r\n\tkind: [";
    assert_eq!(ada.put(&format!("{API}/draft"), json!({"text": "a draft", "version": 0})).await.status, 200);
    assert_eq!(ada.put(&aside, json!({"text": typed})).await.status, 204);
    let kept = draft(&ada).await;
    assert_eq!((&kept["text"], &kept["version"], &kept["aside"]), (&json!("a draft"), &json!(1), &json!(typed)));
    assert_eq!(ada.delete(&format!("{API}/draft")).await.status, 204);
    assert_eq!(draft(&ada).await["aside"], typed, "it is no draft");
    let bob = app.learner("Bob").await;
    assert_eq!(draft(&bob).await.get("aside"), None);
    assert_eq!(bob.delete(&aside).await.status, 204);
    for (body, status) in [
        (json!({"text": "x".repeat((64 << 10) + 1)}), 422),
        (json!({"text": "a\u{0}b"}), 422),
        (json!({"text": 7}), 400),
        (json!({}), 400),
    ] {
        assert_eq!(ada.put(&aside, body).await.status.as_u16(), status);
    }
    assert_eq!(draft(&ada).await["aside"], typed);
    assert_eq!(app.anonymous().put(&aside, json!({"text": ""})).await.status, 401);
    assert_eq!(ada.put("/api/v1/labs/clsoe/draft/aside", json!({"text": ""})).await.problem(), "unknown-lab");
}
