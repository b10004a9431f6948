//! Services, endpoints and policies as tables.

use serde_json::Value;

use crate::api::printers::age::age;
use crate::api::printers::printer::{
    AGE, Cells, Column, NAME, Printer, count, label_selector, labels, name, text_or_none,
};

/// The printer of a kind, when it is one of these.
pub(super) fn printer(kind: &str) -> Option<Printer> {
    let (columns, cells): (Vec<Column>, Cells) = match kind {
        "NetworkPolicy" => (vec![NAME, Column::text("Pod-Selector", "spec.podSelector"), AGE], network_policy),
        "ClusterNetworkPolicy" => {
            (vec![NAME, Column::text("Tier", "spec.tier"), Column::integer("Priority", "spec.priority"), AGE], |o| {
                vec![name(o), text_or_none(&o["spec"]["tier"]), count(&o["spec"]["priority"]).into(), age(o)]
            })
        }
        "Service" => (
            vec![
                NAME,
                Column::text("Type", "spec.type"),
                Column::text("Cluster-IP", "spec.clusterIP"),
                Column::text("External-IP", "spec.externalIPs"),
                Column::text("Port(s)", "spec.ports"),
                AGE,
                Column::wide("Selector", "spec.selector"),
            ],
            service,
        ),
        "Endpoints" => (vec![NAME, Column::text("Endpoints", "subsets"), AGE], |o| {
            vec![name(o), endpoints(&o["subsets"]).into(), age(o)]
        }),
        "EndpointSlice" => (
            vec![
                NAME,
                Column::text("AddressType", "addressType"),
                Column::text("Ports", "ports"),
                Column::text("Endpoints", "endpoints"),
                AGE,
            ],
            endpoint_slice,
        ),
        "Ingress" => (
            vec![
                NAME,
                Column::text("Class", "spec.ingressClassName"),
                Column::text("Hosts", "spec.rules"),
                Column::text("Address", "status.loadBalancer"),
                Column::text("Ports", ""),
                AGE,
            ],
            ingress,
        ),
        "IngressClass" => (
            vec![
                NAME,
                Column::text("Controller", "spec.controller"),
                Column::text("Parameters", "spec.parameters"),
                AGE,
            ],
            |o| vec![name(o), text_or_none(&o["spec"]["controller"]), "<none>".into(), age(o)],
        ),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

fn network_policy(object: &Value) -> Vec<Value> {
    vec![name(object), label_selector(&object["spec"]["podSelector"]).into(), age(object)]
}

fn service(object: &Value) -> Vec<Value> {
    let spec = &object["spec"];
    let kind = spec["type"].as_str().unwrap_or("ClusterIP");
    let cluster_ip = match spec["clusterIP"].as_str() {
        Some(ip) if !ip.is_empty() => ip,
        _ => "<none>",
    };
    vec![
        name(object),
        kind.into(),
        cluster_ip.into(),
        external_ips(object, kind).into(),
        ports(&spec["ports"]).into(),
        age(object),
        labels(&spec["selector"]).into(),
    ]
}

fn external_ips(object: &Value, kind: &str) -> String {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let mut ips = texts(&object["spec"]["externalIPs"]);
    match kind {
        "ExternalName" => return object["spec"]["externalName"].as_str().unwrap_or_default().to_owned(),
        "LoadBalancer" => {
            for ingress in object["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten() {
                let address = ingress["ip"].as_str().or_else(|| ingress["hostname"].as_str());
                ips.extend(address.map(str::to_owned));
            }
            if ips.is_empty() {
                return "<pending>".to_owned();
            }
        }
        _ => {}
    }
    if ips.is_empty() { "<none>".to_owned() } else { ips.join(",") }
}

fn ports(ports: &Value) -> String {
    let shown: Vec<String> = ports
        .as_array()
        .into_iter()
        .flatten()
        .map(|port| {
            let number = count(&port["port"]);
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            match port["nodePort"].as_i64() {
                Some(node) if node > 0 => format!("{number}:{node}/{protocol}"),
                _ => format!("{number}/{protocol}"),
            }
        })
        .collect();
    if shown.is_empty() { "<none>".to_owned() } else { shown.join(",") }
}

/// At most three addresses, and how many more there are.
fn endpoints(subsets: &Value) -> String {
    let mut all = Vec::new();
    for subset in subsets.as_array().into_iter().flatten() {
        let addresses: Vec<&str> =
            subset["addresses"].as_array().into_iter().flatten().filter_map(|a| a["ip"].as_str()).collect();
        let ports = subset["ports"].as_array().map_or(&[][..], Vec::as_slice);
        if ports.is_empty() {
            all.extend(addresses.iter().map(|address| (*address).to_owned()));
        }
        for port in ports {
            all.extend(addresses.iter().map(|address| join(address, count(&port["port"]))));
        }
    }
    shortened(&all, "<none>")
}

fn join(address: &str, port: i64) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

fn shortened(all: &[String], none: &str) -> String {
    match all {
        [] => none.to_owned(),
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a},{b},{c} + {} more...", rest.len()),
        few => few.join(","),
    }
}

fn endpoint_slice(object: &Value) -> Vec<Value> {
    let ports: Vec<String> = object["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|port| port["port"].as_i64().map_or_else(|| "*".to_owned(), |number| number.to_string()))
        .collect();
    let addresses: Vec<String> = object["endpoints"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|endpoint| endpoint["addresses"].as_array().into_iter().flatten())
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    vec![
        name(object),
        text_or_none(&object["addressType"]),
        shortened(&ports, "<unset>").into(),
        shortened(&addresses, "<unset>").into(),
        age(object),
    ]
}

fn ingress(object: &Value) -> Vec<Value> {
    let hosts: Vec<String> = object["spec"]["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|rule| rule["host"].as_str().unwrap_or("*").to_owned())
        .collect();
    let ports = if object["spec"]["tls"].as_array().is_some_and(|tls| !tls.is_empty()) { "80, 443" } else { "80" };
    vec![
        name(object),
        text_or_none(&object["spec"]["ingressClassName"]),
        shortened(&hosts, "*").into(),
        "".into(),
        ports.into(),
        age(object),
    ]
}
