//! What a shell does with its jobs: `jobs`, `wait`, `fg`, `kill`, and the line that a terminal shows when one has ended.

use tokio::task::AbortHandle;

use super::jobs::{Job, KILLED};
use super::state::{Next, Shell};
use crate::script::syntax::{Body, Command, Item, Piece, Script, When, Word};
use crate::streams::{Input, Output, Streams};

/// Aborts a job that somebody waits for in the foreground, unless it has ended.
struct Foreground(AbortHandle);

impl Drop for Foreground {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shell {
    /// Starts what stands before `&`.
    pub(super) async fn behind(&mut self, item: &Item, streams: &Streams) -> Next {
        let Some(mut shell) = self.fork(streams).await else { return Next::Go };
        let job = Item { when: When::Always, background: false, ..item.clone() };
        let command = described(item);
        let own = Streams { stdin: Input::empty(), terminal: false, ..streams.clone() };
        let (number, process) = self.jobs.begin(command, async move {
            shell.script(&Script(vec![job]), &own).await;
            shell.status
        });
        if self.interactive && streams.terminal {
            streams.stderr.line(format!("[{number}] {process}")).await;
        }
        self.status = 0;
        // It begins before the next command does, so that what that looks for is there.
        tokio::task::yield_now().await;
        Next::Go
    }

    /// What a terminal shows before the next prompt.
    pub(super) async fn tell_of_ended_jobs(&mut self, screen: &Output) {
        for line in self.jobs.lines(true) {
            screen.line(line).await;
        }
    }

    /// `jobs`.
    pub(super) async fn list_jobs(&mut self, streams: &Streams) {
        for line in self.jobs.lines(false) {
            streams.stdout.line(line).await;
        }
        self.status = 0;
    }

    /// `wait`: for one job, or for all.
    pub(super) async fn wait_for(&mut self, word: Option<&str>) {
        self.status = 0;
        let wanted = word.map(|word| self.jobs.position(Some(word)).map(|at| &self.jobs.known[at]));
        let wanted = match wanted {
            Some(None) => {
                self.status = 127;
                return;
            }
            Some(Some(Job { ended: Some(status), .. })) => {
                self.status = *status;
                return;
            }
            Some(Some(job)) => Some(job.process),
            None => None,
        };
        while let Some(ended) = self.jobs.tasks.join_next_with_id().await {
            if let Some((process, status)) = self.jobs.note(ended)
                && wanted == Some(process)
            {
                self.status = status;
                return;
            }
        }
    }

    /// `fg`: waits for a job, which the interrupt of a terminal ends meanwhile.
    pub(super) async fn foreground(&mut self, word: Option<&str>, streams: &Streams) {
        self.jobs.note_all();
        let at = self.jobs.position(word).filter(|at| self.jobs.known[*at].ended.is_none());
        let Some(at) = at else {
            let text = format!("fg: {}: no such job", word.unwrap_or("current"));
            streams.stderr.line(self.complaint(&text)).await;
            self.status = 2;
            return;
        };
        // Should it be interrupted, nobody need be told.
        self.jobs.known[at].seen = true;
        let Job { command, task, process, .. } = &self.jobs.known[at];
        let (process, held) = (process.to_string(), Foreground(task.clone()));
        streams.stdout.line(command).await;
        self.wait_for(Some(&process)).await;
        drop(held);
    }

    /// `kill` of jobs; other processes are not to be found here.
    pub(super) async fn kill(&mut self, words: &[&str], streams: &Streams) {
        self.status = 0;
        self.jobs.note_all();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            if matches!(*word, "-s" | "-n") {
                words.next();
                continue;
            }
            if word.starts_with('-') {
                continue;
            }
            match self.jobs.position(Some(word)) {
                Some(at) => {
                    let job = &mut self.jobs.known[at];
                    job.task.abort();
                    job.ended.get_or_insert(KILLED);
                }
                // A container's main process ignores signals from inside, as it ignores most.
                None if *word == "1" => {}
                None => {
                    let text = format!("can't kill pid {word}: No such process");
                    streams.stderr.line(self.complaint(&text)).await;
                    self.status = 1;
                }
            }
        }
    }
}

/// A command as a job is shown: the words of simple ones, and what kind the others are.
fn described(item: &Item) -> String {
    let plain = |word: &Word| -> String {
        let text = word.0.iter().map(|part| match &part.piece {
            Piece::Text(text) => text.as_str(),
            _ => "$…",
        });
        text.collect()
    };
    let one = |command: &Command| match &command.body {
        Body::Simple { words, .. } => words.iter().map(plain).collect::<Vec<_>>().join(" "),
        Body::Loop { until_success: false, .. } => "while … done".to_owned(),
        Body::Loop { .. } => "until … done".to_owned(),
        Body::For { name, .. } => format!("for {name} in … done"),
        Body::If { .. } => "if … fi".to_owned(),
        Body::Case { .. } => "case … esac".to_owned(),
        Body::Group(_) | Body::Function { .. } => "{ … }".to_owned(),
        Body::Subshell(_) => "( … )".to_owned(),
    };
    item.pipeline.iter().map(one).collect::<Vec<_>>().join(" | ")
}
