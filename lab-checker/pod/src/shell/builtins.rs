//! Commands that act on the shell itself.

use super::state::{Next, Shell};
use crate::files::absolute;
use crate::streams::Streams;

/// Runs a builtin; `None` when the name is none, so that it is a program.
pub(super) async fn run(
    shell: &mut Shell,
    arguments: &[String],
    assignments: &[(String, String)],
    streams: &Streams,
) -> Option<Next> {
    let values: Vec<&str> = arguments[1..].iter().map(String::as_str).collect();
    let number = || values.first().and_then(|value| value.parse::<i64>().ok());
    match arguments[0].as_str() {
        ":" | "true" => shell.status = 0,
        "false" => shell.status = 1,
        "exit" => {
            shell.status = number().map_or(shell.status, |status| (status & 0xff).try_into().unwrap_or(0));
            return Some(Next::Exit);
        }
        "return" => {
            shell.status = number().map_or(shell.status, |status| (status & 0xff).try_into().unwrap_or(0));
            return Some(Next::Return);
        }
        "break" => return Some(Next::Break(number().and_then(|n| n.try_into().ok()).unwrap_or(1))),
        "continue" => return Some(Next::Continue(number().and_then(|n| n.try_into().ok()).unwrap_or(1))),
        "cd" => change_directory(shell, values.first().copied(), streams).await,
        "export" | "readonly" | "local" | "declare" => declare(shell, arguments, streams).await,
        "unset" => {
            for name in &values {
                shell.variables.remove(*name);
                shell.functions.remove(*name);
            }
            shell.status = 0;
        }
        "set" => set(shell, &values, streams).await,
        "shift" => {
            let count = number().and_then(|n| usize::try_from(n).ok()).unwrap_or(1).min(shell.positional.len());
            shell.positional.drain(..count);
            shell.status = 0;
        }
        "read" => read(shell, &values, streams).await,
        "eval" => return Some(evaluate(shell, &values.join(" "), streams).await),
        "." | "source" => {
            let file = values.first().copied().unwrap_or_default();
            let Some(text) = shell.container.read_file(&absolute(&shell.directory, file)) else {
                streams.stderr.line(shell.complaint(&format!("can't open '{file}': No such file or directory"))).await;
                shell.status = 2;
                return Some(Next::Go);
            };
            let text = String::from_utf8_lossy(&text).into_owned();
            return Some(evaluate(shell, &text, streams).await);
        }
        "exec" => {
            if values.is_empty() {
                shell.status = 0;
                return Some(Next::Go);
            }
            shell.program(arguments[1..].to_vec(), assignments.to_vec(), streams).await;
            return Some(Next::Exit);
        }
        "command" if values.first() == Some(&"-v") => locate(shell, values.get(1).copied(), false, streams).await,
        "type" => locate(shell, values.first().copied(), true, streams).await,
        "command" | "builtin" if !values.is_empty() => {
            shell.program(arguments[1..].to_vec(), assignments.to_vec(), streams).await;
        }
        "wait" => shell.wait_for(values.first().copied()).await,
        "kill" => shell.kill(&values, streams).await,
        "jobs" => shell.list_jobs(streams).await,
        "fg" => shell.foreground(values.first().copied(), streams).await,
        "let" => {
            let mut result = 0;
            for value in &values {
                result = shell.calculate(value);
            }
            shell.status = u8::from(result == 0);
        }
        "trap" => {
            if let [action, signals @ ..] = values.as_slice()
                && signals.iter().any(|signal| matches!(*signal, "EXIT" | "0"))
            {
                shell.farewell = (*action != "-").then(|| (*action).to_owned());
            }
            shell.status = 0;
        }
        "ulimit" | "umask" | "alias" | "bg" | "disown" | "hash" | "history" | "shopt" => shell.status = 0,
        _ => return None,
    }
    Some(Next::Go)
}

async fn evaluate(shell: &mut Shell, text: &str, streams: &Streams) -> Next {
    match crate::script::parse(text) {
        Ok(script) => shell.script(&script, streams).await,
        Err(error) => {
            streams.stderr.line(shell.complaint(&error.to_string())).await;
            shell.status = 2;
            Next::Go
        }
    }
}

