//! The engine has two ways to a verdict (classes for many flows, step by step for one), and the naive
//! evaluator is a third: on random clusters they all agree.

use netpol::{
    Destination, Endpoint, Engine, Flow, FlowText, FlowVerdict, NetworkPolicy, PortQuery, PortRef, Protocol, Query,
    Snapshot,
};
use proptest::prelude::*;

use crate::naive::{self, End};
use crate::random::{cluster, outside, policy};

/// How many random clusters each property sees, unless `PROPTEST_CASES` says otherwise.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn ports() -> Vec<PortQuery> {
    ["1/TCP", "53/UDP", "80/TCP", "81/TCP", "443/SCTP", "8079-8081/TCP", "65535/UDP", "web", "dns/UDP"]
        .map(|text| text.parse().unwrap())
        .to_vec()
}

fn everything() -> Query {
    Query { ports: ports(), external: outside(), ..Query::default() }
}

fn end<'a>(cluster: &'a Snapshot, name: &str) -> End<'a> {
    match name.parse() {
        Ok(address) => End::Outside(address),
        Err(_) => End::Pod(cluster.pods.iter().find(|pod| format!("{}/{}", pod.namespace, pod.name) == name).unwrap()),
    }
}

fn naive(cluster: &Snapshot, row: &FlowText) -> bool {
    naive::allowed(cluster, end(cluster, &row.from), end(cluster, &row.to), row.protocol, row.port)
}

fn flow(row: &FlowVerdict<'_>) -> Flow {
    let endpoint = |name: &str| name.parse::<Endpoint>().unwrap();
    let to = Destination { endpoint: endpoint(row.to), port: PortRef::Number(row.port), protocol: row.protocol };
    Flow { from: endpoint(row.from), to }
}

