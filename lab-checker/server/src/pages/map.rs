//! The reachability map of a lab: sources down, destinations across, a verdict in each cell.

use std::collections::BTreeMap;

use course::{Cell, workbench::port_of};
use netpol::{FlowText, Verdict};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a value in the query of an address cannot hold as it is.
const IN_QUERY: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'=').add(b'>');

/// The map, ready for a table.
#[derive(Debug, Default)]
pub(super) struct ReachabilityMap {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) wrong: usize,
    pub(super) cells: usize,
}

/// A destination with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) to: String,
    /// `8080`, `53/UDP`.
    pub(super) port: String,
}

/// A source.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) from: String,
    /// One for each column; nothing where the lab does not look.
    pub(super) cells: Vec<Option<MapCell>>,
}

/// A verdict.
#[derive(Debug, Clone)]
pub(super) struct MapCell {
    /// `allowed`, `blocked` or `unknown`.
    pub(super) verdict: &'static str,
    /// What the lab asks for.
    pub(super) expected: &'static str,
    pub(super) right: bool,
    pub(super) check: String,
    pub(super) query: String,
}

impl ReachabilityMap {
    pub(super) fn new(cells: &[Cell]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        let mut sources: Vec<&str> = Vec::new();
        let mut found: BTreeMap<(usize, usize), MapCell> = BTreeMap::new();
        for cell in cells {
            let column = Column { to: cell.flow.to.clone(), port: port_of(&cell.flow) };
            let at = position(&mut columns, column);
            let row = position(&mut sources, cell.flow.from.as_str());
            found.insert((row, at), MapCell::new(cell));
        }
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by(|a, b| columns[*a].to.cmp(&columns[*b].to));
        let rows = sources.iter().enumerate().map(|(row, from)| Row {
            from: (*from).to_owned(),
            cells: order.iter().map(|at| found.get(&(row, *at)).cloned()).collect(),
        });
        let rows = rows.collect();
        Self {
            wrong: found.values().filter(|cell| !cell.right).count(),
            cells: found.len(),
            columns: order.into_iter().map(|at| columns[at].clone()).collect(),
            rows,
        }
    }
}

impl MapCell {
    fn new(cell: &Cell) -> Self {
        let query = why(&cell.flow);
        Self {
            verdict: cell.actual.map_or("unknown", word),
            expected: word(cell.expected),
            right: cell.is_right(),
            check: cell.check.clone(),
            query,
        }
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Blocked => "blocked",
    }
}

/// To where the page says why a flow gets through or not.
pub(super) fn why(flow: &FlowText) -> String {
    format!("?from={}&to={}&port={}#why", encoded(&flow.from), encoded(&flow.to), encoded(&port_of(flow)))
}

/// To the page with one more box of its picture unfolded, or with it folded again.
pub(super) fn unfolded(open: &[String], group: &str) -> String {
    let mut names: Vec<&str> = open.iter().map(String::as_str).filter(|name| *name != group).collect();
    if names.len() == open.len() {
        names.push(group);
    }
    format!("?open={}#map", encoded(&names.join(":")))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_QUERY).to_string()
}

fn position<T: PartialEq>(all: &mut Vec<T>, one: T) -> usize {
    match all.iter().position(|known| *known == one) {
        Some(place) => place,
        None => {
            all.push(one);
            all.len() - 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_value_never_leaves_its_place_in_a_query() {
        assert_eq!(encoded("shop/web"), "shop/web");
        assert_eq!(encoded("a b&to=c#d%e+f=\"<ä>"), "a%20b%26to%3Dc%23d%25e%2Bf%3D%22%3C%C3%A4%3E");
    }
}
