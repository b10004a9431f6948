//! Answers that are known: who asks what was asked before of a world that has not changed since, or asks what somebody
//! else is being answered at the moment, is given the same answer.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use practice_cluster::Version;
use tokio::sync::watch;

use crate::problem::Problem;

/// How many answers about worlds are remembered: two for each learner of a large class. Those that nobody has asked
/// for the longest are forgotten first.
const MOST: usize = 1024;

/// The same about objects that were sent: they may be large, and are mostly asked about once.
const MOST_SENT: usize = 128;

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum About {
    /// A world as it was at one moment.
    World(Version),
    /// What a lab begins with.
    Start,
    /// Objects that were sent, by their hash.
    Objects([u8; 32]),
}

/// A question, with everything that its answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) about: About,
    pub(crate) lab: String,
    /// What is asked, in words that no other question has.
    pub(crate) asked: String,
}

/// An answer, whatever it is about.
pub(crate) type Anything = Arc<dyn Any + Send + Sync>;
type Answer = Result<Anything, Problem>;

/// The answers, and the questions that are being answered.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Known>);

#[derive(Default)]
struct Known {
    asked: u64,
    entries: HashMap<Question, Entry>,
}

enum Entry {
    /// Is being answered.
    Open(Arc<watch::Sender<Option<Answer>>>),
    /// Is answered, and was last asked for then.
    Answered(Anything, u64),
}

/// What becomes of somebody who asks.
pub(crate) enum Asked<T> {
    /// The answer is known.
    Known(Arc<T>),
    /// Somebody else is being answered.
    Wait(Waiting),
    /// It is theirs to find the answer, and to tell the others that come.
    Find(Finding, Waiting),
}

/// Who waits for an answer.
pub(crate) struct Waiting(watch::Receiver<Option<Answer>>);

/// Who finds an answer.
pub(crate) struct Finding {
    question: Question,
    answer: Arc<watch::Sender<Option<Answer>>>,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("entries", &self.known().entries.len()).finish()
    }
}

impl Answers {
    /// The answer if it is known, without asking.
    pub(crate) fn look<T: Send + Sync + 'static>(&self, question: &Question) -> Option<Arc<T>> {
        self.known().answered(question)?.downcast().ok()
    }

    /// Ask.
    pub(crate) fn ask<T: Send + Sync + 'static>(&self, question: Question) -> Asked<T> {
        let mut known = self.known();
        if let Some(answer) = known.answered(&question).and_then(|answer| answer.downcast().ok()) {
            return Asked::Known(answer);
        }
        if let Some(Entry::Open(answer)) = known.entries.get(&question) {
            return Asked::Wait(Waiting(answer.subscribe()));
        }
        let (answer, receiver) = watch::channel(None);
        let answer = Arc::new(answer);
        known.entries.insert(question.clone(), Entry::Open(Arc::clone(&answer)));
        Asked::Find(Finding { question, answer }, Waiting(receiver))
    }

    /// Remember an answer that was found otherwise.
    pub(crate) fn remember<T: Send + Sync + 'static>(&self, question: Question, answer: &Arc<T>) {
        let answer: Anything = Arc::clone(answer) as Anything;
        self.known().remember(question, answer);
    }

    /// Tell an answer to all who wait for it. Refusals are told and not remembered.
    pub(crate) fn found(&self, finding: &Finding, answer: Answer) {
        let mut known = self.known();
        known.entries.remove(&finding.question);
        if let Ok(answer) = &answer {
            known.remember(finding.question.clone(), Arc::clone(answer));
        }
        drop(known);
        finding.answer.send_replace(Some(answer));
    }

    /// Give up a question when nobody waits for its answer any more; tells whether it was.
    pub(crate) fn give_up(&self, finding: &Finding) -> bool {
        let mut known = self.known();
        // Whoever comes subscribes under the same lock.
        let nobody = finding.answer.receiver_count() == 0;
        if nobody {
            known.entries.remove(&finding.question);
        }
        nobody
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn answered(&mut self, question: &Question) -> Option<Anything> {
        self.asked += 1;
        let Entry::Answered(answer, at) = self.entries.get_mut(question)? else { return None };
        *at = self.asked;
        Some(Arc::clone(answer))
    }

    fn remember(&mut self, question: Question, answer: Anything) {
        if let About::World(now) = &question.about {
            self.entries.retain(|known, entry| match (&known.about, entry) {
                (About::World(then), Entry::Answered(..)) => !then.is_before(now),
                _ => true,
            });
        }
        let (sent, most) = if question.is_sent() { (true, MOST_SENT) } else { (false, MOST) };
        let alike = self.entries.iter().filter(|(known, _)| known.is_sent() == sent);
        let ages: Vec<(u64, &Question)> = alike.filter_map(|(known, entry)| Some((entry.asked()?, known))).collect();
        if ages.len() >= most
            && let Some(oldest) = ages.into_iter().min_by_key(|(at, _)| *at).map(|(_, known)| known.clone())
        {
            self.entries.remove(&oldest);
        }
        self.asked += 1;
        self.entries.insert(question, Entry::Answered(answer, self.asked));
    }
}

