//! The attack of a lab's story, for who has passed: what the attacker got before, and what becomes of it now.

use course::{Attack, Cell, Lab, workbench::port_of};
use netpol::Verdict;

/// The attack, told again.
pub(super) struct ShownAttack {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) port: String,
    /// What the attacker got at the start.
    pub(super) says: String,
    /// Whether it fails in the world as it is. A lab that was begun anew is open again.
    pub(super) fails: bool,
}

/// The attack of a lab in a world with these cells.
pub(super) fn shown(lab: &Lab, cells: &[Cell]) -> Option<ShownAttack> {
    let Attack { flow, says, .. } = lab.attack.as_ref()?;
    let cell = cells.iter().find(|cell| cell.flow == *flow);
    Some(ShownAttack {
        from: flow.from.clone(),
        to: flow.to.clone(),
        port: port_of(flow),
        says: says.clone(),
        fails: cell.is_some_and(|cell| cell.actual == Some(Verdict::Blocked)),
    })
}
