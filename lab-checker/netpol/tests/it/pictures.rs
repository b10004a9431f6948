//! Pictures: what is drawn of plain data and of a reachability, and that nothing in it breaks a page.

use netpol::{
    Engine, Legend, NodeKind, PICTURE_STYLES, Picture, PictureFlow, PictureForm, PictureGroup, PictureNode, Query,
    Standing, dot, draw, svg,
};

use crate::shop::{pod, shop};
use crate::xml::{Element, parse};

/// A pod: `shop/web`.
fn node(id: &str) -> PictureNode {
    let label = id.split_once('/').map_or(id, |(_, name)| name).into();
    PictureNode { id: id.into(), label, count: 1, ..PictureNode::default() }
}

/// A picture with boxes of these nodes (`shop/web`, `1.1.1.1`) and these flows (`shop/web shop/db 5432/TCP`).
fn picture(nodes: &[&str], flows: &[(&str, Standing)]) -> Picture {
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

const SHOP: [&str; 6] = ["shop/web", "shop/api", "shop/db", "dev/laptop", "dev/{app=web}", "203.0.113.7"];

const ALL: [Standing; 5] = [Standing::Plain, Standing::Right, Standing::Wrong, Standing::Missing, Standing::Gone];

fn page(picture: &Picture) -> Element {
    parse(&draw(picture, PictureForm::Page, &[]))
}

fn arrows(drawn: &Element) -> Vec<Element> {
    drawn.all().into_iter().filter(|one| one.classes().any(|class| class == "arrow")).cloned().collect()
}

/// Where every node stands.
fn places(drawn: &Element) -> Vec<(String, String)> {
    let nodes = drawn.all().into_iter().filter(|one| one.attribute("data-node").is_some());
    nodes
        .map(|node| {
            let rect = node.all().into_iter().find(|one| one.name == "rect").unwrap();
            let place = ["x", "y", "width", "height"].map(|name| rect.attribute(name).unwrap());
            (node.attribute("data-node").unwrap().to_owned(), place.join(" "))
        })
        .collect()
}

#[test]
fn an_arrow_says_whom_it_is_about_what_is_to_be_said_of_it_and_where_it_leads() {
    let mut picture = picture(&SHOP, &[("dev/laptop shop/db 5432/TCP", Standing::Wrong)]);
    picture.flows[0].changed = true;
    let arrow = &arrows(&page(&picture))[0];
    assert_eq!(arrow.name, "a");
    assert_eq!(arrow.attribute("class"), Some("arrow wrong changed"));
    assert_eq!(arrow.attribute("href"), Some("?from=dev/laptop&to=shop/db&port=5432/TCP"));
    assert_eq!(arrow.attribute("data-from"), Some("dev/laptop"));
    assert_eq!(arrow.attribute("data-to"), Some("shop/db"));
    assert_eq!(arrow.attribute("data-port"), Some("5432/TCP"));
    picture.flows[0].href = None;
    assert_eq!(arrows(&page(&picture))[0].name, "g", "without an address it is no link");
}

#[test]
fn flows_of_two_nodes_are_one_arrow_as_long_as_the_same_is_said_of_them() {
    let flows = |standing| [("shop/web shop/api 9090/TCP", Standing::Right), ("shop/web shop/api 53/UDP", standing)];
    let one = arrows(&page(&picture(&SHOP, &flows(Standing::Right))));
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].attribute("data-port"), Some("53/UDP 9090/TCP"));
    assert!(one[0].text().contains("53/UDP, 9090"), "{}", one[0].text());
    assert_eq!(arrows(&page(&picture(&SHOP, &flows(Standing::Wrong)))).len(), 2);
}

