//! The schema of ClusterNetworkPolicy, which is a custom resource and not in k8s-openapi.

use std::sync::LazyLock;

use serde_json::Value;

/// The OpenAPI schema as it is published.
pub(crate) static CLUSTER_NETWORK_POLICY: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("cluster_network_policy.json")).expect("the embedded schema is JSON")
});

/// The OpenAPI schema of ClusterNetworkPolicy v1alpha2, with `$ref`s to `#/$defs/io.k8s.…` for what
/// all kinds share.
#[must_use]
pub fn cluster_network_policy_schema() -> Value {
    CLUSTER_NETWORK_POLICY.clone()
}

/// Whether a schema says what objects of this version are, and not a Go type.
pub(super) fn is_custom(api_version: &str) -> bool {
    api_version.starts_with("policy.networking.k8s.io/")
}
