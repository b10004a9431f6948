//! Jobs: the commands behind `&`, which of them run, and how the others ended.

use std::collections::HashMap;

use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

/// The status of a job that was killed.
pub(super) const KILLED: u8 = 143;
/// The process id of the first job: what a container's first programs have taken before.
const FIRST: u32 = 7;

/// How many jobs a shell remembers before it forgets one that has ended.
const REMEMBERED: usize = 100;

/// The jobs of one shell. They end with it.
#[derive(Default)]
pub(super) struct Jobs {
    pub(super) tasks: JoinSet<u8>,
    by_task: HashMap<Id, u32>,
    pub(super) known: Vec<Job>,
    /// `$!`.
    pub(super) last: Option<u32>,
}

pub(super) struct Job {
    pub(super) number: usize,
    pub(super) process: u32,
    pub(super) command: String,
    pub(super) task: AbortHandle,
    pub(super) ended: Option<u8>,
    /// Whether somebody watched its end.
    pub(super) seen: bool,
}

impl Jobs {
    /// Those of a copy of a shell: none, but `$!` is known.
    pub(super) fn of_fork(&self) -> Self {
        Self { last: self.last, ..Self::default() }
    }

    pub(super) fn begin(&mut self, command: String, job: impl Future<Output = u8> + Send + 'static) -> (usize, u32) {
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
    pub(super) fn note(&mut self, ended: Result<(Id, u8), JoinError>) -> Option<(u32, u8)> {
        let (id, status) = ended.unwrap_or_else(|error| (error.id(), KILLED));
        let process = self.by_task.remove(&id)?;
        if let Some(job) = self.known.iter_mut().find(|job| job.process == process) {
            job.ended.get_or_insert(status);
        }
        Some((process, status))
    }

    pub(super) fn note_all(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.note(ended);
        }
    }

    /// The job that `%1`, a process id or nothing means.
    pub(super) fn position(&self, word: Option<&str>) -> Option<usize> {
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
    pub(super) fn lines(&mut self, only_ended: bool) -> Vec<String> {
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