#[test]
fn every_standing_is_told_in_words_and_has_a_look_of_its_own() {
    let words = |standing: Standing, changed: bool, unsure: bool| {
        let mut picture = picture(&SHOP, &[("dev/laptop shop/db 5432/TCP", standing)]);
        (picture.flows[0].changed, picture.flows[0].unsure) = (changed, unsure);
        let drawn = page(&picture);
        let title = arrows(&drawn)[0].child("title").unwrap().text();
        let description = drawn.child("desc").unwrap().text();
        assert!(description.contains(&title), "{description}");
        title.strip_prefix("dev/laptop ").unwrap().replace(" shop/db on 5432", " …")
    };
    assert_eq!(words(Standing::Plain, false, false), "reaches …");
    assert_eq!(words(Standing::Plain, false, true), "may reach …");
    assert_eq!(words(Standing::Right, false, false), "reaches …, as it should be");
    assert_eq!(words(Standing::Right, true, false), "now reaches …, as it should be");
    assert_eq!(words(Standing::Wrong, false, false), "reaches …, and must not");
    assert_eq!(words(Standing::Wrong, true, false), "now reaches …, and must not");
    assert_eq!(words(Standing::Missing, false, false), "does not reach …, and must");
    assert_eq!(words(Standing::Missing, true, false), "no longer reaches …, and must");
    assert_eq!(words(Standing::Gone, true, false), "no longer reaches …, as it should be");
    for standing in ALL {
        let class = format!("{standing:?}").to_lowercase();
        let arrow = &arrows(&page(&picture(&SHOP, &[("dev/laptop shop/db 5432/TCP", standing)])))[0];
        assert_eq!(arrow.attribute("class"), Some(format!("arrow {class}").as_str()));
    }
}

#[test]
fn wrong_and_missing_arrows_are_known_without_their_colour() {
    let marks = ALL.map(|standing| {
        let drawn = page(&picture(&SHOP, &[("dev/laptop shop/db 5432/TCP", standing)]));
        let arrow = arrows(&drawn)[0].clone();
        arrow.all().into_iter().find(|one| one.attribute("class") == Some("mark")).map(Element::text)
    });
    assert_eq!(marks, [None, None, Some("!".into()), Some("×".into()), None]);
    for class in ["wrong", "missing", "gone", "unsure"] {
        let rule = PICTURE_STYLES.lines().find(|line| line.starts_with(&format!(".picture .{class} .line"))).unwrap();
        assert!(rule.contains("stroke-dasharray"), "{rule}");
    }
}

#[test]
fn a_page_gets_classes_alone_and_a_document_of_its_own_one_style() {
    let picture = picture(&SHOP, &[("dev/laptop shop/db 5432/TCP", Standing::Wrong)]);
    let drawn = page(&picture);
    for element in drawn.all() {
        assert!(element.attribute("style").is_none() && element.name != "style", "{element:?}");
        assert!(element.attribute("id").is_none(), "a page may hold the picture twice: {element:?}");
        assert!(!element.attributes.iter().any(|(name, _)| name.starts_with("on")), "{element:?}");
    }
    let alone = parse(&draw(&picture, PictureForm::Standalone, &[]));
    let styles: Vec<Element> = alone.all().into_iter().filter(|one| one.name == "style").cloned().collect();
    assert_eq!(styles.len(), 1);
    assert!(styles[0].text().contains(PICTURE_STYLES) && styles[0].text().contains("prefers-color-scheme:dark"));
    assert!(alone.all().into_iter().all(|element| element.attribute("style").is_none()));
}

#[test]
fn every_class_that_is_drawn_has_a_rule() {
    let flows = ALL.map(|standing| ("dev/laptop shop/db 5432/TCP", standing));
    let mut picture = picture(&SHOP, &flows);
    picture.groups[0].nodes[0].count = 3;
    picture.notes.push("a note".into());
    for flow in &mut picture.flows {
        (flow.changed, flow.unsure) = (true, true);
    }
    // What pages and scripts look for, and what looks like everything else.
    let silent = ["arrow", "plain", "page", "pod"];
    for element in page(&picture).all() {
        for class in element.classes().filter(|class| !silent.contains(class)) {
            assert!(PICTURE_STYLES.contains(&format!(".{class}")), "{class}");
        }
    }
}

#[test]
fn nothing_in_a_name_leaves_its_place() {
    let evil = "shop/<script>\"'&]]>";
    let mut picture = picture(&[evil, "shop/db"], &[]);
    let href = Some("javascript:\"'<x>&".to_owned());
    picture.title = "<b> & \"c\"".into();
    picture.groups[0].namespace = Some("<i a='b'>".into());
    picture.notes.push("</svg>".into());
    picture.flows.push(PictureFlow {
        from: evil.into(),
        to: "shop/db".into(),
        port: "\"><x/>".into(),
        href,
        ..PictureFlow::default()
    });
    for form in [PictureForm::Page, PictureForm::Standalone] {
        let drawn = parse(&draw(&picture, form, &[]));
        assert_eq!(drawn.attribute("aria-label"), Some("<b> & \"c\""));
        assert_eq!(arrows(&drawn)[0].attribute("data-from"), Some(evil));
        let known = ["svg", "title", "desc", "style", "rect", "g", "a", "path", "text", "circle"];
        assert!(drawn.all().into_iter().all(|one| known.contains(&one.name.as_str())));
    }
}

