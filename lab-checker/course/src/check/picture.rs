//! A lab as a picture: an arrow for every flow that gets through or must, told as right or wrong.

use std::collections::HashMap;

use netpol::{FlowText, Legend, NodeKind, Picture, PictureFlow, PictureGroup, PictureNode, Standing, Verdict};

use super::report::Cell;
use crate::reachability::SYSTEM;

/// How the cluster's DNS pods are called, all together.
const DNS: &str = "kube-dns";

/// Where a picture's parts lead.
#[derive(Clone, Copy)]
pub struct PictureLinks<'a> {
    /// Where a flow's arrow leads.
    pub flow: &'a dyn Fn(&FlowText) -> Option<String>,
    /// Where the heading of a namespace's box leads while the picture is folded: to where it is opened or closed.
    pub group: &'a dyn Fn(&str) -> Option<String>,
}

impl PictureLinks<'_> {
    /// A picture that leads nowhere.
    pub const NONE: PictureLinks<'static> = PictureLinks { flow: &|_| None, group: &|_| None };
}

/// The picture of a lab's cells. What is otherwise than `before` is marked, and what no longer gets through, as it
/// should be, is still shown; without a `before` nothing is.
#[must_use]
pub fn picture_of(title: &str, cells: &[Cell], before: Option<&[Cell]>, links: PictureLinks<'_>) -> Picture {
    let changed = before.map_or_else(|| vec![false; cells.len()], |before| changed(cells, before));
    let flows: Vec<PictureFlow> =
        cells.iter().zip(changed).filter_map(|(cell, changed)| flow(cell, changed, links)).collect();
    let unsure = flows.iter().any(|flow| flow.unsure);
    let notes = unsure.then(|| "? its pods differ, or one of them is not there".to_owned());
    Picture {
        title: title.to_owned(),
        legend: Legend::Judged,
        groups: groups(cells, links),
        flows,
        notes: notes.into_iter().collect(),
    }
}

/// For each cell, whether it is otherwise than the one of the same flow before.
#[must_use]
pub fn changed(cells: &[Cell], before: &[Cell]) -> Vec<bool> {
    let before: HashMap<_, _> = before.iter().map(|cell| (&cell.flow, cell.actual)).collect();
    cells.iter().map(|cell| before.get(&cell.flow).is_some_and(|actual| *actual != cell.actual)).collect()
}

/// What there is to draw of a cell; nothing where all is quiet as it should be.
fn flow(cell: &Cell, changed: bool, links: PictureLinks<'_>) -> Option<PictureFlow> {
    let standing = match (cell.expected, cell.actual) {
        (Verdict::Allowed, Some(Verdict::Allowed)) => Standing::Right,
        (Verdict::Allowed, Some(Verdict::Blocked) | None) => Standing::Missing,
        (Verdict::Blocked, Some(Verdict::Allowed) | None) => Standing::Wrong,
        (Verdict::Blocked, Some(Verdict::Blocked)) if changed => Standing::Gone,
        (Verdict::Blocked, Some(Verdict::Blocked)) => return None,
    };
    Some(PictureFlow {
        from: cell.flow.from.clone(),
        to: cell.flow.to.clone(),
        port: port(&cell.flow),
        standing,
        changed,
        unsure: cell.actual.is_none(),
        href: (links.flow)(&cell.flow),
    })
}

fn port(flow: &FlowText) -> String {
    format!("{}/{}", flow.port, flow.protocol)
}

/// The endpoints of all cells by namespace, in the order in which the lab names them; DNS and what is outside last.
fn groups(cells: &[Cell], links: PictureLinks<'_>) -> Vec<PictureGroup> {
    let mut groups = boxes(cells.iter().map(|cell| &cell.flow));
    for group in &mut groups {
        group.href = (links.group)(group.name());
    }
    groups
}

/// What a question asks about: an arrow for each flow, which says nothing about whether it gets through.
pub(crate) fn picture_of_question(flows: &[FlowText]) -> Picture {
    let asked = |flow: &FlowText| PictureFlow {
        from: flow.from.clone(),
        to: flow.to.clone(),
        port: port(flow),
        ..PictureFlow::default()
    };
    Picture {
        title: "What the question asks about: an arrow for each flow".to_owned(),
        legend: Legend::None,
        groups: boxes(flows.iter()),
        flows: flows.iter().map(asked).collect(),
        notes: Vec::new(),
    }
}

