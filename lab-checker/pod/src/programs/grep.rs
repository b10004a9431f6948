//! `grep`.

use super::arguments::{Argument, count, parse};
use super::lines::{Lines, Recent};
use super::regular::{Expression, Syntax, compile};
use crate::process::Process;

/// What a grep command asks for.
#[derive(Default)]
struct Options {
    invert: bool,
    count: bool,
    quiet: bool,
    only: bool,
    numbers: bool,
    names: bool,
    after: usize,
    before: usize,
    most: Option<usize>,
}

pub(super) async fn run(process: &Process) -> u8 {
    let mut options = Options::default();
    let mut operands = Vec::new();
    let (mut syntax, mut ignore_case, mut word, mut line) = (Syntax::Basic, false, false, false);
    let mut patterns: Vec<String> = Vec::new();
    match process.name() {
        "egrep" => syntax = Syntax::Extended,
        "fgrep" => syntax = Syntax::Fixed,
        _ => {}
    }
    for argument in parse(process.rest(), "emABC", &["color", "colour", "regexp", "max-count"]) {
        match argument {
            Argument::Flag(name) => match name.as_str() {
                "v" | "invert-match" => options.invert = true,
                "i" | "ignore-case" | "y" => ignore_case = true,
                "q" | "quiet" | "silent" => options.quiet = true,
                "c" | "count" => options.count = true,
                "o" | "only-matching" => options.only = true,
                "n" | "line-number" => options.numbers = true,
                "l" | "files-with-matches" => options.names = true,
                "w" | "word-regexp" => word = true,
                "x" | "line-regexp" => line = true,
                "E" | "P" | "extended-regexp" | "perl-regexp" => syntax = Syntax::Extended,
                "F" | "fixed-strings" => syntax = Syntax::Fixed,
                _ => {}
            },
            Argument::Value(name, value) => {
                let number = count(&value).unwrap_or(0);
                match name.as_str() {
                    "e" | "regexp" => patterns.push(value),
                    "m" | "max-count" => options.most = Some(number),
                    "A" => options.after = number,
                    "B" => options.before = number,
                    "C" => (options.after, options.before) = (number, number),
                    _ => {}
                }
            }
            Argument::Operand(word) => operands.push(word),
            Argument::Missing(name) => {
                return process.fail(2, format!("grep: option requires an argument -- '{name}'")).await;
            }
        }
    }
    if patterns.is_empty() && operands.is_empty() {
        return process
            .fail(2, "Usage: grep [-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... } [FILE]...")
            .await;
    }
    if patterns.is_empty() {
        patterns = operands.remove(0).split('\n').map(str::to_owned).collect();
    }
    let mut expressions = Vec::new();
    for pattern in patterns {
        // A whole word or line is asked for by what stands around it.
        let (bounded, as_syntax) = match (line, word, syntax) {
            (false, false, _) => (pattern.clone(), syntax),
            (_, _, Syntax::Fixed) => (regex::escape(&pattern), Syntax::Extended),
            _ => (pattern.clone(), syntax),
        };
        let bounded = match (line, word) {
            (true, _) if as_syntax == Syntax::Basic => format!("^\\({bounded}\\)$"),
            (true, _) => format!("^({bounded})$"),
            (_, true) => format!("\\<{bounded}\\>"),
            _ => bounded,
        };
        match compile(&bounded, as_syntax, ignore_case) {
            Some(expression) => expressions.push(expression),
            None => return process.fail(2, format!("grep: bad regex '{pattern}': Invalid regexp")).await,
        }
    }
    filter(process, &options, &expressions, &operands).await
}

async fn filter(process: &Process, options: &Options, expressions: &[Expression], files: &[String]) -> u8 {
    let (mut hits, mut failed) = (0, false);
    let groups: Vec<&[String]> = if files.len() > 1 { files.chunks(1).collect() } else { vec![files] };
    for group in &groups {
        let name = group.first().filter(|_| groups.len() > 1).map(String::as_str);
        let mut lines = Lines::of(process, group);
        let found = one(process, options, expressions, &mut lines, name).await;
        hits += found;
        failed |= lines.failed;
        if options.quiet && found > 0 {
            return 0;
        }
        if options.names && found > 0 {
            process.say(group.first().map_or("(standard input)", String::as_str)).await;
        } else if options.count {
            let prefix = name.map_or_else(String::new, |name| format!("{name}:"));
            process.say(format!("{prefix}{found}")).await;
        }
    }
    match (hits, failed) {
        (_, true) => 2,
        (0, false) => 1,
        _ => 0,
    }
}

/// Filters one input; how many lines matched.
async fn one(
    process: &Process,
    options: &Options,
    expressions: &[Expression],
    lines: &mut Lines<'_>,
    name: Option<&str>,
) -> usize {
    let silent = options.quiet || options.count || options.names;
    let (mut hits, mut number, mut trailing) = (0, 0_usize, 0);
    let mut before = Recent::new(process, options.before);
    let print = async |number: usize, mark: char, text: &str| {
        let mut prefix = name.map_or_else(String::new, |name| format!("{name}{mark}"));
        if options.numbers {
            prefix.push_str(&format!("{number}{mark}"));
        }
        process.say(prefix + text).await;
    };
    while let Some(line) = lines.next().await {
        number += 1;
        let hit = expressions.iter().any(|expression| expression.is_match(&line)) != options.invert;
        if hit {
            hits += 1;
            trailing = options.after;
        }
        if silent {
            if hit && (options.quiet || options.names) {
                return hits;
            }
        } else if hit && options.only {
            for part in parts(expressions, &line) {
                print(number, ':', &part).await;
            }
        } else if hit {
            let earlier = before.take();
            for (index, line) in earlier.iter().enumerate() {
                print(number - earlier.len() + index, '-', line).await;
            }
            print(number, ':', &line).await;
        } else if trailing > 0 {
            trailing -= 1;
            print(number, '-', &line).await;
        } else if options.before > 0 {
            before.push(line);
        }
        if options.most == Some(hits) {
            break;
        }
    }
    hits
}

/// The parts of a line that match.
fn parts(expressions: &[Expression], line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut from = 0;
    while from <= line.len() {
        let matches = expressions.iter().filter_map(|expression| expression.find(line, from)?.first()?.clone());
        let Some(first) = matches.min_by_key(|range| (range.start, usize::MAX - range.end)) else { break };
        if first.is_empty() {
            from = first.end + line[first.end..].chars().next().map_or(1, char::len_utf8);
        } else {
            parts.push(line[first.clone()].to_owned());
            from = first.end;
        }
    }
    parts
}
