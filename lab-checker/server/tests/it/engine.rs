//! A server with the engine for pages: what it sends for it, that its pages preview as it does itself, and that nothing
//! of what is judged reaches them by this road.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use course::{
    Course, Lab,
    workbench::{Editor, PageLab, PreviewLab, start_text},
};
use serde_json::{Value, json};

use crate::test_app::{Person, TestApp};

/// Something that looks like the engine.
fn engine(folder: &Path) -> PathBuf {
    let engine = folder.join("engine");
    std::fs::create_dir_all(&engine).unwrap();
    let program = [b"\0asm".as_slice(), &[7; 4_000]].concat();
    for (name, content) in [
        ("engine.js", b"export class PreviewLab {}\n".as_slice()),
        ("engine_bg.wasm", &program),
        ("engine_bg.wasm.br", b"as brotli"),
        ("engine_bg.wasm.gz", b"as gzip"),
    ] {
        std::fs::write(engine.join(name), content).unwrap();
    }
    engine
}

/// A class on the course itself, with the engine.
async fn class(folder: &Path) -> TestApp {
    let engine = engine(folder);
    TestApp::told(|config| {
        config.course = None;
        config.engine = Some(engine);
    })
    .await
}

fn address(page: &str) -> String {
    let address = page.split("data-engine=\"").nth(1).and_then(|rest| rest.split('"').next());
    address.unwrap_or_else(|| panic!("no engine in\n{page}")).to_owned()
}

#[tokio::test]
async fn the_engine_is_sent_once_and_small_and_its_worker_alone_may_run_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = class(folder.path()).await;
    let ada = app.learner("Ada").await;
    let page = ada.get("/labs/default-deny").await;
    let worker = address(&page.text);
    let base = worker.strip_suffix("worker.js").unwrap().to_owned();
    assert!(!page.headers["content-security-policy"].to_str().unwrap().contains("wasm"), "the page itself may not");
    let policy = app.anonymous().get(&worker).await.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval';") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    for (name, kind) in
        [("worker.js", "text/javascript"), ("engine.js", "text/javascript"), ("engine_bg.wasm", "application/wasm")]
    {
        let answer = app.anonymous().get(&format!("{base}{name}")).await;
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with(kind), "{name}");
        assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"), "{name}");
    }
    for (accepts, coding, content) in
        [("gzip, br", Some("br"), "as brotli"), ("gzip", Some("gzip"), "as gzip"), ("br;q=0", None, "\0asm")]
    {
        let answer = app.anonymous().with("accept-encoding", accepts).get(&format!("{base}engine_bg.wasm")).await;
        let told = answer.headers.get("content-encoding").map(|coding| coding.to_str().unwrap());
        assert_eq!((told, answer.text.starts_with(content)), (coding, true), "{accepts}");
    }
    // Another build, or another name, is nowhere; and so is all of it on a server without the engine.
    for path in
        ["/assets/engine-00000000/engine.js".to_owned(), format!("{base}engine.d.ts"), format!("{base}../look.css")]
    {
        assert_eq!(app.anonymous().get(&path).await.status, 404, "{path}");
    }
    assert_eq!(app.anonymous().get("/assets/preview-worker.js").await.status, 404);
    let without = TestApp::told(|config| config.course = None).await;
    assert_eq!(without.anonymous().get(&worker).await.status, 404);
    let ada = without.learner("Ada").await;
    assert!(!ada.get("/labs/default-deny").await.text.contains("data-engine"));
}

#[tokio::test]
async fn a_build_has_an_address_of_its_own() {
    let mut addresses = BTreeSet::new();
    for script in ["export class PreviewLab {}", "export class PreviewLab { }"] {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path());
        std::fs::write(engine.join("engine.js"), script).unwrap();
        let app = TestApp::told(|config| config.engine = Some(engine)).await;
        let ada = app.learner("Ada").await;
        addresses.insert(address(&ada.get("/labs/close").await.text));
    }
    assert_eq!(addresses.len(), 2, "{addresses:?}");
}

/// The longest piece of a text in which nothing is marked up, in one line.
fn piece(text: &str) -> Option<String> {
    let marked = |sign: char| "`*_[]()<>&\"'|#→\\".contains(sign);
    let pieces = text.split(marked).map(in_one_line);
    pieces.max_by_key(String::len).filter(|piece| piece.len() >= 24)
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the course itself prints for everybody: lessons, tasks, what labs start with, and what quizzes ask about. A lesson
/// teaches by examples, and some are solutions.
fn printed(course: &Course) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let texts = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = texts(root.join("book/src")).chain(texts(root.join("quizzes"))).filter(|path| path.is_file());
    let mut printed: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for lab in &course.labs {
        printed.extend([lab.task.as_str()].into_iter().chain(lab.start_files().iter().map(|file| file.text.as_str())));
    }
    in_one_line(&printed)
}

