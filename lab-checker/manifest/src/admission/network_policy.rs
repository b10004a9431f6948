//! NetworkPolicy: validation and warnings.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::field_error::FieldError;
use super::metadata::{self, invalid_each, items, text};
use super::names;

pub(super) fn validate(policy: &Value, errors: &mut Vec<FieldError>) {
    let spec = &policy["spec"];
    metadata::selector(&spec["podSelector"], "spec.podSelector", errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in items(&spec[direction]).iter().enumerate() {
            let field = format!("spec.{direction}[{index}]");
            for (index, port) in items(&rule["ports"]).iter().enumerate() {
                validate_port(port, &format!("{field}.ports[{index}]"), errors);
            }
            for (index, peer) in items(&rule[peers]).iter().enumerate() {
                validate_peer(peer, &format!("{field}.{peers}[{index}]"), errors);
            }
        }
    }
    let types = items(&spec["policyTypes"]);
    if types.len() > 2 {
        let detail = "may not specify more than two policyTypes";
        errors.push(FieldError::invalid("spec.policyTypes", spec["policyTypes"].clone(), detail));
        return;
    }
    for (index, kind) in types.iter().enumerate() {
        if !matches!(text(kind), "Ingress" | "Egress") {
            errors.push(FieldError::not_supported(
                format!("spec.policyTypes[{index}]"),
                kind.clone(),
                &["Ingress", "Egress"],
            ));
        }
    }
}

fn validate_port(port: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let protocol = &port["protocol"];
    if !protocol.is_null() && !matches!(text(protocol), "TCP" | "UDP" | "SCTP") {
        errors.push(FieldError::not_supported(format!("{field}.protocol"), protocol.clone(), &["TCP", "UDP", "SCTP"]));
    }
    let end = &port["endPort"];
    let end_field = format!("{field}.endPort");
    let mut misplaced_end = |detail: &str| {
        if !end.is_null() {
            errors.push(FieldError::invalid(end_field.clone(), end.clone(), detail));
        }
    };
    match &port["port"] {
        Value::Null => misplaced_end("may not be specified when `port` is not specified"),
        Value::String(name) => {
            misplaced_end("may not be specified when `port` is non-numeric");
            errors.extend(invalid_each(&format!("{field}.port"), name, names::port_name(name)));
        }
        number => {
            let number = number.as_i64().unwrap_or_default();
            if let Some(wrong) = names::port_number(number) {
                errors.push(FieldError::invalid(format!("{field}.port"), number, wrong));
            }
            if let Some(end) = end.as_i64() {
                if number > end {
                    errors.push(FieldError::invalid(
                        end_field.clone(),
                        number,
                        "must be greater than or equal to `port`",
                    ));
                }
                if let Some(wrong) = names::port_number(end) {
                    errors.push(FieldError::invalid(end_field, end, wrong));
                }
            }
        }
    }
}

fn validate_peer(peer: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let selectors = ["podSelector", "namespaceSelector"];
    for name in selectors {
        metadata::selector(&peer[name], &format!("{field}.{name}"), errors);
    }
    let block = &peer["ipBlock"];
    if !block.is_null() {
        validate_block(block, &format!("{field}.ipBlock"), errors);
    }
    match (selectors.iter().any(|name| !peer[name].is_null()), !block.is_null()) {
        (false, false) => errors.push(FieldError::required(field, "must specify a peer")),
        (true, true) => errors.push(FieldError::forbidden(field, "may not specify both ipBlock and another peer")),
        _ => {}
    }
}

fn validate_block(block: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let given = text(&block["cidr"]);
    if given.is_empty() {
        errors.push(FieldError::required(format!("{field}.cidr"), ""));
        return;
    }
    let network = match names::cidr(given) {
        Ok(network) => network,
        Err(wrong) => {
            errors.push(FieldError::invalid(format!("{field}.cidr"), given, wrong));
            return;
        }
    };
    for (index, except) in items(&block["except"]).iter().enumerate() {
        let wrong = match names::cidr(text(except)) {
            Err(wrong) => wrong,
            Ok(except) if is_strict_subset(&network, &except) => continue,
            Ok(_) => "must be a strict subset of `cidr`",
        };
        errors.push(FieldError::invalid(format!("{field}.except[{index}]"), except.clone(), wrong));
    }
}

fn is_strict_subset(network: &IpNet, except: &IpNet) -> bool {
    network.contains(except) && except.prefix_len() > network.prefix_len()
}

/// What is accepted, with a word of warning: addresses that are not in their usual form.
pub(super) fn warnings(policy: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in items(&policy["spec"][direction]).iter().enumerate() {
            for (peer_index, peer) in items(&rule[peers]).iter().enumerate() {
                let field = format!("spec.{direction}[{index}].{peers}[{peer_index}].ipBlock");
                let block = &peer["ipBlock"];
                warnings.extend(warning(&format!("{field}.cidr"), text(&block["cidr"])));
                for (index, except) in items(&block["except"]).iter().enumerate() {
                    warnings.extend(warning(&format!("{field}.except[{index}]"), text(except)));
                }
            }
        }
    }
    warnings
}

fn warning(field: &str, given: &str) -> Option<String> {
    let network: IpNet = given.parse().ok()?;
    let usual = network.to_string();
    (matches!(network.addr(), IpAddr::V6(_)) && usual != given)
        .then(|| format!("{field}: IPv6 CIDR value {given:?} should be in RFC 5952 canonical format ({usual:?})"))
}
