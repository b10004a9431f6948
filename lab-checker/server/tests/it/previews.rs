//! What a text would do, while it is being typed: told as applying it would, and stored nowhere.

use serde_json::{Value, json};

use crate::test_app::{Person, TestApp};

const PREVIEW: &str = "/api/v1/labs/close/preview";
const DENY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
spec:
  podSelector: {}
";

async fn preview(person: &Person, body: Value) -> Value {
    let answer = person.post(PREVIEW, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn of(person: &Person, text: &str) -> Value {
    preview(person, json!({"text": text})).await
}

/// How many flows into the shop are blocked, and how many the text changes.
fn blocked(preview: &Value) -> (usize, usize) {
    let cells = preview["map"].as_array().unwrap();
    let count = |of: &dyn Fn(&Value) -> bool| cells.iter().filter(|cell| of(cell)).count();
    (count(&|cell| cell["actual"] == "blocked"), count(&|cell| cell["changed"] == true))
}

fn passes(preview: &Value) -> bool {
    preview["checks"].as_array().unwrap().iter().all(|check| check["passed"] == true)
}

/// Line, severity and message of what is said about a text.
fn said(preview: &Value) -> Vec<(u64, String, String)> {
    let diagnostics = preview["diagnostics"].as_array().unwrap();
    let word = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let row = |one: &Value| (one["line"].as_u64().unwrap(), word(one, "severity"), word(one, "message"));
    diagnostics.iter().map(row).collect()
}

#[tokio::test]
async fn a_text_is_previewed_before_the_start_and_after_and_changes_nothing() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    for _ in 0..2 {
        let nothing = of(&ada, "").await;
        assert_eq!((blocked(&nothing), passes(&nothing), said(&nothing)), ((0, 0), false, vec![]), "{nothing}");
        let closed = of(&ada, DENY).await;
        assert_eq!((blocked(&closed), passes(&closed), said(&closed)), ((4, 4), true, vec![]), "{closed}");
        let map = ada.get("/api/v1/labs/close/map").await.json();
        assert!(map.as_array().unwrap().iter().all(|cell| cell["actual"] == "allowed"), "nothing is stored: {map}");
        let keys = |cell: &Value| cell.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut expected = keys(&map[0]);
        expected.push("changed".to_owned());
        assert_eq!(keys(&closed["map"][0]), expected);
        ada.post("/api/v1/labs/close/start", json!({})).await;
    }
    let names: Vec<Value> =
        of(&ada, DENY).await["checks"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect();
    let report = ada.get("/api/v1/labs/close/report").await.json();
    let mut told: Vec<Value> = report["checks"].as_array().unwrap().iter().map(|check| check["name"].clone()).collect();
    told.dedup();
    assert_eq!(names[..2], told[..2], "each check once, by its name");
}

#[tokio::test]
async fn what_an_earlier_text_brought_goes_when_a_later_one_leaves_it_out() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    ada.post("/api/v1/labs/close/objects", json!({"text": DENY})).await;
    let goes = |text: &str, brought: Value| preview(&ada, json!({"text": text, "brought": brought}));
    assert_eq!(blocked(&of(&ada, "").await), (4, 0), "what is not said to be brought stays");
    for brought in [json!(["NetworkPolicy/shop/deny"]), json!(["NetworkPolicy/deny", "NetworkPolicy/shop/gone"])] {
        assert_eq!(blocked(&goes("", brought.clone()).await), (0, 4), "{brought}");
        assert_eq!(blocked(&goes(DENY, brought.clone()).await), (4, 0), "{brought}");
        assert_eq!(blocked(&goes(&DENY.replace("name: deny", "name: other"), brought.clone()).await), (4, 0));
        // While a text is broken, nobody knows what it leaves out.
        let nowhere = DENY.replace("  name: deny", "  name: other\n  namespace: nowhere");
        for broken in ["kind: [", &DENY.replace("podSelector", "podSelectr"), "just words", &nowhere] {
            let preview = goes(broken, brought.clone()).await;
            assert_eq!(blocked(&preview), (4, 0), "{broken}: {preview}");
            assert!(said(&preview).iter().any(|(_, severity, _)| severity == "error"), "{preview}");
        }
    }
    // What is not the learner's to change stays, whatever a client says.
    let others = json!([
        "Pod/shop/web",
        "Namespace/shop",
        "Pod/kube-system/coredns",
        "NetworkPolicy/kube-system/deny",
        "Nonsense/a/b"
    ]);
    let stays = goes(DENY, others).await;
    assert_eq!((blocked(&stays), passes(&stays)), ((4, 0), true), "{stays}");
    for brought in [
        json!(["deny"]),
        json!([""]),
        json!(["a/b/c/d"]),
        json!(["NetworkPolicy/shop/"]),
        json!(vec!["NetworkPolicy/shop/x"; 201]),
        json!(["x/".repeat(10_000)]),
    ] {
        let refused = ada.post(PREVIEW, json!({"text": "", "brought": brought})).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid"), "{brought}");
    }
    assert_eq!(blocked(&of(&ada, "").await), (4, 0), "nothing of this was stored");
}

#[tokio::test]
async fn what_is_said_about_a_text_stands_at_its_line() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let unknown_field = of(&ada, &DENY.replace("podSelector: {}", "podSelectr: {}")).await;
    assert_eq!(said(&unknown_field)[0].0, 6, "{unknown_field}");
    assert_eq!(said(&unknown_field)[0].1, "error");
    // Lints, in any document of a text, YAML or JSON, alone or in a list.
    let nobody = "---\n# a comment\n".to_owned()
        + &DENY.replace("podSelector: {}", "podSelector:\n    matchLabels:\n      app: nobody");
    let lint = of(&ada, &format!("{}{nobody}", DENY.replace("deny", "first"))).await;
    assert_eq!(lint["diagnostics"].as_array().unwrap().len(), 1, "{lint}");
    let told = &lint["diagnostics"][0];
    assert_eq!(
        (&told["line"], &told["severity"], &told["id"]),
        (&json!(14), &json!("warning"), &json!("selects-nothing")),
        "{lint}"
    );
    assert!(told["end_column"].as_u64() > told["column"].as_u64() && told["help"].is_string(), "{told}");
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"},
        "spec": {"podSelector": {"matchLabels": {"app": "nobody"}}}
    });
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [policy]});
    for object in [policy, list] {
        let text = serde_json::to_string_pretty(&object).unwrap();
        let lint = of(&ada, &text).await;
        let line = 1 + text.lines().position(|line| line.contains("podSelector")).unwrap() as u64;
        assert_eq!(said(&lint).iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [line], "{lint}");
    }
    // What only a cluster can know.
    let elsewhere = of(&ada, &DENY.replace("  name: deny", "  name: deny\n  namespace: nowhere")).await;
    let told = said(&elsewhere);
    assert!(
        told.iter().any(|(line, severity, message)| *line == 5 && severity == "error" && message.contains("nowhere")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_preview_says_what_applying_says() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    let web = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: other}}\nspec: {containers: [{name: c, image: nginx:2}]}\n";
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: new}\n";
    let in_new = DENY.replace("  name: deny", "  name: deny\n  namespace: new");
    let moved = web.replace("{containers", "{nodeName: elsewhere, containers");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", DENY.trim_end().replace('\n', "\n  "));
    for text in [
        DENY.to_owned(),
        list,
        format!("{namespace}---\n{in_new}"),
        format!("{in_new}---\n{namespace}"),
        web.to_owned(),
        moved,
        DENY.replace("name: deny", "name: Not_A_Name"),
        DENY.replace("name: deny", "namespace: ''\n  name: deny"),
        DENY.replace("name: deny", "namespace:\n  name: deny"),
        "kind: Unknown\napiVersion: v1\nmetadata: {name: x}\n".to_owned(),
        "- a\n- b\n".to_owned(),
    ] {
        let previewed = of(&ada, &text).await;
        let applied = ada.post("/api/v1/labs/close/objects", json!({"text": text})).await.json();
        let errors: Vec<String> = said(&previewed)
            .into_iter()
            .filter(|(_, severity, _)| severity == "error")
            .map(|(.., message)| message)
            .collect();
        let results = applied["results"].as_array().unwrap().iter().filter(|result| result["applied"] == false);
        let refusals: Vec<String> = results.map(|result| result["message"].as_str().unwrap().to_owned()).collect();
        let wrong = applied["diagnostics"].as_array().unwrap().iter().filter(|one| one["severity"] == "error");
        let wrong: Vec<String> = wrong.map(|one| one["message"].as_str().unwrap().to_owned()).collect();
        assert_eq!(errors, [wrong, refusals].concat(), "{text}");
        let map = ada.get("/api/v1/labs/close/map").await.json();
        let actual =
            |map: &Value| map.as_array().unwrap().iter().map(|cell| cell["actual"].clone()).collect::<Vec<_>>();
        assert_eq!(actual(&previewed["map"]), actual(&map), "{text}");
        ada.post("/api/v1/labs/close/reset", json!({})).await;
    }
}

