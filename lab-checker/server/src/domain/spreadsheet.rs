//! Writing CSV that people open in a spreadsheet: a learner's name must stay a name there, never become
//! a formula.

use csv::{Terminator, Writer, WriterBuilder};

use super::words::shown;

/// Rows of text as CSV, cells made harmless.
pub(crate) fn csv<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> String {
    let mut csv = Csv::empty();
    rows.into_iter().for_each(|row| csv.push(row));
    csv.finished()
}

/// The same, row by row, for what is too much to be held twice.
pub(crate) struct Csv(Writer<Vec<u8>>);

impl Csv {
    fn empty() -> Self {
        Self(WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new()))
    }

    pub(crate) fn beginning(head: impl IntoIterator<Item = String>) -> Self {
        let mut csv = Self::empty();
        csv.push(head);
        csv
    }

    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = row.into_iter().map(harmless).collect();
        // Writing to memory does not fail.
        let _ = self.0.write_record(&cells);
    }

    pub(crate) fn finished(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Spreadsheets run a cell that begins with one of these, of either width, behind whatever blanks; a quote in front
/// makes it text. Numbers of our own begin with a digit, and a negative number is a number. What nobody sees is left
/// out: it could hide such a beginning, or turn the text around it.
fn harmless(cell: String) -> String {
    let cell: String = cell.chars().filter(|c| is_blank(*c) || shown(&c.to_string()) == c.to_string()).collect();
    let is_formula = cell.trim_start().starts_with(FORMULA) || cell.starts_with(['\t', '\r', '\n']);
    if is_formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell }
}

const FORMULA: [char; 10] = ['=', '+', '-', '@', '|', '＝', '＋', '－', '＠', '｜'];

const fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\r' | '\n')
}

/// Points as a spreadsheet and a person read them: `7.5`, `10`.
pub(crate) fn points(points: f64) -> String {
    course::rounded(points).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_becomes_a_formula() {
        for name in [
            "=1+1",
            "+1 234",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            " =1+1",
            "|calc",
            "＝1+1",
            "＋1",
            "－2+3",
            "＠SUM(A1)",
            "\r=1",
            "\n=1",
            "\tx",
            "\rx",
            "\u{3000}＝1",
            "\u{a0}=1",
        ] {
            assert_eq!(harmless(name.to_owned()), format!("'{name}"));
        }
        for (hidden, seen) in
            [("\u{200b}=1", "'=1"), ("\u{feff}＝1", "'＝1"), ("A\u{202e}da", "Ada"), ("\u{0}@x", "'@x")]
        {
            assert_eq!(harmless(hidden.to_owned()), seen);
        }
        for name in ["Ada", "7.5", "-3", "a=b", ""] {
            assert_eq!(harmless(name.to_owned()), name);
        }
    }

    #[test]
    fn cells_with_quotes_and_lines_stay_cells() {
        let text = csv([["a".to_owned(), "say \"hi\", all".to_owned()]]);
        assert_eq!(text, "a,\"say \"\"hi\"\", all\"\r\n");
    }
}
