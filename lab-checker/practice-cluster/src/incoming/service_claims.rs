//! What a Service asks for and a cluster may have to refuse: an address, address families, node ports.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::resource;
use crate::status::{Cause, Status};
use crate::store::object;
use crate::store::transaction::Transaction;

/// Refuses what this cluster cannot give to a Service that is valid otherwise. `before` is the stored one on an
/// update: what it has, it keeps.
pub(crate) fn check(tx: &Transaction, service: &Value, before: Option<&Value>) -> Result<(), Status> {
    let services = resource::known("", "services");
    let mut others = tx.list(services, None);
    let id = |service: &Value| (object::namespace(service).to_owned(), object::name(service).to_owned());
    others.retain(|other| id(other) != id(service));
    let wrong = type_conflict(service)
        .or_else(|| families(service))
        .or_else(|| address(service, before, &others))
        .or_else(|| ports(service, before, &others));
    wrong.map_or(Ok(()), |cause| Err(Status::invalid(services, object::name(service), &[cause])))
}

/// The node ports of a Service, each with its place in the list of ports.
pub(crate) fn node_ports(service: &Value) -> Vec<(usize, u64)> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten().enumerate();
    ports.filter_map(|(index, port)| Some((index, port["nodePort"].as_u64().filter(|number| *number > 0)?))).collect()
}

fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Cause {
    let message = format!("Invalid value: {value}: {why}");
    Cause { reason: "FieldValueInvalid".into(), message, field: field.into() }
}

fn forbidden(field: impl Into<String>, why: &str) -> Cause {
    Cause { reason: "FieldValueForbidden".into(), message: format!("Forbidden: {why}"), field: field.into() }
}

fn kind(service: &Value) -> &str {
    service["spec"]["type"].as_str().unwrap_or_default()
}

fn type_conflict(service: &Value) -> Option<Cause> {
    let spec = &service["spec"];
    let kind = kind(service);
    match kind {
        "ExternalName" => {
            let given = spec["clusterIPs"].as_array().is_some_and(|all| !all.is_empty());
            given.then(|| forbidden("spec.clusterIPs", "may not be set for ExternalName services"))
        }
        "NodePort" | "LoadBalancer" => (spec["clusterIP"] == "None").then(|| {
            invalid("spec.clusterIPs[0]", &json!("None"), &format!("may not be set to 'None' for {kind} services"))
        }),
        _ => node_ports(service).first().map(|(index, _)| {
            forbidden(format!("spec.ports[{index}].nodePort"), &format!("may not be used when `type` is '{kind}'"))
        }),
    }
}

fn families(service: &Value) -> Option<Cause> {
    let spec = &service["spec"];
    let mut families = spec["ipFamilies"].as_array().into_iter().flatten().enumerate();
    if let Some((index, family)) = families.find(|(_, family)| **family != "IPv4") {
        return Some(invalid(format!("spec.ipFamilies[{index}]"), family, "not configured on this cluster"));
    }
    (spec["ipFamilyPolicy"] == "RequireDualStack").then(|| {
        let why = "this cluster is not configured for dual-stack services";
        invalid("spec.ipFamilyPolicy", &spec["ipFamilyPolicy"], why)
    })
}

fn address(service: &Value, before: Option<&Value>, others: &[Arc<Value>]) -> Option<Cause> {
    let given = &service["spec"]["clusterIP"];
    if before.is_some_and(|before| before["spec"]["clusterIP"] == *given) {
        return None;
    }
    let asked: Ipv4Addr = given.as_str()?.parse().ok()?;
    let why = if asked.octets()[..2] != [10, 96] {
        "the provided network does not match the current range"
    } else if others.iter().any(|other| other["spec"]["clusterIP"] == *given) {
        "provided IP is already allocated"
    } else {
        return None;
    };
    let addresses = &service["spec"]["clusterIPs"];
    Some(invalid("spec.clusterIPs", addresses, &format!("failed to allocate IP {asked}: {why}")))
}

fn ports(service: &Value, before: Option<&Value>, others: &[Arc<Value>]) -> Option<Cause> {
    let numbers = |service: &Value| node_ports(service).into_iter().map(|(_, port)| port).collect::<Vec<_>>();
    let kept = before.map(numbers).unwrap_or_default();
    node_ports(service).into_iter().filter(|(_, port)| !kept.contains(port)).find_map(|(index, port)| {
        let why = if !(30_000..=32_767).contains(&port) {
            "provided port is not in the valid range. The range of valid ports is 30000-32767"
        } else if others.iter().any(|other| numbers(other).contains(&port)) {
            "provided port is already allocated"
        } else {
            return None;
        };
        Some(invalid(format!("spec.ports[{index}].nodePort"), &json!(port), why))
    })
}
