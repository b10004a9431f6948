//! The schema of ClusterNetworkPolicy, which is a custom resource and not in k8s-openapi.

use std::sync::LazyLock;

use serde_json::Value;

/// The OpenAPI schema as it is published, with `$ref`s to `#/$defs/io.k8s.…` for what all kinds share.
pub(crate) static CLUSTER_NETWORK_POLICY: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("cluster_network_policy.json")).expect("the embedded schema is JSON")
});

/// Whether a schema says what objects of this version are, and not a Go type.
pub(super) fn is_custom(api_version: &str) -> bool {
    api_version.starts_with("policy.networking.k8s.io/")
}
