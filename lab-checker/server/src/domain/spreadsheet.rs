//! Writing CSV that people open in a spreadsheet: a learner's name must stay a name there, never become
//! a formula.

use csv::{Terminator, WriterBuilder};

/// Rows of text as CSV, cells made harmless.
pub(crate) fn csv<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(harmless).collect();
        // Writing to memory does not fail.
        let _ = writer.write_record(&cells);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// Spreadsheets run a cell that begins with one of these; a quote in front makes it text. Numbers of our
/// own begin with a digit, and a negative number is a number.
fn harmless(cell: String) -> String {
    let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|'])
        || cell.starts_with(['\t', '\r', '\n']);
    if is_formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell }
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
        for name in ["=1+1", "+1 234", "-2+3", "@SUM(A1)", "\t=1", " =1+1", "|calc"] {
            assert_eq!(harmless(name.to_owned()), format!("'{name}"));
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
