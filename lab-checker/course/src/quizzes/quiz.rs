//! Quizzes: questions with their answer key, and the public form without it.

use netpol::{FlowText, Verdict};
use serde::Serialize;
use serde_json::Value;

use super::opaque_id::{opaque_id, order_key};
use super::seal::Seal;

/// A quiz, answer key included. It has no `Serialize` on purpose: what leaves the process is a
/// [`PublicQuiz`] or a [`crate::QuizReport`].
#[derive(Clone, Debug)]
pub struct Quiz {
    /// The file's stem.
    pub name: String,
    /// The title.
    pub title: String,
    /// The first lesson that uses it; empty when none does.
    pub chapter: String,
    /// What it is worth; every question is worth the same share.
    pub points: f64,
    pub(crate) questions: Vec<Question>,
}

/// A question with its key.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) id: String,
    /// Where it stands in its file.
    pub(crate) line: usize,
    /// Markdown.
    pub(crate) prompt: String,
    /// What stands before the questions of its group (mdbook-quiz's `multipart`).
    pub(crate) group: Option<String>,
    /// The explanation, Markdown.
    pub(crate) context: Option<String>,
    /// mdbook-quiz's `promptExplanation`.
    pub(crate) asks_why: bool,
    pub(crate) kind: QuestionKind,
}

#[derive(Clone, Debug)]
pub(crate) enum QuestionKind {
    Choice {
        options: Vec<ChoiceOption>,
        multiple: bool,
        order: OptionOrder,
    },
    Short {
        accepted: Accepted,
        format: TextFormat,
    },
    /// `objects` are those that the key was computed from.
    Reachability {
        manifest: Option<String>,
        objects: Vec<Value>,
        flows: Vec<KeyedFlow>,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct ChoiceOption {
    /// Markdown.
    pub(crate) text: String,
    pub(crate) right: bool,
}

/// The texts that answer a question rightly.
#[derive(Clone, Debug)]
pub(crate) enum Accepted {
    /// As their author wrote them.
    Texts(Vec<String>),
    /// As hashes; see [`super::sealed`].
    Hashes(Seal, Vec<String>),
}

/// In which order options are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptionOrder {
    /// By the learner's seed.
    Shuffled,
    /// As they are: `answerIndex` has put the answer in its place, or `sortAnswers` has sorted them.
    AsWritten,
}

/// How a short answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// One line.
    Short,
    /// Some lines.
    Long,
    /// Code.
    Code,
}

/// A flow to judge, with its key: the engine's verdict.
#[derive(Clone, Debug)]
pub(crate) struct KeyedFlow {
    /// As its author wrote it.
    pub(crate) asked: String,
    pub(crate) flow: FlowText,
    pub(crate) verdict: Verdict,
    /// The engine's sentence.
    pub(crate) why: String,
}

/// A quiz as a learner sees it before answering: no key, no explanations, opaque option ids.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicQuiz {
    /// The quiz's name.
    pub name: String,
    /// The title.
    pub title: String,
    /// The lesson that uses it.
    pub chapter: String,
    /// What it is worth.
    pub points: f64,
    /// The questions.
    pub questions: Vec<PublicQuestion>,
}

/// A question as a learner sees it before answering.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicQuestion {
    /// The question's id: the key of its answer.
    pub id: String,
    /// The question, Markdown.
    pub prompt: String,
    /// What the questions of its group have in common, Markdown.
    pub group: Option<String>,
    /// Whether the learner is asked for a sentence why. It is kept, not graded.
    pub asks_why: bool,
    /// How it is answered.
    #[serde(flatten)]
    pub kind: PublicQuestionKind,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PublicQuestionKind {
    /// By the id of one option, or by a list of ids when `multiple`.
    MultipleChoice {
        /// Whether several options may be right, all of which must be chosen.
        multiple: bool,
        /// The options.
        options: Vec<PublicOption>,
    },
    /// By text.
    ShortAnswer {
        /// How much text.
        format: TextFormat,
    },
    /// By a map from flow ids to `allowed` or `blocked`.
    Reachability {
        /// The YAML that the question is about.
        manifest: Option<String>,
        /// The flows.
        flows: Vec<PublicFlow>,
    },
}

