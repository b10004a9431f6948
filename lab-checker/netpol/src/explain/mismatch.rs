//! Why a peer does not match the other end of a flow, in words.

use crate::flow::{PeerMatch, ResolvedEndpoint};
use crate::model::phrases::{any_of, label};
use crate::model::{Labels, Requirement};

/// Why a peer does not match the other end.
pub(crate) fn mismatch(result: &PeerMatch<'_>, other: &ResolvedEndpoint<'_>, namespace: Option<&Labels>) -> String {
    match result {
        PeerMatch::Yes => "it matches".to_owned(),
        PeerMatch::NotAPod => format!("{} is an address, and selectors only ever see pods", other.addresses[0]),
        PeerMatch::HostNetwork => "selectors do not see host-network pods".to_owned(),
        PeerMatch::OtherNamespace => {
            let namespace = other.pod.map_or("another namespace", |pod| pod.namespace.as_str());
            format!(
                "the pod is in {namespace}, and a peer without namespaceSelector looks in the policy's namespace only"
            )
        }
        PeerMatch::Labels { namespace: in_namespace, pod } => {
            let mut reasons = Vec::new();
            if let (false, Some(labels)) = (in_namespace.is_empty(), namespace) {
                reasons.push(format!("the namespace {}", all_unmet(in_namespace, labels)));
            }
            if let (false, Some(other)) = (pod.is_empty(), other.pod) {
                reasons.push(format!("the pod {}", all_unmet(pod, &other.labels)));
            }
            reasons.join(", and ")
        }
        PeerMatch::OutsideBlock(address) => format!("{address} is outside"),
        PeerMatch::Excepted(address, hole) => format!("{address} is in the exception {hole}"),
        PeerMatch::OtherFamily(address) => {
            let family = if address.is_ipv4() { "an IPv4" } else { "an IPv6" };
            format!("{address} is {family} address, the block is of the other family")
        }
        PeerMatch::NotSuchNode => "the other end is no such node".to_owned(),
        PeerMatch::DomainName => "what a DNS name resolves to is not known here".to_owned(),
        PeerMatch::Unknown => "an unknown kind of peer matches nothing when the action is Accept".to_owned(),
    }
}

fn all_unmet(requirements: &[&Requirement], labels: &Labels) -> String {
    requirements.iter().map(|requirement| unmet(requirement, labels)).collect::<Vec<_>>().join(", and ")
}

/// What a requirement asks for, and what stands there instead.
fn unmet(requirement: &Requirement, labels: &Labels) -> String {
    let has = match labels.get(requirement.key()) {
        Some(value) => format!("has {}", label(requirement.key(), value)),
        None => format!("has no label {}", requirement.key()),
    };
    format!("must have {} but {has}", must_have(requirement))
}

fn must_have(requirement: &Requirement) -> String {
    match requirement {
        Requirement::In { key, values } => any_of(&values.iter().map(|value| label(key, value)).collect::<Vec<_>>()),
        Requirement::NotIn { key, values } => format!("{key} other than {}", any_of(values)),
        Requirement::Exists { key } => format!("a label {key}"),
        Requirement::DoesNotExist { key } => format!("no label {key}"),
    }
}