#[tokio::test]
async fn texts_that_are_too_much_are_refused_in_words_and_soon() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let long = ada.post(PREVIEW, json!({"text": "#".repeat((256 << 10) + 1)})).await;
    assert_eq!((long.status.as_u16(), long.problem().as_str()), (422, "invalid"));
    let longer = ada.post(PREVIEW, json!({"text": "#".repeat(2 << 20)})).await;
    assert_eq!(longer.status, 413, "{longer:?}");
    let hundred: String = (0..100).map(|at| format!("{}---\n", DENY.replace("deny", &format!("deny-{at}")))).collect();
    assert_eq!(said(&of(&ada, &hundred).await), []);
    let thousand: String = (0..1000).map(|at| format!("{}---\n", DENY.replace("deny", &format!("d{at}")))).collect();
    let many = of(&ada, &thousand).await;
    assert_eq!(said(&many), [(701, "error".to_owned(), "the text holds more than 100 objects".to_owned())]);
    assert_eq!(blocked(&many), (0, 0), "as applying it, it does nothing");
    let layers = (1..30).map(|at| format!("l{at}: &l{at} [{}]\n", vec![format!("*l{}", at - 1); 10].join(", ")));
    let bomb = format!("l0: &l0 [x]\n{}", layers.collect::<String>());
    let deep = format!("a: {}", "[".repeat(100_000));
    for text in
        [bomb, deep, "\u{0}".to_owned(), "a: \u{7}\n".to_owned(), "%YAML 9.9\n---\n".to_owned(), "--- ".repeat(10_000)]
    {
        let told = of(&ada, &text).await;
        assert!(said(&told).iter().any(|(line, severity, _)| *line >= 1 && severity == "error"), "{told}");
    }
}

