//! `-o jsonpath`: a template of texts and paths, with `range`, indices, slices, `*` and filters.

use serde_json::Value;

/// Fills a template in.
pub(super) fn print(template: &str, object: &Value) -> Result<String, String> {
    let template = template.trim_matches('\'');
    let pieces = pieces(template)?;
    let mut printed = Printed { text: String::new(), steps: STEPS };
    fill(&pieces, object, object, &mut printed)?;
    Ok(printed.text)
}

/// How much one template may look at: ranges in ranges multiply.
const STEPS: usize = 200_000;
/// How deep ranges may stand in ranges.
const DEPTH: usize = 20;

/// What was printed so far, and how much may still be looked at.
struct Printed {
    text: String,
    steps: usize,
}

impl Printed {
    fn step(&mut self, seen: usize) -> Result<(), String> {
        let left = self.steps.checked_sub(seen + 1).filter(|_| self.text.len() < 1 << 20);
        self.steps = left.ok_or("the template asks for too much")?;
        Ok(())
    }
}

/// What stands at a path: `.spec.ports[0].port`.
pub(super) fn find<'v>(path: &str, object: &'v Value) -> Result<Vec<&'v Value>, String> {
    let mut found = vec![object];
    for step in steps(path)? {
        found = step.take(&found)?;
        if found.len() > STEPS {
            return Err("the path finds too much".to_owned());
        }
    }
    Ok(found)
}

/// A part of a template.
enum Piece {
    Text(String),
    Path(String),
    Range(String, Vec<Piece>),
}

fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let mut open: Vec<(String, Vec<Piece>)> = vec![(String::new(), Vec::new())];
    let mut rest = template;
    while !rest.is_empty() {
        let Some(start) = rest.find('{') else {
            push(&mut open, Piece::Text(rest.to_owned()));
            break;
        };
        if start > 0 {
            push(&mut open, Piece::Text(rest[..start].to_owned()));
        }
        let end = closing(&rest[start..]).ok_or("unclosed action")? + start;
        let inner = rest[start + 1..end].trim();
        rest = &rest[end + 1..];
        if let Some(path) = inner.strip_prefix("range ") {
            if open.len() > DEPTH {
                return Err("too many ranges in each other".to_owned());
            }
            open.push((path.trim().to_owned(), Vec::new()));
        } else if inner == "end" {
            let Some((path, inside)) = open.pop().filter(|_| !open.is_empty()) else {
                return Err("not in range, nothing to end".to_owned());
            };
            push(&mut open, Piece::Range(path, inside));
        } else if let Some(text) = quoted(inner) {
            push(&mut open, Piece::Text(text));
        } else {
            push(&mut open, Piece::Path(inner.to_owned()));
        }
    }
    match open.len() {
        1 => Ok(open.remove(0).1),
        _ => Err("unexpected end of range".to_owned()),
    }
}

fn push(open: &mut [(String, Vec<Piece>)], piece: Piece) {
    if let Some((_, pieces)) = open.last_mut() {
        pieces.push(piece);
    }
}

/// Where the brace closes that a text begins with; braces in quotes do not count.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), character) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '}') => return Some(at),
            _ => {}
        }
    }
    None
}

fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(inner.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn fill(pieces: &[Piece], root: &Value, here: &Value, printed: &mut Printed) -> Result<(), String> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                printed.step(0)?;
                printed.text.push_str(text);
            }
            Piece::Path(path) => {
                let found = find(path, start(path, root, here))?;
                let texts: Vec<String> = found.iter().map(|value| shown(value)).collect();
                printed.step(texts.len())?;
                printed.text.push_str(&texts.join(" "));
            }
            Piece::Range(path, inside) => {
                for value in find(path, start(path, root, here))? {
                    printed.step(0)?;
                    fill(inside, root, value, printed)?;
                }
            }
        }
    }
    Ok(())
}

fn start<'v>(path: &str, root: &'v Value, here: &'v Value) -> &'v Value {
    if path.starts_with('$') { root } else { here }
}

/// A value as a template prints it: texts as they are, maps and lists as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => super::json::for_go(&super::json::sorted(value).to_string()),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value as Go prints it: `[a b]`, `map[k:v]`.
pub(super) fn in_go(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(in_go).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let mut pairs: Vec<String> = fields.iter().map(|(key, value)| format!("{key}:{}", in_go(value))).collect();
            pairs.sort();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// One step of a path.
enum Step {
    Field(String),
    All,
    Index(i64),
    Slice(i64, Option<i64>),
    /// `?(@.type=="Ready")`: a path, what it is compared with.
    Filter(String, Option<(bool, String)>),
    /// `..name`.
    Anywhere(String),
}

impl Step {
    fn take<'v>(&self, found: &[&'v Value]) -> Result<Vec<&'v Value>, String> {
        let mut next = Vec::new();
        for value in found {
            match self {
                Self::Field(name) => next.extend(value.get(name)),
                Self::All => next.extend(children(value)),
                Self::Anywhere(name) => anywhere(value, name, &mut next),
                Self::Index(at) => {
                    let Some(items) = value.as_array() else {
                        return Err(format!("{} is not array or slice", kind(value)));
                    };
                    let Some(item) = position(*at, items.len()).and_then(|at| items.get(at)) else {
                        return Err(format!("array index out of bounds: index {at}, length {}", items.len()));
                    };
                    next.push(item);
                }
                Self::Slice(from, to) => {
                    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    let from = edge(*from, items.len());
                    let to = to.map_or(items.len(), |to| edge(to, items.len()));
                    next.extend(items.get(from..to.max(from)).unwrap_or_default());
                }
                Self::Filter(path, wanted) => {
                    for item in children(value) {
                        if holds(item, path, wanted.as_ref())? {
                            next.push(item);
                        }
                    }
                }
            }
        }
        Ok(next)
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

