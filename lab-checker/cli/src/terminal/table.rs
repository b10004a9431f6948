//! Tables for people: columns lined up, colour where it helps, no lines drawn.

use std::io::{self, Write};

use anstream::adapter::strip_str;
use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

/// One cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    /// How many columns it takes; the cells that it covers are left out of its row.
    span: usize,
}

/// Rows of cells.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

/// What stands between two columns.
pub(crate) const GAP: usize = 2;

impl Cell {
    /// A cell in a style.
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, span: 1 }
    }

    /// The same cell across several columns.
    pub(crate) fn across(mut self, columns: usize) -> Self {
        self.span = columns;
        self
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, Style::new())
    }
}

impl Table {
    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// How many columns of the terminal it takes.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths();
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
    }

    /// Its lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.print(&mut out, "").expect("memory takes every line");
        String::from_utf8_lossy(&out).lines().map(str::to_owned).collect()
    }

    /// Prints it, every line beginning with `indent`.
    pub(crate) fn print(&self, out: &mut dyn Write, indent: &str) -> io::Result<()> {
        let widths = self.widths();
        for row in &self.rows {
            write!(out, "{indent}")?;
            let filled = row.iter().rposition(|cell| !cell.text.is_empty()).map_or(0, |last| last + 1);
            let mut column = 0;
            for (index, cell) in row.iter().take(filled).enumerate() {
                let Cell { text, style, span } = cell;
                let width = spanned(&widths, column, *span);
                column += span;
                let padding = if index + 1 == filled { 0 } else { (width + GAP).saturating_sub(columns(text)) };
                write!(out, "{style}{text}{style:#}{:padding$}", "")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        // Wide cells last: they only need what the cells under them leave.
        for wide in [false, true] {
            for row in &self.rows {
                let mut column = 0;
                for cell in row {
                    widths.resize(widths.len().max(column + cell.span), 0);
                    let missing = columns(&cell.text).saturating_sub(spanned(&widths, column, cell.span));
                    if wide == (cell.span > 1) {
                        widths[column + cell.span - 1] += missing;
                    }
                    column += cell.span;
                }
            }
        }
        widths
    }
}

fn spanned(widths: &[usize], column: usize, span: usize) -> usize {
    widths.iter().skip(column).take(span).sum::<usize>() + GAP * (span - 1)
}

/// How many columns of a terminal a text takes: its styles take none, letters of Chinese or Japanese two, accents
/// that combine with the letter before them none.
pub(crate) fn columns(text: &str) -> usize {
    strip_str(text).to_string().width()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Table};

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let mut table = Table::default();
        table.row(["NAME".into(), "POINTS".into(), "STATE".into()]);
        table.row(["default-deny".into(), "10".into(), "✓".into()]);
        table.row(["dns".into(), "5".into(), "".into()]);
        let mut out = Vec::new();
        table.print(&mut out, " ").unwrap();
        let expected = " NAME          POINTS  STATE\n default-deny  10      ✓\n dns           5\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!(table.width(), 27);
    }

    #[test]
    fn wide_and_combining_letters_take_the_columns_that_a_terminal_gives_them() {
        let mut table = Table::default();
        // "é" as one letter, and as an e with an accent that combines; CJK; an emoji.
        for name in ["Zo\u{e9}", "Zoe\u{301}", "王小明", "🙂"] {
            table.row([name.into(), "10".into()]);
        }
        let mut out = Vec::new();
        table.print(&mut out, "").unwrap();
        let expected = "Zo\u{e9}     10\nZoe\u{301}     10\n王小明  10\n🙂      10\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_heading_across_columns_needs_no_more_than_they_leave() {
        let mut table = Table::default();
        table.row(["".into(), Cell::from("monitoring").across(2), "shop".into()]);
        table.row(["a".into(), "prom".into(), "alert".into(), "web".into()]);
        table.row(["b".into(), "✓".into(), "✗".into(), "✓".into()]);
        let mut out = Vec::new();
        table.print(&mut out, "").unwrap();
        let expected = "   monitoring   shop\na  prom  alert  web\nb  ✓     ✗      ✓\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
