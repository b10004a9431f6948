//! Room for pods. A cluster holds only so many, as a quota would have it, so that no workload takes a learner's
//! cluster, or the server that holds it, down: what a workload asks for beyond that is refused pod by pod.

use crate::settings::{Limits, Settings};
use crate::status::Status;
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

/// Refuses a write that grows a cluster which is then too large. What makes it smaller is always let through.
pub(crate) fn check(before: &State, after: &State, settings: &Settings) -> Result<(), Status> {
    let (limits, elsewhere) = (&settings.limits, settings.elsewhere);
    let grows = after.len() > before.len() || after.bytes() > before.bytes();
    let full = after.len() + elsewhere.objects > limits.objects || after.bytes() + elsewhere.bytes > limits.bytes;
    if grows && full { Err(Status::new(403, "Forbidden", settings.full())) } else { Ok(()) }
}
