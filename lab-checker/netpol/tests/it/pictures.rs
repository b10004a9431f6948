//! Pictures: what is drawn of plain data, and that nothing in it breaks a page.

use netpol::{PICTURE_STYLES, Picture, PictureFlow, PictureForm, PictureGroup, Standing, draw};

use crate::drawn::{ALL, SHOP, arrows, ends, everybody, labels, node, page, picture, places};
use crate::xml::{Element, parse};

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
    for picture in
        [Picture::default(), picture(&SHOP, &[]), everybody(2, 3), everybody(1, 9), everybody(6, 5), everybody(30, 4)]
    {
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