async fn change_directory(shell: &mut Shell, to: Option<&str>, streams: &Streams) {
    let home = shell.variable("HOME").unwrap_or_else(|| "/".to_owned());
    let path = absolute(&shell.directory, to.unwrap_or(&home));
    if shell.container.is_directory(&path) {
        shell.directory = path;
        shell.status = 0;
    } else {
        let text = format!("cd: can't cd to {}: No such file or directory", to.unwrap_or(&home));
        streams.stderr.line(shell.complaint(&text)).await;
        shell.status = 2;
    }
}

async fn declare(shell: &mut Shell, arguments: &[String], streams: &Streams) {
    shell.status = 0;
    let mut listed = true;
    for argument in arguments[1..].iter().filter(|argument| !argument.starts_with('-')) {
        listed = false;
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument.as_str(), None),
        };
        if let Some(value) = value {
            shell.assign([(name.to_owned(), value.to_owned())]);
        }
        if arguments[0] == "export" {
            shell.exported.insert(name.to_owned());
        }
    }
    if listed && arguments[0] == "export" {
        for (name, value) in shell.environment() {
            streams.stdout.line(format!("export {name}='{value}'")).await;
        }
    }
}

async fn set(shell: &mut Shell, values: &[&str], streams: &Streams) {
    shell.status = 0;
    if values.is_empty() {
        for (name, value) in shell.variables.clone() {
            streams.stdout.line(format!("{name}='{value}'")).await;
        }
        return;
    }
    if !values[0].starts_with(['-', '+']) {
        shell.positional = values.iter().map(|&value| value.to_owned()).collect();
        return;
    }
    for (index, value) in values.iter().enumerate() {
        match *value {
            "--" => {
                shell.positional = values[index + 1..].iter().map(|&value| value.to_owned()).collect();
                return;
            }
            flags if flags.starts_with(['-', '+']) => {
                let on = flags.starts_with('-');
                if flags.contains('e') {
                    shell.stop_on_error = on;
                }
                if flags.contains('x') {
                    shell.trace = on;
                }
                if flags.contains('u') {
                    shell.strict = on;
                }
                if flags.contains('o') && values.get(index + 1) == Some(&"pipefail") {
                    shell.whole_pipe = on;
                }
            }
            _ => {}
        }
    }
}

async fn read(shell: &mut Shell, values: &[&str], streams: &Streams) {
    let mut names: Vec<&str> = Vec::new();
    let (mut raw, mut patience) = (false, None);
    let mut values = values.iter();
    while let Some(value) = values.next() {
        match *value {
            "-p" => {
                let prompt = values.next().copied().unwrap_or_default();
                streams.stderr.write(prompt).await;
            }
            "-t" => patience = values.next().and_then(|seconds| seconds.parse::<u64>().ok()),
            "-n" | "-d" | "-u" => drop(values.next()),
            flag if flag.starts_with('-') => raw |= flag.contains('r'),
            name => names.push(name),
        }
    }
    let reading = streams.stdin.read_line();
    let line = match patience {
        Some(seconds) => {
            tokio::time::timeout(std::time::Duration::from_secs(seconds), reading).await.unwrap_or_default()
        }
        None => reading.await,
    };
    shell.status = u8::from(line.is_none());
    let line = line.unwrap_or_default();
    let line = if raw { line } else { line.replace('\\', "") };
    let separators = shell.variable("IFS").unwrap_or_else(|| " \t\n".to_owned());
    let blank = |character: char| character.is_whitespace() && separators.contains(character);
    let mut rest = line.trim_matches(blank);
    for (index, name) in names.iter().enumerate() {
        let last = index + 1 == names.len();
        let (field, after) = match rest.split_once(|character| separators.contains(character)) {
            Some((field, after)) if !last => (field, after.trim_start_matches(blank)),
            _ => (rest, ""),
        };
        shell.assign([((*name).to_owned(), field.to_owned())]);
        rest = after;
    }
    if names.is_empty() {
        shell.assign([("REPLY".to_owned(), line)]);
    }
}

async fn locate(shell: &mut Shell, name: Option<&str>, verbose: bool, streams: &Streams) {
    let Some(name) = name else { return };
    shell.status = 0;
    let found = if shell.functions.contains_key(name) || name == "echo" || name == "cd" {
        Some(if verbose { format!("{name} is a shell builtin") } else { name.to_owned() })
    } else {
        let path = crate::program::path(&shell.container, name);
        path.map(|path| if verbose { format!("{name} is {path}") } else { path })
    };
    match found {
        Some(text) => streams.stdout.line(text).await,
        None => {
            if verbose {
                streams.stderr.line(format!("{name}: not found")).await;
            }
            shell.status = 127;
        }
    }
}
