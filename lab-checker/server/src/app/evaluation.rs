//! Evaluation: checks, maps, previews and explanations. They are pure computing, so they run on threads of their own,
//! as many at once as there are cores, each in its turn; and what is known is not computed again.

use std::sync::Arc;

use axum::http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use tokio::task;

use super::{
    answers::{Answers, Anything, Asked, Finding, Question},
    previews::{Editor, Previews},
    turns::{Turn, Turns, Work},
};
use crate::problem::Problem;

/// Those who ask for everybody: instructors.
pub(crate) const INSTRUCTORS: &str = "instructors";

/// Work that gives an answer, of whatever kind.
type Boxed<T> = Box<dyn FnOnce() -> T + Send>;

/// What evaluates. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    turns: Turns,
    answers: Answers,
    previews: Previews,
    /// How much has been computed.
    computed: Counter,
}

impl Evaluation {
    pub(crate) fn new(computed: Counter) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Parts {
            turns: Turns::new(cores),
            answers: Answers::default(),
            previews: Previews::default(),
            computed,
        }))
    }

    /// Compute something for a person when it is their turn.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        person: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.compute(self.0.turns.turn(person, Work::Answer).await?, work).await
    }

    /// The answer to a question: what is known, what somebody else is being told, or what is computed when it is the
    /// person's turn.
    pub(crate) async fn ask<T: Send + Sync + 'static>(
        &self,
        person: &str,
        question: Question,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        self.ask_for(Work::Answer, person, question, work).await
    }

    /// The same for what is shown while somebody types, and has no place that a newer one could take.
    pub(crate) async fn ask_to_preview<T: Send + Sync + 'static>(
        &self,
        person: &str,
        question: Question,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        self.ask_for(Work::Preview, person, question, work).await
    }

    /// Preview what an editor holds, unless a newer preview of the same editor comes before it is its turn.
    pub(crate) async fn preview<T: Send + Sync + 'static>(
        &self,
        editor: Editor,
        question: Question,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        if let Some(known) = self.0.answers.look(&question) {
            return Ok(known);
        }
        let person = editor.0.clone();
        let turn = self.0.previews.newest(editor, self.0.turns.turn(&person, Work::Preview)).await?;
        let answer = Arc::new(self.compute(turn, work).await??);
        self.0.answers.remember(question, &answer);
        Ok(answer)
    }

    async fn ask_for<T: Send + Sync + 'static>(
        &self,
        kind: Work,
        person: &str,
        question: Question,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        let (finding, waiting) = loop {
            match self.0.answers.ask(question.clone()) {
                Asked::Known(answer) => return Ok(answer),
                Asked::Wait(waiting) => match waiting.answer().await {
                    // Whoever asked first waited for too much. This person may not.
                    Err(refused) if refused.status() == StatusCode::TOO_MANY_REQUESTS => {}
                    answer => return answer,
                },
                Asked::Find(finding, waiting) => break (finding, waiting),
            }
        };
        let work = Box::new(|| work().map(|answer| Arc::new(answer) as Anything));
        // In a task of its own: whoever asked first may hang up while others wait.
        tokio::spawn(self.clone().find(kind, person.to_owned(), finding, work));
        waiting.answer().await
    }

    /// Finds an answer, whatever it is about: compiled once, not once for each question.
    async fn find(self, kind: Work, person: String, finding: Finding, work: Boxed<Result<Anything, Problem>>) {
        let turn = self.0.turns.turn(&person, kind);
        tokio::pin!(turn);
        let turn = loop {
            tokio::select! {
                turn = &mut turn => break turn,
                () = finding.nobody_waits() => if self.0.answers.give_up(&finding) { return },
            }
        };
        let answer = match turn {
            Ok(turn) => self.compute(turn, work).await.and_then(|answer| answer),
            Err(problem) => Err(problem),
        };
        self.0.answers.found(&finding, answer);
    }

    /// The turn ends with the work, even when nobody waits for its result any more.
    async fn compute<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.0.computed.inc();
        let done = task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "an evaluation panicked");
            Problem::failed()
        })
    }
}
