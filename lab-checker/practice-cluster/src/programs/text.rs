//! Programs that print and filter text, and `sleep`.

use super::arguments::{Argument, duration, parse};
use crate::container::Process;

pub(super) const NAMES: &[&str] = &[
    "echo", "printf", "grep", "head", "tail", "wc", "sort", "uniq", "cut", "tr", "sed", "awk", "seq", "sleep", "yes",
    "true", "false", "expr", "kill",
];

pub(super) async fn run(name: &str, process: &Process) -> u8 {
    match name {
        "true" | "kill" => 0,
        "false" => 1,
        "echo" => echo(process).await,
        "printf" => {
            process.streams.stdout.write(printf(process.rest())).await;
            0
        }
        "sleep" => sleep(process).await,
        "yes" => {
            let word = process.rest().first().map_or("y", String::as_str);
            loop {
                process.say(word).await;
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
        "seq" => sequence(process).await,
        "expr" => {
            let text = process.rest().join(" ").replace("\\*", "*");
            let result = crate::shell::arithmetic(&text);
            process.say(result.to_string()).await;
            u8::from(result == 0)
        }
        "grep" => grep(process).await,
        _ => filter(name, process).await,
    }
}

async fn echo(process: &Process) -> u8 {
    let mut words = process.rest();
    let (mut line_break, mut escapes) = (true, false);
    while let Some(flags) = words.first().and_then(|word| word.strip_prefix('-')) {
        if flags.is_empty() || !flags.chars().all(|letter| "neE".contains(letter)) {
            break;
        }
        line_break &= !flags.contains('n');
        escapes |= flags.contains('e');
        words = &words[1..];
    }
    let mut text = words.join(" ");
    if escapes {
        text = unescape(&text);
    }
    if line_break {
        text.push('\n');
    }
    process.streams.stdout.write(text).await;
    0
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
        }
    }
    plain
}

/// `printf` with `%s`, `%d` and `%%`; the format is used again while arguments are left.
fn printf(words: &[String]) -> String {
    let Some((format, mut values)) = words.split_first() else { return String::new() };
    let format = unescape(format);
    let mut text = String::new();
    loop {
        let before = values.len();
        let mut characters = format.chars().peekable();
        while let Some(character) = characters.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let spec: String =
                std::iter::from_fn(|| characters.next_if(|c| c.is_ascii_digit() || "-.".contains(*c))).collect();
            match characters.next() {
                Some('%') => text.push('%'),
                Some('s' | 'd' | 'i' | 'b') => {
                    let (value, rest) =
                        values.split_first().map_or(("", values), |(first, rest)| (first.as_str(), rest));
                    values = rest;
                    let width: usize = spec.trim_start_matches('-').parse().unwrap_or(0).min(200);
                    match spec.starts_with('-') {
                        true => text.push_str(&format!("{value:<width$}")),
                        false => text.push_str(&format!("{value:>width$}")),
                    }
                }
                Some(other) => text.extend(['%', other]),
                None => text.push('%'),
            }
        }
        if values.is_empty() || values.len() == before {
            return text;
        }
    }
}

async fn sleep(process: &Process) -> u8 {
    let mut total = std::time::Duration::ZERO;
    for word in process.rest() {
        match (word.as_str(), duration(word)) {
            ("inf" | "infinity", _) => std::future::pending().await,
            (_, Some(time)) => total += time,
            (word, None) => return process.fail(1, format!("sleep: invalid number '{word}'")).await,
        }
    }
    tokio::time::sleep(total).await;
    0
}

async fn sequence(process: &Process) -> u8 {
    let numbers: Vec<i64> = process.rest().iter().filter_map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return process.fail(1, "Usage: seq [-w] [-s SEP] [FIRST [INC]] LAST").await,
    };
    let mut number = first;
    for _ in 0..100_000 {
        if (step > 0 && number > last) || (step < 0 && number < last) {
            break;
        }
        process.say(number.to_string()).await;
        number += step;
    }
    0
}

