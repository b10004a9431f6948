//! What stands in a fresh cluster before anybody uses it.

use serde_json::Value;

use crate::parse::parse;

const BASELINE: &str = include_str!("baseline.yaml");

/// The objects of a fresh cluster: its four namespaces, one node, and cluster DNS (the `kube-dns`
/// Service at 10.96.0.10 with two pods labelled `k8s-app: kube-dns`).
#[must_use]
pub fn baseline() -> Vec<Value> {
    parse("baseline.yaml", BASELINE).objects.into_iter().map(|object| object.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_cluster_has_four_namespaces_and_dns() {
        let parsed = parse("baseline.yaml", BASELINE);
        assert_eq!(parsed.diagnostics, []);
        let snapshot = crate::lower(&baseline(), crate::Source::Cluster).unwrap();
        let names: Vec<_> = snapshot.namespaces.iter().map(|namespace| namespace.name.as_str()).collect();
        assert_eq!(names, ["default", "kube-node-lease", "kube-public", "kube-system"]);
        assert_eq!(snapshot.pods.len(), 2);
        assert!(snapshot.pods.iter().all(netpol::Pod::is_endpoint));
        assert_eq!(snapshot.nodes.len(), 1);
    }
}
