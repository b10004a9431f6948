//! The engine for pages, natively and in WebAssembly: the proofs of every lab, the Markdown suites, and every quiz give
//! the same answers, text for text. `$LAB_CHECKER_ENGINE` names the folder that `lab-checker/wasm/build` has written;
//! without it the native half is tested alone, and the test says so. `$LAB_CHECKER_ENGINE_MANIFESTS` names a folder of
//! YAML that is compared as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use course::workbench::{Bundle, Editor, PageLab, PreviewBundle, PreviewLab, Reach, diagnostics};
use course::{Answers, Course, Lab, markdown_to_html};
use manifest::to_yaml;
use serde_json::{Value, json};

/// So many lines of a solution are taken away, one at a time.
const CHANGED: usize = 12;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of a folder by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let (path, entry) = entry.map(|entry| (entry.path(), entry)).unwrap();
        let name = entry.file_name().into_string().unwrap();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.insert(name, text);
        }
    }
    found
}

fn yaml(objects: &[Value]) -> String {
    objects.iter().map(to_yaml).collect::<Vec<_>>().join("---\n")
}

/// One thing that is asked of a lab, and what it answers.
fn step(call: &str, asked: Option<Value>, answer: String) -> Value {
    json!({"call": call, "asked": asked.map(|asked| asked.to_string()), "answer": answer})
}

fn said(answer: Result<impl serde::Serialize, impl std::fmt::Display>) -> String {
    answer.map_or_else(|error| format!("thrown: {error}"), |answer| serde_json::to_string(&answer).unwrap())
}

/// A text tried out, applied and checked; with the report.
fn tried(lab: &mut PageLab, name: &str, text: &str, why: Option<&Value>) -> (Value, Value) {
    lab.reset();
    let written = json!({"text": text, "brought": []});
    let editor: Editor = serde_json::from_value(written.clone()).unwrap();
    let mut steps = vec![step("preview", Some(written.clone()), said(lab.preview(&editor)))];
    if let Some(flow) = why {
        let mut asked = flow.clone();
        asked["text"] = text.into();
        let answer = said(lab.why(&serde_json::from_value(flow.clone()).unwrap(), &editor));
        steps.push(step("why", Some(asked), answer));
        steps.push(step("probe", Some(flow.clone()), said(lab.probe(&serde_json::from_value(flow.clone()).unwrap()))));
    }
    steps.push(step("apply", Some(written), said(lab.apply(&editor))));
    let report = lab.check();
    steps.push(step("check", None, report.to_string()));
    steps.push(step("now", None, lab.now().to_string()));
    steps.push(step("keep", None, lab.keep()));
    (json!({"name": format!("{name}"), "steps": steps}), report)
}

/// Every flow that the lab looks at is asked about once.
fn flows(lab: &PageLab) -> Vec<Value> {
    let asked = |cell: &Value| {
        let port = format!("{}/{}", cell["port"], cell["protocol"].as_str().unwrap());
        json!({"from": cell["from"], "to": cell["to"], "port": port})
    };
    lab.now()["map"].as_array().unwrap().iter().map(asked).collect()
}

/// The proof of a lab, as its page does it.
fn proof(lab: &Lab, bundle: &Bundle) -> Value {
    let mut page = PageLab::new(bundle.clone(), None).unwrap();
    let flows = flows(&page);
    let mut turn = flows.iter().cycle();
    let mut why = || turn.next();
    let (start, report) = tried(&mut page, &format!("{}: start", lab.name), "", why());
    assert_eq!(report["passed"], false, "{}: the start passes", lab.name);
    assert!(page.solution().is_err(), "{}: the solution is told", lab.name);
    let mut tries = vec![start];
    for mistake in &lab.mistakes {
        let name = format!("{}: mistake {}", lab.name, mistake.name);
        let (tried, report) = tried(&mut page, &name, &yaml(&mistake.objects), why());
        assert_eq!(report["passed"], false, "{name} passes");
        let is_taken = tried["steps"].as_array().unwrap().iter().any(|step| {
            step["call"] == "apply"
                && !step["answer"].as_str().unwrap().contains("\"applied\":false")
                && step["answer"].as_str().unwrap().contains("\"applied\":true")
        });
        if is_taken {
            assert_eq!(report["mistake"]["name"], *mistake.name, "{name}: {report}");
        }
        tries.push(tried);
    }
    let solution: Vec<String> = lab.solution.files.iter().map(|file| file.text.clone()).collect();
    let solution = solution.join("\n---\n");
    for (at, line) in solution.lines().enumerate().filter(|(_, line)| is_changed(line)).take(CHANGED) {
        let name = format!("{}: without line {} ({line})", lab.name, at + 1);
        let text: Vec<&str> =
            solution.lines().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| line).collect();
        tries.push(tried(&mut page, &name, &text.join("\n"), why()).0);
    }
    let right = lab.also_right.iter().map(|answer| (answer.name.as_str(), yaml(&answer.objects)));
    for (name, text) in right.chain([("solution", solution.clone())]) {
        let name = format!("{}: {name}", lab.name);
        let (mut tried, report) = tried(&mut page, &name, &text, why());
        assert_eq!(report["passed"], true, "{name} does not pass: {report}");
        let told = said(page.solution());
        tried["steps"].as_array_mut().unwrap().push(step("solution", None, told));
        tries.push(tried);
    }
    json!({"bundle": serde_json::to_string(bundle).unwrap(), "tries": tries})
}

