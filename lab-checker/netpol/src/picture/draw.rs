//! The picture as SVG text.

use std::fmt::Write as _;

use super::escape::escape_html;
use super::fold::{Arrow, Fold, Folded, fold};
use super::labels::{Label, MARK, labels};
use super::layout::{HEADING, Layout, Rect, label, place, summary};
use super::model::{NodeKind, Picture, PictureForm, PictureGroup, PictureNode, Standing};
use super::route::{Way, ways};
use super::styles::{PALETTE, PICTURE_STYLES};
use super::{legend, port_words, words};
use crate::reachability::Reachability;

/// Draws a picture. Of one that has to be folded, the boxes of these namespaces are `open`.
#[must_use]
pub fn draw(picture: &Picture, form: PictureForm, open: &[String]) -> String {
    let folded = fold(picture, open);
    let layout = place(picture, &folded.shown);
    let ways = ways(&folded.arrows, &layout);
    let mut text = opened(picture, form, &folded, &layout);
    for group in 0..picture.groups.len() {
        draw_group(&mut text, picture, &folded, &layout, group);
    }
    let labels = labels(picture, &folded.arrows, &ways, &layout);
    for ((arrow, way), label) in folded.arrows.iter().zip(&ways).zip(&labels) {
        draw_arrow(&mut text, picture, arrow, way, label.as_ref());
    }
    legend::draw(&mut text, picture, &folded, &layout);
    text.push_str("</svg>\n");
    text
}

/// A reachability as a picture of its own.
#[must_use]
pub fn svg(reachability: &Reachability) -> String {
    draw(&Picture::of(reachability), PictureForm::Standalone, &[])
}

fn opened(picture: &Picture, form: PictureForm, folded: &Folded<'_>, layout: &Layout) -> String {
    let (width, height) = (layout.width, layout.foot + legend::height(picture, folded));
    let title = escape_html(&picture.title);
    let description = escape_html(&words::description(picture, folded));
    // With links in it, it is no single image.
    let linked = folded.arrows.iter().any(|arrow| arrow.href.is_some());
    let role = if linked || picture.groups.iter().any(|group| group.href.is_some()) { "group" } else { "img" };
    let styles = match form {
        PictureForm::Page => String::new(),
        PictureForm::Standalone => {
            format!("<style>{PALETTE}{PICTURE_STYLES}</style><rect class=\"page\" width=\"100%\" height=\"100%\"/>")
        }
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"{role}\" aria-label=\"{title}\"><title>{title}</title>\
         <desc>{description}</desc>{styles}"
    )
}

fn draw_group(text: &mut String, picture: &Picture, folded: &Folded<'_>, layout: &Layout, at: usize) {
    let group = &picture.groups[at];
    let rect = layout.groups[at].rect;
    let class = if group.namespace.is_some() { "group" } else { "group outside" };
    let name = escape_html(group.name());
    let _ = write!(text, "<g class=\"{class}\" data-group=\"{name}\">{}", rectangle(rect, 12.0, ""));
    let is_foldable = folded.fold != Fold::Nothing && group.nodes.len() > 1;
    draw_heading(text, group, is_foldable.then_some(folded.open[at]), rect);
    if folded.shown[at] {
        for (node, placed) in group.nodes.iter().zip(&layout.nodes[at]) {
            let ports = (!node.ports.is_empty()).then(|| port_words::label(&node.ports, " · "));
            draw_node(text, node, ports.as_deref(), placed.rect);
        }
    } else if let Some(placed) = layout.nodes[at].first() {
        let kind = if group.namespace.is_some() { NodeKind::Pod } else { NodeKind::Outside };
        let (id, label) = (format!("{}/*", group.name()), summary(group));
        let all = PictureNode { id, label, count: 1, kind, ports: Vec::new() };
        let below = folded.reach.get(at).map(|(to, from)| format!("to {to} · from {from}"));
        draw_node(text, &all, below.as_deref(), placed.rect);
    }
    text.push_str("</g>");
}

/// The name of a box; one that can be folded and is `open` or not is a link, where it has somewhere to lead.
fn draw_heading(text: &mut String, group: &PictureGroup, open: Option<bool>, rect: Rect) {
    let sign = match open {
        None => "",
        Some(true) => "− ",
        Some(false) => "+ ",
    };
    let heading = format!(
        "<text class=\"heading\" x=\"{:.1}\" y=\"{:.1}\">{sign}{}</text>",
        rect.x + 10.0,
        rect.y + HEADING - 9.0,
        escape_html(&shortened(group.name(), rect.width - 30.0))
    );
    let (Some(open), Some(href)) = (open, group.href.as_deref()) else {
        text.push_str(&heading);
        return;
    };
    let (name, href) = (escape_html(group.name()), escape_html(href));
    let whole = rectangle(Rect { height: HEADING, ..rect }, 12.0, " class=\"hit\"");
    let _ = write!(text, "<a href=\"{href}\" data-open=\"{name}\" aria-expanded=\"{open}\">{whole}{heading}</a>");
}