/// The ends of flows by namespace.
fn boxes<'a>(flows: impl Iterator<Item = &'a FlowText>) -> Vec<PictureGroup> {
    let mut groups: Vec<PictureGroup> = Vec::new();
    for flow in flows {
        node_of(&mut groups, &flow.from);
        let ports = &mut node_of(&mut groups, &flow.to).ports;
        let port = port(flow);
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    for group in &mut groups {
        group.nodes.sort_by(|one, other| one.id.cmp(&other.id));
    }
    groups.sort_by_key(|group| (group.namespace.is_none(), group.namespace.as_deref() == Some(SYSTEM)));
    groups
}

/// The node of an endpoint, made when it is not there yet.
fn node_of<'a>(groups: &'a mut Vec<PictureGroup>, name: &str) -> &'a mut PictureNode {
    let (namespace, label, kind) = match name.split_once('/') {
        _ if name == DNS => (Some(SYSTEM), name, NodeKind::Pod),
        Some((namespace, label)) if label.starts_with('{') => (Some(namespace), label, NodeKind::Stranger),
        Some((namespace, label)) => (Some(namespace), label, NodeKind::Pod),
        None => (None, name, NodeKind::Outside),
    };
    let at = groups.iter().position(|group| group.namespace.as_deref() == namespace).unwrap_or_else(|| {
        groups.push(PictureGroup { namespace: namespace.map(str::to_owned), ..PictureGroup::default() });
        groups.len() - 1
    });
    let nodes = &mut groups[at].nodes;
    let at = nodes.iter().position(|node| node.id == name).unwrap_or_else(|| {
        let (id, label) = (name.to_owned(), label.to_owned());
        nodes.push(PictureNode { id, label, count: 1, kind, ports: Vec::new() });
        nodes.len() - 1
    });
    &mut nodes[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(from: &str, to: &str, expected: Verdict, actual: Option<Verdict>) -> Cell {
        let flow = FlowText { from: from.into(), to: to.into(), port: 80, protocol: netpol::Protocol::Tcp };
        Cell { flow, expected, actual, check: String::new() }
    }

    use Verdict::{Allowed, Blocked};

    #[test]
    fn an_arrow_is_for_what_gets_through_or_must() {
        let standing = |expected, now, before| {
            let cells = |actual| vec![cell("shop/web", "shop/db", expected, actual)];
            let picture = picture_of("", &cells(now), Some(&cells(before)), PictureLinks::NONE);
            picture.flows.first().map(|flow| (flow.standing, flow.changed, flow.unsure))
        };
        let (yes, no) = (Some(Allowed), Some(Blocked));
        assert_eq!(standing(Allowed, yes, yes), Some((Standing::Right, false, false)));
        assert_eq!(standing(Allowed, yes, no), Some((Standing::Right, true, false)));
        assert_eq!(standing(Allowed, no, yes), Some((Standing::Missing, true, false)));
        assert_eq!(standing(Allowed, None, None), Some((Standing::Missing, false, true)));
        assert_eq!(standing(Blocked, yes, yes), Some((Standing::Wrong, false, false)));
        assert_eq!(standing(Blocked, None, no), Some((Standing::Wrong, true, true)));
        assert_eq!(standing(Blocked, no, yes), Some((Standing::Gone, true, false)));
        assert_eq!(standing(Blocked, no, no), None);
    }

    #[test]
    fn endpoints_stand_by_namespace_dns_and_addresses_last_whatever_flows() {
        let all = |verdict| {
            vec![
                cell("203.0.113.7", "kube-dns", Blocked, verdict),
                cell("kube-dns", "shop/web", Blocked, verdict),
                cell("shop/web", "dev/{app=web}", Blocked, verdict),
                cell("dev/builder", "shop/api", Blocked, verdict),
            ]
        };
        let picture = |verdict| picture_of("", &all(verdict), None, PictureLinks::NONE);
        let groups = picture(Some(Allowed)).groups;
        assert_eq!(groups, picture(Some(Blocked)).groups);
        let named: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|group| (group.name(), group.nodes.iter().map(|node| node.label.as_str()).collect()))
            .collect();
        assert_eq!(
            named,
            [
                ("shop", vec!["api", "web"]),
                ("dev", vec!["builder", "{app=web}"]),
                ("kube-system", vec!["kube-dns"]),
                ("outside", vec!["203.0.113.7"]),
            ]
        );
        assert_eq!(groups[1].nodes[1].kind, NodeKind::Stranger);
        assert_eq!(groups[3].nodes[0].kind, NodeKind::Outside);
    }

    #[test]
    fn links_are_asked_for_every_flow_and_every_box() {
        let flow = |flow: &FlowText| Some(format!("?from={}", flow.from));
        let group = |name: &str| Some(format!("?open={name}"));
        let cells = [cell("shop/web", "shop/db", Allowed, Some(Allowed))];
        let picture = picture_of("", &cells, None, PictureLinks { flow: &flow, group: &group });
        assert_eq!(picture.flows[0].href.as_deref(), Some("?from=shop/web"));
        assert_eq!(picture.groups[0].href.as_deref(), Some("?open=shop"));
    }
}
