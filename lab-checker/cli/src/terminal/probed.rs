//! Flows that were tried with packets, for people: what the network does otherwise than the policies say, and why that
//! may be.

use std::io::{self, Write};

use crate::input::probed::{Cell, Network};
use crate::terminal::output::{BAD, DIM, GOOD, HINT};

/// Prints how many flows were tried, each that the network treats otherwise, and what was not tried.
pub(crate) fn print(out: &mut dyn Write, cells: &[Cell]) -> io::Result<()> {
    let (unknown, tried): (Vec<_>, Vec<_>) = cells.iter().partition(|cell| cell.network == Network::Unknown);
    let otherwise: Vec<_> = tried.iter().filter(|cell| cell.disagrees()).collect();
    let (number, same) = (tried.len(), tried.len() - otherwise.len());
    let sign = if otherwise.is_empty() { format!("{GOOD}✓{GOOD:#}") } else { format!("{BAD}✗{BAD:#}") };
    match number {
        0 => writeln!(out, "\n{HINT}?{HINT:#} no flow was tried with packets")?,
        _ => writeln!(
            out,
            "\n{sign} tried with packets: the network does what the policies say in {same} of {number} flows"
        )?,
    }
    for cell in &otherwise {
        let Cell { from, to, port, protocol, policy, how, .. } = cell;
        let network = if cell.network == Network::Allowed { "allowed" } else { "blocked" };
        let how = how.map(|how| format!(", {how}")).unwrap_or_default();
        writeln!(out, "  {from} → {to}:{port}/{protocol}  policy says {policy}, network does {network}{how}")?;
    }
    if otherwise.iter().any(|cell| cell.network == Network::Allowed) {
        writeln!(
            out,
            "  {DIM}What gets through though policies block it: the network does not enforce them, or not yet.{DIM:#}"
        )?;
    }
    if otherwise.iter().any(|cell| cell.network == Network::Blocked) {
        let words = "What does not get through though policies allow it: nobody listens at the port, or something else \
                     than policies is in the way.";
        writeln!(out, "  {DIM}{words}{DIM:#}")?;
    }
    if !unknown.is_empty() {
        let mut reasons: Vec<_> = unknown.iter().filter_map(|cell| cell.how).collect();
        reasons.sort_unstable();
        reasons.dedup();
        writeln!(out, "  {DIM}{} not tried: {}{DIM:#}", unknown.len(), reasons.join("; "))?;
    }
    Ok(())
}