fn draw_node(text: &mut String, node: &PictureNode, below: Option<&str>, rect: Rect) {
    open_node(text, node);
    if node.count > 1 {
        let behind = Rect { x: rect.x + 3.0, y: rect.y + 3.0, ..rect };
        text.push_str(&rectangle(behind, 9.0, " class=\"stack\""));
    }
    let (x, middle) = rect.center();
    let y = if below.is_some() { middle - 2.0 } else { middle + 4.5 };
    let label = escape_html(&shortened(&label(node), rect.width - 8.0));
    let _ = write!(text, "{}<text x=\"{x:.1}\" y=\"{y:.1}\">{label}</text>", rectangle(rect, 9.0, ""));
    if let Some(below) = below {
        let _ = write!(text, "<text class=\"below\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", y + 14.0, escape_html(below));
    }
    text.push_str("</g>");
}

fn open_node(text: &mut String, node: &PictureNode) {
    let class = match node.kind {
        NodeKind::Pod => "node",
        NodeKind::Intruder => "node intruder",
        NodeKind::Stranger => "node stranger",
        NodeKind::Outside => "node outside",
    };
    let id = escape_html(&node.id);
    let count = if node.count > 1 { format!(" ({} pods)", node.count) } else { String::new() };
    let _ = write!(text, "<g class=\"{class}\" data-node=\"{id}\"><title>{id}{count}</title>");
}

fn draw_arrow(text: &mut String, picture: &Picture, arrow: &Arrow<'_>, way: &Way, label: Option<&Label>) {
    let tag = if arrow.href.is_some() { "a" } else { "g" };
    let _ = write!(text, "<{tag} class=\"arrow {}", arrow.standing.class());
    for (class, is_so) in [(" changed", arrow.changed), (" unsure", arrow.unsure)] {
        text.push_str(if is_so { class } else { "" });
    }
    text.push('"');
    if let Some(href) = arrow.href {
        let _ = write!(text, " href=\"{}\"", escape_html(href));
    }
    if let Some(group) = arrow.closed_group() {
        let _ = write!(text, " data-open=\"{}\"", escape_html(picture.groups[group].name()));
    }
    let [from, to] = [arrow.from, arrow.to].map(|end| escape_html(&words::pattern(picture, end)));
    let ports = escape_html(&arrow.ports.join(" "));
    let title = escape_html(&words::sentence(picture, arrow));
    let line = path(way);
    let _ = write!(text, " data-from=\"{from}\" data-to=\"{to}\" data-port=\"{ports}\"><title>{title}</title>");
    let _ = write!(text, "<path class=\"hit\" d=\"{line}\"/>");
    if arrow.changed && arrow.standing != Standing::Gone {
        let _ = write!(text, "<path class=\"halo\" d=\"{line}\"/>");
    }
    let [tip, above, below] = way.tip;
    let _ = write!(
        text,
        "<path class=\"line\" d=\"{line}\"/><path class=\"tip\" d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z\"/>",
        tip.0, tip.1, above.0, above.1, below.0, below.1
    );
    if let Some(label) = label {
        draw_label(text, arrow, label);
    }
    let _ = write!(text, "</{tag}>");
}

/// The line, which ends inside the tip.
fn path(way: &Way) -> String {
    let [from, bend, other, to] = way.curve.0;
    let end = (to.0 + way.tip[1].0) / 2.0;
    format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {end:.1} {:.1}",
        from.0, from.1, bend.0, bend.1, other.0, other.1, to.1
    )
}

fn draw_label(text: &mut String, arrow: &Arrow<'_>, label: &Label) {
    let rect = label.rect;
    let middle = rect.center().1;
    let mut left = rect.x;
    if label.ports.is_some() {
        text.push_str(&rectangle(rect, 4.0, " class=\"back\""));
    }
    if let Some(mark) = arrow.standing.mark() {
        legend::draw_mark(text, mark, (left + MARK / 2.0, middle));
        left += MARK;
    }
    if let Some(ports) = &label.ports {
        let x = (left + rect.x + rect.width) / 2.0;
        let _ =
            write!(text, "<text class=\"port\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", middle + 4.0, escape_html(ports));
    }
}

fn rectangle(rect: Rect, round: f64, class: &str) -> String {
    let Rect { x, y, width, height } = rect;
    format!("<rect{class} x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{round:.0}\"/>")
}

/// A text that fits into a width.
fn shortened(text: &str, width: f64) -> String {
    let most = (width / 7.6) as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
