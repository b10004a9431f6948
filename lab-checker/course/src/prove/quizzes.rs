//! Proving quizzes: right answers are worth everything, wrong ones less, and nothing gives the key away.

use serde_json::{Value, json};

use crate::book::Course;
use crate::files::Problem;
use crate::quizzes::{Answers, PublicQuestionKind, Quiz};

/// What is wrong with the quizzes of a course.
pub(crate) fn prove(course: &Course) -> Vec<Problem> {
    course.quizzes.iter().flat_map(prove_quiz).collect()
}

fn prove_quiz(quiz: &Quiz) -> Vec<Problem> {
    let file = format!("quizzes/{}.toml", quiz.name);
    let mut problems = Vec::new();
    let right = quiz.right_answers();
    let report = quiz.grade(&right);
    if !report.passed || report.points != quiz.points {
        let missed: Vec<&str> =
            report.questions.iter().filter(|question| !question.correct).map(|question| question.id.as_str()).collect();
        problems.push(
            Problem::new(&file, format!("the right answers are not graded as right: {}", missed.join(", ")))
                .with_help("an answer that is also a distractor, or empty?"),
        );
    }
    if quiz.grade(&Answers::default()).points > 0.0 {
        problems.push(Problem::new(&file, "no answers at all earn points").with_help("report this: it is a bug"));
    }
    for (question, public) in quiz.questions.iter().zip(quiz.public(0).questions) {
        for wrong in wrong_answers(&public.kind, &right.0[&question.id]) {
            let mut answers = right.clone();
            answers.0.insert(question.id.clone(), wrong);
            if quiz.grade(&answers).passed {
                problems.push(
                    Problem::new(&file, format!("a wrong answer to `{}` is graded as right", question.id))
                        .at_line(question.line)
                        .with_help("look for an option that equals the answer"),
                );
            }
        }
        if question.context.as_deref().is_none_or(|context| context.trim().is_empty()) {
            problems.push(
                Problem::new(&file, format!("`{}` has no explanation", question.id))
                    .at_line(question.line)
                    .with_help("add `context`: learners see it after answering"),
            );
        }
    }
    problems
}

/// Answers that must not be right: every other single option, all options, one flow turned round.
fn wrong_answers(kind: &PublicQuestionKind, right: &Value) -> Vec<Value> {
    match kind {
        PublicQuestionKind::MultipleChoice { multiple, options } => {
            let ids = options.iter().map(|option| Value::String(option.id.clone()));
            let mut wrong: Vec<Value> = ids.clone().map(|id| if *multiple { json!([id]) } else { id }).collect();
            if *multiple {
                wrong.push(ids.collect());
            }
            wrong.retain(|answer| !same(answer, right));
            wrong
        }
        PublicQuestionKind::ShortAnswer { .. } => vec![json!("an answer that nobody accepts: ~")],
        PublicQuestionKind::Reachability { flows, .. } => flows
            .iter()
            .map(|flow| {
                let mut answer = right.clone();
                let turned = if right[&flow.id] == "allowed" { "blocked" } else { "allowed" };
                answer[&flow.id] = turned.into();
                answer
            })
            .collect(),
    }
}

/// Whether two answers choose the same options, in whatever order.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_array(), other.as_array()) {
        (Some(one), Some(other)) => one.len() == other.len() && one.iter().all(|id| other.contains(id)),
        _ => one == other,
    }
}
