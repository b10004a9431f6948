//! Reachability as rows and CSV, and the summary of a difference.

use netpol::{Engine, NetworkPolicy, Pod, Protocol, Query, Selector, Snapshot, csv, diff, exposure};

use crate::shop::{pod, shop};

/// The rows of a query: from, to, port, and whether it gets through.
fn rows(snapshot: Snapshot, query: &Query) -> Vec<(String, String, u16, bool)> {
    let reachability = Engine::new(snapshot).reachability(query);
    let row =
        |row: netpol::FlowVerdict<'_>| (row.from.to_owned(), row.to.to_owned(), row.port, row.verdict.is_allowed());
    reachability.rows().map(row).collect()
}

/// What gets from one pod to another, port by port.
fn between(rows: &[(String, String, u16, bool)], from: &str, to: &str) -> Vec<(u16, bool)> {
    rows.iter().filter(|row| (row.0.as_str(), row.1.as_str()) == (from, to)).map(|row| (row.2, row.3)).collect()
}

#[test]
fn there_is_a_row_for_every_pair_and_port() {
    let rows = rows(shop(), &Query::default());
    let mut sources: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    sources.dedup();
    assert_eq!(sources, ["dev/webb", "shop/api", "shop/db", "shop/web"]);
    assert_eq!(between(&rows, "shop/web", "shop/api"), [(8080, true)], "web may reach the api");
    assert!(between(&rows, "shop/web", "shop/db").iter().all(|(_, allowed)| !allowed), "web may not reach the db");
    assert_eq!(between(&rows, "shop/api", "shop/api"), [], "a pod to itself is not asked");
}

#[test]
fn where_no_port_is_declared_nothing_is_asked() {
    let mut snapshot = shop();
    snapshot.pods[1].ports.clear();
    let rows = rows(snapshot, &Query::default());
    assert_eq!(between(&rows, "shop/web", "shop/api"), []);
    assert_eq!(between(&rows, "shop/web", "shop/db").len(), 1);
}

#[test]
fn ports_that_differ_are_rows_of_their_own() {
    let query = Query { ports: vec!["80".parse().unwrap(), "8080".parse().unwrap()], ..Query::default() };
    assert_eq!(between(&rows(shop(), &query), "shop/web", "shop/api"), [(80, false), (8080, true)]);
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
fn hundreds_of_pods_that_are_equally_open_are_told_together() {
    let mut snapshot = shop();
    for at in 0..=250u8 {
        snapshot.pods.push(pod("dev", &format!("p{at}"), &format!("10.244.2.{at}"), 80, "http"));
    }
    let told: Vec<String> = exposure(&Engine::new(snapshot)).iter().map(|exposure| exposure.pods.to_string()).collect();
    assert_eq!(told, ["dev/p0 and 251 more", "shop/api and 1 more", "shop/web"]);
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
