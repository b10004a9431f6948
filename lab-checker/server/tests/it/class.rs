//! Who is who in a class: an address that somebody types makes nobody an entry of the list; an invitation does, or an
//! instructor who sees the two. A browser and a terminal of one person are one learner.

use serde_json::{Value, json};

use crate::test_app::{Answer, Listening, Person, TestApp, right_answers};

const LIST: &str = "student_id,name,email,group\ns-1,Ada Lovelace,ada@example.org,A\ns-2,Bob,bob@example.org,B\n";

async fn import(app: &TestApp, list: &str) -> Value {
    let imported = app.instructor().post_text("/api/v1/roster", "text/csv", list).await;
    assert_eq!(imported.status, 200, "{imported:?}");
    imported.json()
}

/// Somebody who joins with the code and says that this is their address.
async fn joins(app: &TestApp, name: &str, email: &str) -> (Person, Value) {
    let body = json!({"name": name, "email": email, "code": app.server.join_code});
    let enrolled = app.anonymous().post("/api/v1/learners", body).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    (app.anonymous().with_token(enrolled.json()["token"].as_str().unwrap()), enrolled.json())
}

async fn me(person: &Person) -> Value {
    person.get("/api/v1/me").await.json()
}

/// The class as `name email student_id listed`.
async fn class(app: &TestApp) -> Vec<String> {
    let roster = app.instructor().get("/api/v1/roster").await.json();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows = roster["learners"].as_array().unwrap().iter();
    rows.map(|row| ["name", "email", "student_id", "listed"].map(|key| text(&row[key])).join(" ")).collect()
}

async fn hand_in(person: &Person) {
    let answers = right_answers(person).await;
    assert_eq!(person.post("/api/v1/quizzes/basics/attempts", answers).await.status, 201);
}

fn token(imported: &Value, place: usize) -> &str {
    imported["created"][place]["token"].as_str().unwrap()
}

#[tokio::test]
async fn an_address_that_was_typed_makes_nobody_an_entry_of_the_list() {
    for list_comes_first in [true, false] {
        let app = TestApp::new().await;
        let mut imported = Value::Null;
        if list_comes_first {
            imported = import(&app, LIST).await;
        }
        let (mallory, enrolled) = joins(&app, "Mallory", " ADA@example.org ").await;
        hand_in(&mallory).await;
        if !list_comes_first {
            imported = import(&app, LIST).await;
        }
        let ada = app.anonymous().with_token(token(&imported, 0));
        assert_eq!(imported["created"].as_array().unwrap().len(), 2, "{imported}");
        assert_ne!(me(&ada).await["id"], me(&mallory).await["id"]);
        assert_eq!((&me(&ada).await["points"], &me(&mallory).await["points"]), (&json!(0.0), &json!(2.0)));
        assert_eq!(
            class(&app).await,
            [
                "Ada Lovelace ada@example.org s-1 true",
                "Bob bob@example.org s-2 true",
                "Mallory ada@example.org null false"
            ]
        );
        // Both are told, and exports give the address to the entry alone.
        let told = |text: &Value| text.as_str().is_some_and(|text| text.contains("stands on the list"));
        assert_eq!(told(&enrolled["notice"]), list_comes_first, "{enrolled}");
        assert!(told(&me(&mallory).await["notice"]) && me(&ada).await["notice"].is_null());
        assert!(mallory.get("/").await.text.contains("stands on the list"));
        let roster = app.instructor().get("/api/v1/roster").await.json();
        assert_eq!(roster["claims"].as_array().unwrap().len(), 1, "{roster}");
        let claim = &roster["claims"][0];
        assert_eq!((&claim["email"], &claim["joined"]["attempts"]), (&json!("ada@example.org"), &json!(1)), "{claim}");
        let page = app.instructor().get("/instructor/roster").await.text;
        assert!(page.contains("They are one person") && page.contains("Mallory"), "{page}");
        for format in ["csv", "nbgrader", "json"] {
            let book = app.instructor().get(&format!("/api/v1/gradebook?format={format}")).await.text;
            let owners = book.matches("ada@example.org").count();
            assert_eq!(owners, if format == "nbgrader" { 2 } else { 1 }, "{format}: {book}");
        }
        // The same list once more, and a list that says more about her, are about the entry.
        assert_eq!(import(&app, LIST).await["unchanged"], 2);
        let renamed = import(&app, "name,email\nAda King,ada@example.org\n").await;
        assert_eq!((&renamed["updated"], &me(&mallory).await["name"]), (&json!(["Ada King"]), &json!("Mallory")));
    }
}

