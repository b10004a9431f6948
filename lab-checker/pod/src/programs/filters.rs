//! Programs that pick and order lines: `head`, `tail`, `wc`, `sort`, `uniq`, `cut`, `tr`, `rev`, `tac`, `nl`.

use super::arguments::{Argument, count as counted, parse};
use super::lines::{Lines, Recent};
use super::text::unescape;
use crate::files::absolute;
use crate::process::Process;

/// How often `tail -f` looks whether a file has grown.
const LOOKS_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

/// The words of a filter's command line.
struct Words {
    flags: String,
    values: Vec<(String, String)>,
    operands: Vec<String>,
}

impl Words {
    fn of(name: &str, words: &[String]) -> Self {
        let short = match name {
            "head" | "tail" => "nc",
            "cut" => "dfcb",
            "sort" => "tk",
            _ => "",
        };
        let mut read = Self { flags: String::new(), values: Vec::new(), operands: Vec::new() };
        for argument in parse(words, short, &["lines", "bytes", "delimiter", "fields"]) {
            match argument {
                // Long options count by their first letter.
                Argument::Flag(flag) if flag.chars().all(|letter| letter.is_ascii_digit()) => {
                    read.flags.push_str(&flag)
                }
                Argument::Flag(flag) => read.flags.extend(flag.chars().next()),
                Argument::Value(name, value) => read.values.push((name, value)),
                Argument::Operand(word) => read.operands.push(word),
                Argument::Missing(_) => {}
            }
        }
        read
    }

    fn value(&self, short: &str, long: &str) -> Option<&str> {
        let found = self.values.iter().find(|(known, _)| known == short || known == long);
        found.map(|(_, value)| value.as_str())
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }
}

pub(super) async fn run(name: &str, process: &Process) -> u8 {
    let words = Words::of(name, process.rest());
    if name == "tr" {
        return translate(process, &words).await;
    }
    let mut lines = Lines::of(process, &words.operands);
    match name {
        "head" => head(process, &words, &mut lines).await,
        "tail" => tail(process, &words, &mut lines).await,
        "wc" => return count(process, &words).await,
        "sort" => {
            for line in sorted(lines.all().await, &words) {
                process.say(line).await;
            }
        }
        "tac" => {
            for line in lines.all().await.into_iter().rev() {
                process.say(line).await;
            }
        }
        "uniq" => unique(process, &words, &mut lines).await,
        "rev" => {
            while let Some(line) = lines.next().await {
                process.say(line.chars().rev().collect::<String>()).await;
            }
        }
        "nl" => {
            let mut number = 0_usize;
            while let Some(line) = lines.next().await {
                number += 1;
                process.say(format!("{number:6}\t{line}")).await;
            }
        }
        _ => {
            let delimiter = words.value("d", "delimiter").unwrap_or("\t");
            let characters = words.value("c", "characters").or(words.value("b", "bytes"));
            while let Some(line) = lines.next().await {
                if !words.has('s') || line.contains(delimiter) {
                    process.say(cut(&line, delimiter, words.value("f", "fields"), characters)).await;
                }
            }
        }
    }
    u8::from(lines.failed)
}

/// The number behind `-n`, or the old way: `-5`.
fn number(words: &Words) -> String {
    let digits: String = words.flags.chars().filter(char::is_ascii_digit).collect();
    let given = words.value("n", "lines").map(str::to_owned);
    given.or(Some(digits).filter(|digits| !digits.is_empty())).unwrap_or_else(|| "10".to_owned())
}

