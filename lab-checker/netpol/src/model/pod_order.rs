//! The order in which pods are listed: by namespace and name.

use super::snapshot::Pod;

/// The pods by namespace and name.
#[derive(Clone, Debug, Default)]
pub(crate) struct PodOrder {
    /// Indexes of the snapshot's pods, sorted.
    pub(crate) sorted: Vec<u32>,
    /// For every pod its place.
    pub(crate) place: Vec<u32>,
}

impl PodOrder {
    pub(crate) fn new(pods: &[Pod]) -> Self {
        let name = |at: u32| (&pods[at as usize].namespace, &pods[at as usize].name);
        let mut sorted: Vec<u32> = (0..pods.len() as u32).collect();
        sorted.sort_by(|&a, &b| name(a).cmp(&name(b)));
        let mut place = vec![0; sorted.len()];
        for (at, pod) in sorted.iter().enumerate() {
            place[*pod as usize] = at as u32;
        }
        Self { sorted, place }
    }
}