#[tokio::test]
async fn previews_have_limits_and_are_for_learners_on_this_site() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let nobody = app.anonymous();
    assert_eq!(nobody.post(PREVIEW, json!({"text": ""})).await.status, 401);
    assert_eq!(nobody.clone().with("sec-fetch-site", "cross-site").post(PREVIEW, json!({})).await.status, 403);
    assert_eq!(app.instructor().post(PREVIEW, json!({"text": ""})).await.status, 403);
    let unknown = ada.post("/api/v1/labs/clsoe/preview", json!({"text": ""})).await;
    assert_eq!((unknown.status.as_u16(), unknown.problem().as_str()), (404, "unknown-lab"));
    for body in [json!({}), json!({"text": 7}), json!({"text": "", "brought": "x"}), json!([])] {
        let refused = ada.post(PREVIEW, body).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (400, "bad-request"));
    }
    let asked = (0..300).map(|_| ada.post(PREVIEW, json!({"text": DENY})));
    let answers = futures::future::join_all(asked).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert!(count(200) >= 1 && count(429) >= 100 && count(200) + count(409) + count(429) == 300);
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    assert!(answers.iter().filter(|answer| answer.status == 409).all(|answer| answer.problem() == "replaced"));
    assert_eq!(bob.post(PREVIEW, json!({"text": DENY})).await.status, 200);
    assert_eq!(ada.get("/api/v1/labs/close/map").await.status, 200, "the rest of the page goes on");
}

