//! Quizzes: what learners see, and how their answers are graded.

use course::{Activity, ActivityState, Answers, Outcome, PublicQuestionKind, QuestionState, Quiz};
use serde_json::{Value, json};

use crate::sample::Sample;

fn quiz() -> Quiz {
    Sample::new().course().quiz("first").unwrap().clone()
}

fn answers(value: Value) -> Answers {
    serde_json::from_value(value).unwrap()
}

/// The id of the option with these words.
fn option(quiz: &Quiz, question: &str, words: &str) -> String {
    let public = quiz.public(1);
    let question = public.questions.iter().find(|it| it.id == question).unwrap();
    let PublicQuestionKind::MultipleChoice { options, .. } = &question.kind else { panic!("no choice") };
    options.iter().find(|option| option.text.contains(words)).unwrap().id.clone()
}

/// The ids of the flows of the question `judge`, in order.
fn flows(quiz: &Quiz) -> Vec<String> {
    let public = quiz.public(1);
    let PublicQuestionKind::Reachability { flows, .. } = &public.questions[3].kind else { panic!("no flows") };
    flows.iter().map(|flow| flow.id.clone()).collect()
}

fn right(quiz: &Quiz) -> Value {
    let flows = flows(quiz);
    json!({
        "default": option(quiz, "default", "every"),
        "port": { "answer": "  secret-53 ", "why": "because" },
        "types": [option(quiz, "types", "Egress"), option(quiz, "types", "Ingress")],
        "judge": { flows[0].clone(): "allowed", flows[1].clone(): "blocked", flows[2].clone(): "allowed" },
    })
}

#[test]
fn right_answers_pass() {
    let quiz = quiz();
    let report = quiz.grade(&answers(right(&quiz)));
    assert!(report.passed, "{report:#?}");
    assert_eq!((report.points, report.max_points), (6.0, 6.0));
    assert!(report.questions.iter().all(|question| question.explanation.is_some()));
    assert!(report.questions[3].flows[1].why.contains("is blocked"), "{report:#?}");
}

#[test]
fn every_other_answer_is_told_what_is_wrong_with_it() {
    let quiz = quiz();
    let grade = |id: &str, answer: Value| {
        let mut all = right(&quiz);
        all[id] = answer;
        let report = quiz.grade(&answers(all));
        assert!(!report.passed && report.points < 6.0, "{report:#?}");
        report.questions.into_iter().find(|question| question.id == id).unwrap().state
    };
    let flows = flows(&quiz);
    assert_eq!(grade("default", json!(option(&quiz, "default", "Nothing"))), QuestionState::Wrong);
    assert_eq!(grade("default", json!("no-such-option")), QuestionState::Malformed);
    assert_eq!(grade("default", json!("Talk to **every** pod")), QuestionState::Malformed);
    assert_eq!(
        grade("default", json!([option(&quiz, "default", "every"), option(&quiz, "default", "Nothing")])),
        QuestionState::Malformed
    );
    assert_eq!(grade("default", json!(7)), QuestionState::Malformed);
    assert_eq!(grade("default", json!(null)), QuestionState::Unanswered);
    assert_eq!(grade("default", json!("")), QuestionState::Unanswered);
    assert_eq!(grade("types", json!([option(&quiz, "types", "Egress")])), QuestionState::Wrong);
    assert_eq!(grade("types", json!([])), QuestionState::Unanswered);
    assert_eq!(grade("types", json!([[]])), QuestionState::Malformed);
    assert_eq!(grade("port", json!("54")), QuestionState::Wrong);
    assert_eq!(grade("port", json!(53)), QuestionState::Malformed);
    assert_eq!(grade("port", json!("   ")), QuestionState::Unanswered);
    assert_eq!(grade("judge", json!({ flows[0].clone(): "allowed" })), QuestionState::Partial);
    assert_eq!(grade("judge", json!({ flows[0].clone(): "blocked" })), QuestionState::Wrong);
    assert_eq!(grade("judge", json!({ flows[0].clone(): "maybe" })), QuestionState::Malformed);
    assert_eq!(grade("judge", json!({ "other": "allowed" })), QuestionState::Malformed);
}

#[test]
fn guessing_flows_at_random_earns_nothing() {
    let quiz = quiz();
    let flows = flows(&quiz);
    let all_allowed =
        json!({ "judge": { flows[0].clone(): "allowed", flows[1].clone(): "blocked", flows[2].clone(): "blocked" } });
    let report = quiz.grade(&answers(all_allowed));
    assert_eq!(report.points, 0.5, "two right less one wrong, of three, of a quarter of six points");
}

#[test]
fn answers_to_other_questions_are_named() {
    let report = quiz().grade(&answers(json!({ "defualt": "x" })));
    assert_eq!(report.unknown, ["defualt"]);
    assert_eq!(report.points, 0.0);
}

#[test]
fn the_public_form_gives_nothing_away() {
    let quiz = quiz();
    for seed in 0..20 {
        let public = quiz.public(seed);
        let json = serde_json::to_string(&public).unwrap();
        let html = public.to_html("");
        for text in [&json, &html] {
            assert!(!text.contains("SECRET-EXPLANATION") && !text.contains("SECRET-53"), "{text}");
            assert!(text.contains("SECRET-DISTRACTOR"));
            assert!(!text.contains("is blocked") && !text.contains("\"right\""));
        }
    }
}

#[test]
fn a_learner_sees_one_order_again_and_others_see_others() {
    let quiz = quiz();
    let order = |seed| serde_json::to_string(&quiz.public(seed).questions[0]).unwrap();
    assert_eq!(order(7), order(7));
    let orders: std::collections::BTreeSet<String> = (0..50).map(order).collect();
    assert!(orders.len() > 10, "{}", orders.len());
    let sorted = |seed| serde_json::to_string(&quiz.public(seed).questions[2]).unwrap();
    assert_eq!(sorted(1), sorted(2), "sortAnswers is an order of its own");
}

#[test]
fn a_form_says_the_same_as_json() {
    let quiz = quiz();
    let flows = flows(&quiz);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let fields = vec![
        pair("default", &option(&quiz, "default", "every")),
        pair("port", "SECRET-53"),
        pair("port.why", "because"),
        pair("types", &option(&quiz, "types", "Egress")),
        pair("types", &option(&quiz, "types", "Ingress")),
        pair(&format!("judge.{}", flows[0]), "allowed"),
        pair(&format!("judge.{}", flows[1]), "blocked"),
        pair(&format!("judge.{}", flows[2]), "allowed"),
        pair("csrf", "token"),
    ];
    let report = quiz.grade(&quiz.answers_from_form(fields));
    assert!(report.passed, "{report:#?}");
}

#[test]
fn the_best_attempt_counts() {
    let course = Sample::new().course();
    let attempt = |activity, points, passed| Outcome { activity, points, passed };
    let progress = course.progress([
        attempt(Activity::lab("close-the-door"), 3.0, false),
        attempt(Activity::lab("close-the-door"), 8.0, true),
        attempt(Activity::lab("close-the-door"), 1.0, false),
        attempt(Activity::quiz("first"), 4.5, false),
        attempt(Activity::quiz("gone"), 100.0, true),
    ]);
    assert_eq!((progress.points, progress.max_points), (12.5, 14.0));
    assert_eq!((progress.passed, progress.activities), (1, 2));
    let activities = &progress.chapters[0].activities;
    assert_eq!(activities[0].state, ActivityState::Passed);
    assert_eq!((activities[0].attempts, activities[0].points), (3, 8.0));
    assert_eq!(activities[1].state, ActivityState::Tried);
}
