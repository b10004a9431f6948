//! Markdown for a terminal: paragraphs filled, lists indented, code left as it is.

use anstyle::{AnsiColor, Style};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::output::{DIM, TITLE};

const CODE: Style = AnsiColor::Cyan.on_default();

/// The text as lines of at most `width` columns, with ANSI styles.
pub(crate) fn rendered(markdown: &str, indent: &str, width: usize) -> String {
    let mut page = Page::new(indent, width);
    for event in Parser::new(markdown) {
        page.take(event);
    }
    page.finish()
}

struct Page {
    lines: Vec<String>,
    /// The styled line that is being filled, and the columns that it takes.
    line: String,
    columns: usize,
    /// Whether the next word is glued to the last one.
    glued: bool,
    indents: Vec<String>,
    /// The next number of each list; `None` for bullets.
    lists: Vec<Option<u64>>,
    style: Style,
    in_code: bool,
    width: usize,
}

impl Page {
    fn new(indent: &str, width: usize) -> Self {
        Self {
            lines: Vec::new(),
            line: String::new(),
            columns: 0,
            glued: true,
            indents: vec![indent.to_owned()],
            lists: Vec::new(),
            style: Style::new(),
            in_code: false,
            width,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => {
                for line in text.lines() {
                    self.lines.push(format!("{}  {CODE}{line}{CODE:#}", self.indent()));
                }
            }
            Event::Text(text) => self.words(&text, self.style),
            Event::Code(text) => self.words(&text, CODE),
            Event::SoftBreak => self.glued = false,
            Event::HardBreak => self.flush(),
            Event::Rule => self.paragraph(),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph => {}
            Tag::Heading { .. } => {
                self.paragraph();
                self.style = TITLE;
            }
            Tag::Strong => self.style = TITLE,
            Tag::Emphasis => self.style = Style::new().italic(),
            Tag::CodeBlock(kind) => {
                self.paragraph();
                self.in_code = true;
                if let CodeBlockKind::Fenced(language) = kind
                    && language.starts_with("yaml")
                {
                    self.lines.push(format!("{}  {DIM}---{DIM:#}", self.indent()));
                }
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => self.item(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.paragraph(),
            TagEnd::Heading(_) => {
                self.paragraph();
                self.style = Style::new();
            }
            TagEnd::Strong | TagEnd::Emphasis => self.style = Style::new(),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.paragraph();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.paragraph();
                }
            }
            TagEnd::Item => {
                self.flush();
                self.indents.pop();
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.flush();
        let bullet = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        let deeper = format!("{}{}", self.indent(), " ".repeat(bullet.len()));
        self.line = format!("{}{bullet}", self.indent());
        self.columns = self.line.chars().count();
        self.glued = true;
        self.indents.push(deeper);
    }

    fn indent(&self) -> &str {
        self.indents.last().map_or("", String::as_str)
    }

    fn words(&mut self, text: &str, style: Style) {
        let starts_with_space = text.starts_with(char::is_whitespace);
        for (at, word) in text.split_whitespace().enumerate() {
            let glued = self.glued && at == 0 && !starts_with_space;
            self.word(word, style, glued);
            self.glued = false;
        }
        self.glued = !text.ends_with(char::is_whitespace);
    }

    fn word(&mut self, word: &str, style: Style, glued: bool) {
        let length = word.chars().count();
        let gap = usize::from(!glued && !self.line.trim().is_empty());
        if self.columns + gap + length > self.width && !glued && self.columns > self.indent().len() {
            self.flush();
        }
        if self.line.is_empty() {
            self.line = self.indent().to_owned();
            self.columns = self.line.len();
        } else if gap == 1 && !self.line.ends_with(' ') {
            self.line.push(' ');
            self.columns += 1;
        }
        self.line.push_str(&format!("{style}{word}{style:#}"));
        self.columns += length;
    }

    /// Ends the line.
    fn flush(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
        self.columns = 0;
        self.glued = true;
    }

    /// Ends the line and leaves an empty one.
    fn paragraph(&mut self) {
        self.flush();
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn finish(mut self) -> String {
        self.flush();
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::rendered;

    fn check(markdown: &str, width: usize, expected: &str) {
        let plain = anstream::adapter::strip_str(&rendered(markdown, "", width)).to_string();
        assert_eq!(plain, expected);
    }

    #[test]
    fn paragraphs_are_filled() {
        check("one two\nthree four", 9, "one two\nthree\nfour");
        check("a **bold**, and `code`.\n\nnext", 40, "a bold, and code.\n\nnext");
    }

    #[test]
    fn lists_hang() {
        check("do:\n\n- first thing\n- second\n\nthen", 9, "do:\n\n- first\n  thing\n- second\n\nthen");
        check("1. a\n2. b", 20, "1. a\n2. b");
    }

    #[test]
    fn code_stays_as_it_is() {
        check(
            "run\n\n```console\n$ kubectl  get pods -A --show-labels\n```\nend",
            10,
            "run\n\n  $ kubectl  get pods -A --show-labels\n\nend",
        );
    }
}
