//! How long the text of a lab's editor may be.

use super::submission::LARGEST;
use crate::problem::Problem;

/// Refuse a text that is too long to be applied.
pub(crate) fn check_length(text: &str) -> Result<(), Problem> {
    if text.len() > LARGEST {
        return Err(Problem::invalid(format!("the text is longer than {} KiB", LARGEST >> 10)));
    }
    Ok(())
}
