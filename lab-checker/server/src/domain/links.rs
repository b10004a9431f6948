//! Addresses that are handed out.

use crate::store::Secret;

/// To where a learner signs in with an invitation.
pub(crate) fn invitation(url: &str, token: &Secret) -> String {
    format!("{url}/invitation/{}", token.reveal())
}
