//! Ids of options and flows that are one learner's own, so that what one of them found out by trying cannot be sent
//! in by another.
//!
//! The ids that [`Quiz::public`] gives are the author's: the same for everybody, and what stored answers are made of,
//! so that they can be graded again. A server shows its learners ids of their own instead, and turns them back.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::grade::Answers;
use super::opaque_id::short_id;
use super::quiz::{PublicQuestionKind, PublicQuiz, QuestionKind, Quiz};

/// The ids that one learner sees.
#[derive(Clone)]
pub struct OwnIds(Hmac<Sha256>);

impl OwnIds {
    /// The ids of `owner`. Who does not know `secret` cannot tell which of them is which option's.
    #[must_use]
    pub fn new(secret: &[u8], owner: &str) -> Self {
        let mut keyed = Self::keyed(secret);
        keyed.update(owner.as_bytes());
        Self(Self::keyed(&keyed.finalize().into_bytes()))
    }

    fn keyed(key: &[u8]) -> Hmac<Sha256> {
        Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
    }

    /// What the owner sees instead of the author's id: a text of the same length.
    #[must_use]
    pub fn of(&self, id: &str) -> String {
        let mut keyed = self.0.clone();
        keyed.update(id.as_bytes());
        short_id(&keyed.finalize().into_bytes())
    }
}

impl std::fmt::Debug for OwnIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnIds")
    }
}

impl Quiz {
    /// The quiz without its key, in the order of a seed and with the ids of one learner.
    #[must_use]
    pub fn public_for(&self, seed: u64, ids: &OwnIds) -> PublicQuiz {
        let mut public = self.public(seed);
        for question in &mut public.questions {
            match &mut question.kind {
                PublicQuestionKind::MultipleChoice { options, .. } => {
                    options.iter_mut().for_each(|option| option.id = ids.of(&option.id));
                }
                PublicQuestionKind::Reachability { flows, .. } => {
                    flows.iter_mut().for_each(|flow| flow.id = ids.of(&flow.id));
                }
                PublicQuestionKind::ShortAnswer { .. } => {}
            }
        }
        public
    }

    /// Answers that name what one learner was shown, with the author's ids. What is none of theirs, the author's own
    /// ids among it, names nothing afterwards.
    #[must_use]
    pub fn authored(&self, answers: Answers, ids: &OwnIds) -> Answers {
        let mut answers = answers.0;
        for question in &self.questions {
            let Some(answer) = answers.get_mut(&question.id) else { continue };
            let answer = match answer {
                Value::Object(parts) if parts.contains_key("answer") => &mut parts["answer"],
                other => other,
            };
            let theirs = || Theirs::new(self.ids_in(question), ids);
            match question.kind {
                QuestionKind::Choice { .. } => theirs().turn_back_choice(answer),
                QuestionKind::Reachability { .. } => theirs().turn_back_flows(answer),
                QuestionKind::Short { .. } => {}
            }
        }
        Answers(answers)
    }
}

/// How much is kept of an id that nobody was shown.
const LONGEST_UNKNOWN: usize = 40;

/// The author's ids by the learner's.
struct Theirs(BTreeMap<String, String>);

impl Theirs {
    fn new(authored: Vec<String>, ids: &OwnIds) -> Self {
        Self(authored.into_iter().map(|id| (ids.of(&id), id)).collect())
    }

    fn authored(&self, id: &str) -> String {
        // A blank stands in no id.
        let unknown = || format!("unknown {}", id.chars().take(LONGEST_UNKNOWN).collect::<String>());
        self.0.get(id).cloned().unwrap_or_else(unknown)
    }

    fn turn_back_choice(&self, answer: &mut Value) {
        match answer {
            Value::String(id) if !id.trim().is_empty() => *id = self.authored(id),
            Value::Array(chosen) => chosen.iter_mut().for_each(|chosen| {
                if let Value::String(id) = chosen {
                    *id = self.authored(id);
                }
            }),
            _ => {}
        }
    }

    fn turn_back_flows(&self, answer: &mut Value) {
        if let Value::Object(judged) = answer {
            let judged_by_id = std::mem::take(judged).into_iter().map(|(id, said)| (self.authored(&id), said));
            *judged = judged_by_id.collect::<Map<_, _>>();
        }
    }
}
