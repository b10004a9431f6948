//! Running a parsed script.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};

use super::state::{Next, Shell};
use super::{builtins, limits};
use crate::process::{NotStarted, Process};
use crate::script::syntax::{Body, Command, Item, Script, When, Word};
use crate::session;
use crate::streams::Streams;
use crate::streams::pipe;

/// The status after SIGTERM; a shell tells about it when a program ended so.
const TERMINATED: u8 = 143;

impl Shell {
    /// Runs a script; the status of its last command is left in the shell.
    pub(super) fn script<'a>(&'a mut self, script: &'a Script, streams: &'a Streams) -> BoxFuture<'a, Next> {
        async move {
            self.depth += 1;
            let next = match self.depth > session::DEPTH {
                true => {
                    streams.stderr.line(self.complaint("maximum nesting level exceeded")).await;
                    self.status = 2;
                    Next::Abort
                }
                false => self.items(script, streams).await,
            };
            self.depth -= 1;
            next
        }
        .boxed()
    }

    async fn items(&mut self, script: &Script, streams: &Streams) -> Next {
        for (index, item) in script.0.iter().enumerate() {
            let runs = match item.when {
                When::Always => true,
                When::Success => self.status == 0,
                When::Failure => self.status != 0,
            };
            if !runs {
                continue;
            }
            self.container.session.step().await;
            let next = self.item(item, streams).boxed().await;
            if self.failure.is_some() {
                return self.give_up(streams).await;
            }
            if next != Next::Go {
                return next;
            }
            let tested = item.negated || script.0.get(index + 1).is_some_and(|next| next.when != When::Always);
            if self.stop_on_error && self.status != 0 && !tested {
                return Next::Exit;
            }
        }
        Next::Go
    }

    async fn item(&mut self, item: &Item, streams: &Streams) -> Next {
        if item.background {
            return self.behind(item, streams).boxed().await;
        }
        let next = match item.pipeline.as_slice() {
            [command] => self.command(command, streams).await,
            commands => {
                self.status = self.pipeline(commands, streams).await;
                Next::Go
            }
        };
        if item.negated {
            self.status = u8::from(self.status == 0);
        }
        next
    }

    /// Runs all sides of a pipe at once. It ends with its last side: a writer without a reader would
    /// be stopped by SIGPIPE.
    async fn pipeline(&mut self, commands: &[Command], streams: &Streams) -> u8 {
        let mut sides = FuturesUnordered::new();
        let mut stdin = streams.stdin.clone();
        let last = commands.len() - 1;
        for (index, command) in commands.iter().enumerate() {
            let mut side = Streams { stdin, ..streams.clone() };
            stdin = crate::streams::Input::empty();
            if index < last {
                let (output, input) = pipe();
                side.stdout = output;
                side.terminal = false;
                stdin = input;
            }
            let Some(mut shell) = self.fork(streams).await else { return self.status };
            sides.push(async move {
                shell.command(command, &side).await;
                // The reader sees the end of its input only when this side's streams are gone.
                drop(side);
                (index, shell.status)
            });
        }
        let mut failed = 0;
        while let Some((index, status)) = sides.next().await {
            if index == last {
                return if self.whole_pipe && status == 0 { failed } else { status };
            }
            failed = if status == 0 { failed } else { status };
        }
        0
    }

    async fn command(&mut self, command: &Command, streams: &Streams) -> Next {
        let redirected = match self.redirect(&command.redirections, streams).await {
            Ok(redirected) => redirected,
            Err(message) => {
                streams.stderr.line(self.complaint(&message)).await;
                self.status = 1;
                return Next::Go;
            }
        };
        let next = match &command.body {
            // Boxed, as above and below: what one level takes of the stack is what limits their number.
            Body::Simple { assignments, words } => self.simple(assignments, words, &redirected.streams).boxed().await,
            compound => self.compound(compound, &redirected.streams).boxed().await,
        };
        if redirected.is_full() {
            // No program looks whether its writes succeed, and every real one does.
            streams.stderr.line(self.complaint("write error: No space left on device")).await;
            self.status = self.status.max(1);
        }
        next
    }

    async fn compound(&mut self, body: &Body, streams: &Streams) -> Next {
        match body {
            Body::If { branches, otherwise } => {
                for (condition, body) in branches {
                    match self.condition(condition, streams).await {
                        Ok(true) => return self.script(body, streams).await,
                        Ok(false) => {}
                        Err(next) => return next,
                    }
                }
                self.status = 0;
                match otherwise {
                    Some(body) => self.script(body, streams).await,
                    None => Next::Go,
                }
            }
            Body::Loop { condition, until_success, body } => {
                self.loop_while(condition, !until_success, body, streams).await
            }
            Body::For { name, words, body } => self.for_each(name, words.as_deref(), body, streams).await,
            Body::Case { subject, arms } => {
                let subject = self.expand_text(subject, streams).await;
                for (patterns, body) in arms {
                    for pattern in patterns {
                        if super::pattern::matches(&self.expand_pattern(pattern, streams).await, &subject) {
                            return self.script(body, streams).await;
                        }
                    }
                }
                self.status = 0;
                Next::Go
            }
            Body::Group(script) => self.script(script, streams).await,
            Body::Subshell(script) => {
                let Some(mut shell) = self.fork(streams).await else { return Next::Go };
                shell.script(script, streams).await;
                self.status = shell.status;
                Next::Go
            }
            Body::Function { name, body } => {
                if self.functions.len() >= limits::FUNCTIONS {
                    self.fail("out of memory");
                    return self.give_up(streams).await;
                }
                self.functions.insert(name.clone(), Arc::new(body.clone()));
                self.status = 0;
                Next::Go
            }
            Body::Simple { .. } => Next::Go,
        }
    }

    /// Whether a condition holds; a failing one does not stop a `set -e` shell.
    async fn condition(&mut self, script: &Script, streams: &Streams) -> Result<bool, Next> {
        let stop_on_error = std::mem::replace(&mut self.stop_on_error, false);
        let next = self.script(script, streams).await;
        self.stop_on_error = stop_on_error;
        if next == Next::Go { Ok(self.status == 0) } else { Err(next) }
    }

    async fn loop_while(&mut self, condition: &Script, wanted: bool, body: &Script, streams: &Streams) -> Next {
        let mut status = 0;
        loop {
            self.container.session.step().await;
            match self.condition(condition, streams).await {
                Ok(holds) if holds != wanted => break,
                Ok(_) => {}
                Err(next) => return next,
            }
            let next = self.script(body, streams).await;
            status = self.status;
            match leave_loop(next) {
                None => {}
                Some(Next::Go) => break,
                Some(next) => return next,
            }
        }
        self.status = status;
        Next::Go
    }

    async fn for_each(&mut self, name: &str, words: Option<&[Word]>, body: &Script, streams: &Streams) -> Next {
        let values = match words {
            Some(words) => self.expand_words(words, streams).await,
            None => self.positional.clone(),
        };
        if self.failure.is_some() {
            return self.give_up(streams).await;
        }
        self.status = 0;
        for value in values {
            self.container.session.step().await;
            self.assign([(name.to_owned(), value)]);
            let next = self.script(body, streams).await;
            match leave_loop(next) {
                None => {}
                Some(Next::Go) => break,
                Some(next) => return next,
            }
        }
        Next::Go
    }

    async fn simple(&mut self, assignments: &[(String, Word)], words: &[Word], streams: &Streams) -> Next {
        let mut values = Vec::new();
        for (name, word) in assignments {
            let value = self.expand_text(word, streams).await;
            // `A=1 B=$A` without a program: each sees the ones before.
            if words.is_empty() {
                self.assign([(name.clone(), value)]);
            } else {
                values.push((name.clone(), value));
            }
        }
        let arguments = self.expand_words(words, streams).await;
        if self.failure.is_some() {
            return self.give_up(streams).await;
        }
        let Some(name) = arguments.first().cloned() else {
            if !words.is_empty() || !has_output(assignments) {
                self.status = 0;
            }
            return Next::Go;
        };
        if self.trace {
            streams.stderr.line(format!("+ {}", arguments.join(" "))).await;
        }
        if let Some(body) = self.functions.get(&name).cloned() {
            return self.function(&body, arguments, streams).boxed().await;
        }
        if let Some(next) = self.builtin(&arguments, &values, streams).boxed().await {
            return next;
        }
        self.program(arguments, values, streams).boxed().await;
        Next::Go
    }

    /// Runs a builtin with assignments that hold for it alone, as in `IFS=: read a b`.
    async fn builtin(&mut self, arguments: &[String], values: &[(String, String)], streams: &Streams) -> Option<Next> {
        let before: Vec<_> = values.iter().map(|(name, _)| (name.clone(), self.variables.get(name).cloned())).collect();
        self.assign(values.iter().cloned());
        let next = builtins::run(self, arguments, values, streams).await;
        for (name, value) in before {
            match value {
                Some(value) => drop(self.variables.insert(name, value)),
                None => drop(self.variables.remove(&name)),
            }
        }
        next
    }

    async fn function(&mut self, body: &Script, mut arguments: Vec<String>, streams: &Streams) -> Next {
        arguments.remove(0);
        let before = std::mem::replace(&mut self.positional, arguments);
        let next = self.script(body, streams).await;
        self.positional = before;
        if next == Next::Return { Next::Go } else { next }
    }

    /// Starts a program and waits for it.
    pub(super) async fn program(&mut self, arguments: Vec<String>, extra: Vec<(String, String)>, streams: &Streams) {
        let name = arguments[0].clone();
        let mut environment = self.environment();
        environment.extend(extra);
        let process = Process {
            container: self.container.clone(),
            arguments,
            environment,
            directory: self.directory.clone(),
            streams: streams.clone(),
            depth: self.depth,
            ancestors: self.place.ancestors.clone(),
        };
        match (self.start)(process) {
            Ok(running) => {
                self.status = running.await;
                if self.status == TERMINATED {
                    streams.stderr.line("Terminated").await;
                }
            }
            Err(problem) => {
                let text = match (problem, self.name.ends_with("bash")) {
                    (NotStarted::IsDirectory, true) => format!("{name}: Is a directory"),
                    (NotStarted::IsDirectory, false) => format!("{name}: Permission denied"),
                    (NotStarted::NotFound, true) if !name.contains('/') => {
                        format!("{name}: command not found")
                    }
                    (NotStarted::NotFound, true) => format!("{name}: No such file or directory"),
                    (NotStarted::NotFound, false) => format!("{name}: not found"),
                };
                streams.stderr.line(self.complaint(&text)).await;
                self.status = if problem == NotStarted::NotFound { 127 } else { 126 };
            }
        }
    }
}

fn has_output(assignments: &[(String, Word)]) -> bool {
    use crate::script::syntax::Piece;
    assignments.iter().any(|(_, word)| word.0.iter().any(|part| matches!(part.piece, Piece::Output(_))))
}

/// What a loop does after its body: `None` another round, `Go` behind the loop, else pass it outside.
fn leave_loop(next: Next) -> Option<Next> {
    match next {
        Next::Go | Next::Continue(0 | 1) => None,
        Next::Break(0 | 1) => Some(Next::Go),
        Next::Break(levels) => Some(Next::Break(levels - 1)),
        Next::Continue(levels) => Some(Next::Continue(levels - 1)),
        Next::Exit | Next::Abort | Next::Return => Some(next),
    }
}
