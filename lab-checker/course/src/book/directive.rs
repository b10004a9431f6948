//! `{{#quiz PATH}}` and `{{#lab NAME}}` in the Markdown of a lesson, wherever they are not code, not a
//! comment and not escaped with a backslash.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::activity::Activity;
use crate::files::Lines;
use crate::html::markdown_options;

/// One directive of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    /// What it asks for.
    pub(crate) kind: DirectiveKind,
    /// What stands after the name.
    pub(crate) argument: String,
    /// Its bytes in the text.
    pub(crate) range: Range<usize>,
    /// Its line, counted from 1.
    pub(crate) line: usize,
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DirectiveKind {
    /// A quiz, by the path of its file.
    Quiz,
    /// A lab, by its name.
    Lab,
}

impl Directive {
    /// The lab or quiz that it shows. A quiz's path is taken as mdbook-quiz takes it, relative to the lesson; only
    /// its name matters here, and proving looks at the rest.
    pub(crate) fn activity(&self) -> Option<Activity> {
        match self.kind {
            DirectiveKind::Lab => Some(Activity::lab(&self.argument)),
            DirectiveKind::Quiz => {
                let file = self.argument.rsplit('/').next()?;
                Some(Activity::quiz(file.strip_suffix(".toml")?))
            }
        }
    }
}

/// The directives of a text, in order.
pub(crate) fn directives(text: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    if !text.contains("{{#quiz") && !text.contains("{{#lab") {
        return found;
    }
    let untouched = untouched(text);
    let lines = Lines::new(text);
    for (start, _) in text.match_indices("{{#") {
        let Some(length) = text[start..].find("}}") else { continue };
        let inside = &text[start + 3..start + length];
        let (name, argument) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let kind = match name {
            "quiz" => DirectiveKind::Quiz,
            "lab" => DirectiveKind::Lab,
            _ => continue,
        };
        let escaped = text[..start].ends_with('\\');
        if escaped || inside.contains('\n') || untouched.iter().any(|range| range.contains(&start)) {
            continue;
        }
        found.push(Directive {
            kind,
            argument: argument.trim().to_owned(),
            range: start..start + length + 2,
            line: lines.of(start),
        });
    }
    found
}

/// Code, and HTML comments.
fn untouched(text: &str) -> Vec<Range<usize>> {
    let mut ranges = comments(text);
    for (event, range) in Parser::new_ext(text, markdown_options()).into_offset_iter() {
        if matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))) {
            ranges.push(range);
        }
    }
    ranges
}

/// The HTML comments that Markdown sees as such, with their marks.
pub(crate) fn comments(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (event, range) in Parser::new_ext(text, markdown_options()).into_offset_iter() {
        if !matches!(event, Event::Html(_) | Event::InlineHtml(_)) {
            continue;
        }
        // A comment of several lines comes as several events; the whole is found from its beginning.
        let mut from = range.start.max(ranges.last().map_or(0, |range| range.end));
        while from < range.end
            && let Some(start) = text[from..range.end].find("<!--").map(|at| from + at)
        {
            let end = text[start..].find("-->").map_or(text.len(), |length| start + length + 3);
            ranges.push(start..end);
            from = end;
        }
    }
    ranges
}
