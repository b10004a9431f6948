//! The Tab key: which words may stand where the cursor is. A program that knows better is asked, as with the shells
//! of real machines: `kubectl __complete get po`.

use super::state::Shell;
use crate::files::absolute;
use crate::process::Process;
use crate::program;
use crate::streams::{Capture, Input, Output, Streams};

/// The commands that are offered, as far as they are there.
const COMMANDS: [&str; 26] = [
    "cat", "cd", "clear", "cp", "curl", "cut", "echo", "exit", "export", "grep", "head", "history", "kubectl", "ls",
    "mkdir", "mv", "pwd", "rm", "sed", "sort", "tail", "tee", "touch", "watch", "wc", "xargs",
];
/// The commands of the shell itself.
const BUILTINS: [&str; 4] = ["cd", "exit", "export", "pwd"];
/// How long a program may think about it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// What may stand there.
pub(super) struct Completion {
    /// What the word begins with: what was typed of it.
    pub(super) typed: String,
    /// The words, each beginning with that.
    pub(super) candidates: Vec<String>,
}

/// The words that fit what stands before the cursor.
pub(super) async fn complete(shell: &Shell, line: &str) -> Completion {
    // Behind a `|`, `;` or `&` another command begins.
    let command = line.rsplit(['|', ';', '&', '(']).next().unwrap_or(line);
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if command.is_empty() || command.ends_with(char::is_whitespace) {
        words.push(String::new());
    }
    let typed = words.last().cloned().unwrap_or_default();
    let candidates = match words.as_slice() {
        [_] => commands(shell, &typed),
        [first, ..] if first == "kubectl" => match asked(shell, first, &words[1..]).await {
            none if none.is_empty() => files(shell, &typed),
            some => some,
        },
        _ => files(shell, &typed),
    };
    Completion { typed, candidates }
}

fn commands(shell: &Shell, typed: &str) -> Vec<String> {
    let there = |name: &&str| BUILTINS.contains(name) || program::find(&shell.container, name).is_ok();
    let fitting = COMMANDS.into_iter().filter(|name| name.starts_with(typed));
    fitting.filter(there).map(str::to_owned).collect()
}

/// The files and folders that a path may go on with.
fn files(shell: &Shell, typed: &str) -> Vec<String> {
    let (folder, start) = typed.rsplit_once('/').map_or(("", typed), |(folder, start)| (folder, start));
    let shown = if typed.contains('/') { format!("{folder}/") } else { String::new() };
    let place = if folder.is_empty() && typed.starts_with('/') { "/" } else { folder };
    let full = absolute(&shell.directory, place);
    let names = shell.container.list(&full).into_iter();
    let visible = names.filter(|name| name.starts_with(start) && (!name.starts_with('.') || start.starts_with('.')));
    visible
        .map(|name| {
            let folder = shell.container.is_directory(&absolute(&full, &name));
            format!("{shown}{name}{}", if folder { "/" } else { "" })
        })
        .collect()
}

/// What a program offers.
async fn asked(shell: &Shell, program: &str, words: &[String]) -> Vec<String> {
    let printed = Capture::default();
    let streams = Streams {
        stdin: Input::empty(),
        stdout: Output::Capture(printed.clone()),
        stderr: Output::Nothing,
        terminal: false,
    };
    let mut arguments = vec![program.to_owned(), "__complete".to_owned()];
    arguments.extend_from_slice(words);
    let process = Process {
        container: shell.container.clone(),
        arguments,
        environment: shell.environment(),
        directory: shell.directory.clone(),
        streams,
        depth: shell.depth,
        ancestors: shell.place.ancestors.clone(),
    };
    let Ok(running) = (shell.start)(process) else { return Vec::new() };
    match tokio::time::timeout(PATIENCE, running).await {
        Ok(_) => printed.text().lines().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}

/// What all of them begin with.
pub(super) fn common(candidates: &[String]) -> String {
    let Some((first, rest)) = candidates.split_first() else { return String::new() };
    let shared = |length: usize| rest.iter().all(|other| other.starts_with(&first[..length]));
    let ends = first.char_indices().map(|(at, character)| at + character.len_utf8());
    first[..ends.take_while(|end| shared(*end)).last().unwrap_or(0)].to_owned()
}
