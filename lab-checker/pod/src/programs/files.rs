//! Programs about files: those of the container, which are few.

use crate::files::absolute;
use crate::process::Process;
use crate::program;

/// What programs say of a full disk.
const FULL: &str = "No space left on device";

pub(super) async fn run(name: &str, process: &Process) -> u8 {
    let operands: Vec<&str> = process.rest().iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let container = &process.container;
    match name {
        "ls" => return list(process, &operands).await,
        "cat" => return concatenate(process, &operands).await,
        "touch" => {
            for file in operands {
                let path = absolute(&process.directory, file);
                if container.read_file(&path).is_none() && !container.write_file(&path, Vec::new()) {
                    return process.fail(1, format!("touch: {file}: {FULL}")).await;
                }
            }
        }
        "mkdir" => {
            for folder in operands {
                let kept = format!("{}/.keep", absolute(&process.directory, folder));
                if !container.write_file(&kept, Vec::new()) {
                    return process.fail(1, format!("mkdir: can't create directory '{folder}': {FULL}")).await;
                }
            }
        }
        "cp" | "mv" | "ln" => return copy(name, process, &operands).await,
        "sysctl" => {
            for setting in operands.iter().filter_map(|word| word.split_once('=')) {
                process.say(format!("{} = {}", setting.0, setting.1)).await;
            }
        }
        "rm" => return remove(process, &operands).await,
        "pwd" => process.say(&process.directory).await,
        "test" | "[" | "[[" => return test(process),
        "tee" => {
            let bytes = process.streams.stdin.read_all().await;
            let mut code = 0;
            for file in operands {
                if !container.write_file(&absolute(&process.directory, file), bytes.clone()) {
                    code = process.fail(1, format!("tee: {file}: {FULL}")).await;
                }
            }
            process.streams.stdout.write(bytes).await;
            return code;
        }
        "mktemp" => {
            let path = "/tmp/tmp.kJdFhE";
            if !container.write_file(path, Vec::new()) {
                return process.fail(1, format!("mktemp: (null): {FULL}")).await;
            }
            process.say(path).await;
        }
        "which" => {
            let mut code = 0;
            for word in operands {
                match program::path(container, word) {
                    Some(path) => process.say(path).await,
                    None => code = 1,
                }
            }
            return code;
        }
        "basename" => process.say(operands.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default()).await,
        "dirname" => {
            let path = operands.first().copied().unwrap_or(".");
            process
                .say(path.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder }))
                .await;
        }
        "clear" => process.streams.stdout.write("\x1b[H\x1b[2J").await,
        _ => {}
    }
    0
}

async fn list(process: &Process, operands: &[&str]) -> u8 {
    let container = &process.container;
    let mut code = 0;
    for word in if operands.is_empty() { &["."][..] } else { operands } {
        let path = absolute(&process.directory, word);
        if container.is_directory(&path) {
            let names: Vec<String> = container.list(&path).into_iter().filter(|name| !name.starts_with('.')).collect();
            for name in names {
                process.say(name).await;
            }
        } else if container.read_file(&path).is_some() {
            process.say(word).await;
        } else {
            code = process.fail(1, format!("ls: {word}: No such file or directory")).await;
        }
    }
    code
}

async fn concatenate(process: &Process, operands: &[&str]) -> u8 {
    if operands.is_empty() {
        while let Some(chunk) = process.streams.stdin.chunk().await {
            process.streams.stdout.write(chunk).await;
        }
        return 0;
    }
    let mut code = 0;
    for word in operands {
        let path = absolute(&process.directory, word);
        match process.container.read_file(&path) {
            Some(bytes) => process.streams.stdout.write(bytes).await,
            None if process.container.is_directory(&path) => {
                code = process.fail(1, "cat: read error: Is a directory").await;
            }
            None => code = process.fail(1, format!("cat: can't open '{word}': No such file or directory")).await,
        }
    }
    code
}

