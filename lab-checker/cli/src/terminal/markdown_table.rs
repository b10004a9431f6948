//! A table of a Markdown text for a terminal: its cells are kept until the last one is known, for only
//! then can the columns line up.

use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

use crate::terminal::table::{Cell, GAP, Table, columns};

type Words<'a> = Vec<Event<'a>>;

/// The cells that have been read so far, the heading first.
pub(crate) struct MarkdownTable<'a> {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<Words<'a>>>,
}

impl<'a> MarkdownTable<'a> {
    pub(crate) fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: Vec::new() }
    }

    /// Takes what stands between the table's beginning and its end.
    pub(crate) fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => self.rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                if let Some(row) = self.rows.last_mut() {
                    row.push(Vec::new());
                }
            }
            Event::End(TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {}
            event => {
                if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
                    cell.push(event);
                }
            }
        }
    }

    /// Its lines, of at most `width` columns unless a word is longer. `fill` makes the lines of one cell,
    /// and is told whether the cell belongs to the heading.
    pub(crate) fn lines(&self, width: usize, fill: impl Fn(&[Event<'a>], usize, bool) -> Vec<String>) -> Vec<String> {
        let widths = self.widths(width, |words, width| fill(words, width, false));
        let mut table = Table::default();
        for (at, row) in self.rows.iter().enumerate() {
            let cells: Vec<_> = row.iter().zip(&widths).map(|(words, width)| fill(words, *width, at == 0)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..height {
                let texts = cells.iter().map(|cell| cell.get(line).map_or("", String::as_str));
                let places = texts.zip(&widths).zip(&self.alignments);
                table.row(places.map(|((text, width), alignment)| Cell::from(placed(text, *width, *alignment))));
            }
        }
        table.lines()
    }

    /// The width of each column: what its cells need, or less where all of that would be too wide.
    fn widths(&self, width: usize, fill: impl Fn(&[Event<'a>], usize) -> Vec<String>) -> Vec<usize> {
        let needed = |column: usize, width: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let lines = cells.flat_map(|words| fill(words, width));
            lines.map(|line| columns(&line)).max().unwrap_or(0)
        };
        let count = self.alignments.len();
        let mut widths: Vec<_> = (0..count).map(|column| needed(column, usize::MAX)).collect();
        let least: Vec<_> = (0..count).map(|column| needed(column, 1)).collect();
        let room = width.saturating_sub(GAP * count.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let shrinkable = (0..count).filter(|column| widths[*column] > least[*column]);
            let Some(widest) = shrinkable.max_by_key(|column| widths[*column]) else { break };
            widths[widest] -= 1;
        }
        widths
    }
}

/// The text where its column wants it; a column on the left needs nothing.
fn placed(text: &str, width: usize, alignment: Alignment) -> String {
    let free = width.saturating_sub(columns(text));
    let before = match alignment {
        Alignment::None | Alignment::Left => 0,
        Alignment::Center => free / 2,
        Alignment::Right => free,
    };
    if text.is_empty() { String::new() } else { format!("{:before$}{text}", "") }
}
