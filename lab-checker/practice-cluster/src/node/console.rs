//! What a container's main process prints: kept for `kubectl logs`, passed on to whoever is attached; and the
//! way back, its standard input.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use pod::Held;
use tokio::sync::{broadcast, mpsc, watch};

/// The stream numbers of the remote-command protocol.
pub(crate) const STDOUT: u8 = 1;
/// Standard error.
pub(crate) const STDERR: u8 = 2;

/// How many lines of log are kept, and how long one may be.
const LINES: usize = 1000;
const LINE_LENGTH: usize = 8 * 1024;
/// How many bytes somebody who attaches late still gets to see.
const SCROLLBACK: usize = 16 * 1024;

/// One container's output and input.
pub(crate) struct Console {
    kept: Mutex<Kept>,
    live: broadcast::Sender<(u8, Bytes)>,
    /// How many processes have ended here: a container that is started again has one after the other.
    ended: watch::Sender<u64>,
    /// How many clients ever attached.
    visitors: watch::Sender<usize>,
}

struct Kept {
    lines: VecDeque<(Timestamp, String)>,
    /// The lines of the process before this one, when the container was started again.
    earlier: VecDeque<(Timestamp, String)>,
    /// The memory of both.
    held: Held<'static>,
    began: bool,
    partial: String,
    scrollback: VecDeque<(u8, Bytes)>,
    scrollback_size: usize,
    input: Option<mpsc::Sender<Bytes>>,
    /// Whether the process talks to a terminal: an unfinished line is a prompt then, and no log.
    terminal: bool,
    /// Whether a process runs now.
    running: bool,
}

/// A log as it stands.
#[derive(Default)]
pub(crate) struct Log {
    /// The lines, with their times.
    pub(crate) lines: Vec<(Timestamp, String)>,
    /// The last line, when it has no end yet.
    pub(crate) unfinished: String,
}

/// What somebody who attaches gets: what was printed, what will be, the end, and the keyboard.
pub(crate) struct Attachment {
    /// What was printed before.
    pub(crate) before: Vec<(u8, Bytes)>,
    /// What is printed from now on.
    pub(crate) live: broadcast::Receiver<(u8, Bytes)>,
    /// The end, when it comes.
    pub(crate) end: End,
    /// Standard input, when the container has one.
    pub(crate) input: Option<mpsc::Sender<Bytes>>,
}

/// The end of a process.
pub(crate) struct End {
    ended: watch::Receiver<u64>,
    before: u64,
}

impl End {
    /// The end of the process that runs now, or of the last one when none does: that has been.
    fn of(ended: &watch::Sender<u64>, running: bool) -> Self {
        let ended = ended.subscribe();
        let count = *ended.borrow();
        Self { ended, before: if running { count } else { count.saturating_sub(1) } }
    }

    /// Waits for the process to end.
    pub(crate) async fn reached(&mut self) {
        let before = self.before;
        // Without a sender the container is gone, and its process with it.
        let _ = self.ended.wait_for(|count| *count > before).await;
    }
}

