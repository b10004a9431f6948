//! Which flows a query asks about.

use std::collections::BTreeSet;
use std::net::IpAddr;

use netpol::{Engine, PortQuery, Protocol, Query, Snapshot};

use crate::shop::shop;

fn asked(snapshot: Snapshot, query: &Query) -> Vec<String> {
    let reachability = Engine::new(snapshot).reachability(query);
    let rows: Vec<String> = reachability.rows().map(|row| row.flow().to_string()).collect();
    let ports: BTreeSet<(Protocol, u16)> = reachability.rows().map(|row| (row.protocol, row.port)).collect();
    let counts = reachability.count();
    assert_eq!((counts.flows, counts.ports), (rows.len() as u64, ports.len() as u64));
    rows
}

fn from(pattern: &str) -> Query {
    Query { from: vec![pattern.parse().unwrap()], ..Query::default() }
}

fn at(mut query: Query, ports: &[&str]) -> Query {
    query.ports = ports.iter().map(|port| port.parse::<PortQuery>().unwrap()).collect();
    query
}

/// An address outside, as source and destination.
fn with_outside(mut query: Query, address: &str) -> Query {
    query.external = vec![address.parse::<IpAddr>().unwrap()];
    query
}

#[test]
fn without_ports_those_that_each_destination_declares() {
    assert_eq!(
        asked(shop(), &from("shop/web")),
        ["shop/web → dev/webb:80/TCP", "shop/web → shop/api:8080/TCP", "shop/web → shop/db:5432/TCP"]
    );
}

#[test]
fn an_outside_address_is_asked_for_all_ports_that_any_pod_declares() {
    let to_address = |query: &Query| -> Vec<String> {
        asked(shop(), query).into_iter().filter(|flow| flow.contains("→ 203.0.113.5")).collect()
    };
    let query = Query { to: vec!["203.0.113.5".parse().unwrap()], ..from("shop/web") };
    assert_eq!(
        to_address(&query),
        ["shop/web → 203.0.113.5:80/TCP", "shop/web → 203.0.113.5:5432/TCP", "shop/web → 203.0.113.5:8080/TCP"]
    );
    assert_eq!(to_address(&with_outside(from("shop/web"), "203.0.113.5")), to_address(&query));
    let query = Query { to: vec!["203.0.113.5".parse().unwrap()], ..at(from("shop/web"), &["443"]) };
    assert_eq!(to_address(&query), ["shop/web → 203.0.113.5:443/TCP"]);
}

#[test]
fn a_named_port_is_asked_where_it_is_declared() {
    assert_eq!(
        asked(shop(), &at(from("shop/web"), &["http"])),
        ["shop/web → dev/webb:80/TCP", "shop/web → shop/api:8080/TCP"]
    );
    assert_eq!(asked(shop(), &at(from("shop/web"), &["http/UDP"])), [] as [&str; 0]);
    assert_eq!(
        asked(shop(), &at(from("shop/web"), &["sql/TCP", "9/UDP"])),
        [
            "shop/web → dev/webb:9/UDP",
            "shop/web → shop/api:9/UDP",
            "shop/web → shop/db:5432/TCP",
            "shop/web → shop/db:9/UDP"
        ]
    );
}

#[test]
fn the_address_of_a_pod_means_the_pod() {
    assert_eq!(asked(shop(), &from("10.244.0.1")), asked(shop(), &from("shop/web")));
    let everything = asked(shop(), &Query::default());
    assert_eq!(asked(shop(), &with_outside(Query::default(), "10.244.0.1")), everything, "it is there already");
    let mut snapshot = shop();
    snapshot.pods[0].host_network = true;
    snapshot.pods[1].host_network = true;
    snapshot.pods[1].addresses = snapshot.pods[0].addresses.clone();
    let flows = asked(snapshot, &from("10.244.0.1"));
    assert!(flows.iter().all(|flow| flow.starts_with("10.244.0.1 → ")), "host-network pods only borrow it: {flows:?}");
    assert_eq!(flows.len(), 4);
}
