//! A process: the words, variables and streams that a program starts with.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::ancestors::Ancestors;
use crate::container::Container;
use crate::streams::Streams;

/// A process about to run.
#[derive(Clone)]
pub struct Process {
    /// Where it runs.
    pub container: Arc<Container>,
    /// The program's name and its arguments.
    pub arguments: Vec<String>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Its working directory.
    pub directory: String,
    /// Its streams.
    pub streams: Streams,
    /// How many scripts and programs it runs inside of.
    pub depth: u32,
    /// The shells among them.
    pub ancestors: Ancestors,
}

/// Why a program did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// There is no such program.
    NotFound,
    /// The path is a directory.
    IsDirectory,
}

/// What starts programs. Shells and programs that run others are given it: they know none themselves.
pub(crate) type Start = fn(Process) -> Result<BoxFuture<'static, u8>, NotStarted>;

impl Process {
    /// The arguments behind the program's name.
    pub(crate) fn rest(&self) -> &[String] {
        self.arguments.get(1..).unwrap_or_default()
    }

    /// Its name without folders.
    pub(crate) fn name(&self) -> &str {
        let word = self.arguments.first().map_or("", String::as_str);
        word.rsplit('/').next().unwrap_or(word)
    }

    /// Prints a line.
    pub(crate) async fn say(&self, text: impl AsRef<str>) {
        self.streams.stdout.line(text).await;
    }

    /// Prints a line on standard error and gives the exit code back.
    pub(crate) async fn fail(&self, code: u8, text: impl AsRef<str>) -> u8 {
        self.streams.stderr.line(text).await;
        code
    }

    /// Another program in the same place.
    pub(crate) fn with(&self, arguments: Vec<String>) -> Self {
        Self { arguments, ..self.clone() }
    }

    /// The same program with other streams.
    pub(crate) fn on(&self, streams: Streams) -> Self {
        Self { streams, ..self.clone() }
    }
}
