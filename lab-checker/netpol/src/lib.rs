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
//!
//! # Floors
//! A folder uses the folders before it in this list, and none behind it; nor does any file inside need one
//! that needs it. From outside, a folder is used through its `mod.rs`.
//!
//! | | what stands there | uses |
//! |---|---|---|
//! | `model` | a cluster, its policies, flows, queries and verdicts; how people write and read them | – |
//! | `classes` | endpoints, addresses and ports that no policy tells apart; policies compiled into sets of them | `model` |
//! | `engine.rs` | [`Engine`]: a snapshot made ready, each part when a question first needs it | `classes` |
//! | `unknown_nodes.rs` | nodes that nobody has told, as policies can see them | `model` |
//! | `placements.rs` | [`Engine::with_unknown_addresses`]: pods whose addresses nobody has told | `engine.rs` |
//! | `change.rs` | [`Engine::apply`]: one object changed, and only what it touches made anew | `engine.rs` |
//! | `reachability` | [`Engine::reachability`]: all flows of a query, by classes; differences, exposure | `engine.rs` |
//! | `compare` | [`compare`]: any flow, today or tomorrow, that only one of two snapshots allows; [`Survey`]: all that one allows | `reachability` |
//! | `flow` | [`Engine::verdict`]: one flow, rule by rule; the plain reading of the API, without classes | `engine.rs` |
//! | `explain` | [`Engine::explain`]: what `flow` found, in words; what was nearly enough | `flow` |
//! | `lint` | [`lint`]: policies that probably do something else than was meant | `compare` |
//! | `picture` | [`draw`]: boxes, nodes and flows as SVG; [`svg`] and [`dot`]: a reachability drawn | `reachability` |
//!
//! (Everything uses `model`, and what uses the engine may look at its classes.)

mod change;
mod classes;
mod compare;
mod engine;
mod explain;
mod flow;
mod lint;
mod model;
mod picture;
mod placements;
mod reachability;
mod unknown_nodes;

pub use change::Change;
pub use compare::{
    ClassDifference, Comparison, DifferenceByKind, EndpointClass, FlowKind, LabelScope, OutsideAddress, PortStretch,
    Survey, SurveyEnd, SurveyedPort, compare, difference_by_kind, difference_by_kind_wherever, port_stretches_in_words,
};
pub use engine::Engine;
pub use explain::{Decision, Explanation, Place, PolicyExplanation, RuleExplanation, SideExplanation};
pub use flow::UnknownEndpoint;
pub use lint::{Finding, Lint, Severity, UnknownLint, lint, lint_for};
pub use model::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, ContainerPort, DEPENDS, Depends, Destination,
    Direction, Endpoint, EndpointPattern, Flow, FlowText, FlowVerdict, IpBlock, Labels, Namespace, NamespaceScope,
    NamespacedPods, NetworkPolicy, Networks, Node, ObjectName, ParseEndpointError, Peer, Pod, PortQuery, PortRef,
    PortRule, PortSpec, Protocol, Query, Requirement, Rule, Selector, Service, ServicePort, Sides, Snapshot, Stranger,
    StrangerNamespace, Subject, Tier, Verdict, counted, grouped,
};
pub use picture::{
    Legend, NodeKind, PICTURE_STYLES, Picture, PictureFlow, PictureForm, PictureGroup, PictureNode, Standing, dot,
    draw, escape_html, svg,
};
pub use reachability::{
    Counts, Dependent, Difference, Exposure, Group, Openness, Reachability, csv, diff, exposure, unknown_in_words,
};
