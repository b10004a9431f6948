//! The model: a cluster at one moment, its policies, the flows and queries that people ask about, and
//! the verdicts that come out. Everything else in this crate uses it, and it uses nothing.

mod cluster_policy;
mod counted;
mod direction;
mod directory;
mod endpoint;
mod object_name;
mod parse_error;
pub(crate) mod phrases;
mod pod_network;
mod pod_order;
mod policy;
mod port;
mod query;
mod selector;
mod selector_text;
mod snapshot;
mod stranger;
mod verdict;

pub use cluster_policy::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, NamespacedPods, Subject, Tier,
};
pub use counted::{counted, grouped};
pub use direction::Direction;
pub(crate) use directory::{Directory, NAME_LABEL, ObjectIndex, complete, implied};
pub use endpoint::{Destination, Endpoint, Flow};
pub use object_name::ObjectName;
pub use parse_error::ParseEndpointError;
pub(crate) use pod_network::{PodNetwork, around};
pub(crate) use pod_order::PodOrder;
pub use policy::{IpBlock, NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Rule};
pub use port::{PortRef, Protocol};
pub use query::{EndpointPattern, PortQuery, Query};
pub use selector::{Labels, Requirement, Selector};
pub use snapshot::{ContainerPort, Namespace, Networks, Node, Pod, Service, ServicePort, Snapshot};
pub use stranger::{Stranger, StrangerNamespace};
pub use verdict::{DEPENDS, Depends, FlowText, FlowVerdict, Sides, Verdict};
