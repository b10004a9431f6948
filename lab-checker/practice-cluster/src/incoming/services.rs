//! Services: the addresses and node ports that they are given.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::service_claims;
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::transaction::Transaction;

/// Completes a Service that has its defaults. `before` is the stored one on an update: its addresses and ports stay.
pub(crate) fn admit(tx: &Transaction, service: &mut Value, before: Option<&Value>) -> Result<(), Status> {
    let spec = object::child_mut(service, "spec");
    let kind = spec.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if kind == "ExternalName" {
        let_go(spec, before);
    } else {
        set(spec, "ipFamilyPolicy", "SingleStack");
        set(spec, "ipFamilies", json!(["IPv4"]));
        address(tx, spec, before);
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        node_ports(tx, spec, before);
    } else {
        give_back_node_ports(spec, before);
        spec.remove("externalTrafficPolicy");
    }
    let status = object::child_mut(service, "status");
    object::entry_mut(status, "loadBalancer");
    Ok(())
}

/// A Service that becomes a mere name gives up what it had as another type, unless its owner says otherwise.
fn let_go(spec: &mut Map<String, Value>, before: Option<&Value>) {
    let Some(before) = before.filter(|before| before["spec"]["type"] != "ExternalName") else { return };
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
        if spec.get(field) == before["spec"].get(field) {
            spec.remove(field);
        }
    }
}

/// A Service that is a NodePort no longer gives its node ports back.
fn give_back_node_ports(spec: &mut Map<String, Value>, before: Option<&Value>) {
    let had: HashSet<u64> =
        before.map(service_claims::node_ports).unwrap_or_default().into_iter().map(|(_, port)| port).collect();
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let number = port["nodePort"].as_u64().unwrap_or(0);
        if let Some(port) = port.as_object_mut()
            && (number == 0 || had.contains(&number))
        {
            port.remove("nodePort");
        }
    }
}

fn set(map: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    let missing = map.get(field).is_none_or(|value| value.is_null() || value == "");
    if missing {
        map.insert(field.to_owned(), value.into());
    }
}

/// The cluster address: the one asked for, the one from before, or a free one.
fn address(tx: &Transaction, spec: &mut Map<String, Value>, before: Option<&Value>) {
    let given = spec.get("clusterIP").and_then(Value::as_str).filter(|address| !address.is_empty()).map(str::to_owned);
    let first = spec.get("clusterIPs").and_then(|all| all.get(0)).and_then(Value::as_str).map(str::to_owned);
    let kept = before.and_then(|before| before["spec"]["clusterIP"].as_str()).map(str::to_owned);
    // Whoever changes the one address means the list too.
    if let Some(before) = before
        && given.is_some()
        && before["spec"]["clusterIP"].as_str() != given.as_deref()
        && spec.get("clusterIPs") == before["spec"].get("clusterIPs")
    {
        spec.remove("clusterIPs");
    }
    let address = given.or(first).or(kept).unwrap_or_else(|| free_address(tx));
    set(spec, "clusterIPs", json!([address]));
    spec.insert("clusterIP".to_owned(), address.into());
}

fn free_address(tx: &Transaction) -> String {
    let services = tx.list(resource::known("", "services"), None);
    let used: HashSet<&str> = services.iter().filter_map(|service| service["spec"]["clusterIP"].as_str()).collect();
    // 10.96.0.0/16; its first addresses are kept for those who ask for one, as kube-dns does.
    let candidates =
        std::iter::repeat_with(rand::random::<u16>).filter(|number| *number > 255 && !matches!(number % 256, 0 | 255));
    let free = candidates.map(|number| {
        let [third, last] = number.to_be_bytes();
        Ipv4Addr::new(10, 96, third, last).to_string()
    });
    free.take(100_000).find(|address| !used.contains(address.as_str())).unwrap_or_default()
}

fn node_ports(tx: &Transaction, spec: &mut Map<String, Value>, before: Option<&Value>) {
    let services = tx.list(resource::known("", "services"), None);
    let all = services.iter().filter_map(|service| service["spec"]["ports"].as_array()).flatten();
    let mut used: HashSet<u64> = all.filter_map(|port| port["nodePort"].as_u64()).collect();
    let earlier = before.and_then(|before| before["spec"]["ports"].as_array()).cloned().unwrap_or_default();
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if port["nodePort"].as_u64().is_some_and(|number| number > 0) {
            continue;
        }
        let same = |old: &&Value| old["port"] == port["port"] && old["protocol"] == port["protocol"];
        let kept = earlier.iter().find(same).and_then(|old| old["nodePort"].as_u64());
        let free = || {
            let candidates = std::iter::repeat_with(|| 30_000 + u64::from(rand::random::<u16>() % 2768));
            candidates.take(10_000).find(|number| !used.contains(number)).unwrap_or(30_000)
        };
        let number = kept.unwrap_or_else(free);
        used.insert(number);
        port["nodePort"] = json!(number);
    }
}