/// The text to filter: files, or standard input.
async fn input(process: &Process, files: &[String]) -> String {
    let mut bytes = Vec::new();
    if files.is_empty() {
        bytes = process.streams.stdin.read_all().await;
    }
    for file in files {
        let path = crate::container::absolute(&process.directory, file);
        match process.container.read_file(&path) {
            Some(content) => bytes.extend(content),
            None => process.streams.stderr.line(format!("{}: {file}: No such file or directory", process.name())).await,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `grep` for plain words, with `^`, `$` and `.*` where they stand alone.
async fn grep(process: &Process) -> u8 {
    let mut operands = Vec::new();
    let (mut invert, mut ignore_case, mut quiet, mut count, mut patterns) = (false, false, false, false, Vec::new());
    for argument in parse(process.rest(), "emABC", &[]) {
        match argument {
            Argument::Flag(name) => {
                invert |= name == "v";
                ignore_case |= name == "i";
                quiet |= name == "q";
                count |= name == "c";
            }
            Argument::Value(name, value) if name == "e" => patterns.push(value),
            Argument::Operand(word) => operands.push(word),
            _ => {}
        }
    }
    if patterns.is_empty() && !operands.is_empty() {
        patterns = operands.remove(0).replace("\\|", "|").split('|').map(str::to_owned).collect();
    }
    let text = input(process, &operands).await;
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let matches = |line: &str| patterns.iter().any(|pattern| found(&fold(pattern), &fold(line)));
    let hits: Vec<&str> = text.lines().filter(|line| matches(line) != invert).collect();
    if count {
        process.say(hits.len().to_string()).await;
    } else if !quiet {
        for line in &hits {
            process.say(line).await;
        }
    }
    u8::from(hits.is_empty())
}

fn found(pattern: &str, line: &str) -> bool {
    let (start, pattern) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (end, pattern) = pattern.strip_suffix('$').map_or((false, pattern), |rest| (true, rest));
    let glob = pattern.replace(".*", "*").replace("\\.", ".");
    let before = if start { "" } else { "*" };
    let after = if end { "" } else { "*" };
    crate::shell::matches(&format!("{before}{glob}{after}"), line)
}

async fn filter(name: &str, process: &Process) -> u8 {
    let short = match name {
        "head" | "tail" => "nc",
        "cut" => "dfc",
        "awk" => "Fv",
        "sort" => "tk",
        _ => "",
    };
    let mut operands = Vec::new();
    let mut flags = String::new();
    let mut values: Vec<(String, String)> = Vec::new();
    for argument in parse(process.rest(), short, &[]) {
        match argument {
            Argument::Flag(flag) => flags.push_str(&flag),
            Argument::Value(name, value) => values.push((name, value)),
            Argument::Operand(word) => operands.push(word),
            Argument::Missing(_) => {}
        }
    }
    let value = |name: &str| values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let scripts = match name {
        "tr" => operands.len(),
        "sed" | "awk" => operands.len().min(1),
        _ => 0,
    };
    let script: Vec<String> = operands.drain(..scripts).collect();
    if name == "tail" && flags.contains('f') {
        std::future::pending::<()>().await;
    }
    let text = input(process, &operands).await;
    let lines: Vec<&str> = text.lines().collect();
    let number = value("n").or(Some(flags.as_str()).filter(|flags| !flags.is_empty()));
    let number: usize = number.and_then(|number| number.parse().ok()).unwrap_or(10);
    let first = script.first().map_or("", String::as_str);
    let output: Vec<String> = match name {
        "head" => lines.iter().take(number).map(|&line| line.to_owned()).collect(),
        "tail" => lines.iter().skip(lines.len().saturating_sub(number)).map(|&line| line.to_owned()).collect(),
        "wc" => vec![count(&text, &flags)],
        "sort" => sorted(&lines, &flags),
        "uniq" => unique(&lines, flags.contains('c')),
        "cut" => lines.iter().map(|line| cut(line, value("d").unwrap_or("\t"), value("f"), value("c"))).collect(),
        "tr" => {
            let second = script.get(1).map_or("", String::as_str);
            process.streams.stdout.write(translate(&text, &flags, first, second)).await;
            return 0;
        }
        "sed" => lines.iter().map(|line| substitute(line, first)).collect(),
        _ => lines.iter().map(|line| column(line, first, value("F"))).collect(),
    };
    for line in output {
        process.say(line).await;
    }
    0
}

fn count(text: &str, flags: &str) -> String {
    let (lines, words, bytes) = (text.matches('\n').count(), text.split_whitespace().count(), text.len());
    match flags {
        "l" => lines.to_string(),
        "w" => words.to_string(),
        "c" => bytes.to_string(),
        _ => format!("{lines:9} {words:9} {bytes:9}"),
    }
}

fn sorted(lines: &[&str], flags: &str) -> Vec<String> {
    let mut sorted: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    if flags.contains('n') {
        sorted
            .sort_by_key(|line| line.split_whitespace().next().and_then(|word| word.parse::<i64>().ok()).unwrap_or(0));
    } else {
        sorted.sort();
    }
    if flags.contains('r') {
        sorted.reverse();
    }
    if flags.contains('u') {
        sorted.dedup();
    }
    sorted
}

fn unique(lines: &[&str], counted: bool) -> Vec<String> {
    let groups = lines.chunk_by(|left, right| left == right);
    groups.map(|group| if counted { format!("{:7} {}", group.len(), group[0]) } else { group[0].to_owned() }).collect()
}

fn cut(line: &str, delimiter: &str, fields: Option<&str>, characters: Option<&str>) -> String {
    let wanted = |list: &str, index: usize| {
        list.split(',').any(|part| match part.split_once('-') {
            Some((from, to)) => index >= from.parse().unwrap_or(1) && index <= to.parse().unwrap_or(usize::MAX),
            None => part.parse() == Ok(index),
        })
    };
    match (fields, characters) {
        (Some(list), _) if line.contains(delimiter) => {
            let kept = line.split(delimiter).enumerate().filter(|(index, _)| wanted(list, index + 1));
            kept.map(|(_, field)| field).collect::<Vec<_>>().join(delimiter)
        }
        (None, Some(list)) => {
            line.chars().enumerate().filter(|(index, _)| wanted(list, index + 1)).map(|(_, letter)| letter).collect()
        }
        _ => line.to_owned(),
    }
}

fn translate(text: &str, flags: &str, from: &str, to: &str) -> String {
    let set = |text: &str| -> Vec<char> {
        unescape(
            &text
                .replace("a-z", "abcdefghijklmnopqrstuvwxyz")
                .replace("A-Z", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                .replace("0-9", "0123456789"),
        )
        .chars()
        .collect()
    };
    let (from, to) = (set(from), set(to));
    if flags.contains('d') {
        return text.chars().filter(|letter| !from.contains(letter)).collect();
    }
    let map = |letter: char| match from.iter().position(|known| *known == letter) {
        Some(at) => to.get(at).or(to.last()).copied().unwrap_or(letter),
        None => letter,
    };
    text.chars().map(map).collect()
}

/// `s/OLD/NEW/` and `s/OLD/NEW/g` with plain text; other scripts leave the line alone.
fn substitute(line: &str, script: &str) -> String {
    let mut letters = script.chars();
    if letters.next() != Some('s') {
        return line.to_owned();
    }
    let Some(delimiter) = letters.next() else { return line.to_owned() };
    let parts: Vec<&str> = script[1 + delimiter.len_utf8()..].split(delimiter).collect();
    match parts.as_slice() {
        [old, new, flags] if flags.contains('g') => line.replace(old, new),
        [old, new, ..] => line.replacen(old, new, 1),
        _ => line.to_owned(),
    }
}

/// `{print $N}`.
fn column(line: &str, script: &str, separator: Option<&str>) -> String {
    let number = script.split('$').nth(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    let number = number.and_then(|digits| digits.parse::<usize>().ok());
    let fields: Vec<&str> = match separator {
        Some(separator) => line.split(separator).collect(),
        None => line.split_whitespace().collect(),
    };
    match number {
        Some(0) | None => line.to_owned(),
        Some(number) => fields.get(number - 1).copied().unwrap_or_default().to_owned(),
    }
}
