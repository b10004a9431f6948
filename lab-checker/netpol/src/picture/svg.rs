//! Reachability as a picture (SVG): who stands where, and what is open. A handful of endpoints is
//! drawn as a circle with arrows, more as a grid.

use super::readable_matrix::readable_matrix;
use super::{circle, grid};
use crate::reachability::Reachability;

/// So many are drawn as a circle with arrows.
const AS_CIRCLE: usize = 10;

/// The picture as an SVG document.
#[must_use]
pub fn svg(reachability: &Reachability) -> String {
    let matrix = readable_matrix(reachability);
    let square = matrix.sources == matrix.destinations;
    if square && matrix.sources.len() <= AS_CIRCLE { circle::draw(&matrix) } else { grid::draw(&matrix) }
}
