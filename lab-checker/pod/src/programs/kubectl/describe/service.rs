//! A Service: its addresses, its ports, and what stands behind each.

use serde_json::Value;

use super::page::{Page, list, sorted_pairs, text};

/// How many endpoints are told.
const ENDPOINTS: usize = 3;

pub(super) fn write(page: &mut Page, service: &Value, slices: &[Value]) -> bool {
    let (metadata, spec) = (&service["metadata"], &service["spec"]);
    page.head(service);
    page.labels("Labels", &metadata["labels"]);
    page.annotations(&metadata["annotations"]);
    let selector: Vec<String> =
        sorted_pairs(&spec["selector"]).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    page.field(0, "Selector", or_none(selector.join(",")));
    page.field(0, "Type", text(&spec["type"]));
    page.optional(0, "IP Family Policy", &spec["ipFamilyPolicy"]);
    let joined = |field: &str| or_none(list(&spec[field]).map(text).collect::<Vec<_>>().join(","));
    page.field(0, "IP Families", joined("ipFamilies"));
    page.field(0, "IP", text(&spec["clusterIP"]));
    page.field(0, "IPs", joined("clusterIPs"));
    if list(&spec["externalIPs"]).next().is_some() {
        page.field(0, "External IPs", joined("externalIPs"));
    }
    page.optional(0, "External Name", &spec["externalName"]);
    for port in list(&spec["ports"]) {
        let name = port["name"].as_str().filter(|name| !name.is_empty());
        let (shown, protocol) = (name.unwrap_or("<unset>"), text(&port["protocol"]));
        page.field(0, "Port", format!("{shown}\t{}/{protocol}", port["port"]));
        let target = match &port["targetPort"] {
            Value::String(name) => name.clone(),
            number => number.to_string(),
        };
        page.field(0, "TargetPort", format!("{target}/{protocol}"));
        if let Some(number) = port["nodePort"].as_u64().filter(|number| *number != 0) {
            page.field(0, "NodePort", format!("{shown}\t{number}/{protocol}"));
        }
        page.field(0, "Endpoints", endpoints(slices, name.unwrap_or_default()));
    }
    page.field(0, "Session Affinity", text(&spec["sessionAffinity"]));
    page.optional(0, "External Traffic Policy", &spec["externalTrafficPolicy"]);
    page.optional(0, "Internal Traffic Policy", &spec["internalTrafficPolicy"]);
    true
}

fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text }
}

/// What stands behind a port.
fn endpoints(slices: &[Value], name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for slice in slices {
        for port in list(&slice["ports"]).filter(|port| text(&port["name"]) == name) {
            let ready = list(&slice["endpoints"]).filter(|endpoint| endpoint["conditions"]["ready"] != false);
            for address in ready.flat_map(|endpoint| list(&endpoint["addresses"])) {
                let address = text(address);
                let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
                all.push(format!("{host}:{}", port["port"]));
            }
        }
    }
    let shown = all.iter().take(ENDPOINTS).cloned().collect::<Vec<_>>().join(",");
    match all.len().saturating_sub(ENDPOINTS) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}
