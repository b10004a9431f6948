//! `sed`, as far as people use it on one line: `s`, `p`, `d`, `q` with addresses.

use super::arguments::{Argument, count, parse};
use super::lines::Lines;
use super::regular::{Expression, Syntax, compile};
use crate::files::absolute;
use crate::process::Process;

enum Address {
    Line(usize),
    Last,
    Matches(Expression),
}

enum Action {
    Substitute { old: Expression, new: String, which: usize, all: bool, print: bool },
    Print,
    Delete,
    Quit,
    Number,
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    action: Action,
    /// Whether a range is open.
    inside: bool,
}

pub(super) async fn run(process: &Process) -> u8 {
    let (mut silent, mut syntax, mut in_place) = (false, Syntax::Basic, false);
    let (mut scripts, mut operands) = (Vec::new(), Vec::new());
    for argument in parse(process.rest(), "ef", &["expression"]) {
        match argument {
            Argument::Flag(name) => match name.as_str() {
                "n" | "quiet" => silent = true,
                "E" | "r" | "regexp-extended" => syntax = Syntax::Extended,
                "i" | "in-place" => in_place = true,
                _ => {}
            },
            Argument::Value(_, value) => scripts.push(value),
            Argument::Operand(word) => operands.push(word),
            Argument::Missing(name) => {
                return process.fail(1, format!("sed: option requires an argument -- '{name}'")).await;
            }
        }
    }
    if scripts.is_empty() && !operands.is_empty() {
        scripts.push(operands.remove(0));
    }
    let script = scripts.join("\n");
    let Some(mut commands) = (!script.is_empty()).then(|| read(&script, syntax)).flatten() else {
        return process.fail(1, format!("sed: unsupported command in this practice cluster: {script}")).await;
    };
    let mut code = 0;
    let groups: Vec<&[String]> = if in_place { operands.chunks(1).collect() } else { vec![operands.as_slice()] };
    for files in groups {
        let mut lines = Lines::of(process, files);
        let mut written = String::new();
        edit(process, &mut commands, silent, &mut lines, in_place.then_some(&mut written)).await;
        code |= u8::from(lines.failed);
        if let (true, Some(file), false) = (in_place, files.first(), lines.failed)
            && !process.container.write_file(&absolute(&process.directory, file), written.into_bytes())
        {
            code = process.fail(4, format!("sed: couldn't write {file}: No space left on device")).await;
        }
    }
    code
}

async fn edit(
    process: &Process,
    commands: &mut [Command],
    silent: bool,
    lines: &mut Lines<'_>,
    mut written: Option<&mut String>,
) {
    let mut number = 0;
    let mut next = lines.next().await;
    while let Some(mut line) = next.take() {
        // `$` is known only when the line after is.
        if commands.iter().any(Command::needs_the_end) {
            next = lines.next().await;
        }
        number += 1;
        let (mut output, mut deleted, mut quit) = (Vec::new(), false, false);
        for command in commands.iter_mut() {
            if !command.applies(number, next.is_none(), &line) {
                continue;
            }
            match &command.action {
                Action::Substitute { old, new, which, all, print } => {
                    if let Some(changed) = substitute(&line, old, new, *which, *all) {
                        line = changed;
                        if *print {
                            output.push(line.clone());
                        }
                    }
                }
                Action::Print => output.push(line.clone()),
                Action::Number => output.push(number.to_string()),
                Action::Delete => deleted = true,
                Action::Quit => quit = true,
            }
            if deleted || quit {
                break;
            }
        }
        if !silent && !deleted {
            output.push(line);
        }
        for line in output {
            match &mut written {
                Some(text) => text.push_str(&(line + "\n")),
                None => process.say(line).await,
            }
        }
        if quit {
            return;
        }
        if next.is_none() {
            next = lines.next().await;
        }
    }
}

impl Command {
    fn needs_the_end(&self) -> bool {
        [&self.from, &self.to].into_iter().any(|address| matches!(address, Some(Address::Last)))
    }

    fn applies(&mut self, number: usize, last: bool, line: &str) -> bool {
        let at = |address: &Address| match address {
            Address::Line(wanted) => *wanted == number,
            Address::Last => last,
            Address::Matches(expression) => expression.is_match(line),
        };
        let applies = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => at(from),
            (Some(from), Some(to)) => {
                let begins = !self.inside && at(from);
                let runs = self.inside || begins;
                let past = matches!(to, Address::Line(end) if *end <= number);
                self.inside = runs && !(past || (!begins && at(to)));
                runs
            }
        };
        applies != self.negated
    }
}

