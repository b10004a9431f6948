//! `$(( … ))`: whole numbers, the usual operators, `++` and assignment. Of `?:`, `&&` and `||` the side that is not
//! chosen is read and does nothing.

/// What an expression comes to, and the variables that it set.
pub(crate) struct Value {
    pub(crate) result: i64,
    pub(crate) assignments: Vec<(String, i64)>,
    /// What is wrong with the expression.
    pub(crate) problem: Option<&'static str>,
}

/// Evaluates an expression; an unset variable counts as 0.
pub(crate) fn evaluate(text: &str, lookup: &mut dyn FnMut(&str) -> Option<String>) -> Value {
    let mut reader = Reader { text: text.trim(), lookup, assignments: Vec::new(), depth: 0, idle: 0, problem: None };
    let result = reader.assignment();
    if !reader.text.trim().is_empty() {
        reader.problem.get_or_insert("arithmetic syntax error");
    }
    Value { result, assignments: reader.assignments, problem: reader.problem }
}

struct Reader<'a> {
    text: &'a str,
    lookup: &'a mut dyn FnMut(&str) -> Option<String>,
    assignments: Vec<(String, i64)>,
    depth: u32,
    /// How many sides that are not chosen surround what is read: it assigns nothing and nothing fails in it.
    idle: u32,
    problem: Option<&'static str>,
}

/// How deep expressions may nest.
const DEPTH: u32 = 50;

/// The operators, from the loosest to the tightest binding.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// The operators that assign.
const ASSIGNMENTS: [&str; 6] = ["=", "+=", "-=", "*=", "/=", "%="];

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

    /// The operator of a level that stands here; `|` is not the start of `||`, `<` not that of `<<`.
    fn operator(&mut self, level: &[&'static str]) -> Option<&'static str> {
        self.text = self.text.trim_start();
        let found = level.iter().find(|operator| {
            let rest = self.text.strip_prefix(**operator);
            let longer = matches!(**operator, "|" | "&" | "<" | ">" | "*");
            rest.is_some_and(|rest| !longer || !rest.starts_with(**operator))
        })?;
        self.text = &self.text[found.len()..];
        Some(found)
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

    fn set(&mut self, name: &str, value: i64) -> i64 {
        if self.idle == 0 {
            self.assignments.push((name.to_owned(), value));
        }
        value
    }

    /// Notes what goes wrong in the course of a calculation; 0 is its result.
    fn fail(&mut self, why: &'static str) -> i64 {
        if self.idle == 0 {
            self.problem.get_or_insert(why);
        }
        0
    }

    /// Reads a side of an expression, which counts only if it is `chosen`.
    fn side(&mut self, chosen: bool, read: impl FnOnce(&mut Self) -> i64) -> i64 {
        let idle = u32::from(!chosen);
        self.idle += idle;
        let value = read(self);
        self.idle -= idle;
        value
    }

    fn assignment(&mut self) -> i64 {
        self.nested(Self::assigned_or_chosen)
    }

    fn assigned_or_chosen(&mut self) -> i64 {
        let before = self.text;
        if let Some(name) = self.name() {
            let rest = self.text.trim_start();
            let operator = ASSIGNMENTS.into_iter().find(|operator| rest.starts_with(operator));
            if let Some(operator) = operator.filter(|_| !rest.starts_with("==")) {
                self.take(operator);
                let left = self.value_of(name);
                let right = self.assignment();
                let value =
                    if operator == "=" { right } else { self.apply(operator.trim_end_matches('='), left, right) };
                return self.set(name, value);
            }
        }
        self.text = before;
        let condition = self.binary(0);
        if !self.take("?") {
            return condition;
        }
        let yes = self.side(condition != 0, Self::assignment);
        if !self.take(":") {
            self.problem.get_or_insert("arithmetic syntax error");
        }
        let no = self.side(condition == 0, Self::assignment);
        if condition != 0 { yes } else { no }
    }

    fn binary(&mut self, level: usize) -> i64 {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1);
        while let Some(operator) = self.operator(operators) {
            let decided = (operator == "&&" && left == 0) || (operator == "||" && left != 0);
            let right = self.side(!decided, |reader| reader.binary(level + 1));
            left = self.apply(operator, left, right);
        }
        left
    }

    /// `**` binds tighter than the other operators with two sides, looser than those with one, and from the right.
    fn power(&mut self) -> i64 {
        let base = self.unary();
        if !self.take("**") {
            return base;
        }
        self.nested(|reader| {
            let exponent = reader.power();
            match u64::try_from(exponent) {
                Ok(exponent) => power(base, exponent),
                Err(_) => reader.fail("exponent less than 0"),
            }
        })
    }

    /// Reads one level further down, as deep as expressions may nest.
    fn nested(&mut self, read: impl FnOnce(&mut Self) -> i64) -> i64 {
        if self.depth >= DEPTH {
            self.problem.get_or_insert("arithmetic syntax error");
            self.text = "";
            return 0;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn apply(&mut self, operator: &str, left: i64, right: i64) -> i64 {
        let bits = u32::try_from(right & 63).unwrap_or(0);
        match operator {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(bits),
            ">>" => left.wrapping_shr(bits),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 => self.fail("divide by zero"),
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        }
    }

    fn unary(&mut self) -> i64 {
        self.nested(Self::operand)
    }

    fn operand(&mut self) -> i64 {
        for (step, by) in [("++", 1), ("--", -1)] {
            if self.take(step) {
                return self.step_before(by);
            }
        }
        if self.take("-") {
            return self.unary().wrapping_neg();
        }
        if self.take("+") {
            return self.unary();
        }
        if self.take("~") {
            return !self.unary();
        }
        if self.take("!") {
            return i64::from(self.unary() == 0);
        }
        if self.take("(") {
            let value = self.assignment();
            if !self.take(")") {
                self.problem.get_or_insert("arithmetic syntax error");
            }
            return value;
        }
        if let Some(name) = self.name() {
            let value = self.value_of(name);
            for (step, by) in [("++", 1), ("--", -1)] {
                if self.take(step) {
                    self.set(name, value.wrapping_add(by));
                }
            }
            return value;
        }
        let hexadecimal = self.text.strip_prefix("0x");
        let digits = hexadecimal.unwrap_or(self.text);
        let length = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (digits, rest) = digits.split_at(length);
        let radix = if hexadecimal.is_some() { 16 } else { 10 };
        match i64::from_str_radix(digits, radix) {
            Ok(number) => {
                self.text = rest;
                number
            }
            // Nothing at all is 0, as an unset variable between operators is.
            Err(_) => 0,
        }
    }

    fn step_before(&mut self, by: i64) -> i64 {
        let Some(name) = self.name() else { return 0 };
        let value = self.value_of(name).wrapping_add(by);
        self.set(name, value)
    }
}

/// A power, of which the lowest 64 bits are kept.
fn power(mut base: i64, mut exponent: u64) -> i64 {
    let mut result: i64 = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}
