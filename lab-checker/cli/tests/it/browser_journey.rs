//! A learner's way through the browser, with real Chromium and real kubectl: a lesson, its quiz
//! answered wrongly and then rightly, a lab, and the score that the instructor sees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use course::{Answers, Course, PublicQuestionKind, QuestionResult};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::serving::Serving;
use crate::terminal::Terminal;

const LESSON: &str = "no-isolation";
const LAB: &str = "default-deny";

/// Fills in a quiz. `picks` says for each question which options to tick, by their text, or what to
/// write; `flows` what to say about each flow.
pub(crate) const FILL_IN: &str = r"
    const [quiz, picks, flows] = arguments;
    const plain = (text) => text.replace(/[`*\s]+/g, '');
    const form = document.querySelector(`form.quiz[data-quiz='${quiz}']`);
    for (const fieldset of form.querySelectorAll('fieldset[data-question]')) {
        const wanted = (picks[fieldset.dataset.question] ?? []).map(plain);
        for (const option of fieldset.querySelectorAll('label.option')) {
            option.querySelector('input').checked = wanted.includes(plain(option.textContent));
        }
        for (const field of fieldset.querySelectorAll('input[type=text]')) field.value = picks[fieldset.dataset.question][0];
        for (const row of fieldset.querySelectorAll('tr[data-flow]')) {
            const verdict = flows[plain(row.querySelector('th').textContent)];
            row.querySelector(`input[value=${verdict}]`).checked = true;
        }
    }
";

/// What the instructor reads, asked for with the token alone.
const GRADEBOOK: &str = r"
    const [token, done] = arguments;
    fetch('/api/v1/gradebook', { headers: { authorization: `Bearer ${token}` }, credentials: 'omit' })
        .then((response) => response.json()).then(done, (error) => done(String(error)));
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// The answers to a quiz as a person would read them from its file: ticked options, or words.
pub(crate) struct Key {
    pub(crate) right: BTreeMap<String, Vec<String>>,
    pub(crate) wrong: BTreeMap<String, Vec<String>>,
    pub(crate) right_flows: BTreeMap<String, String>,
    pub(crate) wrong_flows: BTreeMap<String, String>,
    explanations: Vec<String>,
}

impl Key {
    pub(crate) fn of(quiz: &str) -> Self {
        let text = std::fs::read_to_string(root().join(format!("quizzes/{quiz}.toml"))).expect("the quiz is there");
        let file: toml::Table = text.parse().expect("a quiz is TOML");
        let strings = |value: &toml::Value| match value {
            toml::Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
            one => one.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
        };
        let mut key = Self {
            right: BTreeMap::new(),
            wrong: BTreeMap::new(),
            right_flows: BTreeMap::new(),
            wrong_flows: BTreeMap::new(),
            explanations: Vec::new(),
        };
        for question in file["questions"].as_array().expect("questions are a list") {
            let id = question["id"].as_str().expect("a question has an id").to_owned();
            let wrong = match question["prompt"].get("distractors") {
                Some(distractors) => strings(distractors)[..1].to_vec(),
                None => vec!["certainly not this".to_owned()],
            };
            key.wrong.insert(id.clone(), wrong);
            key.right.insert(id, strings(&question["answer"]["answer"]));
            let first_words = question["context"].as_str().expect("every question is explained").trim();
            key.explanations.push(first_words.split(['`', '*', '\n', '.']).next().expect("a first part").to_owned());
        }
        for result in judged_by_the_engine(quiz) {
            for flow in result.flows {
                let text = flow.flow.to_string().split_whitespace().collect::<String>();
                let (right, wrong) =
                    if flow.verdict.is_allowed() { ("allowed", "blocked") } else { ("blocked", "allowed") };
                key.right_flows.insert(text.clone(), right.to_owned());
                key.wrong_flows.insert(text, wrong.to_owned());
            }
        }
        key
    }
}

/// The verdicts of the reachability questions are in no file: the engine has them, and grading tells
/// them for every flow that was answered.
fn judged_by_the_engine(quiz: &str) -> Vec<QuestionResult> {
    let course = Course::load(&root()).expect("the course loads");
    let quiz = course.quiz(quiz).expect("the quiz is there");
    let mut answers = Answers::default();
    for question in quiz.public(0).questions {
        if let PublicQuestionKind::Reachability { flows, .. } = question.kind {
            let guesses: serde_json::Map<_, _> = flows.into_iter().map(|flow| (flow.id, json!("allowed"))).collect();
            answers.0.insert(question.id, Value::Object(guesses));
        }
    }
    quiz.grade(&answers).questions
}

