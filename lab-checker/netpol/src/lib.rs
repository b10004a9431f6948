//! What can reach what in a Kubernetes cluster, and why.
//!
//! `netpol` evaluates NetworkPolicies (`networking.k8s.io/v1`) and ClusterNetworkPolicies
//! (`policy.networking.k8s.io/v1alpha2`) over a [`Snapshot`] of a cluster. It is pure: its own types,
//! no Kubernetes client, no I/O, no clock. Whoever reads objects from files or from a cluster lowers
//! them into these types first, so that what arrives here cannot be wrong any more.
//!
//! ```
//! use netpol::{Engine, Flow, NetworkPolicy, Pod, Protocol, Query, Selector, Snapshot, Verdict};
//!
//! let pod = |name: &str, address: &str| Pod {
//!     namespace: "shop".into(),
//!     name: name.into(),
//!     addresses: vec![address.parse().expect("an address")],
//!     ..Pod::default()
//! };
//! let deny = NetworkPolicy {
//!     namespace: "shop".into(),
//!     name: "deny".into(),
//!     pod_selector: Selector::everything(),
//!     ingress: Some(Vec::new()),
//!     egress: None,
//! };
//! let engine = Engine::new(Snapshot {
//!     pods: vec![pod("web", "10.244.0.1"), pod("api", "10.244.0.2")],
//!     policies: vec![deny],
//!     ..Snapshot::default()
//! });
//!
//! let flow = Flow { from: "shop/web".parse()?, to: "shop/api:8080".parse()? };
//! assert_eq!(engine.verdict(&flow)?, Verdict::Blocked);
//! assert_eq!(
//!     engine.explain(&flow)?.summary,
//!     "shop/web → shop/api:8080/TCP is blocked: shop/api is isolated for ingress by policy deny, which allows nothing."
//! );
//! let counts = engine.reachability(&Query::port(8080, Protocol::Tcp)).count();
//! assert_eq!((counts.flows, counts.allowed), (2, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How it is fast: policies can only tell endpoints apart by the words that they use (labels, blocks,
//! port names), so endpoints that agree in those are one *class*. Selectors become sets of classes,
//! each list of policies becomes one row of a bit matrix, and pods only come back when rows are asked
//! for.

mod address_classes;
mod change;
mod class_sets;
mod classes;
mod cluster_policy;
mod compiled;
mod count;
mod csv;
mod diff;
mod directory;
mod dot;
mod endpoint;
mod ends;
mod engine;
mod explain;
mod explain_notes;
mod explain_service;
mod explain_summary;
mod explanation;
mod explanation_text;
mod exposure;
mod internet;
mod judge;
mod lint;
mod lint_cluster;
mod lint_dns;
mod lint_peers;
mod lint_ports;
mod lint_reach;
mod matrix;
mod nearest_miss;
mod own_node;
mod party;
mod picture;
mod picture_circle;
mod picture_grid;
mod policy;
mod port_miss;
mod query;
mod reachability;
mod selector;
mod selector_text;
mod snapshot;
mod table;
mod trace;
mod unknown;
mod verdict;
mod vocabulary;
mod words;

pub use change::Change;
pub use cluster_policy::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, NamespacedPods, Subject, Tier,
};
pub use csv::csv;
pub use diff::{Difference, diff};
pub use dot::dot;
pub use endpoint::{Destination, Endpoint, Flow, ObjectName, ParseEndpointError, PortRef};
pub use engine::Engine;
pub use explanation::{Explanation, PolicyExplanation, RuleExplanation, SideExplanation};
pub use exposure::{Exposure, Openness, exposure};
pub use lint::{Finding, Lint, lint};
pub use matrix::{Cell, Group, Matrix, collapsed_matrix, matrix};
pub use picture::svg;
pub use policy::{IpBlock, NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Rule};
pub use query::{EndpointPattern, PortQuery, Query};
pub use reachability::{Counts, Reachability};
pub use selector::{Labels, Requirement, Selector};
pub use snapshot::{ContainerPort, Namespace, Node, Pod, Service, ServicePort, Snapshot};
pub use unknown::UnknownEndpoint;
pub use verdict::{Direction, FlowText, FlowVerdict, Verdict};
