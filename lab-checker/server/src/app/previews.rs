//! Previews that wait. Somebody who types asks for many and looks at the last: a newer one of the same learner and lab
//! takes the place of one that still waits.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::oneshot;

use crate::problem::Problem;

/// Whose preview, and of what.
pub(crate) type Editor = (String, String);

/// The previews that wait for a turn.
#[derive(Debug, Default)]
pub(crate) struct Previews(Mutex<Waiting>);

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
    /// What is waited for, unless a newer preview of the same editor comes before that.
    pub(crate) async fn newest<T>(
        &self,
        editor: Editor,
        turn: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let mut place = self.wait(editor);
        tokio::select! {
            biased;
            _ = &mut place.replaced => Err(Problem::replaced()),
            turn = turn => turn,
        }
    }

    fn wait(&self, editor: Editor) -> Place<'_> {
        let (sender, replaced) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.came += 1;
        let number = waiting.came;
        // Whoever waited there hears that their sender is gone.
        waiting.newest.insert(editor.clone(), (number, sender));
        Place { previews: self, editor, number, replaced }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.previews.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.newest.get(&self.editor).is_some_and(|(number, _)| *number == self.number) {
            waiting.newest.remove(&self.editor);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join;

    use super::*;
    use crate::app::turns::{Turns, Work};

    fn editor(lab: &str) -> Editor {
        ("ada".to_owned(), lab.to_owned())
    }

    #[tokio::test]
    async fn a_newer_preview_takes_the_place_of_one_that_waits_and_of_no_other() {
        let (previews, turns) = (Previews::default(), Turns::new(1));
        let busy = turns.turn("bob", Work::Answer).await.unwrap();
        let of = |lab| previews.newest(editor(lab), turns.turn("ada", Work::Preview));
        let (older, beside) = (async { of("close").await.map(drop) }, async { of("other").await.map(drop) });
        let newer = async {
            let newer = of("close");
            drop(busy);
            newer.await.map(drop)
        };
        let (older, (beside, newer)) = join(older, join(beside, newer)).await;
        assert_eq!(older.unwrap_err().status().as_u16(), 409);
        assert!(beside.is_ok() && newer.is_ok());
        assert!(previews.0.lock().unwrap().newest.is_empty());
    }

    #[tokio::test]
    async fn who_hangs_up_leaves_no_place_behind() {
        let (previews, turns) = (Previews::default(), Turns::new(1));
        let busy = turns.turn("bob", Work::Answer).await.unwrap();
        let mut waits = Box::pin(previews.newest(editor("close"), turns.turn("ada", Work::Preview)));
        assert!(futures::poll!(&mut waits).is_pending());
        assert_eq!(previews.0.lock().unwrap().newest.len(), 1);
        drop(waits);
        assert!(previews.0.lock().unwrap().newest.is_empty());
        drop(busy);
        assert!(previews.newest(editor("close"), turns.turn("ada", Work::Preview)).await.is_ok());
    }
}
