//! What the tests of pictures draw, and what they look at in it.

use netpol::{Legend, NodeKind, Picture, PictureFlow, PictureForm, PictureGroup, PictureNode, Standing, draw};

use crate::xml::{Element, parse};

/// A pod: `shop/web`.
pub(crate) fn node(id: &str) -> PictureNode {
    let label = id.split_once('/').map_or(id, |(_, name)| name).into();
    PictureNode { id: id.into(), label, count: 1, ..PictureNode::default() }
}

/// A picture with boxes of these nodes (`shop/web`, `1.1.1.1`) and these flows (`shop/web shop/db 5432/TCP`).
pub(crate) fn picture(nodes: &[&str], flows: &[(&str, Standing)]) -> Picture {
    let mut groups: Vec<PictureGroup> = Vec::new();
    for id in nodes {
        let (namespace, label) = id.split_once('/').map_or((None, *id), |(namespace, name)| (Some(namespace), name));
        let kind = match (namespace, label.starts_with('{')) {
            (None, _) => NodeKind::Outside,
            (_, true) => NodeKind::Stranger,
            _ => NodeKind::Pod,
        };
        let node = PictureNode { kind, ..node(id) };
        match groups.iter_mut().find(|group| group.namespace.as_deref() == namespace) {
            Some(group) => group.nodes.push(node),
            None => groups.push(PictureGroup {
                namespace: namespace.map(str::to_owned),
                href: Some(format!("?open={}", namespace.unwrap_or("outside"))),
                nodes: vec![node],
            }),
        }
    }
    let flows = flows.iter().map(|(flow, standing)| {
        let [from, to, port] = flow.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (from, to, port): (&str, &str, &str) = (from, to, port);
        let href = Some(format!("?from={from}&to={to}&port={port}"));
        let (from, to, port) = (from.into(), to.into(), port.into());
        PictureFlow { from, to, port, standing: *standing, href, ..PictureFlow::default() }
    });
    Picture { title: "The shop".into(), legend: Legend::Judged, groups, flows: flows.collect(), notes: Vec::new() }
}

pub(crate) const SHOP: [&str; 6] = ["shop/web", "shop/api", "shop/db", "dev/laptop", "dev/{app=web}", "203.0.113.7"];

pub(crate) const ALL: [Standing; 5] =
    [Standing::Plain, Standing::Right, Standing::Wrong, Standing::Missing, Standing::Gone];

pub(crate) fn page(picture: &Picture) -> Element {
    parse(&draw(picture, PictureForm::Page, &[]))
}

pub(crate) fn arrows(drawn: &Element) -> Vec<Element> {
    drawn.all().into_iter().filter(|one| one.classes().any(|class| class == "arrow")).cloned().collect()
}

/// Where every node stands.
pub(crate) fn places(drawn: &Element) -> Vec<(String, String)> {
    let nodes = drawn.all().into_iter().filter(|one| one.attribute("data-node").is_some());
    nodes
        .map(|node| {
            let rect = node.all().into_iter().find(|one| one.name == "rect").unwrap();
            let place = ["x", "y", "width", "height"].map(|name| rect.attribute(name).unwrap());
            (node.attribute("data-node").unwrap().to_owned(), place.join(" "))
        })
        .collect()
}

/// So many namespaces with so many pods each, in which everybody reaches everybody at port 80.
pub(crate) fn everybody(namespaces: usize, pods: usize) -> Picture {
    let names: Vec<String> =
        (0..namespaces).flat_map(|namespace| (0..pods).map(move |pod| format!("n{namespace}/p{pod}"))).collect();
    let flows: Vec<String> = names
        .iter()
        .flat_map(|from| names.iter().filter(move |to| *to != from).map(move |to| format!("{from} {to} 80/TCP")))
        .collect();
    let flows: Vec<(&str, Standing)> = flows.iter().map(|flow| (flow.as_str(), Standing::Wrong)).collect();
    picture(&names.iter().map(String::as_str).collect::<Vec<_>>(), &flows)
}

pub(crate) fn ends(drawn: &Element) -> Vec<String> {
    let end =
        |arrow: &Element| format!("{} {}", arrow.attribute("data-from").unwrap(), arrow.attribute("data-to").unwrap());
    arrows(drawn).iter().map(end).collect()
}

/// The labels that stand on arrows.
pub(crate) fn labels(drawn: &Element) -> Vec<String> {
    let of_arrows = arrows(drawn);
    of_arrows
        .iter()
        .flat_map(Element::all)
        .filter(|one| one.attribute("class") == Some("port"))
        .map(Element::text)
        .collect()
}
