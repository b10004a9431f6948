//! Programs about files: those of the container, which are few.

use crate::files::absolute;
use crate::process::Process;
use crate::program;

/// Whether a word holds a short option, alone or among others.
fn is_short(word: &str, option: char) -> bool {
    word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains(option))
}

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
                    return process.fail(1, format!("touch: {file}: {}", container.refusal(&path))).await;
                }
            }
        }
        "mkdir" => {
            let parents = process.rest().iter().any(|word| word == "--parents" || is_short(word, 'p'));
            for folder in operands {
                let path = absolute(&process.directory, folder);
                let kept = format!("{path}/.keep");
                let why = match container.is_directory(&path) || container.read_file(&path).is_some() {
                    true if parents => continue,
                    true => "File exists",
                    false if container.write_file(&kept, Vec::new()) => continue,
                    false => container.refusal(&kept),
                };
                return process.fail(1, format!("mkdir: can't create directory '{folder}': {why}")).await;
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
            let append = process.rest().iter().any(|word| word == "--append" || is_short(word, 'a'));
            let mut code = 0;
            for file in operands {
                let path = absolute(&process.directory, file);
                let before = if append { container.read_file(&path) } else { None };
                if !container.write_file(&path, [before.unwrap_or_default(), bytes.clone()].concat()) {
                    code = process.fail(1, format!("tee: {file}: {}", container.refusal(&path))).await;
                }
            }
            process.streams.stdout.write(bytes).await;
            return code;
        }
        "mktemp" => {
            let path = "/tmp/tmp.kJdFhE";
            if !container.write_file(path, Vec::new()) {
                return process.fail(1, format!("mktemp: (null): {}", container.refusal(path))).await;
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
    let has = |option| process.rest().iter().any(|word| is_short(word, option));
    let (long, all, nearly) = (has('l'), has('a'), has('A'));
    let words = if operands.is_empty() { &["."][..] } else { operands };
    let mut code = 0;
    for (at, word) in words.iter().enumerate() {
        let path = absolute(&process.directory, word);
        if has('d') || !container.is_directory(&path) {
            if container.is_directory(&path) || container.read_file(&path).is_some() {
                process.say(if long { entry(process, &path, word) } else { (*word).to_owned() }).await;
            } else {
                code = process.fail(1, format!("ls: {word}: No such file or directory")).await;
            }
            continue;
        }
        if words.len() > 1 {
            process.say(format!("{}{word}:", if at > 0 { "\n" } else { "" })).await;
        }
        // What `mkdir` leaves in an empty folder is nobody's file.
        let is_shown = |name: &String| name != ".keep" && (all || nearly || !name.starts_with('.'));
        let listed = container.list(&path).into_iter().filter(is_shown);
        let dots: &[&str] = if all { &[".", ".."] } else { &[] };
        let names: Vec<String> = dots.iter().map(|name| (*name).to_owned()).chain(listed).collect();
        if long {
            process.say(format!("total {}", names.len() * 4)).await;
        }
        for name in names {
            let line = if long { entry(process, &absolute(&path, &name), &name) } else { name };
            process.say(line).await;
        }
    }
    code
}

/// A line of `ls -l`.
fn entry(process: &Process, path: &str, name: &str) -> String {
    let container = &process.container;
    let (kind, links, size) = match container.read_file(path) {
        Some(bytes) => ("-rw-r--r--", 1, bytes.len()),
        None => ("drwxr-xr-x", 2, 4096),
    };
    let now = jiff::Timestamp::now().strftime("%b %e %H:%M");
    format!("{kind}    {links} root     root     {size:>9} {now} {name}")
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
            let why = process.container.refusal(&path);
            code = process.fail(1, format!("{name}: can't create '{path}': {why}")).await;
            continue;
        }
        if name == "mv" && path != from {
            process.container.remove_file(&from);
        }
    }
    code
}

async fn remove(process: &Process, operands: &[&str]) -> u8 {
    let force = process.rest().iter().any(|word| is_short(word, 'f'));
    let deep = process.rest().iter().any(|word| is_short(word, 'r') || is_short(word, 'R'));
    let mut code = 0;
    for word in operands {
        let path = absolute(&process.directory, word);
        let below = format!("{path}/");
        let under: Vec<String> =
            process.container.files.paths().into_iter().filter(|file| file.starts_with(&below)).collect();
        if !deep && process.container.is_directory(&path) {
            code = process.fail(1, format!("rm: '{word}' is a directory")).await;
            continue;
        }
        if process.container.files.is_read_only(&path) {
            let why = process.container.refusal(&path);
            code = process.fail(1, format!("rm: can't remove '{word}': {why}")).await;
            continue;
        }
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
