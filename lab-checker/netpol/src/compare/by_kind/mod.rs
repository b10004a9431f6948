//! What two snapshots differ in, as people read it: kinds of flows, each in words and with one flow that shows it.
//!
//! A comparison is a list of pairs of classes. Here it is narrowed to what was asked, pairs are joined into the
//! fewest blocks, and a block's ends are put into words that are as exact as the comparison.

mod asked;
mod blocks;
mod conditions;
mod difference;
mod ends;
mod wherever;

pub use difference::{DifferenceByKind, FlowKind, difference_by_kind};
pub use wherever::difference_by_kind_wherever;