fn allowed_flows(snapshot: Snapshot) -> Vec<FlowText> {
    let engine = Engine::new(snapshot);
    let reachability = engine.reachability(&everything());
    reachability.rows().filter(|row| row.verdict.is_allowed()).map(|row| row.flow()).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_matrix_is_what_the_naive_evaluator_says(cluster in cluster()) {
        let engine = Engine::new(cluster);
        for query in [everything(), Query { external: outside(), ..Query::default() }] {
            let reachability = engine.reachability(&query);
            let (mut flows, mut allowed) = (0, 0);
            for row in reachability.rows() {
                let said = naive(engine.snapshot(), &row.flow());
                prop_assert_eq!(row.verdict.is_allowed(), said, "{}", row.flow());
                prop_assert_eq!(engine.verdict(&flow(&row)).unwrap(), row.verdict, "{}", row.flow());
                flows += 1;
                allowed += u64::from(said);
            }
            let counts = reachability.count();
            prop_assert_eq!((counts.flows, counts.allowed), (flows, allowed));
        }
    }

    #[test]
    fn a_service_leads_to_the_pods_behind_it(cluster in cluster()) {
        let engine = Engine::new(cluster);
        let cluster = engine.snapshot();
        let pods = || cluster.pods.iter().filter(|pod| pod.is_endpoint());
        for service in &cluster.services {
            let selector = service.selector.clone().unwrap_or_default();
            // Of two entries for one port and protocol the first is the one that answers.
            let mut seen = std::collections::HashSet::new();
            for port in service.ports.iter().filter(|port| seen.insert((port.port, port.protocol))) {
                let behind: Vec<_> = pods()
                    .filter(|pod| !selector.is_empty() && pod.namespace == service.namespace)
                    .filter(|pod| selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value)))
                    .filter_map(|pod| match &port.target {
                        PortRef::Number(number) => Some((pod, *number)),
                        PortRef::Name(name) => {
                            let is = |one: &&netpol::ContainerPort| {
                                one.name.as_ref() == Some(name) && one.protocol == port.protocol
                            };
                            pod.ports.iter().find(is).map(|one| (pod, one.number))
                        }
                    })
                    .collect();
                for source in pods() {
                    let expected = !behind.is_empty()
                        && behind.iter().all(|(pod, number)| {
                            naive::allowed(cluster, End::Pod(source), End::Pod(pod), port.protocol, *number)
                        });
                    let from = Endpoint::Pod(netpol::ObjectName::new(&source.namespace, &source.name));
                    let endpoint = Endpoint::Service(netpol::ObjectName::new(&service.namespace, &service.name));
                    let to = Destination { endpoint, port: PortRef::Number(port.port), protocol: port.protocol };
                    let flow = Flow { from, to };
                    prop_assert_eq!(engine.verdict(&flow).unwrap().is_allowed(), expected, "{}", flow);
                    let told = engine.explain(&flow).unwrap();
                    prop_assert_eq!(told.backends.len(), behind.len());
                    prop_assert_eq!(engine.decided(&flow).unwrap(), (told.verdict, told.decided_by));
                }
            }
        }
    }

    #[test]
    fn every_pod_meets_every_other_at_every_port_asked_for(cluster in cluster()) {
        let engine = Engine::new(cluster);
        let pods = engine.snapshot().pods.iter().filter(|pod| pod.is_endpoint()).count() as u64;
        let counts = engine.reachability(&Query::port(80, Protocol::Tcp)).count();
        prop_assert_eq!(counts.pods, pods);
        prop_assert_eq!(counts.flows, pods * pods.saturating_sub(1));
        prop_assert_eq!(counts.ports, 1);
    }

    #[test]
    fn the_explanation_has_the_verdict(cluster in cluster()) {
        let engine = Engine::new(cluster);
        for row in engine.reachability(&everything()).rows() {
            let explanation = engine.explain(&flow(&row)).unwrap();
            prop_assert_eq!(explanation.verdict, row.verdict);
            let both = explanation.egress.verdict.is_allowed() && explanation.ingress.verdict.is_allowed();
            prop_assert_eq!(both, row.verdict.is_allowed());
            prop_assert!(explanation.summary.contains(&row.verdict.to_string()), "{}", explanation.summary);
            prop_assert!(explanation.nearest_misses.is_empty() || !row.verdict.is_allowed());
            let decided = engine.decided(&flow(&row)).unwrap();
            prop_assert_eq!(decided, (explanation.verdict, explanation.decided_by));
        }
    }

    #[test]
    fn the_order_of_policies_is_irrelevant(cluster in cluster()) {
        let mut reversed = cluster.clone();
        reversed.policies.reverse();
        reversed.cluster_policies.reverse();
        reversed.pods.reverse();
        reversed.namespaces.reverse();
        for policy in &mut reversed.policies {
            policy.ingress.iter_mut().chain(&mut policy.egress).for_each(|rules| rules.reverse());
            for rule in policy.ingress.iter_mut().chain(&mut policy.egress).flatten() {
                rule.peers.reverse();
                rule.ports.reverse();
            }
        }
        prop_assert_eq!(allowed_flows(cluster), allowed_flows(reversed));
    }

    #[test]
    fn a_further_policy_never_blocks_in_a_direction_that_is_already_isolated(
        mut cluster in cluster(),
        more in policy(),
    ) {
        // Everything is isolated in both directions before the policy comes.
        for namespace in ["n0", "n1", "n2"] {
            cluster.policies.push(NetworkPolicy {
                namespace: namespace.into(),
                name: "isolate".into(),
                pod_selector: netpol::Selector::everything(),
                ingress: Some(Vec::new()),
                egress: Some(Vec::new()),
            });
        }
        let before = allowed_flows(cluster.clone());
        cluster.policies.push(NetworkPolicy { name: "more".into(), ..more });
        let after: std::collections::HashSet<FlowText> = allowed_flows(cluster).into_iter().collect();
        for flow in before {
            prop_assert!(after.contains(&flow), "{flow} was allowed before");
        }
    }
}
