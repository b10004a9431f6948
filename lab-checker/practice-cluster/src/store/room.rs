//! Room for pods. A cluster holds only so many, as a quota would have it, so that no workload takes a learner's
//! cluster, or the server that holds it, down: what a workload asks for beyond that is refused pod by pod.

use crate::settings::{Limits, Settings};
use crate::store::state::State;

/// Pods leave the twentieth part of a cluster to other objects.
const RESERVED: usize = 20;

/// Why there is no room for a pod of so many bytes.
pub(crate) fn lacking(state: &State, settings: &Settings, bytes: usize) -> Option<String> {
    let Settings { limits: Limits { objects, pods, bytes: most_bytes, .. }, elsewhere, .. } = settings;
    let most = |limit: usize| limit - limit / RESERVED;
    if state.index().pods() + elsewhere.pods >= *pods {
        Some(settings.full_of_pods())
    } else if state.len() + elsewhere.objects >= most(*objects)
        || state.bytes() + elsewhere.bytes + bytes > most(*most_bytes)
    {
        Some(settings.full())
    } else {
        None
    }
}