async fn decide(app: &TestApp, joined: &Value, decision: &str) -> Answer {
    let path = format!("/api/v1/roster/claims/{}", joined["id"].as_str().unwrap());
    app.instructor().post(&path, json!({"decision": decision})).await
}

#[tokio::test]
async fn an_instructor_makes_two_one_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let (ada, joined) = joins(&app, "ada", "ada@example.org").await;
    hand_in(&ada).await;
    ada.put("/api/v1/labs/close/draft", json!({"text": "mine", "version": 0})).await;
    let imported = import(&app, LIST).await;
    let invited = app.anonymous().with_token(token(&imported, 0));
    invited.post("/api/v1/labs/close/attempts", json!({"objects": []})).await;
    invited.put("/api/v1/labs/close/draft", json!({"text": "other", "version": 0})).await;
    // Its secret is of the token that asks; the cluster is the person's.
    let cluster = async |person: &Person| {
        let kubeconfig = person.get("/api/v1/me/kubeconfig").await.json();
        kubeconfig["clusters"][0]["cluster"]["extensions"][0]["extension"]["id"].clone()
    };
    let before = cluster(&ada).await;
    assert!(before.is_string(), "{before}");
    let merged = decide(&app, &joined, "merge").await;
    assert_eq!((merged.status.as_u16(), &merged.json()["student_id"]), (200, &json!("s-1")), "{merged:?}");
    assert_eq!(
        class(&app).await,
        ["Ada Lovelace ada@example.org s-1 true", "Bob bob@example.org s-2 true"],
        "one person stands in the class once"
    );
    for person in [&ada, &invited] {
        let me = me(person).await;
        assert_eq!((&me["id"], &me["notice"]), (&joined["id"], &Value::Null), "{me}");
        assert_eq!((&me["quizzes"][0]["attempts"], &me["labs"][0]["attempts"]), (&json!(1), &json!(1)), "{me}");
        assert_eq!(person.get("/api/v1/labs/close/draft").await.json()["text"], "mine");
        assert_eq!(cluster(person).await, before);
    }
    assert_eq!(app.instructor().get("/api/v1/roster").await.json()["claims"], json!([]));
    assert_eq!(decide(&app, &joined, "merge").await.status, 404, "there is nothing to decide any more");
    assert_eq!(import(&app, LIST).await["unchanged"], 2);
}

#[tokio::test]
async fn a_refused_address_is_not_theirs_and_they_are_told() {
    let app = TestApp::new().await;
    import(&app, LIST).await;
    let (mallory, joined) = joins(&app, "Mallory", "ada@example.org").await;
    hand_in(&mallory).await;
    let teacher = app.instructor();
    assert_eq!(
        teacher
            .submit(&format!("/instructor/claims/{}", joined["id"].as_str().unwrap()), "decision=refuse")
            .await
            .status,
        303
    );
    let me = me(&mallory).await;
    assert_eq!((&me["email"], &me["points"]), (&Value::Null, &json!(2.0)));
    assert!(me["notice"].as_str().unwrap().contains("has not accepted ada@example.org"), "{me}");
    assert!(mallory.get("/me").await.text.contains("has not accepted"));
    assert_eq!(class(&app).await.last().unwrap(), "Mallory null null false");
    assert_eq!(decide(&app, &joined, "merge").await.status, 404, "it is decided");
    for (person, status) in [(&mallory, 403), (&app.anonymous(), 401)] {
        let path = format!("/api/v1/roster/claims/{}", joined["id"].as_str().unwrap());
        assert_eq!(person.post(&path, json!({"decision": "merge"})).await.status, status);
    }
    for decision in ["", "Merge", "both"] {
        assert_eq!(decide(&app, &joined, decision).await.status, 400, "{decision}");
    }
}

