//! `app=web,tier in (a,b),!old`: the label selectors of queries, with the API server's own complaints.

use serde_json::Value;

/// A parsed selector; every requirement must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

impl LabelSelector {
    /// Reads a selector; the error is the server's sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), position: 0 };
        let mut requirements = Vec::new();
        if parser.peek() == "" {
            return Ok(Self::default());
        }
        loop {
            let requirement = parser.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?;
            requirements.push(requirement);
            match parser.next().as_str() {
                "" => return Ok(Self { requirements }),
                "," => match parser.peek() {
                    "" | "," | "(" | ")" | "=" => {
                        return Err(format!("found '{}', expected: identifier after ','", parser.peek()));
                    }
                    _ => {}
                },
                other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
            }
        }
    }

    /// Whether there is no requirement.
    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether `metadata.labels` fulfils every requirement.
    pub(crate) fn matches(&self, labels: &Value) -> bool {
        self.requirements
            .iter()
            .all(|requirement| requirement.holds(labels.get(&requirement.key).and_then(Value::as_str)))
    }
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let among = |value: &str| self.values.iter().any(|v| v == value);
        let number = |text: &str| text.parse::<i64>().ok();
        match self.operator {
            Operator::In => value.is_some_and(among),
            Operator::NotIn => value.is_none_or(|value| !among(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => {
                matches!((value.and_then(number), number(&self.values[0])), (Some(a), Some(b)) if a > b)
            }
            Operator::LessThan => {
                matches!((value.and_then(number), number(&self.values[0])), (Some(a), Some(b)) if a < b)
            }
        }
    }
}

/// Splits at white space and at `( ) , = ! < >`; `==` and `!=` are one token each.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if !letter.is_whitespace() && !"(),=!<>".contains(letter) {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if letter.is_whitespace() {
            continue;
        }
        let double = matches!(letter, '=' | '!') && letters.next_if_eq(&'=').is_some();
        tokens.push(if double { format!("{letter}=") } else { letter.to_string() });
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

struct Parser {
    tokens: Vec<String>,
    position: usize,
}

impl Parser {
    fn peek(&self) -> &str {
        self.tokens.get(self.position).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.position += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == "!";
        if absent {
            self.next();
        }
        let key = self.next();
        if key.is_empty() || "(),===!=<>".contains(key.as_str()) {
            return Err(format!("found '{key}', expected: identifier"));
        }
        check_key(&key)?;
        if absent || matches!(self.peek(), "" | ",") {
            let operator = if absent { Operator::DoesNotExist } else { Operator::Exists };
            return Ok(Requirement { key, operator, values: Vec::new() });
        }
        let word = self.next();
        let (operator, values) = match word.as_str() {
            "in" => (Operator::In, self.values()?),
            "notin" => (Operator::NotIn, self.values()?),
            "=" | "==" => (Operator::In, vec![self.exact_value()?]),
            "!=" => (Operator::NotIn, vec![self.exact_value()?]),
            ">" => (Operator::GreaterThan, vec![self.number()?]),
            "<" => (Operator::LessThan, vec![self.number()?]),
            other => {
                return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt"));
            }
        };
        for (index, value) in values.iter().enumerate() {
            check_value(&key, index, value)?;
        }
        Ok(Requirement { key, operator, values })
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        let mut values = Vec::new();
        loop {
            let token = self.next();
            match token.as_str() {
                ")" => {
                    if values.is_empty() {
                        values.push(String::new());
                    }
                    return Ok(values);
                }
                "," => {
                    if matches!(self.peek(), "," | ")") {
                        values.push(String::new());
                    }
                }
                "" => return Err("found '', expected: ',', ')' or identifier".to_owned()),
                _ => values.push(token),
            }
        }
    }

    fn exact_value(&mut self) -> Result<String, String> {
        if matches!(self.peek(), "" | ",") {
            return Ok(String::new());
        }
        let value = self.next();
        if "(),===!=<>".contains(value.as_str()) {
            return Err(format!("found '{value}', expected: identifier"));
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<String, String> {
        let value = self.next();
        if value.parse::<i64>().is_err() {
            return Err(format!("for 'Gt', 'Lt' operators, the value must be an integer: '{value}'"));
        }
        Ok(value)
    }
}

fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let fits = !name.is_empty()
        && name.len() <= 63
        && is_label(name)
        && prefix.is_none_or(|p| !p.is_empty() && p.len() <= 253);
    if fits {
        return Ok(());
    }
    Err(format!(
        "<nil>: Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    ))
}

fn check_value(key: &str, index: usize, value: &str) -> Result<(), String> {
    if value.is_empty() || (value.len() <= 63 && is_label(value)) {
        return Ok(());
    }
    Err(format!(
        "values[{index}][{key}]: Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    ))
}

fn is_label(text: &str) -> bool {
    let outer = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    outer(text.as_bytes().first())
        && outer(text.as_bytes().last())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(selector: &str, labels: Value, expected: bool) {
        let parsed = LabelSelector::parse(selector).expect(selector);
        assert_eq!(parsed.matches(&labels), expected, "{selector} on {labels}");
    }

    #[test]
    fn every_operator() {
        let labels = json!({"app": "web", "tier": "a", "n": "5", "empty": ""});
        for (selector, expected) in [
            ("", true),
            ("app", true),
            ("!app", false),
            ("!gone", true),
            ("app=web", true),
            ("app==web,tier=a", true),
            ("app!=web", false),
            ("gone!=x", true),
            ("tier in (a, b)", true),
            ("tier notin (a,b)", false),
            ("gone notin (a)", true),
            ("n>4,n<6", true),
            ("empty=", true),
            ("empty in ()", true),
            ("gone=", false),
        ] {
            check(selector, labels.clone(), expected);
        }
    }

    #[test]
    fn complaints() {
        for (selector, complaint) in [
            ("a in", "unable to parse requirement: found '' expected: '('"),
            ("a=b,", "found '', expected: identifier after ','"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ] {
            assert_eq!(LabelSelector::parse(selector), Err(complaint.to_owned()));
        }
    }
}