fn substitute(line: &str, old: &Expression, new: &str, which: usize, all: bool) -> Option<String> {
    let (mut result, mut from, mut copied, mut count) = (String::new(), 0, 0, 0);
    while from <= line.len() {
        let Some(found) = old.find(line, from) else { break };
        let whole = found.first()?.clone()?;
        count += 1;
        if count >= which {
            result.push_str(&line[copied..whole.start]);
            let mut characters = new.chars();
            let part = |number: usize| found.get(number).cloned().flatten().map_or("", |range| &line[range]);
            while let Some(character) = characters.next() {
                match character {
                    '&' => result.push_str(part(0)),
                    '\\' => match characters.next() {
                        Some(digit @ '0'..='9') => result.push_str(part(usize::from(digit as u8 - b'0'))),
                        Some('n') => result.push('\n'),
                        Some('t') => result.push('\t'),
                        other => result.extend(other),
                    },
                    other => result.push(other),
                }
            }
            copied = whole.end;
            if !all {
                break;
            }
        }
        from = match whole.is_empty() {
            true => whole.end + line[whole.end..].chars().next().map_or(1, char::len_utf8),
            false => whole.end,
        };
    }
    (count >= which && count > 0).then(|| result + &line[copied..])
}

/// Reads a script; `None` when something in it is not known here.
fn read(script: &str, syntax: Syntax) -> Option<Vec<Command>> {
    let mut reader = Reader { rest: script, syntax };
    let mut commands = Vec::new();
    loop {
        reader.rest = reader.rest.trim_start_matches([' ', ';', '\n', '\t']);
        if reader.rest.is_empty() {
            return Some(commands);
        }
        commands.push(reader.command()?);
    }
}

struct Reader<'a> {
    rest: &'a str,
    syntax: Syntax,
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start_matches(' ');
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The text up to a delimiter that no backslash precedes.
    fn until(&mut self, delimiter: char) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            if character == delimiter {
                self.rest = &self.rest[at + delimiter.len_utf8()..];
                return Some(text);
            }
            text.push(character);
            if character == '\\' {
                let (_, escaped) = characters.next()?;
                if escaped == delimiter {
                    text.pop();
                }
                text.push(escaped);
            }
        }
        None
    }

    fn address(&mut self) -> Option<Option<Address>> {
        let digits: String = self.rest.chars().take_while(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            self.rest = &self.rest[digits.len()..];
            return Some(Some(Address::Line(count(&digits)?)));
        }
        if self.take('$') {
            return Some(Some(Address::Last));
        }
        if self.take('/') {
            let pattern = self.until('/')?;
            return Some(Some(Address::Matches(compile(&pattern, self.syntax, false)?)));
        }
        Some(None)
    }

    fn command(&mut self) -> Option<Command> {
        let from = self.address()?;
        let to = if from.is_some() && self.take(',') { Some(self.address()??) } else { None };
        let negated = self.take('!');
        self.rest = self.rest.trim_start_matches(' ');
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        let action = match letter {
            'p' => Action::Print,
            'd' => Action::Delete,
            'q' => Action::Quit,
            '=' => Action::Number,
            's' => self.substitution()?,
            _ => return None,
        };
        Some(Command { from, to, negated, action, inside: false })
    }

    fn substitution(&mut self) -> Option<Action> {
        let delimiter = self.rest.chars().next()?;
        self.rest = &self.rest[delimiter.len_utf8()..];
        let (old, new) = (self.until(delimiter)?, self.until(delimiter)?);
        let flags: String = self.rest.chars().take_while(|flag| flag.is_ascii_alphanumeric()).collect();
        self.rest = &self.rest[flags.len()..];
        let number: String = flags.chars().filter(char::is_ascii_digit).collect();
        Some(Action::Substitute {
            old: compile(&old, self.syntax, flags.contains(['i', 'I']))?,
            new,
            which: count(&number).unwrap_or(1),
            all: flags.contains('g'),
            print: flags.contains('p'),
        })
    }
}