impl Console {
    /// A console on which these lines stand already.
    pub(crate) fn new(greeting: Vec<String>) -> Self {
        let now = Timestamp::now();
        let lines = greeting.into_iter().map(|line| (now, line));
        Self {
            kept: Mutex::new(Kept::new(lines)),
            live: broadcast::Sender::new(256),
            ended: watch::Sender::new(0),
            visitors: watch::Sender::new(0),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints.
    pub(crate) fn append(&self, stream: u8, bytes: &[u8]) {
        let chunk = Bytes::copy_from_slice(bytes);
        let mut kept = self.kept();
        kept.log(&String::from_utf8_lossy(bytes));
        kept.scrollback_size += chunk.len();
        kept.scrollback.push_back((stream, chunk.clone()));
        while kept.scrollback_size > SCROLLBACK {
            match kept.scrollback.pop_front() {
                Some((_, oldest)) => kept.scrollback_size -= oldest.len(),
                None => break,
            }
        }
        // Nobody may be attached.
        let _ = self.live.send((stream, chunk));
    }

    /// A process begins, with this as its standard input.
    pub(super) fn begin(&self, input: Option<mpsc::Sender<Bytes>>, terminal: bool) {
        let mut kept = self.kept();
        kept.input = input;
        kept.terminal = terminal;
        kept.running = true;
        if std::mem::replace(&mut kept.began, true) {
            let unfinished = std::mem::take(&mut kept.partial);
            if !unfinished.is_empty() {
                kept.keep(Timestamp::now(), unfinished);
            }
            let forgotten = std::mem::take(&mut kept.earlier);
            kept.held.less(forgotten.iter().map(|(_, line)| line.len()).sum());
            kept.earlier = std::mem::take(&mut kept.lines);
        }
        kept.scrollback.clear();
        kept.scrollback_size = 0;
    }

    /// The process ended.
    pub(super) fn end(&self) {
        let mut kept = self.kept();
        kept.input = None;
        kept.running = false;
        self.ended.send_modify(|count| *count += 1);
    }

    /// Waits until somebody has attached.
    pub(super) async fn visited(&self) {
        let mut visitors = self.visitors.subscribe();
        // The sender lives as long as `self`.
        let _ = visitors.wait_for(|count| *count > 0).await;
    }

    /// Attaches a client.
    pub(crate) fn attach(&self) -> Attachment {
        let kept = self.kept();
        self.visitors.send_modify(|count| *count += 1);
        Attachment {
            before: kept.scrollback.iter().cloned().collect(),
            live: self.live.subscribe(),
            end: End::of(&self.ended, kept.running),
            input: kept.input.clone(),
        }
    }

    /// Closes the process's standard input, as the end of a client's input does.
    pub(crate) fn close_input(&self) {
        self.kept().input = None;
    }

    /// The log as it stands. New kubectl prints it before it attaches: what stands in it is not shown to the
    /// first client that attaches again.
    pub(crate) fn log(&self) -> Log {
        let mut kept = self.kept();
        let log = kept.read();
        if *self.visitors.borrow() == 0 {
            let prompt = Bytes::copy_from_slice(kept.partial.as_bytes());
            kept.scrollback.clear();
            kept.scrollback_size = 0;
            if kept.terminal && !prompt.is_empty() {
                kept.scrollback_size = prompt.len();
                kept.scrollback.push_back((STDOUT, prompt));
            }
        }
        log
    }

    /// The log of the last process that ended: the one before, while another runs.
    pub(crate) fn previous_log(&self) -> Log {
        let kept = self.kept();
        match kept.running {
            true => Log { lines: kept.earlier.iter().cloned().collect(), unfinished: String::new() },
            false => kept.read(),
        }
    }

    /// The log as it stands, and whatever comes after it.
    pub(crate) fn follow(&self) -> (Log, Attachment) {
        let kept = self.kept();
        let attachment = Attachment {
            before: Vec::new(),
            live: self.live.subscribe(),
            end: End::of(&self.ended, kept.running),
            input: None,
        };
        (kept.read(), attachment)
    }
}

impl Kept {
    fn new(greeting: impl Iterator<Item = (Timestamp, String)>) -> Self {
        let mut kept = Self {
            lines: VecDeque::new(),
            earlier: VecDeque::new(),
            held: Held::by_log(),
            began: false,
            partial: String::new(),
            scrollback: VecDeque::new(),
            scrollback_size: 0,
            input: None,
            terminal: false,
            running: false,
        };
        greeting.for_each(|(now, line)| kept.keep(now, line));
        kept
    }

    /// One more line; where there is no room for it, the oldest are forgotten.
    fn keep(&mut self, now: Timestamp, line: String) {
        if self.lines.len() == LINES
            && let Some((_, oldest)) = self.lines.pop_front()
        {
            self.held.less(oldest.len());
        }
        while !self.held.more(line.len()) {
            let Some((_, oldest)) = self.earlier.pop_front().or_else(|| self.lines.pop_front()) else { return };
            self.held.less(oldest.len());
        }
        self.lines.push_back((now, line));
    }

    fn read(&self) -> Log {
        let unfinished = if self.terminal { String::new() } else { self.partial.clone() };
        Log { lines: self.lines.iter().cloned().collect(), unfinished }
    }

    fn log(&mut self, text: &str) {
        let now = Timestamp::now();
        for piece in text.split_inclusive('\n') {
            match piece.strip_suffix('\n') {
                Some(end) => {
                    self.partial.push_str(end.trim_end_matches('\r'));
                    let line = std::mem::take(&mut self.partial);
                    self.keep(now, line);
                }
                None => self.partial.push_str(piece),
            }
            if self.partial.len() > LINE_LENGTH {
                let line = std::mem::take(&mut self.partial);
                self.keep(now, line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Console, Log, STDOUT};

    #[test]
    fn each_run_has_its_own_log() {
        let console = Console::new(Vec::new());
        let lines = |log: Log| log.lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
        for run in ["one", "two"] {
            console.begin(None, false);
            console.append(STDOUT, format!("{run}\n").as_bytes());
            assert_eq!(lines(console.log()), [run]);
            if run == "one" {
                console.end();
                // A container that waits to be started again has ended last.
                assert_eq!(lines(console.previous_log()), ["one"]);
            }
        }
        assert_eq!(lines(console.previous_log()), ["one"]);
    }

    #[test]
    fn a_long_log_forgets_its_oldest_lines_and_those_of_the_run_before_first() {
        let console = Console::new(Vec::new());
        let print = |from: u32, to: u32, length: usize| {
            for number in from..to {
                console.append(STDOUT, format!("{number:0length$}\n").as_bytes());
            }
        };
        let numbers = |log: Log| -> Vec<u32> { log.lines.iter().map(|(_, line)| line.parse().unwrap()).collect() };
        console.begin(None, false);
        print(0, 1200, 10);
        assert_eq!(numbers(console.log()), (200..1200).collect::<Vec<_>>(), "so many lines");
        console.begin(None, false);
        print(0, 100, 8000);
        assert_eq!(console.previous_log().lines.len(), 1000);
        print(100, 400, 8000);
        let kept = numbers(console.log());
        assert!(console.previous_log().lines.is_empty() && kept.last() == Some(&399));
        assert!((100..=131).contains(&kept.len()), "a mebibyte of {} lines", kept.len());
    }
}
