//! Words for what only ClusterNetworkPolicies can get wrong: places where exactly one of several things
//! is to be chosen.

use super::words::Words;
use crate::admission::{FieldError, FieldErrorKind};

/// A sentence, and what to try.
pub(super) fn words(error: &FieldError) -> Words {
    let detail = error.detail.as_str();
    if is_empty_choice(error) {
        let (choice, _) = choices(&error.field)?;
        return Some(("nothing is chosen here".to_owned(), choice.to_owned()));
    }
    if error.kind == FieldErrorKind::TooMany(1) {
        let (choice, more) = choices(&error.field)?;
        return Some(("more than one thing is chosen here".to_owned(), format!("{choice}{more}")));
    }
    let (message, help) = match detail {
        "domainNames peer is only supported for Accept rules" => (
            "DNS names can be accepted, and neither denied nor passed on".to_owned(),
            "write `action: Accept`, or name the addresses with `networks`".to_owned(),
        ),
        _ if detail.starts_with("networks/nodes/domainNames peer cannot be set with namedPorts") => (
            "only pods have port names, and this rule names other peers too".to_owned(),
            "write the port as a number, or make a rule of its own for the pods".to_owned(),
        ),
        _ if detail.ends_with(".from in body should have at least 1 items")
            || detail.ends_with(".to in body should have at least 1 items") =>
        {
            ("this list of peers is empty".to_owned(), "for every pod write `- namespaces: {}`".to_owned())
        }
        _ => return None,
    };
    Some((message, help))
}

/// Whether nothing was chosen where one thing must be.
pub(super) fn is_empty_choice(error: &FieldError) -> bool {
    error.detail.ends_with("in body should have at least 1 properties")
}

/// What can be chosen at a field, and what to do about more than one.
fn choices(field: &str) -> Option<(&'static str, &'static str)> {
    let name = field.rsplit('.').next()?.split('[').next()?;
    let items = "; make an item of the list for each";
    Some(match name {
        "subject" => ("write one of namespaces and pods", "; for several make several policies"),
        "from" => ("write one of namespaces and pods", items),
        "to" => ("write one of namespaces, pods, networks, nodes and domainNames", items),
        "protocols" => ("write one of tcp, udp, sctp and destinationNamedPort", items),
        "tcp" | "udp" | "sctp" => ("write a destinationPort, or leave `protocols` out to mean every port", ""),
        "destinationPort" => ("write one of number and range", items),
        _ => return None,
    })
}