async fn fill_in(
    browser: &Browser,
    quiz: &str,
    picks: &BTreeMap<String, Vec<String>>,
    flows: &BTreeMap<String, String>,
) {
    browser.page.execute(FILL_IN, vec![json!(quiz), json!(picks), json!(flows)]).await.expect("the quiz is filled in");
    browser.click(&format!("form.quiz[data-quiz='{quiz}'] button[type=submit]")).await;
}

#[tokio::test]
async fn a_learner_in_the_browser_and_the_instructor_who_reads_the_score() {
    let terminal = Terminal::new();
    let serving = Serving::serve(&terminal);
    let token = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("the token is kept");
    let browser = Browser::open().await;
    let page = &browser.page;

    // The front page leads to the first lesson.
    page.goto(&serving.url).await.expect("the front page opens");
    browser.click(&format!("a[href^='/book/{LESSON}']")).await;
    browser.wait_for(&format!("form.quiz[data-quiz='{LESSON}']")).await;

    // Nothing in the page gives the answers away.
    let key = Key::of(LESSON);
    let source = page.source().await.expect("the page has a source");
    for words in &key.explanations {
        assert!(!source.contains(words.as_str()), "the page has the explanation `{words}` before grading");
    }

    // Wrong, then right.
    fill_in(&browser, LESSON, &key.wrong, &key.wrong_flows).await;
    browser.wait_for(&format!("form.quiz[data-quiz='{LESSON}'][data-state='tried']")).await;
    let text = browser.text().await;
    assert!(
        key.explanations.iter().any(|words| text.contains(words.as_str())),
        "no explanation after grading:\n{text}"
    );
    fill_in(&browser, LESSON, &key.right, &key.right_flows).await;
    browser.wait_for(&format!("form.quiz[data-quiz='{LESSON}'][data-state='passed']")).await;

    // A lab: started in its lesson, solved with kubectl, seen live, checked.
    page.goto(&format!("{}/book/{LAB}.html", serving.url)).await.expect("the lesson opens");
    let lab = format!("section.lab[data-lab='{LAB}']");
    let script = "document.querySelector(arguments[0]).scrollIntoView()";
    browser.wait_for(&lab).await;
    page.execute(script, vec![json!(lab)]).await.expect("the lab comes into view");
    browser.click(&format!("{lab} .lab-actions button:nth-of-type(1)")).await;
    browser.wait_for(&format!("{lab} .lab-live:not(:empty)")).await;
    let solution = root().join("labs").join(LAB).join("solution");
    terminal.kubectl(&format!("apply -f {}", solution.display())).exits(0).says("created");
    browser.wait_for(&format!("{lab} .lab-live.good")).await;
    browser.click(&format!("{lab} .lab-actions button.primary")).await;
    browser.wait_for(&format!("{lab} .lab-report .verdict.good")).await;

    // The instructor sees the same.
    let gradebook = page.execute_async(GRADEBOOK, vec![json!(token.trim())]).await.expect("the gradebook answers");
    let learners = gradebook["learners"].as_array().unwrap_or_else(|| panic!("a gradebook has learners: {gradebook}"));
    assert_eq!(learners.len(), 1, "{gradebook}");
    for (activity, attempts) in [(format!("quiz/{LESSON}"), 2), (format!("lab/{LAB}"), 1)] {
        let score = &learners[0]["scores"][&activity];
        assert_eq!(score["passed"], Value::Bool(true), "{activity} in {gradebook}");
        assert_eq!(score["points"], score["max_points"], "{activity} in {gradebook}");
        assert_eq!(score["attempts"], attempts, "{activity} in {gradebook}");
    }
    let points = learners[0]["points"].as_f64().expect("a sum");
    page.goto(&serving.url).await.expect("the front page opens");
    let text = browser.text().await;
    assert!(text.contains(&format!("{points} of ")), "the learner reads another score than {points}:\n{text}");

    page.clone().close().await.expect("the browser closes");
}
