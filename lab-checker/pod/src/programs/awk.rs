//! `awk`, as far as people use it at the end of a pipe: `/EXPRESSION/ {print $1, $NF}`, `NR==2`, `END {print
//! NR}`. What it does not know it refuses, rather than printing something else.

use super::arguments::{Argument, parse};
use super::lines::Lines;
use super::regular::{Expression, Syntax, compile};
use super::text::unescape;
use crate::process::Process;

/// When a rule applies.
enum When {
    Always,
    Begin,
    End,
    /// `/EXPRESSION/`, `$1 ~ /EXPRESSION/`, and with `!`.
    Matches {
        value: Value,
        expression: Expression,
        negated: bool,
    },
    /// `NR==2`, `$3 > 10`, `$1 == "web"`.
    Compares {
        left: Value,
        operator: &'static str,
        right: Value,
    },
}

/// What a rule prints: values side by side are one text, a comma puts a blank between.
struct Rule {
    when: When,
    print: Vec<Vec<Value>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Field(usize),
    LastField,
    Records,
    Fields,
    Variable(String),
}

const OPERATORS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

/// The line at hand.
struct Record {
    line: String,
    fields: Vec<String>,
    number: usize,
}

pub(super) async fn run(process: &Process) -> u8 {
    let (mut separator, mut operands, mut variables) = (None, Vec::new(), Vec::new());
    for argument in parse(process.rest(), "Fv", &[]) {
        match argument {
            Argument::Value(name, value) if name == "F" => separator = Some(unescape(&value)),
            Argument::Value(_, value) => {
                variables.extend(value.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            Argument::Operand(word) => operands.push(word),
            _ => {}
        }
    }
    if operands.is_empty() {
        return process.fail(1, "Usage: awk [-F SEP] [-v VAR=VAL] 'PROGRAM' [FILE]...").await;
    }
    let program = operands.remove(0);
    let Some(rules) = rules(&program) else {
        return process.fail(2, format!("awk: unsupported program in this practice cluster: {program}")).await;
    };
    let mut record = Record { line: String::new(), fields: Vec::new(), number: 0 };
    let only_begin = rules.iter().all(|rule| matches!(rule.when, When::Begin));
    for rule in rules.iter().filter(|rule| matches!(rule.when, When::Begin)) {
        print(process, rule, &record, &variables).await;
    }
    let mut lines = Lines::of(process, &operands);
    while !only_begin && let Some(line) = lines.next().await {
        record.number += 1;
        record.fields = fields(&line, separator.as_deref());
        record.line = line;
        for rule in rules.iter().filter(|rule| applies(&rule.when, &record, &variables)) {
            print(process, rule, &record, &variables).await;
        }
    }
    for rule in rules.iter().filter(|rule| matches!(rule.when, When::End)) {
        print(process, rule, &record, &variables).await;
    }
    if lines.failed { 2 } else { 0 }
}

fn fields(line: &str, separator: Option<&str>) -> Vec<String> {
    let owned = |part: &str| part.to_owned();
    match separator {
        None | Some(" ") => line.split_whitespace().map(owned).collect(),
        Some(one) if one.chars().count() == 1 => line.split(one).map(owned).collect(),
        Some(pattern) => {
            let Some(expression) = compile(pattern, Syntax::Extended, false) else { return vec![line.to_owned()] };
            let (mut parts, mut from) = (Vec::new(), 0);
            while let Some(Some(range)) = expression.find(line, from).and_then(|found| found.into_iter().next()) {
                if range.is_empty() {
                    break;
                }
                parts.push(line[from..range.start].to_owned());
                from = range.end;
            }
            parts.push(line[from..].to_owned());
            parts
        }
    }
}

fn text(value: &Value, record: &Record, variables: &[(String, String)]) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Field(0) => record.line.clone(),
        Value::Field(number) => record.fields.get(number - 1).cloned().unwrap_or_default(),
        Value::LastField => record.fields.last().cloned().unwrap_or_default(),
        Value::Records => record.number.to_string(),
        Value::Fields => record.fields.len().to_string(),
        Value::Variable(name) => {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        }
    }
}