/// `cp` and `mv` of files.
async fn copy(name: &str, process: &Process, operands: &[&str]) -> u8 {
    let [files @ .., to] = operands else { return process.fail(1, format!("Usage: {name} SOURCE... DEST")).await };
    let target = absolute(&process.directory, to);
    let mut code = 0;
    for file in files {
        let from = absolute(&process.directory, file);
        let found = process.container.read_file(&from);
        // Nobody knows which files such an image has; and a link may lead to what is not there yet.
        let imagined = || (name == "ln" || process.container.image.is_unknown()).then(Vec::new);
        let Some(bytes) = found.or_else(imagined) else {
            let text = match name {
                "cp" => format!("cp: can't stat '{file}': No such file or directory"),
                _ => format!("mv: can't rename '{file}': No such file or directory"),
            };
            code = process.fail(1, text).await;
            continue;
        };
        let last = from.rsplit('/').next().unwrap_or(&from);
        let path = if process.container.is_directory(&target) { format!("{target}/{last}") } else { target.clone() };
        if !process.container.write_file(&path, bytes) {
            code = process.fail(1, format!("{name}: can't create '{path}': {FULL}")).await;
            continue;
        }
        if name == "mv" && path != from {
            process.container.remove_file(&from);
        }
    }
    code
}

async fn remove(process: &Process, operands: &[&str]) -> u8 {
    let force = process.rest().iter().any(|word| word.starts_with('-') && word.contains('f'));
    let mut code = 0;
    for word in operands {
        let path = absolute(&process.directory, word);
        let under = process.container.list(&path).iter().map(|name| format!("{path}/{name}")).collect::<Vec<_>>();
        let mut removed = process.container.remove_file(&path);
        for file in under {
            removed |= process.container.remove_file(&file);
        }
        if !removed && !force {
            code = process.fail(1, format!("rm: can't remove '{word}': No such file or directory")).await;
        }
    }
    code
}

/// `test` and `[`: 0 when it holds, 1 when not, 2 when it makes no sense.
fn test(process: &Process) -> u8 {
    let mut words: Vec<&str> = process.rest().iter().map(String::as_str).collect();
    let end = match process.name() {
        "[" => Some("]"),
        "[[" => Some("]]"),
        _ => None,
    };
    if end.is_some() && words.pop() != end {
        return 2;
    }
    // Each word may be an operator: what nobody types must not be deep either.
    if words.len() > 200 {
        return 2;
    }
    match holds(process, &words) {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    }
}

fn holds(process: &Process, words: &[&str]) -> Option<bool> {
    if let Some(at) = words.iter().position(|word| *word == "-o") {
        return Some(holds(process, &words[..at])? || holds(process, &words[at + 1..])?);
    }
    if let Some(at) = words.iter().position(|word| *word == "-a").filter(|at| *at > 0) {
        return Some(holds(process, &words[..at])? && holds(process, &words[at + 1..])?);
    }
    let path = |file: &str| absolute(&process.directory, file);
    match words {
        [] => Some(false),
        ["!", rest @ ..] => holds(process, rest).map(|value| !value),
        [word] => Some(!word.is_empty()),
        ["-z", word] => Some(word.is_empty()),
        ["-n", word] => Some(!word.is_empty()),
        ["-f" | "-r" | "-w" | "-s", file] => Some(process.container.read_file(&path(file)).is_some()),
        ["-d", file] => Some(process.container.is_directory(&path(file))),
        ["-e", file] => {
            Some(process.container.read_file(&path(file)).is_some() || process.container.is_directory(&path(file)))
        }
        ["-x", file] => Some(program::path(&process.container, file).is_some()),
        ["-t", _] => Some(process.streams.terminal),
        [left, "=" | "==", right] if process.name() == "[[" => Some(crate::shell::pattern::matches(right, left)),
        [left, "!=", right] if process.name() == "[[" => Some(!crate::shell::pattern::matches(right, left)),
        [left, "=~", right] => {
            Some(super::regular::compile(right, super::regular::Syntax::Extended, false)?.is_match(left))
        }
        [left, "=" | "==", right] => Some(left == right),
        [left, "!=", right] => Some(left != right),
        [left, operator, right] => {
            let (left, right): (i64, i64) = (left.parse().ok()?, right.parse().ok()?);
            Some(match *operator {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                "-ge" => left >= right,
                _ => return None,
            })
        }
        _ => None,
    }
}
