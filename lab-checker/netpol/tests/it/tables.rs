//! Reachability as table and CSV, and the summary of a difference.

use netpol::{
    Cell, Engine, NetworkPolicy, Pod, Protocol, Query, Selector, Snapshot, collapsed_matrix, csv, diff, matrix,
};

use crate::shop::{pod, shop};

#[test]
fn a_table_has_a_cell_for_every_pair() {
    let table = matrix(&Engine::new(shop()).reachability(&Query::default()));
    let names: Vec<String> = table.sources.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["dev/webb", "shop/api", "shop/db", "shop/web"]);
    assert_eq!(table.cells[3][1], Cell::Allowed, "web may reach the api");
    assert_eq!(table.cells[3][2], Cell::Blocked, "web may not reach the db");
    assert_eq!(table.cells[1][1], Cell::Unasked, "a pod to itself is not asked");
}

#[test]
fn where_no_port_is_declared_nothing_is_asked() {
    let mut snapshot = shop();
    snapshot.pods[1].ports.clear();
    let table = matrix(&Engine::new(snapshot).reachability(&Query::default()));
    assert_eq!((&table.cells[3][1], &table.cells[3][2]), (&Cell::Unasked, &Cell::Blocked));
}

#[test]
fn ports_that_differ_are_named_in_the_cell() {
    let query = Query { ports: vec!["80".parse().unwrap(), "8080".parse().unwrap()], ..Query::default() };
    let table = matrix(&Engine::new(shop()).reachability(&query));
    assert_eq!(table.cells[3][1], Cell::Partly(vec!["8080/TCP".into()]));
}

#[test]
fn csv_has_a_header_and_a_line_for_every_flow() {
    let engine = Engine::new(shop());
    let lines: Vec<String> = csv(&engine.reachability(&Query::default())).collect();
    assert_eq!(lines[0], "from,to,port,protocol,verdict");
    assert_eq!(lines.len(), 1 + 12);
    assert!(lines.contains(&"shop/web,shop/api,8080,TCP,allowed".to_owned()));
    assert!(lines.contains(&"dev/webb,shop/api,8080,TCP,blocked".to_owned()));
}

#[test]
fn csv_marks_what_the_standard_leaves_undefined() {
    let mut snapshot = shop();
    snapshot.pods[3].host_network = true;
    let lines: Vec<String> = csv(&Engine::new(snapshot).reachability(&Query::default())).collect();
    for line in &lines[1..] {
        let (flow, verdict) = line.rsplit_once(',').unwrap();
        assert_eq!(verdict.ends_with('?'), flow.contains("dev/webb"), "{line}");
        assert!(["allowed", "blocked"].contains(&verdict.trim_end_matches('?')), "{line}");
    }
}

#[test]
fn hundreds_of_pods_are_drawn_as_groups_that_behave_alike() {
    let mut snapshot = shop();
    for at in 0..=250u8 {
        snapshot.pods.push(pod("dev", &format!("p{at}"), &format!("10.244.2.{at}"), 80, "http"));
    }
    let table = collapsed_matrix(&Engine::new(snapshot).reachability(&Query::default()));
    let names: Vec<String> = table.sources.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["dev/p0 and 251 more", "shop/api", "shop/db", "shop/web"]);
    assert_eq!(table.cells[0][0], Cell::Allowed, "two members of the group reach each other");
}

#[test]
fn a_difference_is_told_by_destination() {
    let (before, mut after) = (shop(), shop());
    after.policies.remove(1);
    let difference = diff(&Engine::new(before), &Engine::new(after), &Query::default());
    assert_eq!(
        difference.summary(),
        ["The second opens 1 flow.", "It opens shop/db:5432/TCP to dev/webb."],
        "web's own egress still stops it"
    );
    let same = diff(&Engine::new(shop()), &Engine::new(shop()), &Query::default());
    assert!(same.is_empty());
    assert_eq!(same.summary(), ["Both allow exactly the same flows."]);
}

/// What closing the doors of so many pods to so many others is told as.
fn closing(destinations: usize, sources: usize) -> Vec<String> {
    let pods = |namespace: &str, net: u8, count: usize| -> Vec<Pod> {
        let one = |at: usize| pod(namespace, &format!("p{at}"), &format!("10.244.{net}.{at}"), 80, "http");
        (0..count).map(one).collect()
    };
    let before =
        Snapshot { pods: [pods("to", 1, destinations), pods("from", 2, sources)].concat(), ..Snapshot::default() };
    let deny = NetworkPolicy {
        namespace: "to".into(),
        name: "deny".into(),
        pod_selector: Selector::everything(),
        ingress: Some(vec![]),
        egress: None,
    };
    let after = Snapshot { policies: vec![deny], ..before.clone() };
    let query = Query { from: vec!["from/*".parse().unwrap()], ..Query::port(80, Protocol::Tcp) };
    diff(&Engine::new(before), &Engine::new(after), &query).summary()
}

#[test]
fn a_long_difference_is_cut_short() {
    assert_eq!(
        closing(1, 8)[1],
        "It closes to/p0:80/TCP to from/p0, from/p1, from/p2, from/p3, from/p4, from/p5, from/p6 and from/p7."
    );
    assert_eq!(closing(1, 9)[1], "It closes to/p0:80/TCP to from/p0, from/p1, from/p2 and 6 others.");
    assert_eq!(closing(8, 1).len(), 1 + 8);
    assert_eq!(closing(8, 1)[8], "It closes to/p7:80/TCP to from/p0.");
    assert_eq!(closing(9, 1)[9], "It also closes 1 more destination.");
    assert_eq!(closing(11, 1).last().unwrap(), "It also closes 3 more destinations.");
}
