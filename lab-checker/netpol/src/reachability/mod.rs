//! Many flows at once: the verdicts of every flow that a query picks, and what is told of them all.

pub(crate) mod all_flows;
pub(crate) mod class_verdicts;
pub(crate) mod count;
pub(crate) mod csv;
pub(crate) mod diff;
pub(crate) mod exposure;
pub(crate) mod matrix;
pub(crate) mod own_node;
pub(crate) mod picked;
