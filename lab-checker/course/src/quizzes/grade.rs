//! Grading a quiz: answers in, results and explanations out.

use std::collections::{BTreeMap, BTreeSet};

use netpol::{FlowText, Verdict, counted};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::quiz::{Accepted, ChoiceOption, KeyedFlow, Question, QuestionKind, Quiz};
use super::text::{says_the_same, spellings};
use crate::files::rounded;

/// Answers by question id: an option id or a list of them, text, or a map from flow ids to `allowed`
/// or `blocked`. Where a question asks why, `{"answer": …, "why": "text"}` is taken too. Anything may
/// stand here; grading says what it could not use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Value>);

/// What grading a quiz says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuizReport {
    /// The quiz's name.
    pub quiz: String,
    /// Whether every question was answered rightly.
    pub passed: bool,
    /// What the answers are worth.
    pub points: f64,
    /// What the quiz is worth.
    pub max_points: f64,
    /// The questions, in order.
    pub questions: Vec<QuestionResult>,
    /// Ids in the answers that are no questions of this quiz.
    pub unknown: Vec<String>,
}

/// What grading says about one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionResult {
    /// The question's id.
    pub id: String,
    /// How it went.
    pub state: QuestionState,
    /// Whether it is right.
    pub correct: bool,
    /// What there is to say beyond the state; often nothing.
    pub message: String,
    /// The explanation, Markdown, when the whole question was answered.
    pub explanation: Option<String>,
    /// For a reachability question: the flows that were judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowResult>,
}

/// How the answer to a question was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Right.
    Correct,
    /// Some flows right; only of reachability questions.
    Partial,
    /// Wrong.
    Wrong,
    /// There was no answer.
    Unanswered,
    /// The answer has not the form of one, or names an option that does not exist.
    Malformed,
}

/// What grading says about one flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowResult {
    /// The flow's id.
    pub id: String,
    /// The flow.
    #[serde(flatten)]
    pub flow: FlowText,
    /// What the learner said.
    pub answer: Option<Verdict>,
    /// What the engine says.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

impl QuestionState {
    /// The state in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Correct => "Right",
            Self::Partial => "Partly right",
            Self::Wrong => "Not right",
            Self::Unanswered => "Not answered",
            Self::Malformed => "Not an answer",
        }
    }

    /// Whether there was an answer to judge.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Correct | Self::Partial | Self::Wrong)
    }
}

impl QuestionResult {
    /// What there is to say beyond the state. Reports that were stored long ago say the state again.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        let repeats = self.message.eq_ignore_ascii_case(self.state.words());
        (!self.message.is_empty() && !repeats).then_some(&self.message)
    }
}

/// Why answers cannot be handed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableAnswers {
    /// Nothing is answered.
    #[error("answer at least one question; nothing was handed in")]
    Empty,
    /// More than one question, where one was asked for.
    #[error("answer one question; to answer several, hand them in")]
    Several,
    /// Nothing that is there has the form of an answer.
    #[error("nothing was handed in: question {question:?}: {reason}")]
    Malformed {
        /// The first question that is answered so.
        question: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Answers to something else.
    #[error("quiz {quiz} has no question {}; {}", quoted(.unknown), match .nearest {
        Some(nearest) => format!("did you mean {nearest:?}?"),
        None => format!("its questions are {}", quoted(.known)),
    })]
    Unknown {
        /// The quiz's name.
        quiz: String,
        /// What is no question of it.
        unknown: Vec<String>,
        /// The question that was probably meant by the first of them.
        nearest: Option<String>,
        /// The quiz's questions.
        known: Vec<String>,
    },
}

/// How much is repeated of an id that a client made up, which can be anything and long.
const LONGEST_NAME: usize = 63;

fn quoted(ids: &[String]) -> String {
    let short = |id: &String| id.chars().take(LONGEST_NAME).collect::<String>();
    let quoted: Vec<String> = ids.iter().map(|id| format!("{:?}", short(id))).collect();
    quoted.join(", ")
}

/// A graded answer before it is put into words.
struct Graded {
    state: QuestionState,
    /// Whether there is nothing left to answer, and so nothing that an explanation would give away.
    whole: bool,
    /// From 0 to 1.
    share: f64,
    message: String,
    flows: Vec<FlowResult>,
}

impl Quiz {
    /// Grades answers that a learner hands in.
    ///
    /// # Errors
    /// When nothing is answered, nothing in the form of an answer, or something that this quiz does not ask: then there
    /// is nothing to record.
    pub fn hand_in(&self, answers: &Answers) -> Result<QuizReport, UnusableAnswers> {
        let report = self.grade(answers);
        if let Some(first) = report.unknown.first() {
            let first: String = first.chars().take(LONGEST_NAME).collect();
            return Err(UnusableAnswers::Unknown {
                quiz: self.name.clone(),
                nearest: manifest::nearest(&first, self.question_ids()).map(str::to_owned),
                known: self.question_ids().map(str::to_owned).collect(),
                unknown: report.unknown,
            });
        }
        if report.questions.iter().any(|question| question.state.is_answered()) {
            return Ok(report);
        }
        let malformed = report.questions.into_iter().find(|question| question.state == QuestionState::Malformed);
        Err(malformed.map_or(UnusableAnswers::Empty, |first| UnusableAnswers::Malformed {
            question: first.id,
            reason: first.message,
        }))
    }

