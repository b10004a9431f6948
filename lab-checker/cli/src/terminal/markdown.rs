//! Markdown for a terminal: paragraphs filled, lists indented, tables lined up, code left as it is.

use anstyle::{AnsiColor, Style};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::terminal::markdown_table::MarkdownTable;
use crate::terminal::output::{DIM, TITLE};

const CODE: Style = AnsiColor::Cyan.on_default();

/// The text as lines of at most `width` columns, with ANSI styles.
pub(crate) fn rendered(markdown: &str, indent: &str, width: usize) -> String {
    let mut page = Page::new(indent, width);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    page.finish()
}

struct Page<'a> {
    lines: Vec<String>,
    /// The styled line that is being filled, and the columns that it takes.
    line: String,
    columns: usize,
    /// Whether the next word is glued to the last one.
    glued: bool,
    /// Where the line can be broken last, in bytes and in columns.
    gap: Option<(usize, usize)>,
    indents: Vec<String>,
    /// The next number of each list; `None` for bullets.
    lists: Vec<Option<u64>>,
    style: Style,
    in_code: bool,
    /// The table that is being read.
    table: Option<MarkdownTable<'a>>,
    width: usize,
}

impl<'a> Page<'a> {
    fn new(indent: &str, width: usize) -> Self {
        Self {
            lines: Vec::new(),
            line: String::new(),
            columns: 0,
            glued: true,
            gap: None,
            indents: vec![indent.to_owned()],
            lists: Vec::new(),
            style: Style::new(),
            in_code: false,
            table: None,
            width,
        }
    }

    fn take(&mut self, event: Event<'a>) {
        match (event, &mut self.table) {
            (Event::End(TagEnd::Table), _) => self.end_table(),
            (event, Some(table)) => table.take(event),
            (event, None) => self.take_text(event),
        }
    }

    fn take_text(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Table(alignments)) => self.table = Some(MarkdownTable::new(alignments)),
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

    fn end_table(&mut self) {
        self.paragraph();
        let Some(table) = self.table.take() else { return };
        let room = self.width.saturating_sub(self.indent().len());
        for line in table.lines(room, filled) {
            self.lines.push(format!("{}{line}", self.indent()));
        }
        self.paragraph();
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
        if self.columns + gap + length > self.width {
            match glued {
                true => self.carry_over(),
                false if self.columns > self.indent().len() => self.flush(),
                false => {}
            }
        }
        if self.line.is_empty() {
            self.line = self.indent().to_owned();
            self.columns = self.line.len();
        } else if gap == 1 && !self.line.ends_with(' ') {
            self.gap = Some((self.line.len(), self.columns));
            self.line.push(' ');
            self.columns += 1;
        }
        self.line.push_str(&format!("{style}{word}{style:#}"));
        self.columns += length;
    }

    /// Ends the line before the words that the next one is glued to.
    fn carry_over(&mut self) {
        let Some((at, columns)) = self.gap else { return };
        let rest = self.line.split_off(at);
        let carried = self.columns - columns - 1;
        self.flush();
        self.line = format!("{}{}", self.indent(), rest.trim_start());
        self.columns = self.indent().len() + carried;
    }

    /// Ends the line.
    fn flush(&mut self) {
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
        self.columns = 0;
        self.glued = true;
        self.gap = None;
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

/// The lines of one cell of a table.
fn filled(cell: &[Event<'_>], width: usize, heading: bool) -> Vec<String> {
    let mut page = Page::new("", width);
    if heading {
        page.style = TITLE;
    }
    for event in cell {
        page.take(event.clone());
    }
    page.finish().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use course::Course;

    use super::rendered;

    fn check(markdown: &str, width: usize, expected: &str) {
        let plain = anstream::adapter::strip_str(&rendered(markdown, "", width)).to_string();
        assert_eq!(plain, expected);
    }

    #[test]
    fn paragraphs_are_filled() {
        check("one two\nthree four", 9, "one two\nthree\nfour");
        check("a **bold**, and `code`.\n\nnext", 40, "a bold, and code.\n\nnext");
        check("ab (`cd`, ef)", 6, "ab\n(cd,\nef)");
    }

    #[test]
    fn lists_hang() {
        check("do:\n\n- first thing\n- second\n\nthen", 9, "do:\n\n- first\n  thing\n- second\n\nthen");
        check("1. a\n2. b", 20, "1. a\n2. b");
    }

    #[test]
    fn tables_line_up() {
        let table = "so:\n\n| pod | why |\n|---|---|\n| `web:8080` | open, **always** |\n| `db` | |\n\nend";
        check(table, 40, "so:\n\npod       why\nweb:8080  open, always\ndb\n\nend");
        check("| left | right | middle |\n|:--|--:|:-:|\n| a | 1 | b |", 40, "left  right  middle\na         1    b");
        check("| | |\n|---|---|\n| a \\| b | c |", 40, "a | b  c");
        check("- so\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n- end", 40, "- so\n\n  a  b\n  1  2\n\n- end");
    }

    #[test]
    fn cells_that_are_too_wide_are_filled() {
        let table = "| pod | why |\n|---|---|\n| web | open, since a rule has no from |\n| db | closed |";
        check(table, 20, "pod  why\nweb  open, since a\n     rule has no\n     from\ndb   closed");
        check(
            "| a | b |\n|---|---|\n| unbreakable | one two |",
            5,
            "a            b\nunbreakable  one\n             two",
        );
    }

    #[test]
    fn no_text_of_the_course_shows_the_marks_of_a_table() {
        let course = Course::embedded().expect("the course in the program loads");
        for lab in &course.labs {
            for text in lab.hints.iter().chain([&lab.task, &lab.solution.explanation]) {
                let page = anstream::adapter::strip_str(&rendered(text, "", 80)).to_string();
                for line in page.lines().filter(|line| !line.starts_with("  ")) {
                    assert!(!line.contains('|') && line.chars().count() <= 80, "{}: {line}", lab.name);
                }
            }
        }
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
