//! What controllers are still to look at in a write. Each thing waits once, however many changes concern it, as in
//! the work queues of a real cluster: a thousand pods that start are one look at their ReplicaSet, not a thousand.

use std::collections::{HashSet, VecDeque};

use crate::state::Key;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    /// A workload: its pods, its status.
    Workload(Key),
    /// The pods that no node would have.
    Unscheduled,
    /// The workloads that had no room for their pods.
    Crowded,
    /// A Service: what stands behind it.
    Service(Key),
}

/// The things that wait, workloads first: what stands behind a Service is worked out when its pods have come to rest.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: HashSet<Work>,
    workloads: VecDeque<Work>,
    services: VecDeque<Work>,
}

impl Queue {
    /// Adds what does not wait already.
    pub(crate) fn add(&mut self, work: Work) {
        if self.waiting.insert(work.clone()) {
            match work {
                Work::Service(_) => self.services.push_back(work),
                _ => self.workloads.push_back(work),
            }
        }
    }

    /// The next thing to look at.
    pub(crate) fn next(&mut self) -> Option<Work> {
        let work = self.workloads.pop_front().or_else(|| self.services.pop_front())?;
        self.waiting.remove(&work);
        Some(work)
    }
}
