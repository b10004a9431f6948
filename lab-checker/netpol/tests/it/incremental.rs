//! After any sequence of changes the engine answers like a new one on the changed snapshot.

use netpol::{Change, Engine, FlowText, NetworkPolicy, Node, ObjectName, PortQuery, Query, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::{another_namespace, another_pod, cluster, cluster_policy, outside, policy};

fn changes() -> impl Strategy<Value = Vec<Change>> {
    vec(change(), 1..6)
}

fn change() -> impl Strategy<Value = Change> {
    let name = |kind: &'static str| (0..4usize).prop_map(move |at| format!("{kind}{at}"));
    let object = move |kind| ((0..3usize), name(kind)).prop_map(|(n, name)| ObjectName::new(format!("n{n}"), name));
    prop_oneof![
        4 => (name("np"), policy()).prop_map(|(name, policy)| Change::Policy(NetworkPolicy { name, ..policy })),
        2 => object("np").prop_map(Change::RemovePolicy),
        4 => (0..9usize).prop_flat_map(another_pod).prop_map(Change::Pod),
        2 => object("p").prop_map(Change::RemovePod),
        2 => (0..4usize).prop_flat_map(another_namespace).prop_map(Change::Namespace),
        1 => name("n").prop_map(Change::RemoveNamespace),
        1 => (name("cnp"), cluster_policy()).prop_map(|(name, policy)| {
            Change::ClusterPolicy(netpol::ClusterNetworkPolicy { name, ..policy })
        }),
        1 => name("cnp").prop_map(Change::RemoveClusterPolicy),
        1 => name("node").prop_map(|name| Change::Node(Node { name, ..Node::default() })),
        1 => name("node").prop_map(Change::RemoveNode),
    ]
}

fn answers(engine: &Engine) -> Vec<(FlowText, Verdict)> {
    let ports: Vec<PortQuery> = ["53/UDP", "80/TCP", "81/TCP", "web"].map(|text| text.parse().unwrap()).to_vec();
    let reachability = engine.reachability(&Query { ports, external: outside(), ..Query::default() });
    let counts = reachability.count();
    let rows: Vec<_> = reachability.rows().map(|row| (row.flow(), row.verdict)).collect();
    assert_eq!(counts.flows, rows.len() as u64);
    assert_eq!(counts.allowed, rows.iter().filter(|(_, verdict)| verdict.is_allowed()).count() as u64);
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_engine_is_a_new_engine(cluster in cluster(), changes in changes()) {
        let mut engine = Engine::new(cluster);
        answers(&engine);
        for change in changes {
            engine.apply(change.clone());
            let new = Engine::new(engine.snapshot().clone());
            prop_assert_eq!(answers(&engine), answers(&new), "after {:?}", change);
        }
    }
}
