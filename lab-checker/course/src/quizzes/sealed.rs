//! Quizzes in one file each, for a site without a server: they grade themselves, and what is right does not stand there to
//! be read. Choices and short answers are salted hashes, explanations are sealed, and reachability is computed on the
//! spot from the objects. See [`super::seal`] for what this is worth.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::quiz::{Accepted, ChoiceOption, KeyedFlow, OptionOrder, Question, QuestionKind, Quiz, TextFormat};
use super::seal::Seal;
use super::text::spellings;

use crate::reachability::{FlowOptions, FlowPattern, Verdicts};
use crate::snapshot;

/// A quiz that grades itself; what is asked stands on the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedQuiz {
    name: String,
    title: String,
    chapter: String,
    points: f64,
    questions: Vec<SealedQuestion>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SealedQuestion {
    id: String,
    salt: String,
    /// Sealed.
    explanation: Option<String>,
    /// The same as HTML, sealed.
    explanation_html: Option<String>,
    #[serde(flatten)]
    key: SealedKey,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum SealedKey {
    /// The options as the page shows them, and hashes of the ids of those that are right.
    MultipleChoice { multiple: bool, options: Vec<String>, right: Vec<String> },
    /// Hashes of all spellings of all answers that are right.
    ShortAnswer { accepted: Vec<String> },
    /// Objects, those of a fresh cluster left out where `fresh` says that they belong there, and flows.
    Reachability { objects: Vec<Value>, fresh: bool, flows: Vec<String> },
}

/// Why a sealed quiz cannot be graded: its file is damaged, or of another version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("question {0:?} of the quiz is damaged; reload the page")]
pub struct SealedError(String);

impl Quiz {
    /// The quiz so that it can be handed out; `html` makes HTML of Markdown.
    pub fn sealed(&self, html: impl Fn(&str) -> String) -> SealedQuiz {
        let questions = self.questions.iter().map(|question| self.sealed_question(question, &html));
        SealedQuiz {
            name: self.name.clone(),
            title: self.title.clone(),
            chapter: self.chapter.clone(),
            points: self.points,
            questions: questions.collect(),
        }
    }

    fn sealed_question(&self, question: &Question, html: impl Fn(&str) -> String) -> SealedQuestion {
        let seal = Seal::of(&self.name, &question.id);
        let key = match &question.kind {
            QuestionKind::Choice { options, multiple, .. } => {
                let right = options.iter().filter(|option| option.right);
                let right = right.map(|option| seal.hash(&self.option_id(question, option)));
                // In an order that says nothing.
                let mut texts: Vec<String> = options.iter().map(|option| option.text.clone()).collect();
                texts.sort();
                SealedKey::MultipleChoice { multiple: *multiple, options: texts, right: sorted(right) }
            }
            QuestionKind::Short { accepted, .. } => SealedKey::ShortAnswer {
                accepted: match accepted {
                    Accepted::Texts(texts) => {
                        sorted(texts.iter().flat_map(|text| spellings(text)).map(|text| seal.hash(&text)))
                    }
                    Accepted::Hashes(_, hashes) => hashes.clone(),
                },
            },
            QuestionKind::Reachability { objects, flows, .. } => {
                let baseline = snapshot::baseline();
                let own = objects.iter().filter(|object| !baseline.contains(object)).cloned();
                SealedKey::Reachability {
                    objects: own.collect(),
                    fresh: objects.iter().any(|object| baseline.contains(object)),
                    flows: flows.iter().map(|flow| flow.asked.clone()).collect(),
                }
            }
        };
        let explanation = question.context.as_deref().map(|text| seal.close(text));
        let explanation_html = question.context.as_deref().map(|text| seal.close(&html(text)));
        SealedQuestion { id: question.id.clone(), salt: seal.salt().to_owned(), explanation, explanation_html, key }
    }
}

impl SealedQuiz {
    /// The quiz, as far as grading needs it.
    ///
    /// # Errors
    /// When something else stands in it than was sealed.
    pub fn open(&self) -> Result<Quiz, SealedError> {
        let questions = self.questions.iter().map(|question| self.opened(question));
        Ok(Quiz {
            name: self.name.clone(),
            title: self.title.clone(),
            chapter: self.chapter.clone(),
            points: self.points,
            questions: questions.collect::<Result<_, _>>()?,
        })
    }

    /// Its explanations, each with its HTML.
    ///
    /// # Errors
    /// As [`SealedQuiz::open`].
    pub fn explanations(&self) -> Result<Vec<(String, String)>, SealedError> {
        let pairs = self.questions.iter().filter_map(|question| {
            let seal = Seal::new(&question.salt);
            let (text, html) = (question.explanation.as_deref()?, question.explanation_html.as_deref()?);
            let pair = seal.open(text).zip(seal.open(html));
            Some(pair.ok_or_else(|| SealedError(question.id.clone())))
        });
        pairs.collect()
    }

    fn opened(&self, question: &SealedQuestion) -> Result<Question, SealedError> {
        let damaged = || SealedError(question.id.clone());
        let seal = Seal::new(&question.salt);
        let context = question.explanation.as_deref().map(|sealed| seal.open(sealed).ok_or_else(damaged));
        let kind = match &question.key {
            SealedKey::MultipleChoice { multiple, options, right } => {
                let is_right = |text: &String| right.contains(&seal.hash(&self.option_id(question, text)));
                let option = |text: &String| ChoiceOption { text: text.clone(), right: is_right(text) };
                let options = options.iter().map(option).collect();
                QuestionKind::Choice { options, multiple: *multiple, order: OptionOrder::Shuffled }
            }
            SealedKey::ShortAnswer { accepted } => {
                QuestionKind::Short { accepted: Accepted::Hashes(seal, accepted.clone()), format: TextFormat::Short }
            }
            SealedKey::Reachability { objects, fresh, flows } => {
                let baseline = if *fresh { snapshot::baseline() } else { &[] };
                let objects = snapshot::apply(baseline, objects);
                let flows = judged(&objects, flows).ok_or_else(damaged)?;
                QuestionKind::Reachability { manifest: None, objects, flows }
            }
        };
        Ok(Question {
            id: question.id.clone(),
            line: 0,
            prompt: String::new(),
            group: None,
            context: context.transpose()?,
            asks_why: false,
            kind,
        })
    }

    fn option_id(&self, question: &SealedQuestion, text: &str) -> String {
        super::quiz::option_id(&self.name, &question.id, text)
    }
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    texts
}

/// Each flow with what the engine says about it.
fn judged(objects: &[Value], flows: &[String]) -> Option<Vec<KeyedFlow>> {
    let mut verdicts = Verdicts::new(objects, FlowOptions::default());
    let one = |asked: &String| {
        let found = verdicts.of(&asked.parse::<FlowPattern>().ok()?).pop()?;
        Some(KeyedFlow { asked: asked.clone(), flow: found.flow, verdict: found.verdict?, why: found.why })
    };
    flows.iter().map(one).collect()
}