async fn head(process: &Process, words: &Words, lines: &mut Lines<'_>) {
    if let Some(bytes) = words.value("c", "bytes").and_then(counted) {
        let mut left = bytes;
        while left > 0
            && let Some(line) = lines.next().await
        {
            let line = line + "\n";
            let end = (0..=left.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            process.streams.stdout.write(&line[..end]).await;
            left = left.saturating_sub(line.len());
        }
        return;
    }
    let wanted = number(words);
    match wanted.strip_prefix('-').and_then(counted) {
        Some(less) => {
            let all = lines.all().await;
            for line in &all[..all.len().saturating_sub(less)] {
                process.say(line).await;
            }
        }
        None => {
            for _ in 0..counted(&wanted).unwrap_or(10) {
                let Some(line) = lines.next().await else { break };
                process.say(line).await;
            }
        }
    }
}

async fn tail(process: &Process, words: &Words, lines: &mut Lines<'_>) {
    let wanted = number(words);
    if let Some(first) = wanted.strip_prefix('+').and_then(counted) {
        for _ in 1..first {
            if lines.next().await.is_none() {
                break;
            }
        }
        while let Some(line) = lines.next().await {
            process.say(line).await;
        }
    } else {
        let mut last = Recent::new(process, counted(wanted.trim_start_matches('-')).unwrap_or(10));
        while let Some(line) = lines.next().await {
            last.push(line);
        }
        for line in last.take() {
            process.say(line).await;
        }
    }
    if words.has('f') || words.has('F') {
        follow(process, words, std::mem::take(&mut lines.seen)).await;
    }
}

/// Prints what is added to files, as long as somebody reads it. `seen` is how much of each was there.
async fn follow(process: &Process, words: &Words, mut seen: Vec<usize>) {
    seen.resize(words.operands.len(), 0);
    loop {
        tokio::time::sleep(LOOKS_AGAIN).await;
        for (file, seen) in words.operands.iter().zip(&mut seen) {
            let bytes = process.container.read_file(&absolute(&process.directory, file)).unwrap_or_default();
            // A file that has become shorter is another one.
            let more = bytes.get(*seen..).unwrap_or(&bytes);
            if !process.streams.stdout.offer(more).await {
                return;
            }
            *seen = bytes.len();
        }
    }
}

/// Counts lines, words and bytes.
#[derive(Clone, Copy, Default)]
struct Count {
    lines: usize,
    words: usize,
    bytes: usize,
    in_word: bool,
}

impl Count {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        for byte in bytes {
            self.lines += usize::from(*byte == b'\n');
            let blank = byte.is_ascii_whitespace();
            self.words += usize::from(!blank && !self.in_word);
            self.in_word = !blank;
        }
    }

    fn text(&self, words: &Words, name: &str) -> String {
        let all = !['l', 'w', 'c', 'm'].iter().any(|flag| words.has(*flag));
        let shown = [
            (words.has('l'), self.lines),
            (words.has('w'), self.words),
            (words.has('c') || words.has('m'), self.bytes),
        ];
        let numbers: Vec<String> =
            shown.into_iter().filter(|(asked, _)| all || *asked).map(|(_, number)| number.to_string()).collect();
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        match numbers.as_slice() {
            [only] => format!("{only}{name}"),
            many => many.iter().map(|number| format!("{number:>9}")).collect::<Vec<_>>().join(" ") + &name,
        }
    }
}

async fn count(process: &Process, words: &Words) -> u8 {
    if words.operands.is_empty() {
        let mut count = Count::default();
        while let Some(chunk) = process.streams.stdin.chunk().await {
            count.add(&chunk);
        }
        process.say(count.text(words, "")).await;
        return 0;
    }
    let mut code = 0;
    let mut total = Count::default();
    for file in &words.operands {
        let Some(bytes) = process.container.read_file(&absolute(&process.directory, file)) else {
            code = process.fail(1, format!("wc: {file}: No such file or directory")).await;
            continue;
        };
        let mut count = Count::default();
        count.add(&bytes);
        total = Count {
            lines: total.lines + count.lines,
            words: total.words + count.words,
            bytes: total.bytes + count.bytes,
            in_word: false,
        };
        process.say(count.text(words, file)).await;
    }
    if words.operands.len() > 1 {
        process.say(total.text(words, "total")).await;
    }
    code
}