    /// The result of the one question that is answered, while the others are still open.
    ///
    /// # Errors
    /// When not one question of this quiz is answered; several are told nothing.
    pub fn feedback(&self, answers: &Answers) -> Result<QuestionResult, UnusableAnswers> {
        let mut report = self.grade(answers);
        report.questions.retain(|question| answers.0.contains_key(&question.id));
        match report.questions.pop() {
            Some(result) if answers.0.len() == 1 && result.state != QuestionState::Unanswered => Ok(result),
            _ => Err(self.hand_in(answers).err().unwrap_or(UnusableAnswers::Several)),
        }
    }

    /// Grades answers. Every question gets a result, whatever the answers look like.
    #[must_use]
    pub fn grade(&self, answers: &Answers) -> QuizReport {
        let mut share = 0.0;
        let mut questions = Vec::with_capacity(self.questions.len());
        for question in &self.questions {
            let graded = self.grade_question(question, answers.0.get(&question.id));
            share += graded.share;
            questions.push(QuestionResult {
                id: question.id.clone(),
                state: graded.state,
                correct: graded.state == QuestionState::Correct,
                message: graded.message,
                explanation: question.context.clone().filter(|_| graded.whole),
                flows: graded.flows,
            });
        }
        let passed = questions.iter().all(|question| question.correct);
        let points = if passed { self.points } else { self.points * share / self.questions.len().max(1) as f64 };
        QuizReport {
            quiz: self.name.clone(),
            passed,
            points: rounded(points),
            max_points: self.points,
            questions,
            unknown: self.unknown_ids(answers),
        }
    }

    /// The answers of an HTML form: a field is named after its question, and for a flow
    /// `QUESTION.FLOW`; `QUESTION.why` is the sentence why.
    #[must_use]
    pub fn answers_from_form(&self, fields: impl IntoIterator<Item = (String, String)>) -> Answers {
        let mut answers = Answers::default();
        for (name, value) in fields {
            let (id, part) = match name.split_once('.') {
                Some((id, part)) => (id, Some(part)),
                None => (name.as_str(), None),
            };
            let Some(question) = self.questions.iter().find(|question| question.id == id) else { continue };
            if part == Some("why") {
                continue;
            }
            let answer = answers.0.entry(id.to_owned()).or_insert(Value::Null);
            match (&question.kind, part) {
                (QuestionKind::Choice { multiple: true, .. }, _) => match answer {
                    Value::Array(chosen) => chosen.push(value.into()),
                    _ => *answer = Value::Array(vec![value.into()]),
                },
                (QuestionKind::Reachability { .. }, Some(flow)) => match answer {
                    Value::Object(flows) => _ = flows.insert(flow.to_owned(), value.into()),
                    _ => *answer = Value::Object([(flow.to_owned(), value.into())].into_iter().collect()),
                },
                _ => *answer = value.into(),
            }
        }
        answers
    }

    /// The answers that are right: what a proof hands in.
    pub(crate) fn right_answers(&self) -> Answers {
        let right = self.questions.iter().map(|question| (question.id.clone(), self.right_answer(question)));
        Answers(right.collect())
    }

    fn right_answer(&self, question: &Question) -> Value {
        match &question.kind {
            QuestionKind::Choice { options, multiple, .. } => {
                let mut ids =
                    options.iter().filter(|option| option.right).map(|option| self.option_id(question, option));
                if *multiple { ids.collect() } else { ids.next().into() }
            }
            QuestionKind::Short { accepted: Accepted::Texts(accepted), .. } => accepted.first().cloned().into(),
            QuestionKind::Short { .. } => Value::Null,
            QuestionKind::Reachability { flows, .. } => Value::Object(
                flows.iter().map(|flow| (self.flow_id(question, flow), flow.verdict.to_string().into())).collect(),
            ),
        }
    }

    fn unknown_ids(&self, answers: &Answers) -> Vec<String> {
        let known: BTreeSet<&str> = self.question_ids().collect();
        answers.0.keys().filter(|id| !known.contains(id.as_str())).take(20).cloned().collect()
    }

