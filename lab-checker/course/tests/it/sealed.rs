//! Quizzes that grade themselves: sealed, they say the same as the server does, and nobody reads the answers in passing.

use std::path::Path;

use course::{Answers, Course, PublicQuestionKind, PublicQuiz, Quiz, Rendered, SealedQuiz, markdown_to_html};
use serde_json::{Map, Value, json};

fn repository() -> Course {
    Course::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

fn answers(value: &Value) -> Answers {
    serde_json::from_value(value.clone()).unwrap()
}

/// As it comes from a file.
fn reopened(quiz: &Quiz) -> Quiz {
    let file = serde_json::to_string(&quiz.sealed(markdown_to_html)).unwrap();
    serde_json::from_str::<SealedQuiz>(&file).unwrap().open().unwrap()
}

/// Every single option, all options, and what cannot be an answer; texts; flows judged in every way.
fn tries(kind: &PublicQuestionKind, short: &[String]) -> Vec<Value> {
    match kind {
        PublicQuestionKind::MultipleChoice { options, .. } => {
            let ids: Vec<&String> = options.iter().map(|option| &option.id).collect();
            let mut tries: Vec<Value> = ids.iter().flat_map(|id| [json!(id), json!([id])]).collect();
            // Every set of options, as far as there are few.
            tries.extend((0..1_u32 << ids.len().min(8)).map(|set| {
                ids.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, id)| json!(id)).collect()
            }));
            tries.extend([json!("nobody's"), json!(7)]);
            tries
        }
        PublicQuestionKind::ShortAnswer { .. } => {
            let written = short.iter().flat_map(|text| {
                [text.clone(), text.to_uppercase(), format!("  {text}. "), text.replace(' ', "-"), format!("{text}x")]
            });
            written.map(Value::from).chain([json!("an answer that nobody accepts: ~"), json!([1])]).collect()
        }
        PublicQuestionKind::Reachability { flows, .. } => {
            let judged = |said: &dyn Fn(usize) -> &'static str| {
                Value::Object(flows.iter().enumerate().map(|(at, flow)| (flow.id.clone(), said(at).into())).collect())
            };
            let all = |word: &'static str| judged(&move |_| word);
            let mut tries = vec![all("allowed"), all("blocked"), all("perhaps"), json!("allowed")];
            tries.extend((0..flows.len()).map(|one| judged(&move |at| if at == one { "allowed" } else { "blocked" })));
            tries.push(json!({flows[0].id.clone(): "allowed"}));
            tries
        }
    }
}