fn applies(when: &When, record: &Record, variables: &[(String, String)]) -> bool {
    match when {
        When::Always => true,
        When::Begin | When::End => false,
        When::Matches { value, expression, negated } => {
            expression.is_match(&text(value, record, variables)) != *negated
        }
        When::Compares { left, operator, right } => {
            let (left, right) = (text(left, record, variables), text(right, record, variables));
            let order = match (left.parse::<f64>(), right.parse::<f64>()) {
                (Ok(left), Ok(right)) => left.total_cmp(&right),
                _ => left.cmp(&right),
            };
            match *operator {
                "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<=" => order.is_le(),
                ">=" => order.is_ge(),
                "<" => order.is_lt(),
                _ => order.is_gt(),
            }
        }
    }
}

async fn print(process: &Process, rule: &Rule, record: &Record, variables: &[(String, String)]) {
    let items =
        rule.print.iter().map(|item| item.iter().map(|value| text(value, record, variables)).collect::<String>());
    process.say(items.collect::<Vec<_>>().join(" ")).await;
}

/// Reads a program; `None` when something in it is not known here.
fn rules(program: &str) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut rest = program.trim();
    while !rest.is_empty() {
        let (pattern, action, after) = match opening(rest) {
            Some(at) => {
                let end = at + rest[at..].find('}')?;
                (rest[..at].trim(), rest[at + 1..end].trim(), &rest[end + 1..])
            }
            None => (rest, "print", ""),
        };
        rules.push(Rule { when: when(pattern)?, print: statement(action)? });
        rest = after.trim_start_matches([' ', ';', '\n']);
    }
    (!rules.is_empty()).then_some(rules)
}

/// Where the action begins: at the first brace outside an expression or a string.
fn opening(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(mark), _) if mark == character => quote = None,
            (Some(_), _) => {}
            (None, '/' | '"') => quote = Some(character),
            (None, '{') => return Some(at),
            (None, _) => {}
        }
    }
    None
}

fn when(pattern: &str) -> Option<When> {
    let inside = |text: &str| text.trim().strip_prefix('/')?.strip_suffix('/').map(str::to_owned);
    let (negated, plain) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
    if let Some(expression) = inside(plain) {
        let expression = compile(&expression.replace("\\/", "/"), Syntax::Extended, false)?;
        return Some(When::Matches { value: Value::Field(0), expression, negated });
    }
    match pattern {
        "" | "1" => return Some(When::Always),
        "BEGIN" => return Some(When::Begin),
        "END" => return Some(When::End),
        _ => {}
    }
    if let Some((left, right)) = pattern.split_once('~') {
        let (negated, left) = left.strip_suffix('!').map_or((false, left), |left| (true, left));
        let expression = compile(&inside(right)?, Syntax::Extended, false)?;
        return Some(When::Matches { value: single(left)?, expression, negated });
    }
    let operator = OPERATORS.into_iter().find(|operator| pattern.contains(operator))?;
    let (left, right) = pattern.split_once(operator)?;
    Some(When::Compares { left: single(left)?, operator, right: single(right)? })
}

fn single(text: &str) -> Option<Value> {
    match values(text)?.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// `print` and its items.
fn statement(action: &str) -> Option<Vec<Vec<Value>>> {
    let action = action.trim().trim_end_matches(';').trim();
    let items = action.strip_prefix("print")?;
    if items.trim().is_empty() {
        return Some(vec![vec![Value::Field(0)]]);
    }
    if !items.starts_with([' ', '(', '$', '"']) {
        return None;
    }
    let items = items.trim();
    let items = items.strip_prefix('(').and_then(|items| items.strip_suffix(')')).unwrap_or(items);
    let mut quoted = false;
    let split = items.split(|character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    });
    split.map(values).collect()
}

/// Values that stand side by side.
fn values(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let length = |rest: &str| rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if let Some(after) = rest.strip_prefix('"') {
            let end = after.find('"')?;
            values.push(Value::Text(unescape(&after[..end])));
            rest = after[end + 1..].trim_start();
            continue;
        }
        let (field, name) = rest.strip_prefix('$').map_or((false, rest), |name| (true, name));
        let (word, after) = name.split_at(length(name));
        values.push(match (field, word) {
            (_, "") => return None,
            (true, "NF") => Value::LastField,
            (true, number) => Value::Field(number.parse().ok()?),
            (false, "NR" | "FNR") => Value::Records,
            (false, "NF") => Value::Fields,
            (false, number) if number.as_bytes()[0].is_ascii_digit() => Value::Text(number.to_owned()),
            (false, name) => Value::Variable(name.to_owned()),
        });
        rest = after.trim_start();
    }
    Some(values)
}
