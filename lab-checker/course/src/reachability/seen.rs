//! What is seen of one flow between two endpoints, each of which may stand for several pods.

use netpol::Verdict;

/// What was seen of one cell: the combinations of egress and ingress verdicts among its replicas, one
/// bit each. None of them when an endpoint is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Seen(u8);

/// The bit of "egress allowed and ingress allowed".
const BOTH_ALLOWED: u8 = 1 << 3;

impl Seen {
    pub(crate) fn add(&mut self, egress: Verdict, ingress: Verdict) {
        self.0 |= 1 << (2 * u8::from(egress.is_allowed()) + u8::from(ingress.is_allowed()));
    }

    /// The verdict of the whole cell; `None` when an endpoint is missing or its replicas differ.
    pub(crate) fn verdict(self) -> Option<Verdict> {
        match self.0 {
            0 => None,
            BOTH_ALLOWED => Some(Verdict::Allowed),
            seen if seen & BOTH_ALLOWED == 0 => Some(Verdict::Blocked),
            _ => None,
        }
    }
}