#[test]
fn pods_stand_in_the_box_of_their_namespace_and_what_is_not_there_is_known_by_its_class() {
    let drawn = page(&picture(&SHOP, &[]));
    let boxes = drawn.all().into_iter().filter(|one| one.attribute("data-group").is_some());
    let boxes: Vec<(String, Vec<String>)> = boxes
        .map(|group| {
            let nodes = group.all().into_iter().filter_map(|one| one.attribute("data-node")).map(str::to_owned);
            (group.attribute("data-group").unwrap().to_owned(), nodes.collect())
        })
        .collect();
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        boxes,
        [
            ("shop".to_owned(), owned(&["shop/web", "shop/api", "shop/db"])),
            ("dev".to_owned(), owned(&["dev/laptop", "dev/{app=web}"])),
            ("outside".to_owned(), owned(&["203.0.113.7"])),
        ]
    );
    let class = |id: &str| {
        let node = drawn.all().into_iter().find(|one| one.attribute("data-node") == Some(id)).unwrap();
        node.attribute("class").unwrap().to_owned()
    };
    assert_eq!(
        [class("shop/web"), class("dev/{app=web}"), class("203.0.113.7")],
        ["node", "node stranger", "node outside"]
    );
}

#[test]
fn what_flows_moves_nothing() {
    let empty = places(&page(&picture(&SHOP, &[])));
    assert_eq!(empty.len(), SHOP.len());
    for standing in ALL {
        let flows: Vec<String> =
            SHOP.iter().flat_map(|from| SHOP.iter().map(move |to| format!("{from} {to} 80/TCP"))).collect();
        for count in [1, 7, flows.len()] {
            let flows: Vec<(&str, Standing)> = flows[..count].iter().map(|flow| (flow.as_str(), standing)).collect();
            assert_eq!(places(&page(&picture(&SHOP, &flows))), empty);
        }
    }
}

/// So many namespaces with so many pods each, in which everybody reaches everybody at port 80.
fn everybody(namespaces: usize, pods: usize) -> Picture {
    let names: Vec<String> =
        (0..namespaces).flat_map(|namespace| (0..pods).map(move |pod| format!("n{namespace}/p{pod}"))).collect();
    let flows: Vec<String> = names
        .iter()
        .flat_map(|from| names.iter().filter(move |to| *to != from).map(move |to| format!("{from} {to} 80/TCP")))
        .collect();
    let flows: Vec<(&str, Standing)> = flows.iter().map(|flow| (flow.as_str(), Standing::Wrong)).collect();
    picture(&names.iter().map(String::as_str).collect::<Vec<_>>(), &flows)
}

fn ends(drawn: &Element) -> Vec<String> {
    let end =
        |arrow: &Element| format!("{} {}", arrow.attribute("data-from").unwrap(), arrow.attribute("data-to").unwrap());
    arrows(drawn).iter().map(end).collect()
}

#[test]
fn more_than_forty_arrows_are_folded_sources_first_and_every_flow_is_in_one_of_them() {
    let few = everybody(2, 3);
    assert_eq!(arrows(&page(&few)).len(), 30, "few enough to be drawn one by one");
    assert!(!draw(&few, PictureForm::Page, &[]).contains("Folded"));
    let more = page(&everybody(2, 4));
    assert_eq!(arrows(&more).len(), 16, "from two boxes to eight nodes");
    assert!(ends(&more).contains(&"n0/* n1/p3".to_owned()));
    assert!(more.child("desc").unwrap().text().contains("Folded"));
    let many = page(&everybody(5, 3));
    assert_eq!(arrows(&many).len(), 25, "from five boxes to five boxes");
    assert!(ends(&many).contains(&"n0/* n0/*".to_owned()), "pods of one box reach each other");
    assert!(many.child("desc").unwrap().text().contains("namespace n0 reaches namespace n1 on 80 (9 flows)"));
}