/// Sentences and manifests of the course that nobody is told before they have earned them, each with where it stands.
fn secrets(course: &Course) -> BTreeMap<String, String> {
    let mut secrets = BTreeMap::new();
    let printed = printed(course);
    for lab in &course.labs {
        let told = lab.mistakes.iter().map(|mistake| (mistake.name.as_str(), mistake.hint.as_str()));
        for (what, text) in told.chain([("explanation", lab.solution.explanation.as_str())]) {
            secrets.extend(piece(text).map(|piece| (piece, format!("{}: {what}", lab.name))));
        }
        let files = lab.solution.files.iter().map(|file| in_one_line(&file.text));
        for text in files.filter(|text| !printed.contains(text.as_str())) {
            secrets.insert(text, format!("{}: solution", lab.name));
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../quizzes");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut contexts = 0;
        for context in text.split("\ncontext = ").skip(1) {
            let context = context.split("\n\n[[").next().unwrap();
            contexts += 1;
            secrets.extend(piece(context).map(|piece| (piece, path.display().to_string())));
        }
        assert!(contexts > 0, "{}", path.display());
    }
    secrets
}

/// What a page is sent of a lab: what its learner began with, as a cluster holds it, and nothing else.
fn assert_is_what_a_learner_sees(lab: &Lab, world: &Value) {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(world), ["lab", "objects"], "{}", lab.name);
    assert_eq!(keys(&world["lab"]), ["name", "title", "namespace", "may_change", "cni", "start", "flows"]);
    assert_eq!(world["lab"]["start"], json!(lab.start_objects()), "{}", lab.name);
    if world["lab"]["flows"] != Value::Null {
        let flows = keys(&world["lab"]["flows"]);
        assert_eq!(flows, ["declared", "ports", "external", "dns", "checks", "expected"], "{}", lab.name);
    }
    for kind in ["NetworkPolicy", "ClusterNetworkPolicy", "ConfigMap"] {
        let named = |objects: &[Value]| {
            let of_kind = objects.iter().filter(|object| object["kind"] == kind);
            let named = of_kind.map(|object| object["metadata"]["name"].as_str().unwrap().to_owned());
            named.filter(|name| !name.starts_with("kube-") && name != "coredns").collect::<BTreeSet<_>>()
        };
        let own = named(lab.start_objects());
        let sent = named(world["objects"].as_array().unwrap());
        assert!(sent.is_subset(&own), "{}: {sent:?} are not {own:?}", lab.name);
    }
}

/// Where a page leads on this server, with what it loads.
fn addresses(at: &str, page: &str) -> BTreeSet<String> {
    let values = ["href=\"", "src=\"", "data-engine=\""].into_iter().flat_map(|name| page.split(name).skip(1));
    let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    values
        .filter_map(|rest| rest.split(['"', '#', '?']).next())
        .filter(|address| !address.is_empty() && !address.contains(':'))
        .map(|address| match address.starts_with('/') {
            true => address.to_owned(),
            false => format!("{folder}/{address}"),
        })
        .collect()
}

#[tokio::test]
async fn nothing_that_a_class_is_judged_by_is_served_with_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let app = class(folder.path()).await;
    let course = Course::embedded().unwrap();
    let secrets = secrets(&course);
    assert!(secrets.len() > 200, "{}", secrets.len());
    let ada = app.learner("Ada").await;
    let mut open: Vec<String> = ["/", "/book/", "/api/v1/course", "/api/v1/me", "/api/v1/schema", "/api/openapi.json"]
        .map(str::to_owned)
        .to_vec();
    for lab in &course.labs {
        let own = ["", "/world", "/report", "/map", "/draft"].map(|part| format!("/api/v1/labs/{}{part}", lab.name));
        open.extend([format!("/labs/{}", lab.name)].into_iter().chain(own));
    }
    for quiz in &course.quizzes {
        open.extend(["", "/api/v1"].map(|part| format!("{part}/quizzes/{}", quiz.name)));
    }
    let mut seen = BTreeSet::new();
    let (mut worlds, mut told) = (0, Vec::new());
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) || path.contains("..") || path.starts_with("/api/v1/me/") {
            continue;
        }
        let person = Patient { person: &ada };
        let answer = person.get(&path).await;
        if let Some(lab) = course.labs.iter().find(|lab| path == format!("/api/v1/labs/{}/world", lab.name)) {
            assert_is_what_a_learner_sees(lab, &answer.json());
            worlds += 1;
        }
        let text = answer.text.replace("&quot;", "\"").replace("\\n", " ").replace("\\\"", "\"");
        let text = in_one_line(&text);
        for (secret, of) in &secrets {
            if text.contains(secret.as_str()) {
                told.push(format!("{path} has of {of}: {secret}"));
            }
        }
        if let Some(beside) = path.strip_suffix("worker.js") {
            open.extend(["engine.js", "engine_bg.wasm"].map(|name| format!("{beside}{name}")));
        }
        if !path.starts_with("/api/") && !path.starts_with("/assets/") {
            open.extend(addresses(&path, &answer.text));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(worlds, course.labs.len());
    assert!(seen.len() > 150 && seen.iter().any(|path| path.ends_with("engine_bg.wasm")), "{seen:?}");
}

/// Somebody who waits where too much was asked.
struct Patient<'a> {
    person: &'a Person,
}

