//! Services.

use std::collections::HashSet;
use std::net::Ipv6Addr;

use serde_json::{Value, json};

use super::field_error::FieldError;
use super::metadata::{self, invalid_each, items, text};
use super::names;
use super::pod::{PROTOCOLS, port_number, supported};

pub(super) fn validate(service: &Value, errors: &mut Vec<FieldError>) {
    let spec = &service["spec"];
    let kind = text(&spec["type"]);
    let headless = text(&spec["clusterIP"]) == "None";
    if items(&spec["ports"]).is_empty() && !headless && kind != "ExternalName" {
        errors.push(FieldError::required("spec.ports", ""));
    }
    supported(spec, "spec", "type", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], errors);
    validate_ports(items(&spec["ports"]), errors);
    metadata::labels(&spec["selector"], "spec.selector", errors);
    supported(spec, "spec", "sessionAffinity", &["ClientIP", "None"], errors);
    let addresses = match items(&spec["clusterIPs"]) {
        [] if text(&spec["clusterIP"]).is_empty() => Vec::new(),
        [] => vec![&spec["clusterIP"]],
        given => given.iter().collect(),
    };
    for (index, address) in addresses.into_iter().enumerate().filter(|(_, address)| text(address) != "None") {
        if let Err(wrong) = names::address(text(address)) {
            errors.push(FieldError::invalid(format!("spec.clusterIPs[{index}]"), address.clone(), wrong));
        }
    }
    if kind == "ExternalName" {
        validate_external_name(text(&spec["externalName"]), errors);
    }
}

fn validate_external_name(name: &str, errors: &mut Vec<FieldError>) {
    let bare = name.strip_suffix('.').unwrap_or(name);
    if bare.is_empty() {
        errors.push(FieldError::required("spec.externalName", ""));
    } else {
        errors.extend(invalid_each("spec.externalName", bare, names::dns_subdomain(bare)));
    }
}

fn validate_ports(ports: &[Value], errors: &mut Vec<FieldError>) {
    let (mut seen_names, mut seen_ports) = (HashSet::new(), HashSet::new());
    for (index, port) in ports.iter().enumerate() {
        let field = format!("spec.ports[{index}]");
        let name = text(&port["name"]);
        if name.is_empty() {
            if ports.len() > 1 {
                errors.push(FieldError::required(format!("{field}.name"), ""));
            }
        } else {
            errors.extend(invalid_each(&format!("{field}.name"), name, names::dns_label(name)));
            if !seen_names.insert(name) {
                errors.push(FieldError::duplicate(format!("{field}.name"), name));
            }
        }
        let number = port["port"].as_i64().unwrap_or_default();
        port_number(number, format!("{field}.port"), errors);
        supported(port, &field, "protocol", PROTOCOLS, errors);
        match &port["targetPort"] {
            Value::String(name) => {
                errors.extend(invalid_each(&format!("{field}.targetPort"), name, names::port_name(name)))
            }
            Value::Number(target) => {
                port_number(target.as_i64().unwrap_or_default(), format!("{field}.targetPort"), errors);
            }
            _ => {}
        }
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        if !seen_ports.insert((protocol, number)) {
            errors.push(FieldError::duplicate(field, json!({"protocol": protocol, "port": number})));
        }
    }
}

/// Addresses that are not in their usual form.
pub(super) fn warnings(service: &Value) -> Vec<String> {
    let addresses = items(&service["spec"]["clusterIPs"]).iter().enumerate();
    let unusual = addresses.filter_map(|(index, given)| {
        let given = text(given);
        let usual = given.parse::<Ipv6Addr>().ok()?.to_string();
        let field = format!("spec.clusterIPs[{index}]");
        (usual != given)
            .then(|| format!("{field}: IPv6 address {given:?} should be in RFC 5952 canonical format ({usual:?})"))
    });
    unusual.collect()
}

/// A Service keeps its address while it keeps its type.
pub(super) fn validate_update(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let (before, after) = (&old["spec"], &new["spec"]);
    let external = |spec: &Value| text(&spec["type"]) == "ExternalName";
    let (given, wanted) = (text(&before["clusterIP"]), text(&after["clusterIP"]));
    if !external(before) && !external(after) && !given.is_empty() && given != wanted {
        let wanted = match items(&after["clusterIPs"]) {
            [] => json!([wanted]),
            _ => after["clusterIPs"].clone(),
        };
        errors.push(FieldError::invalid("spec.clusterIPs[0]", wanted, "may not change once set"));
    }
}