#[test]
fn an_open_box_is_not_folded_and_nothing_moves() {
    let picture = everybody(5, 3);
    let closed = page(&picture);
    let open = parse(&draw(&picture, PictureForm::Page, &["n1".to_owned()]));
    assert_eq!(places(&closed), places(&open));
    let ends = ends(&open);
    assert!(ends.contains(&"n1/p0 n1/p2".to_owned()) && ends.contains(&"n1/p0 n2/*".to_owned()), "{ends:?}");
    assert!(ends.contains(&"n0/* n2/*".to_owned()) && !ends.contains(&"n0/p0 n2/*".to_owned()), "{ends:?}");
    let links =
        open.all().into_iter().filter_map(|one| Some((one.attribute("data-open")?, one.attribute("aria-expanded")?)));
    let links: Vec<(&str, &str)> = links.collect();
    let closed = |name| (name, "false");
    assert_eq!(links, [closed("n0"), ("n1", "true"), closed("n2"), closed("n3"), closed("n4")]);
    let folded = arrows(&open).into_iter().find(|one| one.attribute("data-to") == Some("n2/*")).unwrap();
    assert_eq!((folded.attribute("href"), folded.attribute("data-open")), (Some("?open=n2"), Some("n2")));
}

#[test]
fn what_arrows_cannot_show_is_a_number_in_each_box() {
    let picture = everybody(20, 3);
    let closed = page(&picture);
    assert_eq!(arrows(&closed).len(), 0);
    assert!(closed.text().contains("to 19 · from 19"), "{}", closed.text());
    assert!(closed.text().contains("Too many flows for arrows"));
    let open = parse(&draw(&picture, PictureForm::Page, &["n3".to_owned()]));
    let ends = ends(&open);
    assert!(!ends.is_empty() && ends.iter().all(|ends| ends.contains("n3/")), "{ends:?}");
}

#[test]
fn a_box_with_one_pod_is_never_folded() {
    let mut picture = everybody(5, 3);
    picture.groups.push(PictureGroup { namespace: Some("dev".into()), href: None, nodes: vec![node("dev/one")] });
    picture.flows.push(PictureFlow {
        from: "n0/p1".into(),
        to: "dev/one".into(),
        port: "80/TCP".into(),
        ..PictureFlow::default()
    });
    assert!(ends(&page(&picture)).contains(&"n0/* dev/one".to_owned()));
}

#[test]
fn pods_of_one_namespace_fold_to_arrows_from_their_box() {
    let ends = ends(&page(&everybody(1, 9)));
    assert_eq!(ends.len(), 9);
    assert!(ends.iter().all(|ends| ends.starts_with("n0/* n0/p")), "{ends:?}");
}

/// The labels that stand on arrows.
fn labels(drawn: &Element) -> Vec<String> {
    let of_arrows = arrows(drawn);
    of_arrows
        .iter()
        .flat_map(Element::all)
        .filter(|one| one.attribute("class") == Some("port"))
        .map(Element::text)
        .collect()
}

#[test]
fn a_port_that_its_node_does_not_say_stands_on_the_arrow_however_many_there_are() {
    let mut picture = everybody(2, 3);
    for node in picture.groups.iter_mut().flat_map(|group| &mut group.nodes) {
        node.ports = vec!["80/TCP".into(), "9090/TCP".into()];
    }
    assert_eq!(labels(&page(&picture)).len(), 30, "each is at one of two ports");
    for node in picture.groups.iter_mut().flat_map(|group| &mut group.nodes) {
        node.ports.pop();
    }
    let drawn = page(&picture);
    assert_eq!(labels(&drawn).len(), 0, "its node says it");
    assert!(drawn.text().contains("80"));
    picture.flows.truncate(3);
    assert_eq!(labels(&page(&picture)), ["80", "80", "80"], "there is room");
}

#[test]
fn everything_stands_in_the_picture() {
    for picture in [picture(&SHOP, &[]), everybody(2, 3), everybody(1, 9), everybody(6, 5), everybody(30, 4)] {
        let drawn = page(&picture);
        let number = |one: &Element, name: &str| one.attribute(name).unwrap().parse::<f64>().unwrap();
        let (width, height) = (number(&drawn, "width"), number(&drawn, "height"));
        for rect in drawn.all().into_iter().filter(|one| one.name == "rect") {
            let (x, y) = (number(rect, "x"), number(rect, "y"));
            assert!(x >= 0.0 && y >= 0.0, "{rect:?}");
            assert!(x + number(rect, "width") <= width && y + number(rect, "height") <= height, "{rect:?}");
        }
        assert!(width <= 480.0, "{width}: it has to be read on a phone");
    }
}