fn sorted(mut lines: Vec<String>, words: &Words) -> Vec<String> {
    let column = words.value("k", "key").and_then(|key| {
        let digits: String = key.chars().take_while(char::is_ascii_digit).collect();
        counted(&digits)
    });
    let numeric = words.has('n') || words.value("k", "key").is_some_and(|key| key.contains('n'));
    let reverse = words.has('r') || words.value("k", "key").is_some_and(|key| key.contains('r'));
    let separator = words.value("t", "field-separator");
    let key = |line: &str| -> String {
        let field = match (column, separator) {
            (None, _) => Some(line),
            (Some(column), Some(separator)) => line.split(separator).nth(column.saturating_sub(1)),
            (Some(column), None) => line.split_whitespace().nth(column.saturating_sub(1)),
        };
        field.unwrap_or_default().to_owned()
    };
    let value = |text: &str| -> f64 {
        let text = text.trim_start();
        let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || b"-.".contains(byte)).count();
        text[..length].parse().unwrap_or(0.0)
    };
    lines.sort_by(|left, right| {
        let (a, b) = (key(left), key(right));
        let order = if numeric { value(&a).total_cmp(&value(&b)) } else { a.cmp(&b) };
        let order = order.then_with(|| left.cmp(right));
        if reverse { order.reverse() } else { order }
    });
    if words.has('u') {
        lines.dedup();
    }
    lines
}

async fn unique(process: &Process, words: &Words, lines: &mut Lines<'_>) {
    let mut group: Option<(String, usize)> = None;
    loop {
        let line = lines.next().await;
        if let (Some(line), Some((known, count))) = (&line, &mut group)
            && line == known
        {
            *count += 1;
            continue;
        }
        if let Some((text, count)) = group.take() {
            let shown = if words.has('d') { count > 1 } else { !words.has('u') || count == 1 };
            if shown {
                process.say(if words.has('c') { format!("{count:7} {text}") } else { text }).await;
            }
        }
        match line {
            Some(line) => group = Some((line, 1)),
            None => return,
        }
    }
}

fn cut(line: &str, delimiter: &str, fields: Option<&str>, characters: Option<&str>) -> String {
    let wanted = |list: &str, index: usize| {
        list.split(',').any(|part| match part.split_once('-') {
            Some((from, to)) => index >= counted(from).unwrap_or(1) && index <= counted(to).unwrap_or(usize::MAX),
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

/// The characters of a `tr` set.
fn set(text: &str) -> Vec<char> {
    let named = text
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:alpha:]", "A-Za-z")
        .replace("[:alnum:]", "A-Za-z0-9")
        .replace("[:space:]", " \\t\\n\\r")
        .replace("[:blank:]", " \\t");
    let characters: Vec<char> = unescape(&named).chars().collect();
    let mut set = Vec::new();
    let mut at = 0;
    while at < characters.len() && set.len() < 10_000 {
        if at + 2 < characters.len() && characters[at + 1] == '-' {
            set.extend((characters[at]..=characters[at + 2]).take(10_000));
            at += 3;
        } else {
            set.push(characters[at]);
            at += 1;
        }
    }
    set
}

async fn translate(process: &Process, words: &Words) -> u8 {
    let [first, rest @ ..] = words.operands.as_slice() else {
        return process.fail(1, "Usage: tr [-cds] STRING1 [STRING2]").await;
    };
    let (from, to) = (set(first), rest.first().map_or_else(Vec::new, |second| set(second)));
    let complement = words.has('c') || words.has('C');
    let listed = |letter: char| from.contains(&letter) != complement;
    let squeezed = if to.is_empty() { &from } else { &to };
    let mut last = None;
    while let Some(chunk) = process.streams.stdin.chunk().await {
        let mut text = String::new();
        for letter in String::from_utf8_lossy(&chunk).chars() {
            let letter = match (listed(letter), to.is_empty()) {
                (true, _) if words.has('d') => continue,
                (true, false) => {
                    let at = from.iter().position(|known| *known == letter).unwrap_or(usize::MAX);
                    to.get(at).or(to.last()).copied().unwrap_or(letter)
                }
                _ => letter,
            };
            if words.has('s') && last == Some(letter) && squeezed.contains(&letter) {
                continue;
            }
            last = Some(letter);
            text.push(letter);
        }
        process.streams.stdout.write(text).await;
    }
    0
}
