//! The attack of a lab's story: one flow that gets through at the start and that the lab is there to close. Whoever
//! has passed sees it fail.

use netpol::FlowText;
use serde::Serialize;

/// The attack of a lab's story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attack {
    /// Who attacks what. It is one of the lab's cells.
    #[serde(flatten)]
    pub flow: FlowText,
    /// What the attacker got while the flow was open, as the story tells it.
    pub says: String,
    /// Where it stands in `lab.yaml`.
    #[serde(skip)]
    pub(crate) line: usize,
}
