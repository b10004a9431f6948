//! Programs that print, count and wait.

use super::arguments::{count, duration, whole};
use crate::process::Process;

/// How many bytes `yes` and `seq` print at once; they pause in between.
const PORTION: usize = 4096;

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
            let line = format!("{}\n", process.rest().first().map_or("y", String::as_str));
            let portion = line.repeat((PORTION / line.len()).max(1));
            while process.streams.stdout.offer(&portion).await {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            // SIGPIPE.
            141
        }
        "seq" => sequence(process).await,
        "expr" => {
            let text = process.rest().join(" ").replace("\\*", "*");
            let result = crate::shell::arithmetic::evaluate(&text, &mut |_| None).result;
            process.say(result.to_string()).await;
            u8::from(result == 0)
        }
        _ => 0,
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

/// A text with `\n`, `\t`, `\0ddd`, `\xhh` and their like replaced.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.peek().copied() {
            Some('0'..='7') => plain.extend(code(&mut characters, 8, 4)),
            Some('x') => {
                characters.next();
                plain.extend(code(&mut characters, 16, 2));
            }
            Some(letter) => {
                characters.next();
                match letter {
                    'n' => plain.push('\n'),
                    't' => plain.push('\t'),
                    'r' => plain.push('\r'),
                    'a' => plain.push('\u{7}'),
                    'e' => plain.push('\u{1b}'),
                    '\\' => plain.push('\\'),
                    other => plain.extend(['\\', other]),
                }
            }
            None => plain.push('\\'),
        }
    }
    plain
}

/// The character whose number stands next, in so many digits at most.
fn code(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, most: usize) -> Option<char> {
    let digits = std::iter::from_fn(|| {
        let digit = characters.peek()?.to_digit(radix)?;
        characters.next();
        Some(digit)
    });
    char::from_u32(digits.take(most).fold(0, |value, digit| value * radix + digit))
}

/// `printf`; the format is used again while arguments are left.
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
                std::iter::from_fn(|| characters.next_if(|c| c.is_ascii_digit() || "-+ #.".contains(*c))).collect();
            match characters.next() {
                Some('%') => text.push('%'),
                Some(kind @ ('s' | 'd' | 'i' | 'u' | 'b' | 'c' | 'x' | 'X' | 'o' | 'f' | 'q')) => {
                    let (value, rest) =
                        values.split_first().map_or(("", values), |(first, rest)| (first.as_str(), rest));
                    values = rest;
                    text.push_str(&formatted(&spec, kind, value));
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

/// One value of `printf`.
pub(super) fn formatted(spec: &str, kind: char, value: &str) -> String {
    let flags: String = spec.chars().take_while(|flag| "-+ #0".contains(*flag)).collect();
    let (width, precision) = match spec[flags.len()..].split_once('.') {
        Some((width, precision)) => (width, Some(count(precision).unwrap_or(0).min(100))),
        None => (&spec[flags.len()..], None),
    };
    let width = count(width).unwrap_or(0).min(1000);
    let whole = || whole(value.trim()).unwrap_or(0);
    let body = match kind {
        'd' | 'i' | 'u' if flags.contains('+') => format!("{:+}", whole()),
        'd' | 'i' | 'u' => whole().to_string(),
        'x' => format!("{:x}", whole()),
        'X' => format!("{:X}", whole()),
        'o' => format!("{:o}", whole()),
        'f' => format!("{:.*}", precision.unwrap_or(6), value.trim().parse::<f64>().unwrap_or(0.0)),
        'c' => value.chars().take(1).collect(),
        'b' => unescape(value),
        _ => value.chars().take(precision.unwrap_or(usize::MAX)).collect(),
    };
    let missing = width.saturating_sub(body.chars().count());
    if flags.contains('-') {
        return body + &" ".repeat(missing);
    }
    let sign = usize::from(body.starts_with('-'));
    if flags.contains('0') && kind != 's' {
        return format!("{}{}{}", &body[..sign], "0".repeat(missing), &body[sign..]);
    }
    " ".repeat(missing) + &body
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
    let (mut numbers, mut separator) = (Vec::new(), "\n");
    let mut words = process.rest().iter().map(String::as_str);
    while let Some(word) = words.next() {
        match (word, whole(word)) {
            ("-w", _) => {}
            ("-s", _) => separator = words.next().unwrap_or("\n"),
            (_, Some(number)) => numbers.push(number),
            (fraction, None) if fraction.parse::<f64>().is_ok() => {
                let text = format!("seq: only whole numbers are simulated in a practice cluster, not '{fraction}'");
                return process.fail(1, text).await;
            }
            (wrong, None) => return process.fail(1, format!("seq: invalid number '{wrong}'")).await,
        }
    }
    match numbers.as_slice() {
        [last] => count_up(process, 1, 1, *last, separator).await,
        [first, last] => count_up(process, *first, 1, *last, separator).await,
        [first, step, last] if *step != 0 => count_up(process, *first, *step, *last, separator).await,
        _ => process.fail(1, "Usage: seq [-w] [-s SEP] [FIRST [INC]] LAST").await,
    }
}

async fn count_up(process: &Process, first: i64, step: i64, last: i64, separator: &str) -> u8 {
    let within = |number: &i64| if step > 0 { *number <= last } else { *number >= last };
    let mut portion = String::new();
    let mut next = Some(first).filter(within);
    while let Some(number) = next {
        next = number.checked_add(step).filter(within);
        portion.push_str(&number.to_string());
        portion.push_str(if next.is_some() { separator } else { "\n" });
        if portion.len() >= PORTION {
            if !process.streams.stdout.offer(std::mem::take(&mut portion)).await {
                return 141;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    process.streams.stdout.write(portion).await;
    0
}