#[tokio::test]
async fn nobody_is_merged_with_an_entry_whose_address_is_not_theirs() {
    let app = TestApp::new().await;
    let imported = import(&app, LIST).await;
    let (_, stranger) = joins(&app, "Stranger", "stranger@example.org").await;
    let (_, nameless) = joins(&app, "Nameless", "").await;
    for nobody in [&stranger, &nameless, &imported["created"][0], &json!({"id": "x"}), &json!({"id": "%00"})] {
        for decision in ["merge", "refuse"] {
            assert_eq!(decide(&app, nobody, decision).await.status, 404, "{nobody} {decision}");
        }
    }
    assert_eq!(class(&app).await.len(), 4);
}

#[tokio::test]
async fn who_is_there_already_is_told_the_way_on() {
    let app = TestApp::new().await;
    joins(&app, "Ada", "ada@example.org").await;
    let body = json!({"name": "Ada", "email": "ada@example.org", "code": app.server.join_code});
    let again = app.anonymous().post("/api/v1/learners", body).await;
    assert_eq!((again.status.as_u16(), again.problem().as_str()), (409, "conflict"));
    for way in ["your token", "an invitation", "a code from a browser"] {
        assert!(again.json()["detail"].as_str().unwrap().contains(way), "{again:?}");
    }
    let form = format!("name=Ada&email=ada%40example.org&code={}", app.server.join_code);
    let page = app.anonymous().submit("/join", &form).await;
    assert!(page.status == 409 && page.text.contains("href=\"/login\""), "{}", page.text);
    // Who is signed in is not asked to join as a second learner.
    let joined = app.anonymous().submit("/join", &format!("name=Bob&email=&code={}", app.server.join_code)).await;
    let bob = app.anonymous().with_cookie_of(&joined);
    let page = bob.get("/join?next=/labs/close").await.text;
    assert!(page.contains("joined already, as <bdi>Bob</bdi>") && page.contains("href=\"/labs/close\""), "{page}");
}

#[tokio::test]
async fn an_invitation_signs_in_a_browser_and_a_terminal_as_one_learner() {
    let app = TestApp::new().await;
    let imported = import(&app, LIST).await;
    let entry = &imported["created"][0];
    let link = entry["invitation"].as_str().unwrap();
    assert_eq!(link, format!("http://course.example.org/invitation/{}", token(&imported, 0)));
    let path = link.strip_prefix("http://course.example.org").unwrap();
    let look = app.anonymous().get(path).await;
    assert!(look.status == 200 && look.text.contains("<bdi>Ada Lovelace</bdi>"), "{look:?}");
    assert!(look.headers.get("set-cookie").is_none(), "looking at a link uses nothing");
    let came = |roster: Value| roster["learners"][0]["came_at"].is_string();
    assert!(!came(app.instructor().get("/api/v1/roster").await.json()));
    let accepted = app.anonymous().submit(path, "").await;
    assert_eq!((accepted.status.as_u16(), accepted.headers["location"].to_str().unwrap()), (303, "/"));
    let browser = app.anonymous().with_cookie_of(&accepted);
    assert!(came(app.instructor().get("/api/v1/roster").await.json()));
    for given in [link, token(&imported, 0)] {
        let signed_in = app.anonymous().post("/api/v1/sign-in", json!({"token": given})).await;
        assert_eq!(signed_in.status, 201, "{signed_in:?}");
        let terminal = app.anonymous().with_token(signed_in.json()["token"].as_str().unwrap());
        assert_eq!((&me(&terminal).await["id"], &me(&browser).await["id"]), (&entry["id"], &entry["id"]));
    }
    // A new invitation ends the old one, and all that came of it.
    let id = entry["id"].as_str().unwrap();
    let fresh = app.instructor().post(&format!("/api/v1/roster/{id}/token"), json!({})).await.json();
    assert!(fresh["invitation"].as_str().unwrap().ends_with(fresh["token"].as_str().unwrap()), "{fresh}");
    assert_eq!(browser.get("/api/v1/me").await.status, 401);
    for refused in [app.anonymous().get(path).await, app.anonymous().submit(path, "").await] {
        assert_eq!(refused.status, 403);
        assert!(refused.text.contains("ask your instructor for a new one"), "{}", refused.text);
    }
    let old = app.anonymous().post("/api/v1/sign-in", json!({"token": token(&imported, 0)})).await;
    assert_eq!((old.status.as_u16(), old.problem().as_str()), (403, "forbidden"));
}