fn anywhere<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
    found.extend(value.get(name));
    for child in children(value) {
        anywhere(child, name, found);
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Array(_) => "list",
        Value::Null => "null",
    }
}

/// A position in a list, from the end when it is negative.
fn position(at: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { at + length } else { at };
    usize::try_from(at).ok().filter(|_| at < length)
}

/// Where a slice begins or ends.
fn edge(at: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length) } else { at };
    usize::try_from(at.clamp(0, length)).unwrap_or_default()
}

fn holds(item: &Value, path: &str, wanted: Option<&(bool, String)>) -> Result<bool, String> {
    let found = find(path, item)?;
    Ok(match wanted {
        None => !found.is_empty(),
        Some((same, text)) => found.iter().any(|value| (shown(value) == *text) == *same),
    })
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path.trim().trim_start_matches(['$', '@']);
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = bracket(inner).ok_or("unterminated array")?;
            steps.push(subscript(inner[..end].trim())?);
            rest = &inner[end + 1..];
            continue;
        }
        let deep = rest.starts_with("..");
        let name = rest.trim_start_matches('.');
        if name.len() == rest.len() && !steps.is_empty() {
            return Err(format!("unrecognized character in action: {:?}", rest.chars().next().unwrap_or(' ')));
        }
        let end = end_of_name(name);
        let field = name[..end].replace("\\.", ".");
        match field.as_str() {
            "" => {}
            "*" => steps.push(Step::All),
            _ if deep => steps.push(Step::Anywhere(field)),
            _ => steps.push(Step::Field(field)),
        }
        rest = &name[end..];
    }
    Ok(steps)
}

fn end_of_name(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '.' | '[' => return at,
            _ => {}
        }
    }
    text.len()
}

fn bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), character) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn subscript(text: &str) -> Result<Step, String> {
    if text == "*" {
        return Ok(Step::All);
    }
    if let Some(name) = quoted(text) {
        return Ok(Step::Field(name));
    }
    if let Some(filter) = text.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        let compared = ["==", "!="].iter().find_map(|sign| Some((*sign, filter.split_once(sign)?)));
        return Ok(match compared {
            None => Step::Filter(filter.trim().to_owned(), None),
            Some((sign, (path, value))) => {
                let value = value.trim();
                let value = quoted(value).unwrap_or_else(|| value.to_owned());
                Step::Filter(path.trim().to_owned(), Some((sign == "==", value)))
            }
        });
    }
    let wrong = || format!("invalid array index {text}");
    match text.split_once(':') {
        None => text.parse().map(Step::Index).map_err(|_| wrong()),
        Some((from, to)) => {
            let from = if from.is_empty() { 0 } else { from.parse().map_err(|_| wrong())? };
            let to = if to.is_empty() { None } else { Some(to.parse().map_err(|_| wrong())?) };
            Ok(Step::Slice(from, to))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_filled_in() {
        let pods = json!({"items": [
            {"metadata": {"name": "web", "labels": {"a.b": "1"}}, "status": {"podIP": "10.0.0.1",
             "conditions": [{"type": "Ready", "status": "True"}]}},
            {"metadata": {"name": "api"}, "status": {"podIP": "10.0.0.2"}},
        ]});
        for (template, printed) in [
            ("{.items[0].status.podIP}", "10.0.0.1"),
            ("{.items[*].metadata.name}", "web api"),
            ("{.items[-1:].metadata.name}", "api"),
            (
                "{range .items[*]}{.metadata.name}{\"\\t\"}{.status.podIP}{\"\\n\"}{end}",
                "web\t10.0.0.1\napi\t10.0.0.2\n",
            ),
            ("{.items[0].status.conditions[?(@.type==\"Ready\")].status}", "True"),
            ("{.items[?(@.metadata.name!='web')].status.podIP}", "10.0.0.2"),
            ("{.items[0].metadata.labels.a\\.b}", "1"),
            ("{.items[0].metadata.labels['a.b']}", "1"),
            ("{..podIP}", "10.0.0.1 10.0.0.2"),
            ("{.nothing}", ""),
            ("{.items[1].metadata}", "{\"name\":\"api\"}"),
        ] {
            assert_eq!(print(template, &pods).unwrap(), printed, "{template}");
        }
        for wrong in ["{.items[7]}", "{range .items[*]}", "{end}", "{.items[x]}", "{.a"] {
            print(wrong, &pods).unwrap_err();
        }
    }
}
