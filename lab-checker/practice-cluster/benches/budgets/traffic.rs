//! Writes, lists and watches over real connections.

use std::time::Instant;

use futures::future::join_all;
use serde_json::json;

use crate::connection::Connection;
use crate::figure::{Budget, Figure};
use crate::server::Server;

const CONNECTIONS: usize = 8;
const CREATES: usize = 8_000;
const LISTS: usize = 16_000;
/// How many policies a list shows.
const LISTED: usize = 10;
const WATCHERS: usize = 500;
const EVENTS: usize = 20;

/// What kube-apiserver with etcd did, a second.
const PEER_CREATES: f64 = 608.0;
const PEER_LISTS: f64 = 1_089.0;

/// The figures of one server.
pub(crate) async fn figures(server: &Server) -> Vec<Figure> {
    let creates = rate(server, CREATES, |number| ("POST", "default", policy(number))).await;
    rate(server, LISTED, |number| ("POST", "kube-public", policy(number))).await;
    let lists = rate(server, LISTS, |_| ("GET", "kube-public", String::new())).await;
    let (median, last) = watchers(server).await;
    vec![
        Figure::new("NetworkPolicies created", creates, "/s", Budget::Least(5.0 * PEER_CREATES)),
        Figure::new(format!("lists of {LISTED} NetworkPolicies"), lists, "/s", Budget::Least(5.0 * PEER_LISTS)),
        Figure::new(format!("{WATCHERS} watchers: an event reaches half of them after"), median, "ms", Budget::None),
        Figure::new("and the last one after", last, "ms", Budget::None),
    ]
}

fn policy(number: usize) -> String {
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": format!("p{number}")},
        "spec": {
            "podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": 8080}]}],
        },
    });
    policy.to_string()
}

/// How many requests a second all connections together get answered.
async fn rate(
    server: &Server,
    requests: usize,
    request: impl Fn(usize) -> (&'static str, &'static str, String),
) -> f64 {
    let connections = join_all((0..CONNECTIONS).map(|_| Connection::open(&server.address))).await;
    let start = Instant::now();
    join_all(connections.into_iter().enumerate().map(async |(at, mut connection)| {
        for number in (at..requests).step_by(CONNECTIONS) {
            let (method, namespace, body) = request(number);
            let path = format!("{}/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies", server.cluster);
            connection.ask(method, &path, &body).await;
        }
    }))
    .await;
    requests as f64 / start.elapsed().as_secs_f64()
}

/// Milliseconds from a write until half of the watchers know, and until the last does: the median of some events.
async fn watchers(server: &Server) -> (f64, f64) {
    let maps = format!("{}/api/v1/namespaces/kube-public/configmaps", server.cluster);
    let mut writer = Connection::open(&server.address).await;
    let list = writer.ask("GET", &maps, "").await;
    let list: serde_json::Value = serde_json::from_slice(&list).expect("JSON");
    let since = list["metadata"]["resourceVersion"].as_str().expect("a revision");
    let mut watchers = join_all((0..WATCHERS).map(async |_| {
        let mut watcher = Connection::open(&server.address).await;
        watcher.begin(&format!("{maps}?watch=true&resourceVersion={since}")).await;
        watcher
    }))
    .await;
    let (mut halves, mut lasts) = (Vec::new(), Vec::new());
    for event in 0..EVENTS {
        let name = format!("\"name\":\"event-{event:02}\"");
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("event-{event:02}")}});
        let map = map.to_string();
        let start = Instant::now();
        let wait = join_all(watchers.iter_mut().map(async |watcher| {
            watcher.wait_for(name.as_bytes()).await;
            start.elapsed().as_secs_f64() * 1e3
        }));
        let (_, mut waits) = tokio::join!(writer.ask("POST", &maps, &map), wait);
        waits.sort_by(f64::total_cmp);
        halves.push(waits[WATCHERS / 2]);
        lasts.push(waits[WATCHERS - 1]);
    }
    (median(halves), median(lasts))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
