//! Reachability as comma-separated values, for spreadsheets.

use super::all_flows::Reachability;

/// The rows as CSV lines without line breaks, a header first. No field needs quoting: names and
/// addresses hold neither commas nor quotes. A verdict that the standard leaves undefined has a question mark.
pub fn csv(reachability: &Reachability) -> impl Iterator<Item = String> {
    let rows = reachability.rows().map(|row| {
        let mark = if row.undefined { "?" } else { "" };
        format!("{},{},{},{},{}{mark}", row.from, row.to, row.port, row.protocol, row.verdict)
    });
    std::iter::once("from,to,port,protocol,verdict".to_owned()).chain(rows)
}