/// An option of a multiple choice question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicOption {
    /// What an answer says to choose it; it tells nothing about being right.
    pub id: String,
    /// Markdown.
    pub text: String,
}

/// A flow to judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicFlow {
    /// What an answer says to judge it.
    pub id: String,
    /// The flow.
    #[serde(flatten)]
    pub flow: FlowText,
}

impl Quiz {
    /// The quiz without its key. The seed decides the order of the options, and nothing else: the same
    /// learner sees the same order again, and an answer to one order can be graded by anybody.
    #[must_use]
    pub fn public(&self, seed: u64) -> PublicQuiz {
        PublicQuiz {
            name: self.name.clone(),
            title: self.title.clone(),
            chapter: self.chapter.clone(),
            points: self.points,
            questions: self.questions.iter().map(|question| self.public_question(question, seed)).collect(),
        }
    }

    /// The ids of all options and flows that stand in a form of this quiz.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.questions.iter().flat_map(|question| self.ids_in(question))
    }

    /// Those of one question.
    pub(super) fn ids_in(&self, question: &Question) -> Vec<String> {
        match &question.kind {
            QuestionKind::Choice { options, .. } => {
                options.iter().map(|option| self.option_id(question, option)).collect()
            }
            QuestionKind::Short { .. } => Vec::new(),
            QuestionKind::Reachability { flows, .. } => flows.iter().map(|flow| self.flow_id(question, flow)).collect(),
        }
    }

    /// The number of questions.
    #[must_use]
    pub fn question_count(&self) -> usize {
        self.questions.len()
    }

    /// The questions' ids, in order.
    pub fn question_ids(&self) -> impl Iterator<Item = &str> {
        self.questions.iter().map(|question| question.id.as_str())
    }

    fn public_question(&self, question: &Question, seed: u64) -> PublicQuestion {
        PublicQuestion {
            id: question.id.clone(),
            prompt: question.prompt.clone(),
            group: question.group.clone(),
            asks_why: question.asks_why,
            kind: self.public_kind(question, seed),
        }
    }

    fn public_kind(&self, question: &Question, seed: u64) -> PublicQuestionKind {
        match &question.kind {
            QuestionKind::Choice { options, multiple, order } => {
                let mut options: Vec<PublicOption> = options
                    .iter()
                    .map(|option| PublicOption { id: self.option_id(question, option), text: option.text.clone() })
                    .collect();
                if *order == OptionOrder::Shuffled {
                    options.sort_by_cached_key(|option| order_key(seed, &option.id));
                }
                PublicQuestionKind::MultipleChoice { multiple: *multiple, options }
            }
            QuestionKind::Short { format, .. } => PublicQuestionKind::ShortAnswer { format: *format },
            QuestionKind::Reachability { manifest, flows, .. } => PublicQuestionKind::Reachability {
                manifest: manifest.clone(),
                flows: flows
                    .iter()
                    .map(|keyed| PublicFlow { id: self.flow_id(question, keyed), flow: keyed.flow.clone() })
                    .collect(),
            },
        }
    }

    pub(crate) fn option_id(&self, question: &Question, option: &ChoiceOption) -> String {
        option_id(&self.name, &question.id, &option.text)
    }

    pub(crate) fn flow_id(&self, question: &Question, keyed: &KeyedFlow) -> String {
        opaque_id(&[&self.name, &question.id, "flow", &keyed.flow.to_string()])
    }
}

/// The author's id of an option.
pub(super) fn option_id(quiz: &str, question: &str, text: &str) -> String {
    opaque_id(&[quiz, question, "option", text])
}
