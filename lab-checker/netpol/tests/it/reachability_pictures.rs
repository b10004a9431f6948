//! Pictures of a reachability, and its graph.

use netpol::{Engine, Query, dot, svg};

use crate::drawn::{arrows, ends};
use crate::shop::{pod, shop};
use crate::xml::parse;

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
