//! Standard input and output of a simulated process: bytes that come from a client or from the process
//! to the left in a pipe, and bytes that go to a client, to a pipe, to a file or nowhere.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use crate::files::Files;

/// The most that one capture (`$(…)`, a file) may hold; what is written beyond is dropped.
const CAPTURE_LIMIT: usize = 256 * 1024;

/// Where a process writes.
#[derive(Clone)]
pub enum Output {
    /// To a reader that may be slow: writing waits for it.
    Stream(mpsc::Sender<Bytes>),
    /// To a reader of both streams, who sees them in the order in which they were written.
    Marked(mpsc::Sender<(u8, Bytes)>, u8),
    /// To a raw terminal, where a line break needs a carriage return before it.
    Screen(Box<Output>),
    /// Into memory.
    Capture(Capture),
    /// To the end of a file, which others see grow.
    File(Arc<OpenFile>),
    /// `/dev/null`.
    Nothing,
}

/// A file that a process writes to.
pub struct OpenFile {
    files: Files,
    path: String,
    /// Whether something did not fit any more.
    is_full: AtomicBool,
}

impl OpenFile {
    pub(crate) fn new(files: Files, path: String) -> Self {
        Self { files, path, is_full: AtomicBool::new(false) }
    }

    /// Whether something that was written did not fit.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    fn append(&self, bytes: &[u8]) -> bool {
        let fits = self.files.append(&self.path, bytes);
        if !fits {
            self.is_full.store(true, Ordering::Relaxed);
        }
        fits
    }
}

/// The three streams of a process.
#[derive(Clone)]
pub struct Streams {
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// Whether standard output is a terminal.
    pub terminal: bool,
}

/// Written bytes, kept.
#[derive(Clone, Default)]
pub struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    full: Arc<Notify>,
}

impl Capture {
    /// Waits until more was written than it holds.
    pub(crate) async fn filled(&self) {
        self.full.notified().await;
    }

    /// What was written so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was written so far, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    fn push(&self, bytes: &[u8]) {
        let mut kept = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let room = CAPTURE_LIMIT.saturating_sub(kept.len());
        if bytes.len() > room {
            self.full.notify_one();
        }
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl Output {
    /// Writes everything. A reader that went away is no error, as for a program that ignores SIGPIPE.
    pub async fn write(&self, bytes: impl AsRef<[u8]>) {
        // The caller notices a vanished client by the session's end, not by this.
        self.offer(bytes).await;
    }

    /// Writes everything; `false` when nobody reads any more, so that a program which prints without end
    /// stops, as SIGPIPE has it.
    pub(crate) async fn offer(&self, bytes: impl AsRef<[u8]>) -> bool {
        let bytes = bytes.as_ref();
        match self {
            _ if bytes.is_empty() => true,
            Self::Stream(sender) => sender.send(Bytes::copy_from_slice(bytes)).await.is_ok(),
            Self::Marked(sender, mark) => sender.send((*mark, Bytes::copy_from_slice(bytes))).await.is_ok(),
            Self::Screen(output) => Box::pin(output.offer(carriage_returns(bytes))).await,
            Self::File(file) => file.append(bytes),
            Self::Capture(capture) => {
                capture.push(bytes);
                true
            }
            Self::Nothing => true,
        }
    }

    /// Writes a line.
    pub(crate) async fn line(&self, text: impl AsRef<str>) {
        self.write(format!("{}\n", text.as_ref())).await;
    }
}

/// Where a process reads. Clones share one position, as file descriptors do after a fork.
#[derive(Clone)]
pub struct Input(Arc<tokio::sync::Mutex<Source>>);

struct Source {
    receiver: Option<mpsc::Receiver<Bytes>>,
    buffer: Vec<u8>,
}

impl Input {
    /// An input that ends at once, like `/dev/null`.
    pub fn empty() -> Self {
        Self::from_bytes(Vec::new())
    }

    /// An input of these bytes.
    pub fn from_bytes(buffer: Vec<u8>) -> Self {
        Self(Arc::new(tokio::sync::Mutex::new(Source { receiver: None, buffer })))
    }

    /// What a channel brings, until its sender is dropped.
    pub fn from_channel(receiver: mpsc::Receiver<Bytes>) -> Self {
        Self(Arc::new(tokio::sync::Mutex::new(Source { receiver: Some(receiver), buffer: Vec::new() })))
    }

    /// Some bytes; `None` at the end.
    pub async fn chunk(&self) -> Option<Vec<u8>> {
        let mut source = self.0.lock().await;
        if !source.buffer.is_empty() || source.fill().await {
            return Some(std::mem::take(&mut source.buffer));
        }
        None
    }

    /// The next line without its line break; `None` at the end.
    pub(crate) async fn read_line(&self) -> Option<String> {
        let mut source = self.0.lock().await;
        loop {
            if let Some(end) = source.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = source.buffer.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if source.buffer.len() > CAPTURE_LIMIT || !source.fill().await {
                let rest = std::mem::take(&mut source.buffer);
                return (!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned());
            }
        }
    }

    /// What has come and was not read.
    pub(crate) async fn unread(&self) -> Vec<u8> {
        let mut source = self.0.lock().await;
        let mut bytes = std::mem::take(&mut source.buffer);
        while let Some(Ok(more)) = source.receiver.as_mut().map(mpsc::Receiver::try_recv) {
            bytes.extend_from_slice(&more);
        }
        bytes
    }

    /// Everything to the end.
    pub(crate) async fn read_all(&self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await {
            all.extend(chunk);
            if all.len() > CAPTURE_LIMIT {
                break;
            }
        }
        all
    }
}

impl Source {
    /// Waits for more; `false` at the end.
    async fn fill(&mut self) -> bool {
        let Some(receiver) = &mut self.receiver else { return false };
        while let Some(bytes) = receiver.recv().await {
            if !bytes.is_empty() {
                self.buffer.extend_from_slice(&bytes);
                return true;
            }
        }
        self.receiver = None;
        false
    }
}

/// What the driver of a terminal does to line breaks.
pub fn carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if *byte == b'\n' {
            text.push(b'\r');
        }
        text.push(*byte);
    }
    text
}

/// Where a process writes both of its streams, and what it wrote in the order in which it did.
pub fn marked(stdout: u8, stderr: u8) -> (Output, Output, mpsc::Receiver<(u8, Bytes)>) {
    let (sender, receiver) = mpsc::channel(16);
    (Output::Marked(sender.clone(), stdout), Output::Marked(sender, stderr), receiver)
}

/// A pipe between two processes.
pub fn pipe() -> (Output, Input) {
    let (sender, receiver) = mpsc::channel(16);
    (Output::Stream(sender), Input::from_channel(receiver))
}
