//! Templates that become YAML when they are rendered: Helm's, mostly.

use crate::text::{Position, TextProblem};

/// Whether a text that is no YAML is a template: some line begins with an action, or has one as its value.
pub(super) fn is_one(text: &str) -> bool {
    action(text).is_some()
}

/// The one thing to say about it.
pub(super) fn problem(text: &str) -> TextProblem {
    let position = action(text).unwrap_or_default();
    let problem = TextProblem::error(position, "this is a Helm template, which becomes YAML when it is rendered");
    problem.help("render it: helm template CHART | lab-checker COMMAND -f -")
}

/// Where the first action stands that YAML cannot mean.
fn action(text: &str) -> Option<Position> {
    text.lines().enumerate().find_map(|(at, line)| {
        let column = line.find("{{")?;
        let before = line[..column].trim();
        let is_action = before.is_empty() || before.ends_with([':', '-']);
        is_action.then(|| Position { line: at + 1, column: line[..column].chars().count() + 1, length: 2 })
    })
}
