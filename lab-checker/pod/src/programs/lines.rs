//! What a filter reads: the lines of its files, or of standard input as they come, so that `head` ends
//! before a program that prints without end does.

use std::collections::VecDeque;

use crate::files::absolute;
use crate::process::Process;
use crate::room::Held;

/// The lines of a filter's input.
pub(super) struct Lines<'a> {
    process: &'a Process,
    files: VecDeque<String>,
    /// The lines of the file that is read now, the last first.
    current: Vec<String>,
    from_stdin: bool,
    /// How many bytes each file had.
    pub(super) seen: Vec<usize>,
    /// Whether a file could not be read.
    pub(super) failed: bool,
    held: Held<'a, 2>,
}

impl<'a> Lines<'a> {
    /// The lines of these files; of standard input when there are none or one is `-`.
    pub(super) fn of(process: &'a Process, files: &[String]) -> Self {
        let from_stdin = files.is_empty() || files.iter().any(|file| file == "-");
        let files = if from_stdin { VecDeque::new() } else { files.iter().cloned().collect() };
        let held = Held::by_filter(&process.container.session.room);
        Self { process, files, current: Vec::new(), from_stdin, seen: Vec::new(), failed: false, held }
    }

    /// The next line.
    pub(super) async fn next(&mut self) -> Option<String> {
        if self.from_stdin {
            return self.process.streams.stdin.read_line().await;
        }
        loop {
            if let Some(line) = self.current.pop() {
                return Some(line);
            }
            let file = self.files.pop_front()?;
            match self.process.container.read_file(&absolute(&self.process.directory, &file)) {
                Some(bytes) => {
                    self.seen.push(bytes.len());
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.current = text.lines().rev().map(str::to_owned).collect();
                }
                None => {
                    self.seen.push(0);
                    let name = self.process.name();
                    let text = match (name, self.process.container.image.has_busybox()) {
                        ("grep", _) | (_, false) => format!("{name}: {file}: No such file or directory"),
                        _ => format!("{name}: can't open '{file}': No such file or directory"),
                    };
                    self.process.streams.stderr.line(text).await;
                    self.failed = true;
                }
            }
        }
    }

    /// All lines that are left, as far as memory goes. They are counted as long as this is there.
    pub(super) async fn all(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            if !self.held.more(cost(&line)) {
                break;
            }
            lines.push(line);
        }
        lines
    }
}

/// What a line takes: a short one more for itself than for its text.
fn cost(line: &str) -> usize {
    line.len() + 2 * size_of::<String>()
}

/// The lines read last, so many at most and as far as memory goes.
pub(super) struct Recent<'a> {
    most: usize,
    lines: VecDeque<String>,
    held: Held<'a, 2>,
}

impl<'a> Recent<'a> {
    pub(super) fn new(process: &'a Process, most: usize) -> Self {
        Self { most, lines: VecDeque::new(), held: Held::by_filter(&process.container.session.room) }
    }

    pub(super) fn push(&mut self, line: String) {
        while !self.held.more(cost(&line)) {
            // A line that has no room alone is not kept.
            let Some(oldest) = self.lines.pop_front() else { return };
            self.held.less(cost(&oldest));
        }
        self.lines.push_back(line);
        while self.lines.len() > self.most {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.held.less(cost(&oldest));
        }
    }

    /// Takes them, the oldest first.
    pub(super) fn take(&mut self) -> VecDeque<String> {
        let lines = std::mem::take(&mut self.lines);
        self.held.less(lines.iter().map(|line| cost(line)).sum());
        lines
    }
}
