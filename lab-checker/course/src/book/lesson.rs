//! What a lesson holds that can be proved: its YAML blocks, and what it claims about them.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::directive::comments;
use crate::files::Lines;
use crate::html::markdown_options;

/// A code block of a lesson whose language is `yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlBlock {
    /// The text between the fences.
    pub(crate) text: String,
    /// The line of the text's first line.
    pub(crate) line: usize,
    /// Where it stands in the lesson.
    pub(crate) range: Range<usize>,
    /// What the info string says after `yaml`.
    pub(crate) marks: Vec<String>,
}

/// A comment `<!-- reach … -->`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimComment {
    /// What stands in it, after `reach`.
    pub(crate) text: String,
    /// The line of the text's first line.
    pub(crate) line: usize,
    /// Where it stands in the lesson.
    pub(crate) range: Range<usize>,
}

/// The YAML blocks of a lesson, in order.
pub(crate) fn yaml_blocks(lesson: &str) -> Vec<YamlBlock> {
    let lines = Lines::new(lesson);
    let mut blocks = Vec::new();
    let mut open: Option<YamlBlock> = None;
    for (event, range) in Parser::new_ext(lesson, markdown_options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let mut words = info.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
                if matches!(words.next(), Some("yaml" | "yml")) {
                    let line = lines.of(range.start) + 1;
                    let marks = words.map(str::to_owned).collect();
                    open = Some(YamlBlock { text: String::new(), line, range, marks });
                }
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// The claims of a lesson, in order.
pub(crate) fn claim_comments(lesson: &str) -> Vec<ClaimComment> {
    if !lesson.contains("<!--") {
        return Vec::new();
    }
    let lines = Lines::new(lesson);
    let claim = |range: Range<usize>| {
        let inside = lesson[range.clone()].strip_prefix("<!--")?;
        let inside = inside.strip_suffix("-->").unwrap_or(inside);
        let rest = inside.trim_start().strip_prefix("reach")?;
        let text = rest.strip_prefix([' ', '\n', '\r', '\t'])?;
        let offset = range.start + lesson[range.clone()].find(text)?;
        Some(ClaimComment { text: text.to_owned(), line: lines.of(offset), range })
    };
    comments(lesson).into_iter().filter_map(claim).collect()
}
