//! A running shell: what it knows, how it starts and how it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::jobs::Jobs;
use super::limits::{self, Place};
use crate::container::Container;
use crate::process::{Process, Start};
use crate::script::syntax::Script;
use crate::script::{self, ParseError};
use crate::streams::Streams;

/// What a shell says when it may not start another.
pub(super) const NO_PROCESS: &str = "can't fork: Resource temporarily unavailable";

/// A running shell.
pub(crate) struct Shell {
    pub(super) container: Arc<Container>,
    /// What starts the programs that it runs.
    pub(super) start: Start,
    /// `$0`: how it was called, which also stands before its error messages.
    pub(super) name: String,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) exported: BTreeSet<String>,
    pub(super) functions: BTreeMap<String, Arc<Script>>,
    pub(super) positional: Vec<String>,
    pub(super) directory: String,
    pub(super) status: u8,
    pub(super) stop_on_error: bool,
    pub(super) trace: bool,
    /// Whether it talks to a terminal.
    pub(super) interactive: bool,
    /// How many scripts this one runs inside of.
    pub(super) depth: u32,
    /// Why an expansion failed: the command does not run, and the script ends.
    pub(super) failure: Option<String>,
    /// `set -u`: a variable that is not set fails.
    pub(super) strict: bool,
    /// `set -o pipefail`: a pipe fails with any of its sides.
    pub(super) whole_pipe: bool,
    /// What `trap … EXIT` asks for.
    pub(super) farewell: Option<String>,
    /// The commands behind `&`.
    pub(super) jobs: Box<Jobs>,
    /// Held for as long as this shell runs.
    pub(super) place: Place,
}

/// What happens after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next command.
    Go,
    /// Nothing more in this shell.
    Exit,
    /// Nothing more in this script; a terminal asks for the next command.
    Abort,
    /// Nothing more in this function.
    Return,
    /// Nothing more in so many loops.
    Break(u32),
    /// The next round of the loop that is so many loops outside.
    Continue(u32),
}

impl Shell {
    /// A shell in the place of a process: its environment, arguments and directory. `None` when no more
    /// processes may run.
    pub(super) async fn new(process: &Process, start: Start) -> Option<Self> {
        let name = process.arguments.first().map_or("sh", |name| name.trim_start_matches('-'));
        Some(Self {
            container: process.container.clone(),
            start,
            name: name.to_owned(),
            exported: process.environment.keys().cloned().collect(),
            variables: process.environment.clone(),
            functions: BTreeMap::new(),
            positional: Vec::new(),
            directory: process.directory.clone(),
            status: 0,
            stop_on_error: false,
            trace: false,
            interactive: false,
            depth: process.depth,
            failure: None,
            strict: false,
            whole_pipe: false,
            farewell: None,
            jobs: Box::default(),
            place: Place::take(&process.container, &process.ancestors).await?,
        })
    }

    /// A copy for one side of a pipe, for `( … )` and `$( … )`; `None`, with a message, when no more
    /// processes may run.
    pub(super) async fn fork(&mut self, streams: &Streams) -> Option<Self> {
        let Some(place) = Place::take(&self.container, &self.place.ancestors).await else {
            streams.stderr.line(self.complaint(NO_PROCESS)).await;
            self.status = 2;
            return None;
        };
        Some(Self {
            container: self.container.clone(),
            start: self.start,
            name: self.name.clone(),
            variables: self.variables.clone(),
            exported: self.exported.clone(),
            functions: self.functions.clone(),
            positional: self.positional.clone(),
            directory: self.directory.clone(),
            status: self.status,
            stop_on_error: self.stop_on_error,
            trace: self.trace,
            interactive: self.interactive,
            depth: self.depth,
            failure: None,
            strict: self.strict,
            whole_pipe: self.whole_pipe,
            farewell: None,
            jobs: Box::new(self.jobs.of_fork()),
            place,
        })
    }

    /// The environment of the programs that it starts.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        let exported = |name: &&String| self.variables.contains_key(*name);
        self.exported.iter().filter(exported).map(|name| (name.clone(), self.variables[name].clone())).collect()
    }

    /// How its messages start: `sh` for busybox, with a line number elsewhere.
    pub(super) fn complaint(&self, text: &str) -> String {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        match name {
            "bash" if self.interactive => format!("{}: {text}", self.name),
            "bash" => format!("{}: line 1: {text}", self.name),
            _ if self.container.image.is_debian() => format!("{}: 1: {text}", self.name),
            _ => format!("{}: {text}", self.name),
        }
    }

    /// Sets variables, unless the shell would hold too much afterwards.
    pub(super) fn assign(&mut self, values: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in values {
            let others = self.variables.iter().filter(|(known, _)| **known != name);
            let held: usize = others.map(|(name, value)| name.len() + value.len() + 64).sum();
            if held + name.len() + value.len() > limits::VARIABLES {
                self.fail("out of memory");
                return;
            }
            self.variables.insert(name, value);
        }
    }

    /// Notes that an expansion failed.
    pub(super) fn fail(&mut self, why: &str) {
        self.failure.get_or_insert_with(|| why.to_owned());
    }

    /// Says why an expansion failed, and ends the script.
    pub(super) async fn give_up(&mut self, streams: &Streams) -> Next {
        if let Some(why) = self.failure.take() {
            streams.stderr.line(self.complaint(&why)).await;
        }
        self.status = 2;
        Next::Abort
    }
}

impl Shell {
    /// Does what `trap … EXIT` asked for; the shell's exit code.
    pub(super) async fn leave(&mut self, streams: &Streams) -> u8 {
        let status = self.status;
        if let Some(Ok(script)) = self.farewell.take().map(|text| script::parse(&text)) {
            self.script(&script, streams).await;
        }
        status
    }

    /// The script in a text; `None` when more lines belong to it.
    pub(super) fn complete(&self, text: &str) -> Option<Result<Script, ParseError>> {
        use ParseError::{UnexpectedEnd, Unterminated};
        if text.ends_with("\\\n") || script::awaits_document(text) {
            return None;
        }
        match script::parse(text) {
            Err(UnexpectedEnd | Unterminated(_)) => None,
            result => Some(result),
        }
    }
}