/// A text that lets the web to the api, on two rules.
const ALLOW: &str = "\
# lets one in
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: allow}
spec:
  podSelector:
    matchLabels: {app: api}
  ingress:
    - ports:
        - port: 81
        - port: 80
    - from:
        - podSelector:
            matchLabels: {app: nobody}
        - podSelector:
            matchLabels: {app: web}
";

#[tokio::test]
async fn the_picture_shows_what_changes_and_lines_say_what_they_open() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let nothing = of(&ada, "").await;
    let picture = nothing["picture"].as_str().unwrap();
    assert!(picture.starts_with("<svg") && !picture.contains("style") && !picture.contains("changed"), "{picture}");
    assert!(
        picture.contains("data-from=\"street/stranger\"")
            && picture.contains("href=\"/labs/close?from=street/stranger&amp;to=")
    );
    let closed = of(&ada, DENY).await;
    assert!(closed["picture"].as_str().unwrap().contains("changed"), "{closed}");
    assert_eq!(closed["opens"], json!([]));
    let allowed = of(&ada, ALLOW).await;
    let opens = allowed["opens"].as_array().unwrap();
    let lines: Vec<u64> = opens.iter().map(|opening| opening["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [11], "the port is why, for whoever comes: {allowed}");
    let flows = opens[0]["flows"].as_array().unwrap();
    assert_eq!(flows.len(), 2, "{allowed}");
    assert_eq!(flows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["from", "to", "port", "protocol"]);
    let peers = of(&ada, &ALLOW.replace("port: 80", "port: 82")).await;
    assert_eq!(peers["opens"][0]["line"], 15, "{peers}");
    assert_eq!(peers["opens"][0]["flows"].as_array().unwrap().len(), 1, "{peers}");
    let too_many = ada.post(PREVIEW, json!({"text": "", "open": vec!["shop"; 101]})).await;
    assert_eq!(too_many.status, 422);
    preview(&ada, json!({"text": DENY, "open": ["shop", "no such group", "<b>"]})).await;
}

#[tokio::test]
async fn why_a_flow_would_be_blocked_is_said_with_the_line() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    const EXPLAIN: &str = "/api/v1/labs/close/explain";
    let flow = |text: Option<&str>| {
        let mut body = json!({"from": "shop/web", "to": "shop/api", "port": "80"});
        if let Some(text) = text {
            body["text"] = json!(text);
        }
        body
    };
    for _ in 0..2 {
        let open = ada.post(EXPLAIN, flow(None)).await.json();
        assert_eq!((&open["verdict"], &open["decided_by"]), (&json!("allowed"), &Value::Null), "{open}");
        let closed = ada.post(EXPLAIN, flow(Some(&format!("# one\n---\n{DENY}")))).await.json();
        let decided = &closed["decided_by"][0];
        assert_eq!(
            (&closed["verdict"], &decided["policy"], &decided["line"], &decided["column"]),
            (&json!("blocked"), &json!("shop/deny"), &json!(8), &json!(3)),
            "{closed}"
        );
        assert_eq!(decided["end_column"], 14, "{closed}");
        let json_text = serde_json::to_string_pretty(&json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"},
            "spec": {"podSelector": {}}
        }));
        let in_json = ada.post(EXPLAIN, flow(Some(&json_text.unwrap()))).await.json();
        assert_eq!(in_json["decided_by"][0]["line"], 8, "{in_json}");
        for (text, line) in [(ALLOW.to_owned(), 11), (ALLOW.replace("port: 80", "port: 82"), 15)] {
            let allowed = ada.post(EXPLAIN, flow(Some(&text))).await.json();
            assert_eq!(
                (&allowed["verdict"], &allowed["decided_by"][0]["line"]),
                (&json!("allowed"), &json!(line)),
                "{allowed}"
            );
        }
        ada.post("/api/v1/labs/close/start", json!({})).await;
    }
    // What decides, and stands elsewhere than in the text, has no line.
    ada.post("/api/v1/labs/close/objects", json!({"text": DENY})).await;
    let elsewhere = ada.post(EXPLAIN, flow(Some(""))).await.json();
    assert_eq!(
        (&elsewhere["decided_by"][0]["policy"], &elsewhere["decided_by"][0]["line"]),
        (&json!("shop/deny"), &Value::Null)
    );
    let mut gone = flow(Some(""));
    gone["brought"] = json!(["NetworkPolicy/shop/deny"]);
    assert_eq!(ada.post(EXPLAIN, gone).await.json()["verdict"], "allowed");
    for (body, status) in [
        (json!({"from": "shop/nobody", "to": "shop/api", "port": "80"}), 422),
        (json!({"from": "shop/web", "to": "shop/api", "port": "x y"}), 422),
        (json!({"from": "shop/web", "to": "shop/api"}), 400),
        (json!({"from": "shop/web", "to": "shop/api", "port": "80", "text": "#".repeat(300_000)}), 422),
    ] {
        let refused = ada.post(EXPLAIN, body).await;
        assert_eq!(refused.status, status, "{refused:?}");
        refused.problem();
    }
    assert_eq!(app.anonymous().post(EXPLAIN, flow(None)).await.status, 401);
}

