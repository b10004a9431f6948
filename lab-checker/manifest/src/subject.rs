//! Which namespaces a cluster-wide policy is about.

use netpol::{Labels, Subject};
use serde_json::Value;

use crate::lower::{Source, lower};

/// The names of those namespaces that the subject of a cluster-wide policy selects, or whose pods it may select;
/// `None` of an object that is no such policy, or that cannot be read.
#[must_use]
pub fn subject_namespaces<'a>(policy: &Value, namespaces: &'a [Value]) -> Option<Vec<&'a str>> {
    let snapshot = lower(std::slice::from_ref(policy), Source::Cluster).ok()?;
    let [policy] = snapshot.cluster_policies.as_slice() else { return None };
    let selector = match &policy.subject {
        Subject::Namespaces(selector) => selector,
        Subject::Pods(pods) => &pods.namespaces,
    };
    let names = namespaces.iter().filter_map(|namespace| Some((namespace["metadata"]["name"].as_str()?, namespace)));
    let selected = names.filter(|(name, namespace)| selector.matches(&labels(name, namespace)));
    Some(selected.map(|(name, _)| name).collect())
}

/// The labels of a namespace, with the one that every namespace has.
fn labels(name: &str, namespace: &Value) -> Labels {
    let given = namespace["metadata"]["labels"].as_object().into_iter().flatten();
    let given = given.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    given.chain([("kubernetes.io/metadata.name".to_owned(), name.to_owned())]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_namespaces_of_a_subject_are_told() {
        let namespace = |name: &str, labels: Value| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        let namespaces = [namespace("a", json!({"team": "one"})), namespace("b", json!({"team": "two"}))];
        let check = |subject: Value, expected: Option<Vec<&str>>| {
            let policy = json!({
                "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
                "metadata": {"name": "p"}, "spec": {"tier": "Admin", "priority": 1, "subject": subject},
            });
            assert_eq!(subject_namespaces(&policy, &namespaces), expected, "{subject}");
        };
        check(json!({"namespaces": {}}), Some(vec!["a", "b"]));
        check(json!({"namespaces": {"matchLabels": {"team": "one"}}}), Some(vec!["a"]));
        check(json!({"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "b"}}}), Some(vec!["b"]));
        check(
            json!({"pods": {"namespaceSelector": {"matchLabels": {"team": "two"}}, "podSelector": {}}}),
            Some(vec!["b"]),
        );
        check(json!({"namespaces": {"matchLabels": {"team": "three"}}}), Some(vec![]));
        assert_eq!(subject_namespaces(&namespaces[0], &namespaces), None);
    }
}