/// What the page of a server says of drafts, one with each of the first lines of the solution.
fn previews(lab: &Lab) -> Value {
    let bundle = serde_json::to_string(&PreviewBundle::new(lab, lab.start_objects().to_vec())).unwrap();
    let page = PreviewLab::new(serde_json::from_str(&bundle).unwrap()).unwrap();
    let solution: Vec<&str> = lab.solution.files.iter().map(|file| file.text.as_str()).collect();
    let solution = solution.join("\n---\n");
    let lines: Vec<&str> = solution.lines().collect();
    let drafts = (0..=lines.len()).map(|count| lines[..count].join("\n"));
    let tried = |text: String| {
        let asked = json!({"text": text, "brought": [], "open": []});
        let answer = said(page.preview(&serde_json::from_value(asked.clone()).unwrap()));
        json!({"name": format!("{}: {} lines", lab.name, text.lines().count()), "asked": asked.to_string(), "answer": answer})
    };
    json!({"bundle": bundle, "tries": drafts.map(tried).collect::<Vec<_>>()})
}

/// A line whose loss may leave a manifest that means something else.
fn is_changed(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && line != "---"
}

fn reached(name: &str, asked: &Reach) -> Value {
    json!({"name": name, "asked": serde_json::to_string(asked).unwrap(), "answer": said(asked.answer())})
}

/// The cases of the Markdown suites: each with its cluster, asked about every cell of its tables.
fn suites() -> Vec<Value> {
    let mut cases = Vec::new();
    for (file, text) in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifest/tests/suites")) {
        let mut parts = text.split("\n## ");
        let shared = blocks(parts.next().unwrap());
        for part in parts {
            let name = part.lines().next().unwrap();
            let objects = format!("{shared}\n---\n{}", blocks(part));
            let asked = Reach { text: objects, flows: cells(part), ..Reach::default() };
            cases.push(reached(&format!("{file}: {name}"), &asked));
        }
    }
    assert!(cases.len() > 60, "only {} cases", cases.len());
    cases
}

/// The YAML blocks of a text.
fn blocks(text: &str) -> String {
    text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect::<Vec<_>>().join("\n---\n")
}

/// The pairs that the tables of a text ask about.
fn cells(text: &str) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    let mut columns: Vec<&str> = Vec::new();
    for line in text.lines() {
        let Some(row) = line.strip_prefix('|') else {
            columns.clear();
            continue;
        };
        let row: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        if columns.is_empty() {
            columns = row[1..].to_vec();
        } else if !row[0].starts_with('-') {
            cells.extend(columns.iter().map(|to| (row[0].to_owned(), (*to).to_owned())));
        }
    }
    cells
}

fn quizzes(course: &Course) -> Vec<Value> {
    let tries = |quiz: &course::Quiz| {
        let nothing = Answers::default();
        let wrong: BTreeMap<String, Value> = quiz.question_ids().map(|id| (id.to_owned(), json!("no"))).collect();
        let first: BTreeMap<String, Value> = quiz
            .public(1)
            .questions
            .into_iter()
            .map(|question| {
                let answer = match question.kind {
                    course::PublicQuestionKind::MultipleChoice { options, .. } => json!(options[0].id),
                    course::PublicQuestionKind::ShortAnswer { .. } => json!("words"),
                    course::PublicQuestionKind::Reachability { flows, .. } => {
                        Value::Object(flows.into_iter().map(|flow| (flow.id, "allowed".into())).collect())
                    }
                };
                (question.id, answer)
            })
            .collect();
        let graded = |answers: Answers| {
            let report = quiz.hand_in(&answers).map(|report| report.told(markdown_to_html));
            json!({"answers": serde_json::to_string(&answers).unwrap(), "report": said(report)})
        };
        [nothing, Answers(wrong), Answers(first)].map(graded)
    };
    let case = |quiz: &course::Quiz| json!({"sealed": serde_json::to_string(&quiz.sealed(markdown_to_html)).unwrap(), "tries": tries(quiz)});
    course.quizzes.iter().map(case).collect()
}

/// The manifests of a folder that somebody names: what is said about them, and what reaches what.
fn manifests() -> (Vec<Value>, Vec<Value>) {
    let Some(folder) = std::env::var_os("LAB_CHECKER_ENGINE_MANIFESTS") else { return Default::default() };
    let mut reach = Vec::new();
    let mut read = Vec::new();
    for (name, text) in files(Path::new(&folder)) {
        let ports = ["80/TCP", "443/TCP", "8080/TCP", "53/UDP", "80/SCTP"].map(str::to_owned).to_vec();
        let external = ["203.0.113.5", "10.0.0.1", "2001:db8::1"].map(|address| address.parse().unwrap()).to_vec();
        let asked = Reach { text: text.clone(), ports, external, ..Reach::default() };
        reach.push(reached(&name, &asked));
        read.push(json!({"name": name, "answer": json!(diagnostics(&text)).to_string(), "text": text}));
    }
    (reach, read)
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that had nothing to compare with says so")]
fn pages_say_the_same_in_web_assembly() {
    let course = Course::load(&root()).unwrap();
    let labs: Vec<Value> = course.labs.iter().zip(course.bundles()).map(|(lab, bundle)| proof(lab, &bundle)).collect();
    let (more, read) = manifests();
    let reach = [suites(), more].concat();
    let previews: Vec<Value> = course.labs.iter().map(|lab| previews(lab)).collect();
    let cases = json!({"labs": labs, "previews": previews, "quizzes": quizzes(&course), "reach": reach, "read": read});
    let Some(dist) = std::env::var_os("LAB_CHECKER_ENGINE") else {
        eprintln!("not compared with WebAssembly: $LAB_CHECKER_ENGINE names no engine; see lab-checker/wasm/build");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    std::fs::write(&file, cases.to_string()).unwrap();
    let runner = root().join("lab-checker/wasm/test/run.mjs");
    let output = Command::new("node").args([runner.as_path(), Path::new(&dist), &file]).output();
    let output = output.expect("this test needs node");
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
