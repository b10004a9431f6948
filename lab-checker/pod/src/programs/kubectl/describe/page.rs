//! A description as it is written: lines with tabs between cells, and the parts that most kinds share.

use serde_json::Value;

use crate::programs::kubectl::tabs::{DESCRIPTION, aligned};

/// From here on columns begin anew.
const BREAK: char = '\u{c}';

/// The longest value of an annotation that stands on one line.
const ANNOTATION: usize = 140;

/// A description.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// Writes text, so far indented.
    pub(super) fn at(&mut self, level: usize, text: &str) {
        self.0.push_str(&"  ".repeat(level));
        // A value's own form feed would only misalign.
        self.0.push_str(&text.replace(BREAK, " "));
    }

    /// Writes a line.
    pub(super) fn line(&mut self, level: usize, text: &str) {
        self.at(level, text);
        self.0.push('\n');
    }

    /// Writes a field: `Name:  web`.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl std::fmt::Display) {
        self.line(level, &format!("{name}:\t{value}"));
    }

    /// Writes a field that is there.
    pub(super) fn optional(&mut self, level: usize, name: &str, value: &Value) {
        if let Some(value) = value.as_str().filter(|value| !value.is_empty()) {
            self.field(level, name, value);
        }
    }

    /// Columns begin anew.
    pub(super) fn flush(&mut self) {
        self.0.push(BREAK);
    }

    /// With its columns aligned.
    pub(super) fn aligned(&self) -> String {
        self.0.split(BREAK).map(|part| aligned(part, DESCRIPTION)).collect()
    }

    /// Pairs below each other: `Labels:  app=web`.
    pub(super) fn labels(&mut self, name: &str, labels: &Value) {
        let pairs = sorted_pairs(labels);
        if pairs.is_empty() {
            return self.field(0, name, "<none>");
        }
        for (at, (key, value)) in pairs.iter().enumerate() {
            let title = if at == 0 { format!("{name}:") } else { String::new() };
            self.line(0, &format!("{title}\t{key}={value}"));
        }
    }

    /// Annotations; what `apply` keeps for itself is left out, and long values stand below their keys.
    pub(super) fn annotations(&mut self, annotations: &Value) {
        let mut pairs = sorted_pairs(annotations);
        pairs.retain(|(key, _)| key != manifest::last_applied::KEY);
        if pairs.is_empty() {
            return self.field(0, "Annotations", "<none>");
        }
        for (at, (key, value)) in pairs.iter().enumerate() {
            self.at(0, if at == 0 { "Annotations:\t" } else { "\t" });
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= ANNOTATION && !value.contains('\n') {
                self.line(0, &format!("{key}: {value}"));
                continue;
            }
            self.line(0, &format!("{key}:"));
            for line in value.split('\n') {
                let shortened: String = line.chars().take(ANNOTATION - 2).collect();
                let rest = if shortened.len() < line.len() { "..." } else { "" };
                self.line(0, &format!("\t  {shortened}{rest}"));
            }
        }
    }

    /// What every description begins with.
    pub(super) fn head(&mut self, object: &Value) {
        let metadata = &object["metadata"];
        self.field(0, "Name", text(&metadata["name"]));
        if let Some(namespace) = metadata["namespace"].as_str() {
            self.field(0, "Namespace", namespace);
        }
    }
}

/// A text; empty when it is none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a list.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The pairs of a map of texts, in order.
pub(super) fn sorted_pairs(map: &Value) -> Vec<(String, String)> {
    let fields = map.as_object().into_iter().flatten();
    let mut pairs: Vec<(String, String)> = fields.map(|(key, value)| (key.clone(), text(value).to_owned())).collect();
    pairs.sort();
    pairs
}