#[tokio::test]
async fn who_has_joined_and_shows_the_invitation_is_one_learner_without_being_asked() {
    let app = TestApp::new().await;
    let form = |name: &str, email: &str| format!("name={name}&email={email}&code={}", app.server.join_code);
    let joined = app.anonymous().submit("/join", &form("ada", "ada%40example.org")).await;
    let ada = app.anonymous().with_cookie_of(&joined);
    hand_in(&ada).await;
    let imported = import(&app, LIST).await;
    let path = format!("/invitation/{}", token(&imported, 0));
    assert!(ada.get(&path).await.text.contains("The two become one"));
    let accepted = ada.submit(&path, "").await;
    assert_eq!(accepted.status, 303);
    let both = [me(&app.anonymous().with_cookie_of(&accepted)).await, me(&ada).await];
    for me in &both {
        assert_eq!((&me["name"], &me["points"], &me["id"]), (&json!("Ada Lovelace"), &json!(2.0), &both[0]["id"]));
    }
    // Somebody else's invitation makes nobody one with its owner.
    let other = app.anonymous().submit("/join", &form("Eve", "eve%40example.org")).await;
    let eve = app.anonymous().with_cookie_of(&other);
    let path = format!("/invitation/{}", token(&imported, 1));
    assert!(eve.get(&path).await.text.contains("Signing in ends that"));
    assert_eq!(eve.submit(&path, "").await.status, 303);
    assert_eq!(class(&app).await.len(), 3);
    assert_eq!(me(&eve).await["name"], "Eve");
}

#[tokio::test]
async fn a_code_of_a_signed_in_browser_is_good_once() {
    let app = TestApp::new().await;
    let joined = app.anonymous().submit("/join", &format!("name=Ada&email=&code={}", app.server.join_code)).await;
    let ada = app.anonymous().with_cookie_of(&joined).with("sec-fetch-site", "same-origin");
    let page = ada.submit("/me/code", "").await.text;
    let command = page.split("data-copy>").nth(1).unwrap().split('<').next().unwrap();
    assert!(command.starts_with("lab-checker login http://course.example.org --token code_"), "{command}");
    let shown = command.rsplit(' ').next().unwrap().to_owned();
    let told = ada.post("/api/v1/me/code", json!({})).await;
    assert_eq!(told.status, 201);
    let code = told.json()["code"].as_str().unwrap().to_owned();
    // It is no token: it opens nothing but the door.
    assert_eq!(app.anonymous().with_token(&code).get("/api/v1/me").await.status, 401);
    let terminal = app.anonymous().post("/api/v1/sign-in", json!({"token": code})).await.json();
    let terminal = app.anonymous().with_token(terminal["token"].as_str().unwrap());
    assert_eq!(me(&terminal).await["id"], me(&ada).await["id"]);
    assert_eq!(app.anonymous().post("/api/v1/sign-in", json!({"token": code})).await.status, 403, "it is used up");
    let login = format!("token={shown}");
    let elsewhere = app.anonymous().submit("/login", &login).await;
    assert_eq!(elsewhere.status, 303);
    assert_eq!(me(&app.anonymous().with_cookie_of(&elsewhere)).await["id"], me(&ada).await["id"]);
    assert_eq!(app.anonymous().submit("/login", &login).await.status, 403);
    assert_eq!(app.anonymous().post("/api/v1/me/code", json!({})).await.status, 401);
    for nothing in [json!({"token": ""}), json!({"token": "guess"}), json!({"token": app.server.instructor_token})] {
        assert_eq!(app.anonymous().post("/api/v1/sign-in", nothing).await.status, 403);
    }
}

