//! Reachability as comma-separated values, for spreadsheets.

use super::all_flows::Reachability;
use crate::model::DEPENDS;

/// The rows as CSV lines without line breaks, a header first. No field needs quoting: names and
/// addresses hold neither commas nor quotes. A verdict that the standard leaves undefined has a question mark,
/// and so has one that depends on an address that nobody has told.
pub fn csv(reachability: &Reachability) -> impl Iterator<Item = String> {
    let rows = reachability.rows().map(|row| {
        let mark = if row.undefined || row.depends.is_any() { "?" } else { "" };
        let verdict = if row.depends.is_any() { DEPENDS.to_owned() } else { row.verdict.to_string() };
        format!("{},{},{},{},{verdict}{mark}", row.from, row.to, row.port, row.protocol)
    });
    std::iter::once("from,to,port,protocol,verdict".to_owned()).chain(rows)
}
