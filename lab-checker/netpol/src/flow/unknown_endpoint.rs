//! Flows that name something the snapshot does not have, with the names that were probably meant.

use strsim::levenshtein;

use crate::model::{ObjectName, PortRef, Protocol};

/// A flow that cannot be evaluated, because the snapshot lacks one of its ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEndpoint {
    /// No such pod.
    #[error("there is no pod {name}{}", did_you_mean(nearest))]
    Pod {
        /// What was asked for.
        name: ObjectName,
        /// Pods with a similar name, the nearest first.
        nearest: Vec<String>,
    },
    /// The pod has run to its end, or has no address yet: nothing can reach it or come from it.
    #[error("pod {name} {why}, so it takes no part in traffic")]
    NotAnEndpoint {
        /// The pod.
        name: ObjectName,
        /// `has finished` or `has no address`.
        why: &'static str,
    },
    /// The pod declares no port of this name and protocol.
    #[error("pod {name} declares no {protocol} port named {port}{}", instead(declared, "it declares"))]
    PodPort {
        /// The pod.
        name: ObjectName,
        /// The name that was asked for.
        port: String,
        /// The protocol that was asked for.
        protocol: Protocol,
        /// The ports that it does declare.
        declared: Vec<String>,
    },
    /// No such Service.
    #[error("there is no Service {name}{}", did_you_mean(nearest))]
    Service {
        /// What was asked for.
        name: ObjectName,
        /// Services with a similar name, the nearest first.
        nearest: Vec<String>,
    },
    /// The Service has no such port.
    #[error("Service {name} has no port {port}/{protocol}{}", instead(declared, "it has"))]
    ServicePort {
        /// The Service.
        name: ObjectName,
        /// The port that was asked for.
        port: PortRef,
        /// The protocol that was asked for.
        protocol: Protocol,
        /// The ports that it has.
        declared: Vec<String>,
    },
    /// A Service as the source of a flow.
    #[error("Service {0} cannot open connections: name one of the pods behind it as the source")]
    ServiceAsSource(ObjectName),
    /// A port name on an address.
    #[error("{address} is an address, and port names belong to pods: write {port} as a number")]
    NamedPortOnAddress {
        /// The address.
        address: std::net::IpAddr,
        /// The name that was asked for.
        port: String,
    },
}

fn did_you_mean(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(" or ")),
    }
}

fn instead(declared: &[String], has: &str) -> String {
    match declared {
        [] => String::new(),
        ports => format!("; {has} {}", ports.join(", ")),
    }
}

/// The few candidates that look most like `wanted`: the same name in another namespace, a few letters
/// away, or the pods of a workload of that name.
pub(crate) fn nearest<'a>(wanted: &ObjectName, candidates: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut scored: Vec<(usize, String)> = candidates
        .filter_map(|(namespace, name)| {
            let of_workload = name.strip_prefix(&wanted.name).is_some_and(|rest| rest.starts_with('-'));
            let letters = if of_workload { 1 } else { levenshtein(name, &wanted.name) };
            let apart = usize::from(namespace != wanted.namespace) + letters;
            (apart <= 1 + wanted.name.len() / 3).then(|| (apart, format!("{namespace}/{name}")))
        })
        .collect();
    scored.sort();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_elsewhere_comes_before_another_name() {
        let pods = [("shop", "api"), ("dev", "web"), ("shop", "webb"), ("dev", "database")];
        let wanted = ObjectName::new("shop", "web");
        assert_eq!(nearest(&wanted, pods.into_iter()), ["dev/web", "shop/webb"]);
    }

    #[test]
    fn a_long_name_may_have_more_slips() {
        let found = |wanted: &str| nearest(&ObjectName::new("shop", wanted), [("shop", "datab")].into_iter());
        assert_eq!(found("databases"), ["shop/datab"], "four letters of nine");
        assert_eq!(found("databasess"), [""; 0], "five of ten");
        assert_eq!(found("dat"), ["shop/datab"], "two of three");
        assert_eq!(found("da"), [""; 0]);
    }

    #[test]
    fn a_workload_means_its_pods() {
        let pods = [("shop", "api-7d764666f9-4xk2p"), ("shop", "apis-7d764666f9-4xk2p")];
        assert_eq!(nearest(&ObjectName::new("shop", "api"), pods.into_iter()), ["shop/api-7d764666f9-4xk2p"]);
    }
}