#[tokio::test]
async fn invitations_are_made_anew_for_who_has_not_come() {
    let app = TestApp::new().await;
    let imported = import(&app, LIST).await;
    joins(&app, "Joined", "").await;
    app.anonymous().post("/api/v1/sign-in", json!({"token": token(&imported, 0)})).await;
    let csv = app.instructor().post("/api/v1/roster/invitations?format=csv", json!({})).await;
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "name,email,student_id,token,invitation"), "{}", csv.text);
    let cells: Vec<&str> = lines[1].split(',').collect();
    assert_eq!(&cells[..3], ["Bob", "bob@example.org", "s-2"]);
    assert!(cells[4] == format!("http://course.example.org/invitation/{}", cells[3]), "{cells:?}");
    assert_eq!(me(&app.anonymous().with_token(cells[3])).await["name"], "Bob");
    assert_eq!(app.anonymous().with_token(token(&imported, 1)).get("/api/v1/me").await.status, 401);
    assert_eq!(app.anonymous().with_token(token(&imported, 0)).get("/api/v1/me").await.status, 200, "she has come");
    let id = &imported["created"][0]["id"];
    let unknown = app.instructor().post("/api/v1/roster/invitations", json!({"learners": [id, "nobody"]})).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(app.anonymous().with_token(token(&imported, 0)).get("/api/v1/me").await.status, 200, "nothing changed");
    let one = app.instructor().post("/api/v1/roster/invitations", json!({"learners": [id]})).await.json();
    assert_eq!((one.as_array().unwrap().len(), &one[0]["name"]), (1, &json!("Ada Lovelace")));
    let page = app.instructor().submit("/instructor/invitations", "").await.text;
    assert!(page.contains("/invitation/learner_") && page.contains("download=\"invitations.csv\""), "{page}");
    assert_eq!(app.instructor().post("/api/v1/roster/invitations?format=xls", json!({})).await.status, 422);
    for person in [app.anonymous(), app.learner("Eve").await] {
        assert!(person.post("/api/v1/roster/invitations", json!({})).await.status.is_client_error());
    }
}

#[tokio::test]
async fn learners_see_their_own_attempts_and_nobody_elses() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    for person in [&ada, &bob] {
        hand_in(person).await;
        person.post("/api/v1/labs/close/attempts", json!({"objects": [crate::test_app::policy(json!({}))]})).await;
    }
    let list = ada.get("/api/v1/me/attempts").await.json();
    let kinds: Vec<&Value> = list["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["kind"]).collect();
    assert_eq!((kinds, &list["next"]), (vec![&json!("lab"), &json!("quiz")], &Value::Null));
    for filter in ["kind=quiz", "activity=basics", &format!("before={}", list["attempts"][0]["id"].as_str().unwrap())] {
        let some = ada.get(&format!("/api/v1/me/attempts?{filter}")).await.json();
        assert_eq!(some["attempts"], json!([list["attempts"][1]]), "{filter}");
    }
    assert_eq!(ada.get("/api/v1/me/attempts?kind=poem").await.status, 422);
    let page = ada.get("/me").await.text;
    for attempt in list["attempts"].as_array().unwrap() {
        let id = attempt["id"].as_str().unwrap();
        let whole = ada.get(&format!("/api/v1/me/attempts/{id}")).await.json();
        assert_eq!((&whole["points"], &whole["report"]["points"]), (&attempt["points"], &attempt["points"]), "{whole}");
        assert_eq!(whole["objects"].is_array(), attempt["kind"] == "lab", "{whole}");
        let link = page.split('"').find(|link| link.ends_with(id)).unwrap();
        assert_eq!(ada.get(link).await.status, 200, "{link}");
        assert_eq!(ada.get(&format!("/me/attempts/{id}")).await.status, 200);
        for (path, status) in
            [(format!("/api/v1/me/attempts/{id}"), 404), (format!("/me/attempts/{id}"), 404), (link.to_owned(), 404)]
        {
            let others = bob.get(&path).await;
            assert_eq!(others.status, status, "{path}: {others:?}");
        }
        assert!(!bob.get("/me").await.text.contains(id));
    }
    for nothing in ["x", "%00", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(ada.get(&format!("/api/v1/me/attempts/{nothing}")).await.status, 404, "{nothing}");
    }
    assert_eq!(app.anonymous().get("/api/v1/me/attempts").await.status, 401);
    assert_eq!(app.instructor().get("/api/v1/me/attempts").await.status, 403);
}

