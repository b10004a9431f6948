//! A running shell: what it knows, how it starts and how it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::limits::{self, Place};
use super::terminal;
use crate::container::{Container, Process, Streams};
use crate::script::parser;
use crate::script::syntax::Script;

/// What a shell says when it may not start another.
const NO_PROCESS: &str = "can't fork: Resource temporarily unavailable";

/// A running shell.
pub(crate) struct Shell {
    pub(super) container: Arc<Container>,
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
    /// The commands behind `&`: their process ids and, at the end, their exit codes.
    pub(super) background: JoinSet<(u32, u8)>,
    pub(super) jobs: Vec<(u32, AbortHandle)>,
    pub(super) last_background: Option<u32>,
    /// Held for as long as this shell runs.
    _place: Place,
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
    pub(super) fn new(process: &Process) -> Option<Self> {
        let name = process.arguments.first().map_or("sh", |name| name.trim_start_matches('-'));
        Some(Self {
            container: process.container.clone(),
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
            background: JoinSet::new(),
            jobs: Vec::new(),
            last_background: None,
            _place: Place::take(&process.container)?,
        })
    }

    /// A copy for one side of a pipe, for `( … )` and `$( … )`; `None`, with a message, when no more
    /// processes may run.
    pub(super) async fn fork(&mut self, streams: &Streams) -> Option<Self> {
        let Some(place) = Place::take(&self.container) else {
            streams.stderr.line(self.complaint(NO_PROCESS)).await;
            self.status = 2;
            return None;
        };
        Some(Self {
            container: self.container.clone(),
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
            background: JoinSet::new(),
            jobs: Vec::new(),
            last_background: self.last_background,
            _place: place,
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

/// Whether a command line is a shell that talks to a terminal, rather than one that runs a script.
pub fn is_interactive(arguments: &[String]) -> bool {
    let program = arguments.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first));
    let script = |word: &String| !word.starts_with('-') || (word.contains('c') && !word.starts_with("--"));
    matches!(program, "sh" | "ash" | "bash" | "dash") && !arguments[1..].iter().any(script)
}

/// Runs `sh` and its relatives: a script behind `-c`, a file, standard input, or a terminal.
pub(crate) async fn main(process: Process) -> u8 {
    let Some(mut shell) = Shell::new(&process) else {
        process.streams.stderr.line(format!("sh: {NO_PROCESS}")).await;
        return 2;
    };
    let mut arguments = process.arguments.iter().skip(1);
    let mut command = false;
    let mut rest: Vec<String> = Vec::new();
    let mut interactive = false;
    for argument in arguments.by_ref() {
        match argument.strip_prefix('-').filter(|_| rest.is_empty()) {
            Some(flags) if !flags.is_empty() && !flags.starts_with('-') => {
                command |= flags.contains('c');
                interactive |= flags.contains('i');
                shell.stop_on_error |= flags.contains('e');
                shell.trace |= flags.contains('x');
                if command {
                    break;
                }
            }
            Some(_) => {}
            None => {
                rest.push(argument.clone());
                break;
            }
        }
    }
    rest.extend(arguments.cloned());
    let streams = process.streams.clone();
    if command {
        let Some(script) = rest.first() else {
            streams.stderr.line(format!("{}: -c requires an argument", shell.name)).await;
            return 2;
        };
        if let Some(name) = rest.get(1) {
            shell.name.clone_from(name);
        }
        shell.positional = rest.iter().skip(2).cloned().collect();
        return shell.text(script, &streams).await;
    }
    if let Some(file) = rest.first() {
        let Some(text) = shell.container.read_file(file) else {
            streams.stderr.line(format!("{}: can't open '{file}': No such file or directory", shell.name)).await;
            return 2;
        };
        shell.name.clone_from(file);
        shell.positional = rest.iter().skip(1).cloned().collect();
        return shell.text(&String::from_utf8_lossy(&text), &streams).await;
    }
    if process.streams.terminal || interactive {
        shell.interactive = true;
        return terminal::interact(shell, streams).await;
    }
    shell.lines(&streams).await
}

impl Shell {
    /// Runs a whole script.
    pub(super) async fn text(&mut self, script: &str, streams: &Streams) -> u8 {
        match parser::parse(script) {
            Ok(script) => {
                self.script(&script, streams).await;
                self.leave(streams).await
            }
            Err(error) => {
                streams.stderr.line(self.complaint(&error.to_string())).await;
                2
            }
        }
    }

    /// Runs the commands that come on standard input, as they come.
    pub(super) async fn lines(&mut self, streams: &Streams) -> u8 {
        let mut pending = String::new();
        while let Some(line) = streams.stdin.read_line().await {
            pending.push_str(&line);
            pending.push('\n');
            if pending.len() > limits::VARIABLES {
                self.fail("out of memory");
                self.give_up(streams).await;
                return self.status;
            }
            match self.complete(&pending) {
                Some(Ok(script)) => {
                    pending.clear();
                    if matches!(self.script(&script, streams).await, Next::Exit | Next::Abort) {
                        return self.leave(streams).await;
                    }
                }
                Some(Err(error)) => {
                    pending.clear();
                    self.status = 2;
                    streams.stderr.line(self.complaint(&error.to_string())).await;
                }
                None => {}
            }
        }
        if pending.is_empty() { self.leave(streams).await } else { self.text(&pending, streams).await }
    }

    /// Does what `trap … EXIT` asked for; the shell's exit code.
    pub(super) async fn leave(&mut self, streams: &Streams) -> u8 {
        let status = self.status;
        if let Some(Ok(script)) = self.farewell.take().map(|text| parser::parse(&text)) {
            self.script(&script, streams).await;
        }
        status
    }

    /// The script in a text; `None` when more lines belong to it.
    pub(super) fn complete(&self, text: &str) -> Option<Result<Script, parser::ParseError>> {
        use parser::ParseError::{UnexpectedEnd, Unterminated};
        if text.ends_with("\\\n") || parser::awaits_document(text) {
            return None;
        }
        match parser::parse(text) {
            Err(UnexpectedEnd | Unterminated(_)) => None,
            result => Some(result),
        }
    }
}
