//! Jobs: the commands behind `&`, and what a shell does with them: `jobs`, `wait`, `fg`, `kill`, and the line that a
//! terminal shows when one has ended.

use std::collections::HashMap;

use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::state::{Next, Shell};
use crate::script::syntax::{Body, Command, Item, Piece, Script, When, Word};
use crate::streams::{Input, Output, Streams};

/// The status of a job that was killed.
const KILLED: u8 = 143;
/// The process id of the first job: what a container's first programs have taken before.
const FIRST: u32 = 7;

/// How many jobs a shell remembers before it forgets one that has ended.
const REMEMBERED: usize = 100;

/// The jobs of one shell. They end with it.
#[derive(Default)]
pub(super) struct Jobs {
    tasks: JoinSet<u8>,
    by_task: HashMap<Id, u32>,
    known: Vec<Job>,
    /// `$!`.
    pub(super) last: Option<u32>,
}

struct Job {
    number: usize,
    process: u32,
    command: String,
    task: AbortHandle,
    ended: Option<u8>,
    /// Whether somebody watched its end.
    seen: bool,
}

/// Aborts a job that somebody waits for in the foreground, unless it has ended.
struct Foreground(AbortHandle);

impl Drop for Foreground {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Jobs {
    /// Those of a copy of a shell: none, but `$!` is known.
    pub(super) fn of_fork(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    fn begin(&mut self, command: String, job: impl Future<Output = u8> + Send + 'static) -> (usize, u32) {
        self.note_all();
        let process = self.last.map_or(FIRST, |last| last + 1);
        if self.known.len() >= REMEMBERED
            && let Some(oldest) = self.known.iter().position(|job| job.ended.is_some())
        {
            self.known.remove(oldest);
        }
        let number = self.known.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        let task = self.tasks.spawn(job);
        self.by_task.insert(task.id(), process);
        self.known.push(Job { number, process, command, task, ended: None, seen: false });
        self.last = Some(process);
        (number, process)
    }

    /// Notes that a task has ended; the process id and its status.
    fn note(&mut self, ended: Result<(Id, u8), JoinError>) -> Option<(u32, u8)> {
        let (id, status) = ended.unwrap_or_else(|error| (error.id(), KILLED));
        let process = self.by_task.remove(&id)?;
        if let Some(job) = self.known.iter_mut().find(|job| job.process == process) {
            job.ended.get_or_insert(status);
        }
        Some((process, status))
    }

    fn note_all(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.note(ended);
        }
    }

    /// The job that `%1`, a process id or nothing means.
    fn position(&self, word: Option<&str>) -> Option<usize> {
        let Some(word) = word else { return self.known.len().checked_sub(1) };
        match word.strip_prefix('%') {
            Some("" | "%" | "+") => self.known.len().checked_sub(1),
            Some(number) => {
                let number = number.parse::<usize>().ok()?;
                self.known.iter().position(|job| job.number == number)
            }
            None => {
                let process = word.parse::<u32>().ok()?;
                self.known.iter().position(|job| job.process == process)
            }
        }
    }

    /// The lines about all jobs; those that have ended are forgotten.
    fn lines(&mut self, only_ended: bool) -> Vec<String> {
        self.note_all();
        self.known.retain(|job| job.ended.is_none() || !job.seen);
        let count = self.known.len();
        let line = |(at, job): (usize, &Job)| {
            let mark = if at + 1 == count {
                '+'
            } else if at + 2 == count {
                '-'
            } else {
                ' '
            };
            let state = match job.ended {
                None => "Running".to_owned(),
                Some(0) => "Done".to_owned(),
                Some(KILLED) => "Terminated".to_owned(),
                Some(status) => format!("Done({status})"),
            };
            format!("[{}]{mark}  {state:<26} {}", job.number, job.command)
        };
        let shown = self.known.iter().enumerate().filter(|(_, job)| !only_ended || job.ended.is_some());
        let lines = shown.map(line).collect();
        self.known.retain(|job| job.ended.is_none());
        lines
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