/// The texts in a quiz's file after `answer` and `alternatives`: what short answers may be.
fn short_answers(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../quizzes").join(format!("{name}.toml"));
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| line.contains("answer") || line.contains("alternatives"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_answer_to_every_quiz_is_graded_the_same_sealed() {
    for quiz in &repository().quizzes {
        let opened = reopened(quiz);
        let PublicQuiz { questions, .. } = quiz.public(1);
        let short = short_answers(&quiz.name);
        assert_eq!(quiz.grade(&Answers::default()), opened.grade(&Answers::default()));
        let mut right = Map::new();
        for question in &questions {
            let mut found = None;
            for answer in tries(&question.kind, &short) {
                let given = answers(&json!({question.id.clone(): answer}));
                let (told, expected) = (opened.grade(&given), quiz.grade(&given));
                assert_eq!(told, expected, "{} {}: {answer}", quiz.name, question.id);
                assert_eq!(opened.hand_in(&given), quiz.hand_in(&given), "{} {}", quiz.name, question.id);
                assert_eq!(opened.feedback(&given), quiz.feedback(&given), "{} {}", quiz.name, question.id);
                if expected.questions.iter().any(|result| result.id == question.id && result.correct) {
                    found = Some(answer);
                }
            }
            // Whatever is not judged rightly by one of these is judged rightly flow by flow.
            if let (None, PublicQuestionKind::Reachability { flows, .. }) = (&found, &question.kind) {
                let all: Map<String, Value> = flows.iter().map(|flow| (flow.id.clone(), "allowed".into())).collect();
                let judged = quiz.grade(&answers(&json!({question.id.clone(): all})));
                let judged = judged.questions.into_iter().find(|result| result.id == question.id).unwrap();
                let key = judged.flows.iter().map(|flow| (flow.id.clone(), json!(flow.verdict)));
                found = Some(Value::Object(key.collect()));
            }
            right.insert(question.id.clone(), found.unwrap_or_else(|| panic!("{} {}", quiz.name, question.id)));
        }
        let all = answers(&Value::Object(right));
        let told = opened.hand_in(&all).unwrap();
        assert!(told.passed, "{}: {told:?}", quiz.name);
        assert_eq!(told, quiz.hand_in(&all).unwrap());
        let explanations = quiz.sealed(markdown_to_html).explanations().unwrap();
        let explanations: Rendered = explanations.into_iter().collect();
        let html = |text: &str| explanations.html(text);
        assert_eq!(told.told(html), quiz.hand_in(&all).unwrap().told(markdown_to_html));
    }
}

#[test]
fn no_explanation_and_no_short_answer_stands_in_a_sealed_quiz() {
    let mut explanations = 0;
    for quiz in &repository().quizzes {
        let file = serde_json::to_string(&quiz.sealed(markdown_to_html)).unwrap();
        let read: Value = serde_json::from_str(&file).unwrap();
        // What everybody reads: options, and the objects that a question is about.
        let public = serde_json::to_string(&quiz.public(1)).unwrap();
        for question in quiz.grade(&all_wrong(quiz)).questions {
            let Some(explanation) = question.explanation else { continue };
            explanations += 1;
            for words in explanation.split(['.', '\n', ';']).filter(|words| words.trim().len() > 24) {
                assert!(!file.contains(words.trim()) || public.contains(words.trim()), "{}: {words}", quiz.name);
            }
        }
        for question in read["questions"].as_array().unwrap() {
            assert!(question.get("prompt").is_none() && question.get("verdict").is_none());
            if question["type"] == "short_answer" {
                let text = question.to_string();
                let accepted = short_answers(&quiz.name);
                for answer in accepted.iter().filter(|answer| answer.len() > 3 && opens(quiz, question, answer)) {
                    assert!(!text.contains(answer.as_str()), "{}: {answer}", quiz.name);
                }
            }
        }
    }
    assert!(explanations > 20, "only {explanations} explanations were looked for");
}

fn opens(quiz: &Quiz, question: &Value, answer: &str) -> bool {
    let given = answers(&json!({question["id"].as_str().unwrap(): answer}));
    quiz.grade(&given).questions.iter().any(|result| result.correct)
}

/// An answer to every question, so that every explanation is told.
fn all_wrong(quiz: &Quiz) -> Answers {
    let answer = |kind: &PublicQuestionKind| match kind {
        PublicQuestionKind::MultipleChoice { options, multiple: true } => json!([options[0].id]),
        PublicQuestionKind::MultipleChoice { options, .. } => json!(options[0].id),
        PublicQuestionKind::ShortAnswer { .. } => json!("no"),
        PublicQuestionKind::Reachability { flows, .. } => {
            Value::Object(flows.iter().map(|flow| (flow.id.clone(), "allowed".into())).collect())
        }
    };
    let all = quiz.public(1).questions.into_iter().map(|question| (question.id, answer(&question.kind)));
    Answers(all.collect())
}

#[test]
fn a_damaged_file_is_refused_in_words() {
    let course = repository();
    let quiz = course.quizzes.iter().find(|quiz| !quiz.grade(&all_wrong(quiz)).questions.is_empty()).unwrap();
    let mut file = serde_json::to_value(quiz.sealed(markdown_to_html)).unwrap();
    file["questions"][0]["explanation"] = json!("not base64!");
    let damaged: SealedQuiz = serde_json::from_value(file).unwrap();
    let told = damaged.open().unwrap_err().to_string();
    assert!(told.contains("is damaged; reload the page"), "{told}");
}