#[test]
fn a_reachability_is_drawn_by_namespace() {
    let drawn = parse(&svg(&Engine::new(shop()).reachability(&Query::default())));
    assert_eq!(drawn.child("title").unwrap().text(), "What can reach what: 4 pods in 2 namespaces");
    assert_eq!(
        ends(&drawn),
        [
            "dev/webb shop/web",
            "shop/api dev/webb",
            "shop/api shop/db",
            "shop/api shop/web",
            "shop/db dev/webb",
            "shop/db shop/web",
            "shop/web shop/api",
        ]
    );
}

#[test]
fn graphviz_gets_a_box_for_every_namespace_and_an_arrow_for_what_is_allowed() {
    let mut snapshot = shop();
    snapshot.pods[3].host_network = true;
    let text = dot(&Engine::new(snapshot).reachability(&Query::default()));
    insta::assert_snapshot!(text, @r#"
    digraph reachability {
      rankdir=LR;
      node [shape=box, style=rounded];
      label="? host-network pods: the standard leaves it undefined";
      subgraph cluster_0 {
        label="dev";
        "dev/webb" [label="webb"];
      }
      subgraph cluster_1 {
        label="shop";
        "shop/api" [label="api"];
        "shop/db" [label="db"];
        "shop/web" [label="web"];
      }
      "dev/webb" -> "shop/web" [label="80?", style=dotted];
      "shop/api" -> "dev/webb" [label="80?", style=dotted];
      "shop/api" -> "shop/db" [label="5432"];
      "shop/api" -> "shop/web" [label="80"];
      "shop/db" -> "dev/webb" [label="80?", style=dotted];
      "shop/db" -> "shop/web" [label="80"];
      "shop/web" -> "shop/api" [label="8080"];
    }
    "#);
}

#[test]
fn pods_with_the_same_labels_are_one_node_with_their_number() {
    let mut snapshot = shop();
    let replica = |at: u8| {
        let mut pod = pod("shop", "cart", &format!("10.244.3.{at}"), 80, "http");
        pod.name = format!("cart-5d4f8-{at}");
        pod.labels.insert("pod-template-hash".into(), "5d4f8".into());
        pod
    };
    snapshot.pods.extend((1..=3).map(replica));
    let drawn = parse(&svg(&Engine::new(snapshot).reachability(&Query::default())));
    let node = drawn.all().into_iter().find(|one| one.attribute("data-node") == Some("shop/cart")).unwrap();
    assert!(node.text().contains("cart ×3"), "{}", node.text());
    assert!(ends(&drawn).contains(&"shop/cart shop/cart".to_owned()), "they reach each other");
}

#[test]
fn flows_that_the_standard_leaves_open_are_marked() {
    let mut snapshot = shop();
    snapshot.pods[3].host_network = true;
    let drawn = parse(&svg(&Engine::new(snapshot).reachability(&Query::default())));
    for arrow in arrows(&drawn) {
        let of_host = [arrow.attribute("data-from"), arrow.attribute("data-to")].contains(&Some("dev/webb"));
        assert_eq!(arrow.classes().any(|class| class == "unsure"), of_host);
        assert_eq!(arrow.text().contains('?'), of_host);
    }
    assert!(drawn.text().contains("the standard leaves it undefined"));
}

#[test]
fn thousands_of_pods_are_drawn_by_namespace() {
    let mut snapshot = shop();
    for namespace in 0..12u8 {
        for at in 0..250u8 {
            let mut one =
                pod(&format!("n{namespace}"), &format!("p{at}"), &format!("10.3.{namespace}.{at}"), 80, "http");
            one.labels.insert("number".into(), at.to_string());
            snapshot.pods.push(one);
        }
    }
    let text = svg(&Engine::new(snapshot).reachability(&Query::default()));
    assert!(text.len() < 200_000, "{}", text.len());
    let drawn = parse(&text);
    assert!(drawn.text().contains("250 pods") && drawn.text().contains("Too many pods to list"));
}
