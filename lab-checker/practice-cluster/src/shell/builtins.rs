//! Commands that act on the shell itself.

use super::{Next, Shell};
use crate::container::Streams;

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
            let text = values.first().and_then(|file| shell.container.read_file(file));
            let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
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
        "wait" => {
            while shell.background.join_next().await.is_some() {}
            shell.status = 0;
        }
        "trap" | "ulimit" | "umask" | "alias" | "jobs" | "fg" | "bg" | "kill" | "hash" | "history" => shell.status = 0,
        _ => return None,
    }
    Some(Next::Go)
}

async fn evaluate(shell: &mut Shell, text: &str, streams: &Streams) -> Next {
    match super::parser::parse(text) {
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
    let path = crate::container::absolute(&shell.directory, to.unwrap_or(&home));
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
            shell.variables.insert(name.to_owned(), value.to_owned());
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
            }
            _ => {}
        }
    }
}

async fn read(shell: &mut Shell, values: &[&str], streams: &Streams) {
    let mut names: Vec<&str> = Vec::new();
    let mut skip = false;
    for value in values {
        match *value {
            _ if skip => skip = false,
            "-p" | "-t" | "-n" | "-d" => skip = true,
            flag if flag.starts_with('-') => {}
            name => names.push(name),
        }
    }
    let Some(line) = streams.stdin.read_line().await else {
        shell.status = 1;
        return;
    };
    shell.status = 0;
    let mut rest = line.trim();
    for (index, name) in names.iter().enumerate() {
        let (field, after) = match rest.split_once([' ', '\t']) {
            Some((field, after)) if index + 1 < names.len() => (field, after.trim_start()),
            _ => (rest, ""),
        };
        shell.variables.insert((*name).to_owned(), field.to_owned());
        rest = after;
    }
    if names.is_empty() {
        shell.variables.insert("REPLY".to_owned(), line);
    }
}

async fn locate(shell: &mut Shell, name: Option<&str>, verbose: bool, streams: &Streams) {
    let Some(name) = name else { return };
    shell.status = 0;
    let found = if shell.functions.contains_key(name) || name == "echo" || name == "cd" {
        Some(if verbose { format!("{name} is a shell builtin") } else { name.to_owned() })
    } else {
        let path = crate::programs::path(&shell.container, name);
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
