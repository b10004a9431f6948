//! What answers to a lab are compared with: the same cluster with the solution in it, today's and the lab's other
//! worlds.

use std::borrow::Cow;

use manifest::{ObjectId, Source};
use netpol::{Endpoint, ObjectName, Pod, Snapshot};
use serde_json::Value;

use crate::labs::{Lab, ReachabilityGoal};
use crate::reachability::{Look, SYSTEM};
use crate::snapshot;

/// The lab's own clusters, looked at once.
pub(crate) struct References {
    start: Look,
    solved: Look,
    worlds: Vec<WorldReference>,
}

struct WorldReference {
    name: String,
    start: Look,
    solved: Look,
    /// Policies that belong to the world, and not to the answer.
    own: Vec<ObjectId>,
}

/// An answer in a cluster, and the solution in the same cluster.
pub(crate) struct Pair<'a> {
    pub(crate) answer: Cow<'a, Snapshot>,
    pub(crate) solution: Cow<'a, Snapshot>,
    /// The world, if it is not the cluster of the answer.
    pub(crate) world: Option<String>,
}

impl References {
    pub(crate) fn of(lab: &Lab, goal: &ReachabilityGoal) -> Self {
        let look = |start: &[Value], changes: &[Value]| {
            let objects = snapshot::apply(snapshot::baseline(), start.iter().chain(changes));
            Look::new(&goal.flows, &objects, Source::Files)
        };
        let start = lab.start_objects();
        let worlds = lab.worlds.iter().map(|world| {
            let there = world.start(start);
            WorldReference {
                name: world.name.clone(),
                start: look(&there, &[]),
                solved: look(&there, &lab.solution.objects),
                own: world.objects.iter().map(ObjectId::of).collect(),
            }
        });
        Self { start: look(start, &[]), solved: look(start, &lab.solution.objects), worlds: worlds.collect() }
    }

    /// An answer beside the solution: in its own cluster, then in each world. Each is made when it is asked for.
    pub(crate) fn pairs<'a>(&'a self, lab: &'a Lab, answer: &'a Look) -> impl Iterator<Item = Pair<'a>> + 'a {
        let here = move || {
            let mut solution = answer.snapshot().clone();
            transfer(lab, (&mut solution, answer), &self.solved, &[]);
            Pair { answer: Cow::Borrowed(answer.snapshot()), solution: Cow::Owned(solution), world: None }
        };
        let there = move |world: &'a WorldReference| {
            let mut there = world.start.snapshot().clone();
            transfer(lab, (&mut there, &world.start), answer, &world.own);
            let solution = Cow::Borrowed(world.solved.snapshot());
            Pair { answer: Cow::Owned(there), solution, world: Some(world.name.clone()) }
        };
        std::iter::once_with(here).chain(self.worlds.iter().map(there))
    }

    /// An answer in the cluster of the lab's start.
    pub(crate) fn in_start(&self, lab: &Lab, answer: &Look) -> Snapshot {
        let mut there = self.start.snapshot().clone();
        transfer(lab, (&mut there, &self.start), answer, &[]);
        there
    }
}

/// Puts everything that the lab lets learners change into another cluster, except for objects that are that cluster's
/// own. Policies in the system's namespace are the cluster's own, unless they stand in the learner's files: somebody
/// else may have put them there, and they are not handed in.
fn transfer(lab: &Lab, (to, place): (&mut Snapshot, &Look), from: &Look, own: &[ObjectId]) {
    let new = from.snapshot();
    let system = [place.from, from.from].contains(&Source::Cluster);
    let is_own = |kind: &str, namespace: Option<&str>, name: &str| {
        if system && namespace == Some(SYSTEM) {
            return true;
        }
        own.iter().any(|id| id.kind == kind && id.namespace.as_deref() == namespace && id.name == name)
    };
    for kind in &lab.may_change {
        match kind.as_str() {
            "NetworkPolicy" => {
                let is_own = |policy: &netpol::NetworkPolicy| is_own(kind, Some(&policy.namespace), &policy.name);
                for (to, new) in [(&mut to.policies, &new.policies), (&mut to.unlisted, &new.unlisted)] {
                    to.retain(is_own);
                    to.extend(new.iter().filter(|policy| !is_own(policy)).cloned());
                }
            }
            "ClusterNetworkPolicy" => {
                let is_own = |policy: &netpol::ClusterNetworkPolicy| is_own(kind, None, &policy.name);
                to.cluster_policies.retain(is_own);
                to.cluster_policies.extend(new.cluster_policies.iter().filter(|policy| !is_own(policy)).cloned());
            }
            "Namespace" => {
                for namespace in &mut to.namespaces {
                    if let Some(new) = new.namespaces.iter().find(|new| new.name == namespace.name) {
                        namespace.labels.clone_from(&new.labels);
                    }
                }
            }
            kind if kind == "Pod" || manifest::kinds::named(kind).is_some_and(|kind| kind.is_workload()) => {
                transfer_pods(to, place, from);
            }
            _ => {}
        }
    }
}

/// Makes each pod of the lab what it is elsewhere; names and addresses stay.
fn transfer_pods(to: &mut Snapshot, place: &Look, from: &Look) {
    for (here, there) in place.members.iter().zip(&from.members) {
        for (at, member) in here.iter().enumerate() {
            let (Endpoint::Pod(name), Some(Endpoint::Pod(like))) = (member, there.get(at).or(there.last())) else {
                continue;
            };
            let Some(like) = find(&from.snapshot().pods, like).cloned() else { continue };
            let Some(pod) = to.pods.iter_mut().find(|pod| is(pod, name)) else { continue };
            (pod.labels, pod.ports, pod.host_network) = (like.labels, like.ports, like.host_network);
        }
    }
}

fn find<'a>(pods: &'a [Pod], name: &ObjectName) -> Option<&'a Pod> {
    pods.iter().find(|pod| is(pod, name))
}

fn is(pod: &Pod, name: &ObjectName) -> bool {
    (&pod.namespace, &pod.name) == (&name.namespace, &name.name)
}
