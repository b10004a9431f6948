//! The matrix that a picture shows.

use crate::reachability::{Matrix, Reachability, collapsed_matrix, matrix};

/// So many endpoints are drawn one by one; more are drawn as groups that behave alike.
const ONE_BY_ONE: usize = 40;

/// All endpoints, or groups of them when there are too many.
pub(crate) fn readable_matrix(reachability: &Reachability) -> Matrix {
    let picked = &reachability.picked;
    if picked.sources.len().max(picked.destinations.len()) <= ONE_BY_ONE {
        matrix(reachability)
    } else {
        collapsed_matrix(reachability)
    }
}
