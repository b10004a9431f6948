//! A reachability as a picture: an arrow for what gets through from one node to another.

use std::collections::BTreeMap;

use super::model::{Legend, NodeKind, Picture, PictureFlow, PictureGroup, PictureNode};
use super::workload::{Grain, Workload, workloads};
use crate::model::{Protocol, Verdict, phrases};
use crate::reachability::{Reachability, is_asked};

/// What was seen at one port between two nodes.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    allowed: bool,
    blocked: bool,
    /// Whether the standard leaves it open.
    undefined: bool,
    /// Whether it depends on an address that nobody has told.
    depends: bool,
    /// Whether it depends on nodes that nobody has told.
    on_nodes: bool,
}

impl Picture {
    /// What gets through, of all flows that a query asked for.
    #[must_use]
    pub fn of(reachability: &Reachability) -> Self {
        let (workloads, grain) = workloads(reachability);
        let mut picture = Self { legend: Legend::Plain, groups: groups(&workloads), ..Self::default() };
        picture.title = title(&picture, &workloads);
        let (mut undefined, mut depends, mut on_nodes, mut differ) = (false, false, false, false);
        for source in &workloads {
            for destination in &workloads {
                for ((protocol, port), seen) in look(reachability, source, destination) {
                    let varies = seen.blocked && grain == Grain::Labels;
                    undefined |= seen.undefined;
                    depends |= seen.depends;
                    on_nodes |= seen.on_nodes;
                    let unsure = seen.undefined || seen.depends || seen.on_nodes;
                    if seen.allowed {
                        differ |= varies && !unsure;
                        picture.flows.push(PictureFlow {
                            from: source.id.clone(),
                            to: destination.id.clone(),
                            port: format!("{port}/{protocol}"),
                            unsure: varies || unsure,
                            ..PictureFlow::default()
                        });
                    }
                }
            }
        }
        let notes = [
            (grain == Grain::Namespace, "Too many pods to list: an arrow stands for some pods of a namespace"),
            (undefined, "? host-network pods: the standard leaves it undefined"),
            (depends, "? depends on addresses that the files do not name"),
            (on_nodes, "? depends on nodes that the files do not name"),
            (differ, "? not for all of its pods"),
        ];
        picture.notes = notes.iter().filter(|(is_so, _)| *is_so).map(|(_, note)| (*note).to_owned()).collect();
        picture
    }
}

fn groups(workloads: &[Workload<'_>]) -> Vec<PictureGroup> {
    let by_namespace = workloads.chunk_by(|one, other| one.namespace == other.namespace);
    let node = |workload: &Workload<'_>| PictureNode {
        id: workload.id.clone(),
        label: workload.label.clone(),
        count: workload.count,
        kind: if workload.namespace.is_some() { NodeKind::Pod } else { NodeKind::Outside },
        ports: workload.ports.iter().map(|(protocol, port)| format!("{port}/{protocol}")).collect(),
    };
    by_namespace
        .map(|workloads| PictureGroup {
            namespace: workloads[0].namespace.map(str::to_owned),
            href: None,
            nodes: workloads.iter().map(node).collect(),
        })
        .collect()
}

fn title(picture: &Picture, workloads: &[Workload<'_>]) -> String {
    let pods: usize = workloads.iter().filter(|one| one.namespace.is_some()).map(|one| one.pods).sum();
    let addresses = workloads.iter().filter(|one| one.namespace.is_none()).count();
    let namespaces = picture.groups.iter().filter(|group| group.namespace.is_some()).count();
    let mut title = format!(
        "What can reach what: {} in {}",
        phrases::counted(pods, "pod"),
        phrases::counted(namespaces, "namespace")
    );
    match addresses {
        0 => {}
        1 => title.push_str(", and 1 address"),
        many => title.push_str(&format!(", and {many} addresses")),
    }
    title
}

/// What gets from one node to another: endpoints that no policy tells apart are looked at once.
fn look(
    reachability: &Reachability,
    source: &Workload<'_>,
    destination: &Workload<'_>,
) -> BTreeMap<(Protocol, u16), Seen> {
    let mut seen: BTreeMap<(Protocol, u16), Seen> = BTreeMap::new();
    for from in &source.sources {
        // A node reaches the pods that run on it: to these it matters which pod it is.
        let is_node = !from.id.is_pod() || reachability.is_host_pod(from);
        for to in if is_node { &destination.destinations } else { &destination.kinds } {
            if !is_asked(from, to) {
                continue;
            }
            let undefined = reachability.is_host_pod(from) || reachability.is_host_pod(to);
            for (protocol, port, verdict) in reachability.port_verdicts(from, to) {
                let seen = seen.entry((protocol, port)).or_default();
                seen.undefined |= undefined;
                let nodes = !reachability.is_seen(to);
                seen.depends |= verdict.is_none() && !nodes;
                seen.on_nodes |= verdict.is_none() && nodes;
                match verdict {
                    Some(Verdict::Blocked) => seen.blocked = true,
                    Some(Verdict::Allowed) | None => seen.allowed = true,
                }
            }
        }
    }
    seen
}
