//! Whole NetworkPolicies: dropped, added, elsewhere, in other directions.

use serde_json::json;

use super::edit::Edits;
use super::places::DIRECTIONS;
use super::surroundings::Surroundings;

pub(super) fn change(edits: &mut Edits<'_>, surroundings: &Surroundings) {
    edits.drop_object("policy dropped");
    let own = edits.get("/metadata/namespace").as_str().unwrap_or_default();
    for namespace in surroundings.other_namespaces(own) {
        let what = format!("{namespace} instead of {own}");
        edits.set("policy in another namespace", "/metadata/namespace", what, namespace);
    }
    add_policies(edits, own);
    change_types(edits);
}

/// One more policy beside it, for all pods of its namespace.
fn add_policies(edits: &mut Edits<'_>, namespace: &str) {
    for direction in DIRECTIONS {
        for (rules, what) in [(json!([{}]), "allows everything"), (json!([]), "allows nothing")] {
            let more = json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "one-more", "namespace": namespace},
                "spec": {"podSelector": {}, "policyTypes": [direction.name], direction.field: rules},
            });
            let both = vec![edits.object().clone(), more];
            let what = format!("one more policy beside it {what} for {}", direction.field);
            edits.replace_object("policy added", what, both);
        }
    }
}

fn change_types(edits: &mut Edits<'_>) {
    const TYPES: &str = "/spec/policyTypes";
    edits.remove("policyTypes dropped", TYPES, "left out");
    for item in edits.items(TYPES) {
        edits.remove("policyTypes dropped", &item, format!("{} left out", edits.get(&item)));
    }
    for direction in DIRECTIONS {
        let is_listed = edits.items(TYPES).iter().any(|item| edits.get(item) == direction.name);
        if !is_listed {
            edits.append("policyTypes added", TYPES, format!("{} added", direction.name), direction.name.into());
        }
    }
}
