//! Turns of previews. Somebody who types asks for many and looks at the last: a newer one of the same learner and lab
//! takes the place of one that still waits. All of them together never take every turn of the checks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Semaphore, oneshot};

use super::grading::{self, Grading};
use crate::problem::Problem;

/// Whose preview, and of what.
pub(crate) type Editor = (String, String);

/// The turns of previews, and those that wait for one.
#[derive(Debug)]
pub(crate) struct Previews {
    turns: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    came: u64,
    newest: HashMap<Editor, (u64, oneshot::Sender<()>)>,
}

/// A preview that waits.
struct Place<'a> {
    previews: &'a Previews,
    editor: Editor,
    number: u64,
    replaced: oneshot::Receiver<()>,
}

impl Previews {
    pub(crate) fn new() -> Self {
        Self::with_turns((grading::cores() / 2).max(1))
    }

    fn with_turns(turns: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(turns)), waiting: Mutex::default() }
    }

    /// Compute a preview when it is its turn, unless a newer one of the same editor comes before that.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        grading: &Grading,
        editor: Editor,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let mut place = self.wait(editor);
        let turns = async {
            let own = grading::turn(&self.turns).await?;
            Ok::<_, Problem>((own, grading.turn().await?))
        };
        let turns = tokio::select! {
            biased;
            _ = &mut place.replaced => return Err(Problem::replaced()),
            turns = turns => turns?,
        };
        drop(place);
        grading::compute(turns, work).await
    }

    /// Compute one that nobody else can take the place of.
    pub(crate) async fn run_each<T: Send + 'static>(
        &self,
        grading: &Grading,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turns = (grading::turn(&self.turns).await?, grading.turn().await?);
        grading::compute(turns, work).await
    }

    fn wait(&self, editor: Editor) -> Place<'_> {
        let (sender, replaced) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.came += 1;
        let number = waiting.came;
        // Whoever waited there hears that their sender is gone.
        waiting.newest.insert(editor.clone(), (number, sender));
        Place { previews: self, editor, number, replaced }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.previews.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.newest.get(&self.editor).is_some_and(|(number, _)| *number == self.number) {
            waiting.newest.remove(&self.editor);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join;

    use super::*;

    fn editor(lab: &str) -> Editor {
        ("ada".to_owned(), lab.to_owned())
    }

    #[tokio::test]
    async fn a_newer_preview_takes_the_place_of_one_that_waits_and_of_no_other() {
        let (previews, grading) = (Previews::with_turns(1), Grading::new());
        let busy = grading::turn(&previews.turns).await.unwrap();
        let older = previews.run(&grading, editor("close"), || "older");
        let beside = previews.run(&grading, editor("other"), || "beside");
        let newer = async {
            let newer = previews.run(&grading, editor("close"), || "newer");
            drop(busy);
            newer.await
        };
        let (older, (beside, newer)) = join(older, join(beside, newer)).await;
        assert_eq!(older.unwrap_err().status().as_u16(), 409);
        assert_eq!((beside.unwrap(), newer.unwrap()), ("beside", "newer"));
        assert!(previews.waiting.lock().unwrap().newest.is_empty());
    }

    #[tokio::test]
    async fn who_hangs_up_leaves_no_place_behind() {
        let (previews, grading) = (Previews::with_turns(1), Grading::new());
        let busy = grading::turn(&previews.turns).await.unwrap();
        let mut waits = Box::pin(previews.run(&grading, editor("close"), || ()));
        assert!(futures::poll!(&mut waits).is_pending());
        assert_eq!(previews.waiting.lock().unwrap().newest.len(), 1);
        drop(waits);
        assert!(previews.waiting.lock().unwrap().newest.is_empty());
        drop(busy);
        previews.run(&grading, editor("close"), || ()).await.unwrap();
    }
}
