//! What a lab leaves to the learner, as the second opinion understands it.

use super::flow_by_flow::{Endpoint, Kind, Port, Protocol};
use crate::labs::{FreeEndpoint, FreeRule};

/// Whether a flow is left to the learner.
pub(super) fn is_free(rules: &[FreeRule], from: &Endpoint, to: &Endpoint, (number, protocol): Port) -> bool {
    let protocol = match protocol {
        Protocol::Tcp => netpol::Protocol::Tcp,
        Protocol::Udp => netpol::Protocol::Udp,
        Protocol::Sctp => netpol::Protocol::Sctp,
    };
    rules.iter().any(|rule| {
        let at_port = |(pattern, _): &&(FreeEndpoint, _)| picks(pattern, to);
        rule.from.iter().any(|pattern| picks(pattern, from))
            && rule
                .to
                .iter()
                .filter(at_port)
                .any(|(_, ports)| ports.is_none_or(|ports| ports.contains((number, protocol))))
    })
}

fn picks(pattern: &FreeEndpoint, endpoint: &Endpoint) -> bool {
    let is_in = |namespace: &Option<String>| namespace.as_ref().is_none_or(|name| **name == *endpoint.namespace);
    let outside = endpoint.kind == Kind::Outside;
    match pattern {
        FreeEndpoint::All => true,
        FreeEndpoint::External => outside,
        FreeEndpoint::Block(block) => outside && block.contains(&endpoint.address),
        FreeEndpoint::Pods { namespace } => !outside && is_in(namespace),
        FreeEndpoint::Named(name) => {
            endpoint.kind == Kind::Pod(name.name.clone()) && *name.namespace == *endpoint.namespace
        }
        FreeEndpoint::Dns => {
            let is_dns = endpoint.labels.get("k8s-app").is_some_and(|value| value == "kube-dns");
            matches!(endpoint.kind, Kind::Pod(_)) && &*endpoint.namespace == "kube-system" && is_dns
        }
        FreeEndpoint::Strangers { namespace, labels } => {
            let has = |(key, value): (&String, &String)| endpoint.labels.get(key) == Some(value);
            endpoint.kind == Kind::Stranger && is_in(namespace) && labels.iter().all(has)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn endpoint(kind: Kind, namespace: &str, label: &str, address: &str) -> Endpoint {
        let labels = label.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
        Endpoint {
            kind,
            namespace: namespace.into(),
            namespace_labels: Arc::default(),
            labels: Arc::new(labels.into_iter().collect()),
            address: address.parse().unwrap(),
            names: Vec::new(),
        }
    }

    #[test]
    fn each_pattern_picks_what_it_says() {
        let web = endpoint(Kind::Pod("web".into()), "shop", "app=web", "10.244.0.1");
        let stranger = endpoint(Kind::Stranger, "shop", "app=web", "10.244.0.2");
        let dns = endpoint(Kind::Pod("coredns".into()), "kube-system", "k8s-app=kube-dns", "10.244.0.3");
        let outside = endpoint(Kind::Outside, "", "", "11.0.0.1");
        let all = [web, stranger, dns, outside];
        let picked = |pattern: &str| {
            let pattern: FreeEndpoint = pattern.parse().unwrap();
            all.iter().map(|endpoint| if picks(&pattern, endpoint) { 'x' } else { '-' }).collect::<String>()
        };
        let expected = [
            ("*", "xxxx"),
            ("*/*", "xxx-"),
            ("shop/*", "xx--"),
            ("shop/web", "x---"),
            ("shop/{}", "-x--"),
            ("*/{app=web}", "-x--"),
            ("*/{app=db}", "----"),
            ("kube-dns", "--x-"),
            ("external", "---x"),
            ("11.0.0.0/8", "---x"),
            ("10.0.0.0/8", "----"),
        ];
        for (pattern, endpoints) in expected {
            assert_eq!(picked(pattern), endpoints, "{pattern}");
        }
    }

    #[test]
    fn both_ends_and_the_port_must_be_free() {
        let shop = endpoint(Kind::Stranger, "shop", "", "10.244.0.2");
        let outside = endpoint(Kind::Outside, "", "", "11.0.0.1");
        let udp = Some("53/UDP".parse().unwrap());
        let rule =
            FreeRule { from: vec![FreeEndpoint::All], to: vec![(FreeEndpoint::External, udp)], why: String::new() };
        let free = |from: &Endpoint, to: &Endpoint, port| is_free(std::slice::from_ref(&rule), from, to, port);
        assert!(free(&shop, &outside, (53, Protocol::Udp)));
        assert!(!free(&shop, &outside, (53, Protocol::Tcp)));
        assert!(!free(&outside, &shop, (53, Protocol::Udp)));
    }
}
