//! Quizzes: what learners see, and how their answers are graded.

use course::{Activity, ActivityState, Answers, Outcome, OwnIds, PublicQuestionKind, PublicQuiz, QuestionState, Quiz};
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
fn how_a_text_is_written_does_not_count() {
    let quiz = quiz();
    let state = |text: &str| quiz.grade(&answers(json!({ "port": text }))).questions[1].state;
    for same in ["secret-53", "Secret 53", "secret53.", " SECRET  53 . "] {
        assert_eq!(state(same), QuestionState::Correct, "{same}");
    }
    for other in ["secret", "secret-5-3", "se cret 53", "-53", "."] {
        assert_eq!(state(other), QuestionState::Wrong, "{other}");
    }
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
fn what_was_not_answered_keeps_its_secret() {
    let quiz = quiz();
    let (all, flows) = (right(&quiz), flows(&quiz));
    for (place, id) in ["default", "port", "types", "judge"].into_iter().enumerate() {
        let report = quiz.grade(&answers(json!({ id: all[id] })));
        for (other, question) in report.questions.iter().enumerate() {
            assert_eq!(question.explanation.is_some(), other == place, "{id}: {question:#?}");
            assert_eq!(question.state.is_answered(), other == place, "{id}: {question:#?}");
        }
        let judged = report.questions[3].flows.len();
        assert_eq!(judged, if id == "judge" { 3 } else { 0 }, "{id}");
    }
    // Of three flows one is judged: the other two, and the explanation of all, are for later.
    for verdict in ["allowed", "blocked"] {
        let some = json!({ flows[0].clone(): verdict, flows[1].clone(): "", flows[2].clone(): null });
        let judge = quiz.grade(&answers(json!({ "judge": some }))).questions[3].clone();
        let judged: Vec<&str> = judge.flows.iter().map(|flow| flow.id.as_str()).collect();
        assert_eq!((judged, judge.explanation.as_deref()), (vec![flows[0].as_str()], None), "{verdict}");
        assert!(judge.message.contains("2 not judged"), "{judge:#?}");
    }
    let malformed = quiz.grade(&answers(json!({ "default": 7, "port": [1], "types": {"a": "b"}, "judge": "x" })));
    assert!(malformed.questions.iter().all(|question| question.explanation.is_none()), "{malformed:#?}");
}

#[test]
fn only_what_says_something_is_handed_in() {
    let quiz = quiz();
    let flow = flows(&quiz)[0].clone();
    let refused = |value: Value| quiz.hand_in(&answers(value)).unwrap_err();
    for nothing in [
        json!({}),
        json!({ "default": null, "port": " ", "types": [], "judge": {} }),
        json!({ "judge": { flow: "" } }),
        json!({ "port": { "answer": "", "why": "because" } }),
    ] {
        assert_eq!(refused(nothing), course::UnusableAnswers::Empty);
    }
    let mut all = right(&quiz);
    assert!(quiz.hand_in(&answers(all.clone())).unwrap().passed);
    all["prot"] = "53".into();
    let unknown = refused(all).to_string();
    assert!(unknown.contains("no question \"prot\"; did you mean \"port\"?"), "{unknown}");
}

#[test]
fn no_message_says_the_state_again() {
    let quiz = quiz();
    let wrong = json!({
        "default": option(&quiz, "default", "Nothing"),
        "port": "wrong",
        "types": [option(&quiz, "types", "Egress")],
        "judge": flows(&quiz).into_iter().map(|flow| (flow, json!("allowed"))).collect::<serde_json::Map<_, _>>(),
    });
    for given in [right(&quiz), wrong, json!({})] {
        for question in quiz.grade(&answers(given)).questions {
            let (state, message) = (question.state.words().to_lowercase(), question.message.to_lowercase());
            assert!(!message.contains("right") && message != state, "{question:#?}");
        }
    }
}

#[test]
fn a_form_comes_back_as_it_was_filled_in() {
    let quiz = quiz();
    let (public, flows) = (quiz.public(1), flows(&quiz));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let types = option(&quiz, "types", "Egress");
    let fields = [
        pair("port", "\"5\" <b>"),
        pair("port.why", "</textarea>&"),
        pair("types", &types),
        pair(&format!("judge.{}", flows[1]), "blocked"),
    ];
    let html = public.to_html_filled("", &fields);
    assert!(html.contains("value=\"&quot;5&quot; &lt;b&gt;\""), "{html}");
    assert!(html.contains(">&lt;/textarea&gt;&amp;</textarea>"), "{html}");
    assert!(html.contains(&format!("value=\"{types}\" checked")), "{html}");
    let field = format!("name=\"judge.{}\" value=\"blocked\"", flows[1]);
    let judged = html.split(&field).nth(1).unwrap().split('>').next().unwrap();
    assert!(judged.ends_with(" checked"), "{judged}");
    assert_eq!(html.matches(" checked").count(), 2, "{html}");
    assert_eq!(public.to_html_filled("", &[]), public.to_html(""));
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

#[test]
fn ids_are_a_learners_own_and_nothing_else_is_taken_for_them() {
    let quiz = quiz();
    let ids = |owner: &str| OwnIds::new(b"a secret", owner);
    let of = |public: PublicQuiz| -> Vec<String> {
        let ids = public.questions.into_iter().flat_map(|question| match question.kind {
            PublicQuestionKind::MultipleChoice { options, .. } => options.into_iter().map(|option| option.id).collect(),
            PublicQuestionKind::Reachability { flows, .. } => flows.into_iter().map(|flow| flow.id).collect(),
            PublicQuestionKind::ShortAnswer { .. } => Vec::new(),
        });
        ids.collect()
    };
    let all = [quiz.public(1), quiz.public_for(1, &ids("ada")), quiz.public_for(1, &ids("bob"))].map(of);
    let others = of(quiz.public_for(1, &OwnIds::new(b"another secret", "ada")));
    let distinct: std::collections::BTreeSet<&String> = all.iter().flatten().chain(&others).collect();
    assert_eq!(distinct.len(), 4 * all[0].len(), "no id is anybody else's: {all:?}");
    assert_eq!(all[1], of(quiz.public_for(1, &ids("ada"))), "they are the same again");
    assert_eq!(quiz.ids().collect::<std::collections::BTreeSet<_>>(), all[0].iter().cloned().collect());

    let written = right(&quiz);
    let to_ada = |value: &Value| {
        let mut text = value.to_string();
        all[0].iter().for_each(|id| text = text.replace(id, &ids("ada").of(id)));
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let hers = to_ada(&written);
    assert_eq!(quiz.authored(answers(hers.clone()), &ids("ada")), answers(written.clone()));
    for foreign in [written, hers] {
        let report = quiz.grade(&quiz.authored(answers(foreign), &ids("bob")));
        let states = report.questions.iter().map(|question| question.state).collect::<Vec<_>>();
        let malformed = QuestionState::Malformed;
        assert_eq!(states, [malformed, QuestionState::Correct, malformed, malformed]);
    }
    // What is no answer stays none.
    for blank in [json!({}), json!({"default": "", "types": [], "judge": {}, "port": null}), json!({"default": null})] {
        assert_eq!(quiz.authored(answers(blank.clone()), &ids("ada")), answers(blank));
    }
}

#[test]
fn what_has_not_the_form_of_an_answer_is_not_handed_in() {
    let quiz = quiz();
    for (malformed, question) in [
        (json!({ "default": 7 }), "default"),
        (json!({ "default": "no-such-option" }), "default"),
        (json!({ "port": [1], "types": {"a": "b"} }), "port"),
        (json!({ "port": {"answer": {"x": "y"}, "why": "because"} }), "port"),
        (json!({ "judge": "allowed", "default": "" }), "judge"),
        (json!({ "judge": {"no-such-flow": "allowed"} }), "judge"),
    ] {
        match quiz.hand_in(&answers(malformed.clone())) {
            Err(course::UnusableAnswers::Malformed { question: named, reason }) => {
                assert_eq!((named.as_str(), reason.is_empty()), (question, false), "{malformed}");
            }
            other => panic!("{malformed}: {other:?}"),
        }
    }
    let one_is_right = json!({ "port": "secret-53", "default": 7 });
    assert_eq!(quiz.hand_in(&answers(one_is_right)).unwrap().questions[0].state, QuestionState::Malformed);
}