#[tokio::test]
async fn every_lab_of_the_course_is_previewed_with_its_start_and_its_solution() {
    let app = TestApp::with_the_course().await;
    let learner = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let course = learner.get("/api/v1/course").await.json();
    let labs = course["labs"].as_array().unwrap();
    assert!(labs.len() > 20, "{course}");
    let mut wrong = Vec::new();
    for lab in labs {
        let lab = lab["name"].as_str().unwrap();
        let path = format!("/api/v1/labs/{lab}/preview");
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs").join(lab).join("solution");
        let objects = manifest::files::load(&[folder]).unwrap().into_values();
        let solution: Vec<String> = objects.iter().map(manifest::to_yaml).collect();
        let previewed = async |text: &str| {
            // Typing in every lab at once is more than one learner may.
            loop {
                let answer = learner.post(&path, json!({"text": text})).await;
                if answer.status != 429 {
                    assert_eq!(answer.status, 200, "{lab}: {answer:?}");
                    break answer.json();
                }
                tokio::task::yield_now().await;
            }
        };
        let (start, solved) = (previewed("").await, previewed(&solution.join("---\n")).await);
        if !said(&start).is_empty() || passes(&start) {
            wrong.push(format!("{lab} as it begins: {:?} {}", said(&start), start["checks"]));
        }
        let bad: Vec<_> = said(&solved).into_iter().filter(|(_, severity, _)| severity == "error").collect();
        if !bad.is_empty() || !passes(&solved) {
            wrong.push(format!("{lab} solved: {bad:?} {}", solved["checks"]));
        }
        let looks_at_flows = !solved["map"].as_array().unwrap().is_empty();
        assert_eq!(solved["picture"].is_string(), looks_at_flows, "{lab}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_fields_of_what_may_be_changed_are_told_and_kept() {
    let app = TestApp::with_the_course().await;
    let learner = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    let answer = learner.get("/api/v1/schema").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let schema = answer.json();
    let kinds: Vec<&String> = schema["kinds"].as_object().unwrap().keys().collect();
    assert_eq!(kinds, ["ClusterNetworkPolicy", "ConfigMap", "NetworkPolicy", "Pod"]);
    let field = |name: &str, field: &str| schema["types"][name]["fields"][field].clone();
    assert_eq!(
        schema["kinds"]["NetworkPolicy"],
        json!({"api_version": "networking.k8s.io/v1", "type": "NetworkPolicy", "namespaced": true})
    );
    assert_eq!(schema["kinds"]["ClusterNetworkPolicy"]["namespaced"], false);
    let ingress = field("NetworkPolicySpec", "ingress");
    assert_eq!(
        (&ingress["type"], &ingress["holds"]),
        (&json!("NetworkPolicyIngressRule"), &json!("list")),
        "{ingress}"
    );
    assert!(ingress["description"].as_str().unwrap().starts_with("ingress is a list"), "{ingress}");
    assert_eq!(field("LabelSelector", "matchLabels")["holds"], "map");
    assert_eq!(field("NetworkPolicyPort", "port")["type"], "any", "a number or a name");
    assert_eq!(field("ObjectMeta", "labels")["type"], "string");
    // Every type that a field names is there.
    let types = schema["types"].as_object().unwrap();
    for (name, one) in types {
        for (field, told) in one["fields"].as_object().unwrap() {
            let named = told["type"].as_str().unwrap();
            assert!(
                ["string", "integer", "boolean", "any"].contains(&named) || types.contains_key(named),
                "{name}.{field}: {named}"
            );
        }
    }
    assert!(answer.text.len() < 40_000, "{} bytes are not small", answer.text.len());
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("max-age"), "{answer:?}");
    let tag = answer.headers["etag"].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
        let same = learner.clone().with("if-none-match", &known).get("/api/v1/schema").await;
        assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    }
    assert_eq!(learner.clone().with("if-none-match", "\"x\"").get("/api/v1/schema").await.status, 200);
}