impl Patient<'_> {
    async fn get(&self, path: &str) -> crate::test_app::Answer {
        loop {
            let answer = self.person.get(path).await;
            if answer.status != 429 {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    async fn preview(&self, lab: &str, asked: &Value) -> Value {
        loop {
            let answer = self.person.post(&format!("/api/v1/labs/{lab}/preview"), asked.clone()).await;
            if answer.status != 429 {
                assert_eq!(answer.status, 200, "{answer:?}");
                return answer.json();
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
}

/// What somebody may have written: nothing, the start, the solution as it is typed, and with something wrong.
fn drafts(lab: &Lab) -> Vec<String> {
    let files: Vec<&str> = lab.solution.files.iter().map(|file| file.text.as_str()).collect();
    let solution = files.join("\n---\n");
    let lines: Vec<&str> = solution.lines().collect();
    let begun = (1..=4).map(|part| lines[..lines.len() * part / 5].join("\n"));
    let mut drafts: Vec<String> = [String::new(), start_text(lab), solution.clone()].into_iter().chain(begun).collect();
    for (from, to) in [
        ("namespace: ", "namespace: no-"),
        ("kind: NetworkPolicy", "kind: NetworkPolic"),
        ("podSelector", "podSelectr"),
        ("spec:", "spec: ["),
        ("name: ", "name: Not_A_Name-"),
        ("port: ", "port: 9"),
        ("matchLabels:", "matchLabels: {a: 1}\n      b:"),
    ] {
        drafts.push(solution.replacen(from, to, 1));
    }
    drafts
}

/// What a page's own engine says, and the server: the whole value, but for the checks that only the server can judge.
fn difference(what: &str, mut page: Value, server: &Value) -> Option<String> {
    let (own, all) = (page["checks"].take(), server["checks"].as_array().unwrap());
    let own = own.as_array().unwrap();
    let named = |checks: &[Value]| checks.iter().map(|check| check["name"].clone()).collect::<Vec<_>>();
    let names = named(own);
    let same: Vec<&Value> = all.iter().filter(|check| names.contains(&check["name"])).collect();
    let is_same = own.iter().collect::<Vec<_>>() == same;
    let mut server = server.clone();
    server["checks"] = Value::Null;
    (!is_same || page != server).then(|| format!("{what}\n{own:?}\n{page}\n{all:?}\n{server}"))
}

/// Where the answers for a lab differ.
async fn differences(app: &TestApp, lab: &Lab, course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    let name = &lab.name;
    let person = app.learner(name).await;
    let ada = Patient { person: &person };
    person.post(&format!("/api/v1/labs/{name}/start"), json!({})).await;
    let world = ada.get(&format!("/api/v1/labs/{name}/world")).await;
    let sent = PreviewLab::new(serde_json::from_str(&world.text).unwrap()).unwrap();
    let bundle = course.bundles().find(|bundle| bundle.id == *name).unwrap();
    let site = PageLab::new(bundle, None).unwrap();
    let mut by_page = 0;
    for text in drafts(lab) {
        let asked = json!({"text": text, "brought": [], "open": []});
        let editor: Editor = serde_json::from_value(asked.clone()).unwrap();
        let server = ada.preview(name, &asked).await;
        if let Some(page) = sent.preview(&editor).unwrap() {
            by_page += 1;
            found.extend(difference(&format!("{name}: {text}"), json!(page), &server));
        }
        // The page of the static site leads to itself, and judges everything.
        let site = json!(site.preview(&editor).unwrap());
        let here = server["picture"].as_str().map(|picture| picture.replace(&format!("\"/labs/{name}?"), "\"?"));
        let mut server = server;
        server["picture"] = json!(here);
        if site != server {
            found.push(format!("{name} on the site: {text}\n{site}\n{server}"));
        }
    }
    assert!(by_page > 0 || lab.may_change == ["Pod"], "{name}: nothing is previewed in the page");
    // In a world with the solution, a draft that changes it, and one that takes it away again.
    let solution = drafts(lab)[2].clone();
    let applied = person.post(&format!("/api/v1/labs/{name}/objects"), json!({"text": solution})).await.json();
    let results = applied["results"].as_array().unwrap();
    let brought: Vec<&Value> = results.iter().map(|result| &result["id"]).collect();
    let world = ada.get(&format!("/api/v1/labs/{name}/world")).await;
    let sent = PreviewLab::new(serde_json::from_str(&world.text).unwrap()).unwrap();
    for text in drafts(lab) {
        let asked = json!({"text": text, "brought": brought, "open": []});
        if let Some(page) = sent.preview(&serde_json::from_value(asked.clone()).unwrap()).unwrap() {
            found.extend(difference(&format!("{name}, solved: {text}"), json!(page), &ada.preview(name, &asked).await));
        }
    }
    found
}

#[tokio::test]
async fn pages_preview_every_lab_as_the_server_does() {
    let app = TestApp::told(|config| config.course = None).await;
    let course = Course::embedded().unwrap();
    let mut found = Vec::new();
    for lab in &course.labs {
        found.extend(differences(&app, lab, &course).await);
    }
    assert!(found.is_empty(), "{} answers differ:\n{}", found.len(), found.join("\n\n"));
}