    fn grade_question(&self, question: &Question, answer: Option<&Value>) -> Graded {
        let answer = match answer {
            Some(Value::Object(parts)) if parts.contains_key("answer") => parts.get("answer"),
            other => other,
        };
        let Some(answer) = answer.filter(|answer| !is_blank(answer)) else {
            return Graded::without(QuestionState::Unanswered, "");
        };
        match &question.kind {
            QuestionKind::Choice { options, multiple, .. } => self.grade_choice(question, options, *multiple, answer),
            QuestionKind::Short { accepted, .. } => grade_text(accepted, answer),
            QuestionKind::Reachability { flows, .. } => self.grade_flows(question, flows, answer),
        }
    }

    fn grade_choice(&self, question: &Question, options: &[ChoiceOption], multiple: bool, answer: &Value) -> Graded {
        let chosen: Option<BTreeSet<&str>> = match answer {
            Value::String(id) => Some([id.as_str()].into()),
            Value::Array(ids) => ids.iter().map(Value::as_str).collect(),
            _ => None,
        };
        let Some(chosen) = chosen else {
            return Graded::without(QuestionState::Malformed, "the answer must be an option's id, or a list of ids");
        };
        if !multiple && chosen.len() > 1 {
            return Graded::without(QuestionState::Malformed, "choose one option only");
        }
        let ids: BTreeMap<String, bool> =
            options.iter().map(|option| (self.option_id(question, option), option.right)).collect();
        if chosen.iter().any(|id| !ids.contains_key(*id)) {
            return Graded::without(
                QuestionState::Malformed,
                "the answer names an option that this question does not have; reload the page, it may have changed",
            );
        }
        let right: BTreeSet<&str> = ids.iter().filter(|(_, right)| **right).map(|(id, _)| id.as_str()).collect();
        if chosen == right {
            Graded::right()
        } else if multiple && chosen.is_subset(&right) {
            Graded::without(QuestionState::Wrong, "not all that apply")
        } else {
            Graded::without(QuestionState::Wrong, "")
        }
    }

    fn grade_flows(&self, question: &Question, flows: &[KeyedFlow], answer: &Value) -> Graded {
        let Value::Object(answers) = answer else {
            return Graded::without(
                QuestionState::Malformed,
                "the answer must be a map from flow ids to allowed or blocked",
            );
        };
        let ids: BTreeSet<String> = flows.iter().map(|flow| self.flow_id(question, flow)).collect();
        let strange =
            answers.iter().any(|(id, said)| !ids.contains(id) || (!is_blank(said) && verdict(said).is_none()));
        if strange {
            return Graded::without(
                QuestionState::Malformed,
                "the answer names a flow that this question does not have, or says something other than allowed or blocked",
            );
        }
        // What was not judged keeps its secret.
        let results: Vec<FlowResult> = flows
            .iter()
            .filter_map(|keyed| {
                let id = self.flow_id(question, keyed);
                let answer = Some(answers.get(&id).and_then(verdict)?);
                let (verdict, why) = (keyed.verdict, keyed.why.clone());
                Some(FlowResult { id, flow: keyed.flow.clone(), answer, verdict, why })
            })
            .collect();
        let (all, judged) = (flows.len(), results.len());
        let right = results.iter().filter(|flow| flow.answer == Some(flow.verdict)).count();
        let state = match right {
            _ if right == all => QuestionState::Correct,
            0 => QuestionState::Wrong,
            _ => QuestionState::Partial,
        };
        let message = match all - judged {
            0 if right == all => String::new(),
            0 => format!("{right} of {}", counted(all, "flow")),
            open => format!("{right} of {}, and {open} not judged", counted(all, "flow")),
        };
        Graded {
            state,
            whole: judged == all,
            share: right.saturating_sub(judged - right) as f64 / all.max(1) as f64,
            message,
            flows: results,
        }
    }
}

impl Graded {
    fn right() -> Self {
        Self { state: QuestionState::Correct, whole: true, share: 1.0, message: String::new(), flows: Vec::new() }
    }

    fn without(state: QuestionState, message: &str) -> Self {
        Self { state, whole: state.is_answered(), share: 0.0, message: message.to_owned(), flows: Vec::new() }
    }
}

fn grade_text(accepted: &Accepted, answer: &Value) -> Graded {
    let Some(text) = answer.as_str() else {
        return Graded::without(QuestionState::Malformed, "the answer must be text");
    };
    let is_right = match accepted {
        Accepted::Texts(accepted) => accepted.iter().any(|accepted| says_the_same(accepted, text)),
        Accepted::Hashes(seal, hashes) => spellings(text).iter().any(|text| hashes.contains(&seal.hash(text))),
    };
    if is_right { Graded::right() } else { Graded::without(QuestionState::Wrong, "") }
}

fn is_blank(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.values().all(is_blank),
        _ => false,
    }
}

fn verdict(answer: &Value) -> Option<Verdict> {
    match answer.as_str()? {
        "allowed" => Some(Verdict::Allowed),
        "blocked" => Some(Verdict::Blocked),
        _ => None,
    }
}
