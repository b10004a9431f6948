//! `$(( … ))`: whole numbers, the usual operators, `++` and assignment.

/// What an expression comes to, and the variables that it set.
pub(super) struct Value {
    pub(super) result: i64,
    pub(super) assignments: Vec<(String, i64)>,
}

/// Evaluates an expression; what cannot be read counts as 0, as an unset variable does.
pub(super) fn evaluate(text: &str, lookup: &mut dyn FnMut(&str) -> Option<String>) -> Value {
    let mut reader = Reader { text: text.trim(), lookup, assignments: Vec::new(), depth: 0 };
    let result = reader.assignment();
    Value { result, assignments: reader.assignments }
}

struct Reader<'a> {
    text: &'a str,
    lookup: &'a mut dyn FnMut(&str) -> Option<String>,
    assignments: Vec<(String, i64)>,
    depth: u32,
}

/// The operators, from the loosest to the tightest binding.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> bool {
        self.text = self.text.trim_start();
        match self.text.strip_prefix(token) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn name(&mut self) -> Option<&'a str> {
        self.text = self.text.trim_start().trim_start_matches('$');
        let length = self.text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, rest) = self.text.split_at(length);
        if name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
            return None;
        }
        self.text = rest;
        Some(name)
    }

    fn value_of(&mut self, name: &str) -> i64 {
        let set = self.assignments.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value);
        set.unwrap_or_else(|| (self.lookup)(name).and_then(|value| value.trim().parse().ok()).unwrap_or(0))
    }

    fn assignment(&mut self) -> i64 {
        let before = self.text;
        if let Some(name) = self.name() {
            for operator in ["+=", "-=", "*=", "="] {
                if self.text.trim_start().starts_with("==") || !self.take(operator) {
                    continue;
                }
                let right = self.assignment();
                let left = self.value_of(name);
                let value = match operator {
                    "+=" => left.wrapping_add(right),
                    "-=" => left.wrapping_sub(right),
                    "*=" => left.wrapping_mul(right),
                    _ => right,
                };
                self.assignments.push((name.to_owned(), value));
                return value;
            }
        }
        self.text = before;
        self.binary(0)
    }

    fn binary(&mut self, level: usize) -> i64 {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1);
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.binary(level + 1);
            left = match *operator {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right).unwrap_or(0),
                _ => left.checked_rem(right).unwrap_or(0),
            };
        }
        left
    }

    fn unary(&mut self) -> i64 {
        self.depth += 1;
        if self.depth > 200 {
            self.text = "";
            return 0;
        }
        for (step, by) in [("++", 1), ("--", -1)] {
            if self.take(step) {
                return self.step_before(by);
            }
        }
        if self.take("-") {
            return self.unary().wrapping_neg();
        }
        if self.take("!") {
            return i64::from(self.unary() == 0);
        }
        if self.take("(") {
            let value = self.assignment();
            self.take(")");
            return value;
        }
        if let Some(name) = self.name() {
            let value = self.value_of(name);
            for (step, by) in [("++", 1), ("--", -1)] {
                if self.take(step) {
                    self.assignments.push((name.to_owned(), value.wrapping_add(by)));
                }
            }
            return value;
        }
        let length = self.text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.text.split_at(length);
        self.text = rest;
        digits.parse().unwrap_or(0)
    }

    fn step_before(&mut self, by: i64) -> i64 {
        let Some(name) = self.name() else { return 0 };
        let value = self.value_of(name).wrapping_add(by);
        self.assignments.push((name.to_owned(), value));
        value
    }
}
