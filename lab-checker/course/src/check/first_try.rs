//! The few flows of a first try in a snapshot.

use manifest::Source;
use serde_json::Value;

use super::report::Cell;
use crate::labs::{Expected, FirstTry};
use crate::reachability::{CellKey, Observation, Seen};

/// What becomes of the flows of a first try in these objects.
#[must_use]
pub fn first_try_cells(first: &FirstTry, objects: &[Value], from: Source) -> Vec<Cell> {
    let seen = Observation::new(&first.flows, objects, from).seen;
    let cells = first.flows.cells.iter().zip(&first.expected).zip(seen);
    let cell = |((key, expected), seen): ((&CellKey, &Expected), Seen)| Cell {
        flow: first.flows.flow(key),
        expected: expected.verdict,
        actual: seen.verdict(),
        check: first.checks[expected.check].clone(),
    };
    cells.map(cell).collect()
}