impl Question {
    fn is_sent(&self) -> bool {
        matches!(self.about, About::Objects(_))
    }
}

impl Entry {
    /// When it was last asked for, if it is answered.
    fn asked(&self) -> Option<u64> {
        match self {
            Self::Answered(_, at) => Some(*at),
            Self::Open(_) => None,
        }
    }
}

impl Finding {
    /// When nobody waits any more.
    pub(crate) async fn nobody_waits(&self) {
        self.answer.closed().await;
    }
}

impl Waiting {
    /// The answer, when it is there.
    pub(crate) async fn answer<T: Send + Sync + 'static>(mut self) -> Result<Arc<T>, Problem> {
        let answer = self.0.wait_for(Option::is_some).await.map_err(|_| Problem::failed())?.clone();
        answer.unwrap_or_else(|| Err(Problem::failed()))?.downcast().map_err(|_| Problem::failed())
    }
}

#[cfg(test)]
mod tests {
    use practice_cluster::{ClusterId, Options, PracticeClusters, World};
    use serde_json::json;

    use super::*;

    fn question(asked: usize) -> Question {
        Question { about: About::Start, lab: "close".to_owned(), asked: asked.to_string() }
    }

    #[tokio::test]
    async fn who_asks_the_same_is_told_the_same() {
        let answers = Answers::default();
        let Asked::Find(finding, first) = answers.ask::<usize>(question(1)) else { panic!("the first") };
        let Asked::Wait(second) = answers.ask::<usize>(question(1)) else { panic!("the second") };
        assert!(matches!(answers.ask::<usize>(question(2)), Asked::Find(..)), "another question");
        answers.found(&finding, Ok(Arc::new(7_usize)));
        assert_eq!((*first.answer::<usize>().await.unwrap(), *second.answer::<usize>().await.unwrap()), (7, 7));
        assert!(matches!(answers.ask::<usize>(question(1)), Asked::Known(answer) if *answer == 7));
    }

    #[tokio::test]
    async fn a_refusal_is_told_and_asked_again() {
        let answers = Answers::default();
        let Asked::Find(finding, waiting) = answers.ask::<usize>(question(1)) else { panic!("the first") };
        answers.found(&finding, Err(Problem::busy()));
        assert_eq!(waiting.answer::<usize>().await.unwrap_err().status().as_u16(), 503);
        assert!(matches!(answers.ask::<usize>(question(1)), Asked::Find(..)));
    }

    #[tokio::test]
    async fn a_question_is_given_up_when_nobody_waits_and_not_before() {
        let answers = Answers::default();
        let Asked::Find(finding, first) = answers.ask::<usize>(question(1)) else { panic!("the first") };
        let Asked::Wait(second) = answers.ask::<usize>(question(1)) else { panic!("the second") };
        drop(first);
        assert!(!answers.give_up(&finding));
        drop(second);
        finding.nobody_waits().await;
        assert!(answers.give_up(&finding));
        assert!(matches!(answers.ask::<usize>(question(1)), Asked::Find(..)));
    }

    #[tokio::test]
    async fn a_world_that_has_changed_is_not_remembered_as_it_was() {
        let clusters = PracticeClusters::open(Options::default()).await.unwrap();
        let (one, other, world) = (ClusterId::random(), ClusterId::random(), World::sandbox());
        for id in [&one, &other] {
            clusters.create(id).await.unwrap();
        }
        let about = async |id| {
            let version = clusters.rehearsal(id, &world).await.unwrap().version().cloned().unwrap();
            Question { about: About::World(version), ..question(0) }
        };
        let answers = Answers::default();
        let (before, others) = (about(&one).await, about(&other).await);
        answers.remember(before.clone(), &Arc::new(1_usize));
        answers.remember(others.clone(), &Arc::new(2_usize));
        let more = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "more"}});
        clusters.apply(&one, &world, &[more]).await.unwrap().remove(0).unwrap();
        let after = about(&one).await;
        answers.remember(after.clone(), &Arc::new(3_usize));
        let known = [before, others, after].map(|question| answers.look::<usize>(&question).map(|known| *known));
        assert_eq!(known, [None, Some(2), Some(3)]);
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten_first() {
        let answers = Answers::default();
        for asked in 0..MOST {
            answers.remember(question(asked), &Arc::new(asked));
        }
        assert_eq!(answers.look::<usize>(&question(0)).as_deref(), Some(&0));
        answers.remember(question(MOST), &Arc::new(MOST));
        assert_eq!(answers.look::<usize>(&question(1)), None);
        assert_eq!(answers.look::<usize>(&question(0)).as_deref(), Some(&0));
        assert_eq!(answers.known().entries.len(), MOST);
        // What was sent has room of its own.
        for sent in 0..2 * MOST_SENT {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&sent.to_le_bytes());
            answers.remember(Question { about: About::Objects(hash), ..question(0) }, &Arc::new(sent));
        }
        assert_eq!(answers.look::<usize>(&question(0)).as_deref(), Some(&0));
        assert_eq!(answers.known().entries.len(), MOST + MOST_SENT);
    }
}
