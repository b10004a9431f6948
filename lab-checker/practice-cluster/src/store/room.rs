//! Room for pods. A cluster holds only so many, as a quota would have it, so that no workload takes a learner's
//! cluster, or the server that holds it, down: what a workload asks for beyond that is refused pod by pod.

use crate::settings::Limits;
use crate::store::state::State;

/// Pods leave the twentieth part of a cluster to other objects.
const RESERVED: usize = 20;

/// Why there is no room for a pod of so many bytes.
pub(crate) fn lacking(state: &State, limits: &Limits, bytes: usize) -> Option<String> {
    let most = |limit: usize| limit - limit / RESERVED;
    if state.index().pods() >= limits.pods {
        Some(format!("exceeded limit of {} pods in a practice cluster", limits.pods))
    } else if state.len() >= most(limits.objects) || state.bytes() + bytes > most(limits.bytes) {
        Some(limits.full())
    } else {
        None
    }
}