#[tokio::test]
async fn own_attempts_are_told_as_they_were_answered() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let graded = ada.post("/api/v1/quizzes/basics/attempts", json!({"answers": {"layer": "x"}})).await.json();
    let path = format!("/api/v1/me/attempts/{}", graded["attempt_id"].as_str().unwrap());
    let whole = ada.get(&path).await.json();
    assert_eq!(whole["report"]["questions"], graded["questions"]);
    assert!(!whole.to_string().contains("SECRET-CONTEXT-TWO"), "it was not answered: {whole}");
}

#[tokio::test]
async fn the_learner_at_this_machine_is_not_in_the_class() {
    let app = TestApp::listening(Listening::Loopback).await;
    let local = app.anonymous().with("host", "localhost:8080").with("sec-fetch-site", "same-origin");
    hand_in(&local).await;
    let alone = app.instructor().with("host", "localhost:8080").get("/api/v1/gradebook").await.json();
    assert_eq!(alone["learners"][0]["name"], "Local learner", "alone they see themselves: {alone}");
    let body = json!({"name": "Ada", "code": app.server.join_code});
    let ada = local.post("/api/v1/learners", body).await.json();
    let ada = app.anonymous().with("host", "localhost:8080").with_token(ada["token"].as_str().unwrap());
    hand_in(&ada).await;
    no_local_learner(app.instructor().with("host", "localhost:8080")).await;
    let token = app.server.instructor_token.clone().unwrap();
    let app = app.restarted().await;
    no_local_learner(app.anonymous().with_token(&token)).await;
}

async fn no_local_learner(teacher: Person) {
    for path in [
        "/api/v1/gradebook",
        "/api/v1/gradebook?format=csv",
        "/api/v1/gradebook?format=nbgrader",
        "/api/v1/roster",
        "/instructor",
        "/instructor/activities/quiz/basics",
    ] {
        let text = teacher.get(path).await.text;
        assert!(!text.contains("Local learner"), "{path}: {text}");
    }
    let page = teacher.get("/instructor/activities/quiz/basics").await.text;
    assert!(page.contains("1 of 1 learner passed"), "{page}");
    let page = teacher.get("/instructor/roster").await.text;
    assert!(page.contains("<h2>1 learner</h2>") && page.contains("Local learner</bdi></a>, who works at"), "{page}");
    let own = page
        .split('"')
        .find(|link| link.starts_with("/instructor/learners/") && page.contains(&format!("{link}\"><bdi>Local")));
    assert!(teacher.get(own.unwrap()).await.text.contains("/instructor/attempts/"), "their work can be looked at");
}

#[tokio::test]
async fn names_move_nothing_around_them() {
    let app = TestApp::new().await;
    let name = "A\u{202e}d\u{200b}a\u{2066}\u{feff}";
    let ada = app.learner(name).await;
    assert_eq!(me(&ada).await["name"], "Ada");
    // As an earlier version stored it.
    let old =
        server::store::NewLearner { name: format!("=B{name}"), email: None, student_id: Some(format!("s{name}")) };
    let old = app.server.store.add_learner(&old).await.unwrap();
    let teacher = app.instructor();
    for path in ["/instructor".to_owned(), "/instructor/roster".to_owned(), format!("/instructor/learners/{}", old.id)]
    {
        let page = teacher.get(&path).await.text;
        let names: Vec<&str> = page.match_indices('\u{202e}').map(|(at, _)| &page[..at]).collect();
        assert!(!names.is_empty(), "{path}");
        for before in names {
            let open = before.rfind("<bdi>").unwrap_or_else(|| panic!("{path}: {before}"));
            assert!(!before[open..].contains("</bdi>"), "{path}: {before}");
        }
    }
    for format in ["csv", "nbgrader"] {
        let text = teacher.get(&format!("/api/v1/gradebook?format={format}")).await.text;
        assert!(text.contains("BAda") && !text.contains(['\u{202e}', '\u{200b}', '\u{2066}', '\u{feff}']), "{text:?}");
    }
    for nobody in ["\u{200b}", "\u{202e} \u{2069}"] {
        let body = json!({"name": nobody, "code": app.server.join_code});
        assert_eq!(app.anonymous().post("/api/v1/learners", body).await.problem(), "invalid");
    }
}