#[tokio::test]
async fn anybody_may_try_the_first_lab_within_limits() {
    const TRY: &str = "/api/v1/try";
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    let tried = async |text: &str| nobody.post(TRY, json!({"text": text})).await.json();
    let open = tried("").await;
    assert_eq!((&open["lab"], &open["title"], blocked(&open)), (&json!("close"), &json!("Close the shop"), (0, 0)));
    assert!(open["picture"].as_str().unwrap().contains("arrow"), "{open}");
    let closed = tried(DENY).await;
    assert_eq!((blocked(&closed), passes(&closed)), ((4, 4), true), "{closed}");
    assert!(!closed.to_string().contains("SECRET") && !closed["picture"].as_str().unwrap().contains("/labs/"));
    assert_eq!(said(&tried("kind: [").await)[0].1, "error");
    assert_eq!(blocked(&tried("").await), (0, 0), "nothing is kept");
    for (body, status) in [
        (json!({"text": "#".repeat((8 << 10) + 1)}), 422),
        (json!({"text": 7}), 400),
        (json!({}), 400),
        (json!({"text": "#".repeat(2 << 20)}), 413),
    ] {
        let refused = nobody.post(TRY, body).await;
        assert_eq!(refused.status, status, "{refused:?}");
        refused.problem();
    }
    assert_eq!(nobody.clone().with("sec-fetch-site", "cross-site").post(TRY, json!({"text": ""})).await.status, 403);
    let asked = (0..600).map(|_| nobody.post(TRY, json!({"text": ""})));
    let answers = futures::future::join_all(asked).await;
    let refused = answers.iter().find(|answer| answer.status == 429).expect("a limit");
    assert_eq!(refused.problem(), "too-many-requests");
    assert!(refused.headers.contains_key("retry-after"));
    let ada = app.learner("Ada").await;
    assert_eq!(ada.get("/api/v1/labs/close/map").await.status, 200, "learners notice nothing");
}
