//! Starting a shell: what its command line asks for.

use super::limits;
use super::state::{NO_PROCESS, Next, Shell};
use super::terminal;
use crate::process::{Process, Start};
use crate::script;
use crate::streams::Streams;

/// Whether a command line is a shell that talks to a terminal, rather than one that runs a script.
pub fn is_interactive(arguments: &[String]) -> bool {
    let program = arguments.first().map_or("", |first| first.rsplit('/').next().unwrap_or(first));
    let script = |word: &String| !word.starts_with('-') || (word.contains('c') && !word.starts_with("--"));
    matches!(program, "sh" | "ash" | "bash" | "dash") && !arguments[1..].iter().any(script)
}

/// What a shell is asked for.
#[derive(Default)]
struct CommandLine {
    /// `-c`: the first of the rest is a script.
    command: bool,
    interactive: bool,
    stop_on_error: bool,
    trace: bool,
    rest: Vec<String>,
}

impl CommandLine {
    fn read(arguments: &[String]) -> Self {
        let mut line = Self::default();
        let mut words = arguments.iter().skip(1);
        for word in words.by_ref() {
            match word.strip_prefix('-') {
                Some(flags) if !flags.is_empty() && !flags.starts_with('-') => {
                    line.command |= flags.contains('c');
                    line.interactive |= flags.contains('i');
                    line.stop_on_error |= flags.contains('e');
                    line.trace |= flags.contains('x');
                    if line.command {
                        break;
                    }
                }
                Some(_) => {}
                None => {
                    line.rest.push(word.clone());
                    break;
                }
            }
        }
        line.rest.extend(words.cloned());
        line
    }
}

/// Runs `sh` and its relatives: a script behind `-c`, a file, standard input, or a terminal.
pub(crate) async fn run(process: Process, start: Start) -> u8 {
    let Some(mut shell) = Shell::new(&process, start).await else {
        process.streams.stderr.line(format!("sh: {NO_PROCESS}")).await;
        return 2;
    };
    let line = CommandLine::read(&process.arguments);
    shell.stop_on_error = line.stop_on_error;
    shell.trace = line.trace;
    let rest = line.rest;
    let streams = process.streams.clone();
    if line.command {
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
    if process.streams.terminal || line.interactive {
        shell.interactive = true;
        return terminal::interact(shell, streams).await;
    }
    shell.lines(&streams).await
}

impl Shell {
    /// Runs a whole script.
    pub(super) async fn text(&mut self, script: &str, streams: &Streams) -> u8 {
        match script::parse(script) {
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
}