#[tokio::test]
async fn a_list_of_moodle_is_read_as_it_is_and_wrong_lines_are_named() {
    let app = TestApp::new().await;
    let list = "\u{feff}First name;Last name;ID number;Email address;Groups\r\nZoë;Ávila;s-9;zoe@example.org;B\r\n";
    let utf_16: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin_1: Vec<u8> =
        list.trim_start_matches('\u{feff}').chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for bytes in [list.as_bytes().to_vec(), utf_16, latin_1, list.replace(';', "\t").into_bytes()] {
        let imported = app.instructor().post_bytes("/api/v1/roster", "text/csv", bytes).await;
        assert_eq!(imported.status, 200, "{imported:?}");
        assert_eq!(class(&app).await, ["Zoë Ávila zoe@example.org s-9 true"]);
    }
    let wrong = "name;email\nAda;ada@example.org\n;b@example.org\nCleo;nowhere\n";
    let refused = app.instructor().post_text("/api/v1/roster", "text/csv; charset=utf-8", wrong).await.json();
    let errors = refused["errors"].as_array().unwrap();
    assert!(errors[0].as_str().unwrap().starts_with("line 3, learner 2: "), "{refused}");
    assert!(errors[1].as_str().unwrap().starts_with("line 4, learner 3: "), "{refused}");
    let page = app.instructor().submit("/instructor/roster", "text=name%3Bemail%0A%3Bx%0ACleo%3Bnowhere").await.text;
    assert!(page.contains("line 2, learner 1: ") && page.contains("line 3, learner 2: "), "all of it: {page}");
    assert_eq!(class(&app).await.len(), 1);
}

#[tokio::test]
async fn the_gradebook_is_filtered_by_group_and_keeps_it_in_its_links() {
    let app = TestApp::new().await;
    import(&app, LIST).await;
    app.learner("Cleo").await;
    let teacher = app.instructor();
    let rows = |page: &str| page.matches("<tr data-find=").count();
    let all = teacher.get("/instructor").await.text;
    assert_eq!(rows(&all), 3);
    assert!(all.contains("<option>A</option><option>B</option>"), "{all}");
    assert!(all.contains("data-find=\"ada lovelace s-1 ada@example.org\" data-group=\"A\""), "{all}");
    let one = teacher.get("/instructor?group=A&sort=total&order=desc").await.text;
    assert_eq!(
        (rows(&one), one.contains("<option selected>A</option>"), one.contains("1 of 3 learners")),
        (1, true, true)
    );
    assert!(one.contains("sort=total&#38;order=asc&#38;find=&#38;show=&#38;group=A"), "{one}");
    assert_eq!(rows(&teacher.get("/instructor?group=A&find=bob").await.text), 0);
    assert_eq!(rows(&teacher.get("/instructor?group=nobody").await.text), 0);
    let alone = TestApp::new().await;
    alone.learner("Ada").await;
    assert!(!alone.instructor().get("/instructor").await.text.contains("name=\"group\""), "a class without groups");
}

#[tokio::test]
async fn an_analysis_shows_the_courses_words_as_markdown_and_learners_words_as_text() {
    let app = TestApp::new().await;
    import(&app, LIST).await;
    let typed = "**bold** <i>x</i> `code` [link](http://evil.example) \u{202e}";
    for name in ["Cleo", "Dan"] {
        let learner = app.learner(name).await;
        let mut body = crate::test_app::answers(&learner, "x", "None").await;
        body["answers"]["layer"] = json!(typed);
        learner.post("/api/v1/quizzes/basics/attempts", body).await;
    }
    let page = app.instructor().get("/instructor/activities/quiz/basics").await.text;
    assert!(page.contains("<bdi>**bold** &#60;i&#62;x&#60;/i&#62; `code` [link](http://evil.example)"), "{page}");
    assert!(!page.contains("<i>x") && !page.contains("href=\"http://evil"), "{page}");
    assert!(page.contains("Which pods does <code>{}</code> select?"), "the question is rendered: {page}");
    assert!(page.contains("<span class=\"option\">None</span>") && page.contains("2 ×"), "{page}");
    assert!(page.contains("aria-label=\"0 percent of the class passed, 50 percent have tried\""), "{page}");
    assert!(page.contains("0 passed, 2 tried, 2 not yet."), "{page}");
    assert!(!page.contains(" style="), "charts have classes: {page}");
}
