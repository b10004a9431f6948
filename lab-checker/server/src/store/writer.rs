//! The task that writes attempts: many requests, one commit.
//!
//! A commit waits for the disk; an insert does not. So the attempts that arrive while one commit is
//! under way share the next one, and each request is answered only after its own commit.

use std::{collections::BTreeSet, sync::Arc};

use practice_cluster::{Writers, Writing};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    Attempt, StoreError,
    columns::places,
    content::{self, Content},
    error::{Result, unwritten},
};
use crate::activity::{self, ActivityKind};

/// How many attempts may wait; further requests wait before they queue.
const QUEUE: usize = 1024;
/// How many attempts share one commit at most.
const BATCH: usize = 256;
/// How many rows one statement inserts. Few sizes, so that prepared statements are found again.
const ROWS: [usize; 3] = [32, 8, 1];
const COLUMNS: usize = 11;

type Answer = oneshot::Sender<Result<()>>;
type Waiting = (Kept, Answer);
/// Something that is there until somebody takes it.
type Taken<T> = Arc<Mutex<Option<T>>>;

/// An attempt as it is written: what waits is small.
#[derive(Debug)]
struct Kept {
    /// Without its submission.
    attempt: Attempt,
    /// What was handed in at a quiz: a few words.
    words: String,
    /// What was handed in at a lab.
    content: Option<Content>,
    report: String,
}

impl Kept {
    fn of(mut attempt: Attempt) -> Result<Self> {
        let (submission, report) = (attempt.submission.take(), attempt.report.take().to_string());
        let (words, content) = match attempt.activity.kind {
            ActivityKind::Quiz => (submission.to_string(), None),
            ActivityKind::Lab => (String::new(), Some(Content::of(&submission).map_err(sqlx::Error::Io)?)),
        };
        Ok(Self { attempt, words, content, report })
    }
}

/// The way to the task.
#[derive(Debug, Clone)]
pub(super) struct AttemptWriter {
    queue: Taken<mpsc::Sender<Waiting>>,
    sender: mpsc::WeakSender<Waiting>,
    task: Taken<JoinHandle<()>>,
}

impl AttemptWriter {
    pub(super) fn start(writers: Writers) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let weak = sender.downgrade();
        let task = tokio::spawn(run(writers, receiver));
        Self { queue: Arc::new(Mutex::new(Some(sender))), sender: weak, task: Arc::new(Mutex::new(Some(task))) }
    }

    pub(super) async fn write(&self, attempt: Attempt) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let sender = self.sender.upgrade().ok_or(StoreError::Stopping)?;
        sender.send((Kept::of(attempt)?, answer)).await.map_err(|_| StoreError::Stopping)?;
        answered.await.map_err(|_| StoreError::Stopping)?
    }

    /// Take no more, and write what waits.
    pub(super) async fn finish(&self) {
        self.queue.lock().await.take();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

async fn run(writers: Writers, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut waiting, BATCH).await > 0 {
        let (attempts, answers): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        match insert(&writers, &attempts).await {
            Ok(()) => answer_all(answers, || Ok(())),
            Err(_) => insert_one_by_one(&writers, attempts, answers).await,
        }
    }
}

fn answer_all(answers: impl IntoIterator<Item = Answer>, done: impl Fn() -> Result<()>) {
    for answer in answers {
        // The request may be gone; its attempt is stored all the same.
        let _ = answer.send(done());
    }
}

/// One bad row (a learner who was deleted meanwhile) must not fail its neighbours. When writing itself fails,
/// the rest is not tried: every one of them would wait for the same failure.
async fn insert_one_by_one(writers: &Writers, attempts: Vec<Kept>, answers: Vec<Answer>) {
    let mut answers = answers.into_iter();
    for attempt in attempts {
        let Some(answer) = answers.next() else { return };
        let done = insert(writers, std::slice::from_ref(&attempt)).await;
        let failed = done.as_ref().err().and_then(|error| match error {
            StoreError::NotRecorded(source) => Some(Arc::clone(source)),
            _ => None,
        });
        let _ = answer.send(done);
        if let Some(source) = failed {
            return answer_all(answers, || Err(StoreError::NotRecorded(Arc::clone(&source))));
        }
    }
}

async fn insert(writers: &Writers, attempts: &[Kept]) -> Result<()> {
    writers.noted(insert_together(writers, attempts).await).map_err(unwritten)
}

async fn insert_together(writers: &Writers, attempts: &[Kept]) -> std::result::Result<(), sqlx::Error> {
    let mut writing = writers.begin().await?;
    let contents: BTreeSet<&Content> = attempts.iter().filter_map(|kept| kept.content.as_ref()).collect();
    let contents: Vec<&Content> = contents.into_iter().collect();
    for part in in_few_sizes(&contents) {
        content::insert(&mut writing, part).await?;
    }
    for part in in_few_sizes(attempts) {
        insert_rows(&mut writing, part).await?;
    }
    writing.commit().await
}

/// All of it, in parts of the sizes of [`ROWS`].
fn in_few_sizes<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let rows = ROWS.into_iter().find(|rows| *rows <= rest.len())?;
        let (now, later) = rest.split_at(rows);
        rest = later;
        Some(now)
    })
}

async fn insert_rows(writing: &mut Writing, attempts: &[Kept]) -> std::result::Result<(), sqlx::Error> {
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement(attempts.len())));
    for Kept { attempt, words, content, report } in attempts {
        query = query
            .bind(attempt.id.clone())
            .bind(attempt.learner.clone())
            .bind(activity::word(attempt.activity.kind))
            .bind(attempt.activity.name.clone())
            .bind(attempt.submitted_at.millis())
            .bind(attempt.points)
            .bind(attempt.max_points)
            .bind(i64::from(attempt.passed))
            .bind(words.clone())
            .bind(report.clone())
            .bind(content.as_ref().map(|content| content.hash.clone()));
    }
    query.execute(&mut **writing).await?;
    Ok(())
}

/// An id is there already only when an attempt is tried again whose commit did happen, unknown to us: the
/// connection was lost before the database could say so.
fn statement(rows: usize) -> String {
    let values = places(rows, COLUMNS);
    format!(
        "INSERT INTO attempts (id, learner, kind, activity, submitted_at, points, max_points, passed, submission, report, content)
         VALUES {values} ON CONFLICT (id) DO NOTHING"
    )
}
