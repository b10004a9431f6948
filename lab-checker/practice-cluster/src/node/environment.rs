//! What a container's processes find in their environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::spec::container_spec;
use crate::resource;
use crate::store::object;
use crate::store::state::State;

/// What `hostname` prints in a pod.
pub(super) fn hostname(pod: &Value) -> String {
    let name = if pod["spec"]["hostNetwork"] == true { &pod["spec"]["nodeName"] } else { &pod["spec"]["hostname"] };
    name.as_str().filter(|name| !name.is_empty()).unwrap_or_else(|| object::name(pod)).to_owned()
}

/// The variables of a container.
pub(super) fn variables(state: &State, pod: &Value, spec: &Value, hostname: &str) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned());
    set("HOME", "/root".to_owned());
    set("HOSTNAME", hostname.to_owned());
    let links = pod["spec"]["enableServiceLinks"] != false;
    for (name, value) in service_variables(state, pod, links) {
        variables.insert(name, value);
    }
    let namespace = object::namespace(pod);
    for source in spec["envFrom"].as_array().into_iter().flatten() {
        let prefix = source["prefix"].as_str().unwrap_or_default();
        for (plural, reference) in [("configmaps", &source["configMapRef"]), ("secrets", &source["secretRef"])] {
            for (name, value) in data(state, plural, namespace, reference["name"].as_str().unwrap_or_default()) {
                variables.insert(format!("{prefix}{name}"), value);
            }
        }
    }
    for variable in spec["env"].as_array().into_iter().flatten() {
        let Some(name) = variable["name"].as_str() else { continue };
        let value = match variable["value"].as_str() {
            Some(value) => Some(substitute(value, &variables)),
            None => value_from(state, pod, spec, &variable["valueFrom"]),
        };
        variables.insert(name.to_owned(), value.unwrap_or_default());
    }
    variables
}

/// `$(NAME)` in a value becomes the value of an earlier variable.
fn substitute(value: &str, variables: &BTreeMap<String, String>) -> String {
    let mut text = value.to_owned();
    for (name, value) in variables {
        text = text.replace(&format!("$({name})"), value);
    }
    text
}

fn value_from(state: &State, pod: &Value, container: &Value, from: &Value) -> Option<String> {
    if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
        return field(pod, path);
    }
    if from["resourceFieldRef"].is_object() {
        return amount(pod, container, &from["resourceFieldRef"]);
    }
    for (plural, reference) in [("configmaps", &from["configMapKeyRef"]), ("secrets", &from["secretKeyRef"])] {
        if let (Some(name), Some(key)) = (reference["name"].as_str(), reference["key"].as_str()) {
            let all = data(state, plural, object::namespace(pod), name);
            return all.into_iter().find(|(known, _)| known == key).map(|(_, value)| value);
        }
    }
    None
}

/// What a container asks for or may take, in whole units of a divisor, which is one core or one byte where none is
/// named. Where there is no limit, it is the node's.
pub(super) fn amount(pod: &Value, container: &Value, reference: &Value) -> Option<String> {
    let named = reference["containerName"].as_str().and_then(|name| container_spec(pod, name));
    let resource = reference["resource"].as_str()?;
    let (of, name) = resource.split_once('.')?;
    let own = &named.unwrap_or(container)["resources"];
    let asked = match (of, &own[of][name], &own["limits"][name]) {
        ("requests", Value::Null, limit) => limit,
        (_, value, _) => value,
    };
    let of_node = match (of, name) {
        ("requests", _) => 0.0,
        (_, "cpu") => 4.0,
        _ => 8_589_934_592.0,
    };
    let amount = asked.as_str().map_or(Some(of_node), quantity)?;
    let divisor = reference["divisor"].as_str().and_then(quantity).filter(|divisor| *divisor > 0.0).unwrap_or(1.0);
    Some(format!("{:.0}", (amount / divisor).ceil()))
}

/// A quantity such as `250m` or `64Mi` as a number.
fn quantity(text: &str) -> Option<f64> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return None,
    };
    // `250m` of one core is a quarter, whatever binary fractions make of it.
    number.parse::<f64>().ok().map(|number| (number * factor * 1e9).round() / 1e9)
}

/// A field of a pod for the downward API.
pub(super) fn field(pod: &Value, path: &str) -> Option<String> {
    let keyed = path.strip_suffix("']").and_then(|path| path.split_once("['"));
    let value = match keyed {
        Some((map, key)) => &pod.pointer(&format!("/{}", map.replace('.', "/")))?[key],
        None => pod.pointer(&format!("/{}", path.replace('.', "/")))?,
    };
    // A map is a line for each entry.
    let line = |(key, value): (&String, &Value)| Some(format!("{key}={:?}\n", value.as_str()?));
    let lines = |map: &serde_json::Map<String, Value>| map.iter().filter_map(line).collect();
    value.as_str().map(str::to_owned).or_else(|| value.as_object().map(lines))
}

/// The data of a ConfigMap or Secret as text.
pub(super) fn data(state: &State, plural: &str, namespace: &str, name: &str) -> Vec<(String, String)> {
    let Some(found) = state.find(resource::known("", plural), namespace, name) else { return Vec::new() };
    let pairs = found["data"].as_object().into_iter().flatten();
    pairs
        .filter_map(|(key, value)| {
            let text = value.as_str()?;
            Some((key.clone(), if plural == "secrets" { decode(text)? } else { text.to_owned() }))
        })
        .collect()
}

fn decode(text: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The variables by which a pod knows the API server, and with service links every Service of its namespace.
fn service_variables(state: &State, pod: &Value, links: bool) -> Vec<(String, String)> {
    let services = resource::known("", "services");
    let born = |object: &Value| object["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned();
    // A container knows the Services that were there when it started.
    let before = |service: &&Arc<Value>| links && born(service) <= born(pod);
    let own = state.list(services, Some(object::namespace(pod))).map(|(_, service)| service).filter(before);
    let api = state.find(services, "default", "kubernetes");
    let mut variables = Vec::new();
    for service in own.chain(api) {
        let Some(address) = service["spec"]["clusterIP"].as_str().filter(|address| *address != "None") else {
            continue;
        };
        let prefix = object::name(service).to_uppercase().replace('-', "_");
        variables.push((format!("{prefix}_SERVICE_HOST"), address.to_owned()));
        for (index, port) in service["spec"]["ports"].as_array().into_iter().flatten().enumerate() {
            let number = port["port"].as_u64().unwrap_or(0);
            let protocol = port["protocol"].as_str().unwrap_or("TCP").to_lowercase();
            let one = format!("{prefix}_PORT_{number}_{}", protocol.to_uppercase());
            let url = format!("{protocol}://{address}:{number}");
            let parts =
                [("", url), ("_PROTO", protocol.clone()), ("_PORT", number.to_string()), ("_ADDR", address.to_owned())];
            variables.extend(parts.map(|(suffix, value)| (format!("{one}{suffix}"), value)));
            if index == 0 {
                variables.push((format!("{prefix}_SERVICE_PORT"), number.to_string()));
                variables.push((format!("{prefix}_PORT"), format!("{protocol}://{address}:{number}")));
            }
            if let Some(name) = port["name"].as_str() {
                let name = name.to_uppercase().replace('-', "_");
                variables.push((format!("{prefix}_SERVICE_PORT_{name}"), number.to_string()));
            }
        }
    }
    variables
}
