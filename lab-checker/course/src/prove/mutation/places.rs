//! Where things stand in policies of both kinds.

use super::edit::Edits;

/// A direction's rules: the field, what its peers are called, and the policy type.
#[derive(Clone, Copy)]
pub(super) struct Direction {
    pub(super) field: &'static str,
    pub(super) peers: &'static str,
    pub(super) name: &'static str,
}

pub(super) const DIRECTIONS: [Direction; 2] = [
    Direction { field: "ingress", peers: "from", name: "Ingress" },
    Direction { field: "egress", peers: "to", name: "Egress" },
];

/// Every rule: its direction and its pointer.
pub(super) fn rules(edits: &Edits<'_>) -> Vec<(Direction, String)> {
    let of = |direction: Direction| {
        edits.items(&format!("/spec/{}", direction.field)).into_iter().map(move |rule| (direction, rule))
    };
    DIRECTIONS.into_iter().flat_map(of).collect()
}

/// The pointers of every peer.
pub(super) fn peers(edits: &Edits<'_>) -> Vec<String> {
    rules(edits).iter().flat_map(|(direction, rule)| edits.items(&format!("{rule}/{}", direction.peers))).collect()
}

/// The pointers of every label selector.
pub(super) fn selectors(edits: &Edits<'_>) -> Vec<String> {
    const WITHIN: [&str; 5] =
        ["podSelector", "namespaceSelector", "namespaces", "pods/podSelector", "pods/namespaceSelector"];
    let mut places = vec!["/spec".to_owned(), "/spec/subject".to_owned()];
    places.extend(peers(edits));
    let all = places.iter().flat_map(|place| WITHIN.iter().map(move |field| format!("{place}/{field}")));
    all.filter(|pointer| edits.get(pointer).is_object()).collect()
}

/// A label's key as a part of a pointer.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
