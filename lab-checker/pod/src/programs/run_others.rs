//! Programs that run other programs.

use std::time::Duration;

use super::arguments::{Argument, count, duration, parse};
use crate::process::{NotStarted, Process, Start};
use crate::streams::Streams;
use crate::streams::{Capture, Input, Output};

/// `timeout`: busybox ends the program with SIGTERM and passes that on; GNU's has a code of its own.
pub(super) async fn timeout(process: Process, start: Start) -> u8 {
    let words = process.rest();
    let options = words.iter().take_while(|word| word.starts_with('-')).count();
    // `-t SECONDS` of old busybox, `-s SIGNAL` and `-k DURATION` have values.
    let with_value = words.first().is_some_and(|word| matches!(word.as_str(), "-s" | "-k" | "-t"));
    let old_style = words.first().is_some_and(|word| word == "-t");
    let at = if old_style { 1 } else { options + usize::from(with_value) };
    let (Some(limit), Some(_)) = (words.get(at), words.get(at + 1)) else {
        return process.fail(1, "Usage: timeout [-s SIG] [-k KILL_SECS] SECS PROG ARGS").await;
    };
    let busybox = process.container.image.has_busybox();
    let Some(limit) = duration(limit) else {
        return process.fail(if busybox { 1 } else { 125 }, format!("timeout: invalid number '{limit}'")).await;
    };
    let command = words[at + 1..].to_vec();
    let name = command[0].clone();
    match start(process.with(command)) {
        Ok(running) => match tokio::time::timeout(limit, running).await {
            Ok(code) => code,
            Err(_) if busybox => 143,
            Err(_) => 124,
        },
        Err(_) => process.fail(127, format!("timeout: can't execute '{name}': No such file or directory")).await,
    }
}

/// `env NAME=VALUE… COMMAND`.
pub(super) async fn env(mut process: Process, start: Start) -> u8 {
    let words = process.rest().to_vec();
    let mut at = 0;
    for word in &words {
        match word.split_once('=') {
            _ if word == "-i" => process.environment.clear(),
            Some((name, value)) => {
                process.environment.insert(name.to_owned(), value.to_owned());
            }
            None => break,
        }
        at += 1;
    }
    if at == words.len() {
        return super::identity::run("env", &process).await;
    }
    other(process, words[at..].to_vec(), start).await
}

/// `time`, `nohup`, `busybox`: the rest of the line is the program.
pub(super) async fn plain(process: Process, start: Start) -> u8 {
    let rest = process.rest().to_vec();
    if rest.is_empty() {
        let text = "BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary.";
        return if process.name() == "busybox" { process.fail(0, text).await } else { 0 };
    }
    let started = tokio::time::Instant::now();
    let timed = process.name() == "time";
    let stderr = process.streams.stderr.clone();
    let code = other(process, rest, start).await;
    if timed {
        let spent = started.elapsed();
        let minutes = spent.as_secs() / 60;
        let seconds = spent.as_secs_f64() - f64::from(u32::try_from(minutes).unwrap_or(0)) * 60.0;
        stderr.write(format!("real\t{minutes}m {seconds:.2}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n")).await;
    }
    code
}

async fn other(process: Process, arguments: Vec<String>, start: Start) -> u8 {
    let own = process.name().to_owned();
    let name = arguments[0].clone();
    match start(process.with(arguments)) {
        Ok(running) => running.await,
        Err(NotStarted::NotFound) => {
            process.fail(127, format!("{own}: can't execute '{name}': No such file or directory")).await
        }
        Err(NotStarted::IsDirectory) => {
            process.fail(126, format!("{own}: can't execute '{name}': Permission denied")).await
        }
    }
}

/// `xargs`, with `-n` and `-I`.
pub(super) async fn xargs(process: Process, start: Start) -> u8 {
    let input = process.streams.stdin.read_all().await;
    let input = String::from_utf8_lossy(&input).into_owned();
    let mut words = process.rest();
    let (mut each, mut placeholder) = (usize::MAX, None);
    while let Some((option, rest)) = words.split_first().filter(|(option, _)| option.starts_with('-')) {
        words = rest;
        if matches!(option.as_str(), "-r" | "-t" | "-0") || !option.is_ascii() || option.len() < 2 {
            continue;
        }
        // The value stands behind the letter, or is the next word.
        let (letter, attached) = option.split_at(2);
        let value = match words.split_first().filter(|_| attached.is_empty()) {
            Some((value, rest)) => {
                words = rest;
                value.clone()
            }
            None => attached.to_owned(),
        };
        match letter {
            "-n" | "-L" => each = count(&value).unwrap_or(usize::MAX).max(1),
            "-I" => placeholder = Some(value),
            _ => {}
        }
    }
    let command = if words.is_empty() { vec!["echo".to_owned()] } else { words.to_vec() };
    let items: Vec<&str> =
        if placeholder.is_some() { input.lines().collect() } else { input.split_whitespace().collect() };
    let mut code = 0;
    let size = if placeholder.is_some() { 1 } else { each.min(items.len().max(1)) };
    for group in items.chunks(size) {
        let arguments = match &placeholder {
            Some(mark) => command.iter().map(|word| word.replace(mark.as_str(), group[0])).collect(),
            None => command.iter().cloned().chain(group.iter().map(|&item| item.to_owned())).collect(),
        };
        let streams = Streams { stdin: Input::empty(), ..process.streams.clone() };
        if other(process.on(streams), arguments, start).await != 0 {
            code = 123;
        }
    }
    code
}

/// `watch -n SECONDS COMMAND`, until it is stopped.
pub(super) async fn watch(process: Process, start: Start) -> u8 {
    let mut pause = Duration::from_secs(2);
    let mut command = Vec::new();
    for argument in parse(process.rest(), "n", &["interval"]) {
        match argument {
            Argument::Value(_, value) => pause = duration(&value).unwrap_or(pause).max(Duration::from_millis(100)),
            Argument::Operand(word) => command.push(word),
            _ => {}
        }
    }
    loop {
        let capture = Capture::default();
        let output = Output::Capture(capture.clone());
        let streams = Streams { stdin: Input::empty(), stdout: output.clone(), stderr: output, terminal: false };
        let line = command.join(" ");
        other(process.on(streams), vec!["sh".to_owned(), "-c".to_owned(), line.clone()], start).await;
        let head = format!("\x1b[H\x1b[JEvery {:.1}s: {line}\n\n", pause.as_secs_f64());
        process.streams.stdout.write(head + &capture.text()).await;
        tokio::time::sleep(pause).await;
    }
}
