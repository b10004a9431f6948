//! A picture as a Graphviz graph: a cluster for every namespace, an arrow for what gets through.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::label;
use super::model::{Picture, PictureFlow, PictureGroup};
use super::port_words;
use crate::reachability::Reachability;

/// The allowed flows in the language of Graphviz. Pods of a namespace with the same labels are one node, and where
/// those are too many to list, all pods of a namespace are. What the standard leaves undefined is dotted and has a
/// question mark, and so has what depends on an address that nobody has told.
#[must_use]
pub fn dot(reachability: &Reachability) -> String {
    let picture = Picture::of(reachability);
    let mut text = String::from("digraph reachability {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    if !picture.notes.is_empty() {
        let _ = writeln!(text, "  label={};", quoted(&picture.notes.join(" · ")));
    }
    for (at, group) in picture.groups.iter().enumerate() {
        draw_group(&mut text, at, group);
    }
    let mut arrows: BTreeMap<(&str, &str, bool), Vec<&PictureFlow>> = BTreeMap::new();
    for flow in &picture.flows {
        arrows.entry((&flow.from, &flow.to, flow.unsure)).or_default().push(flow);
    }
    for ((from, to, unsure), flows) in arrows {
        let ports: Vec<&str> = flows.iter().map(|flow| port_words::short(&flow.port)).collect();
        let mark = if unsure { ("?", ", style=dotted") } else { ("", "") };
        let label = quoted(&(ports.join(", ") + mark.0));
        let _ = writeln!(text, "  {} -> {} [label={label}{}];", quoted(from), quoted(to), mark.1);
    }
    text.push_str("}\n");
    text
}

fn draw_group(text: &mut String, at: usize, group: &PictureGroup) {
    let Some(namespace) = &group.namespace else {
        for node in &group.nodes {
            let _ = writeln!(text, "  {} [shape=ellipse, style=dashed];", quoted(&node.id));
        }
        return;
    };
    let _ = writeln!(text, "  subgraph cluster_{at} {{\n    label={};", quoted(namespace));
    for node in &group.nodes {
        let _ = writeln!(text, "    {} [label={}];", quoted(&node.id), quoted(&label(node)));
    }
    text.push_str("  }\n");
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
