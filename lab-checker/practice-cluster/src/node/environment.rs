//! What a container's processes find: environment variables, and mounted files.

use std::collections::BTreeMap;
use std::sync::Arc;

use pod::Files;
use serde_json::Value;

use crate::resource;
use crate::store::object;
use crate::store::state::State;

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

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
            None => value_from(state, pod, &variable["valueFrom"]),
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

fn value_from(state: &State, pod: &Value, from: &Value) -> Option<String> {
    if let Some(path) = from["fieldRef"]["fieldPath"].as_str() {
        return field(pod, path);
    }
    for (plural, reference) in [("configmaps", &from["configMapKeyRef"]), ("secrets", &from["secretKeyRef"])] {
        if let (Some(name), Some(key)) = (reference["name"].as_str(), reference["key"].as_str()) {
            let all = data(state, plural, object::namespace(pod), name);
            return all.into_iter().find(|(known, _)| known == key).map(|(_, value)| value);
        }
    }
    None
}

/// A field of a pod for the downward API.
fn field(pod: &Value, path: &str) -> Option<String> {
    let keyed = path.strip_suffix("']").and_then(|path| path.split_once("['"));
    let value = match keyed {
        Some((map, key)) => &pod.pointer(&format!("/{}", map.replace('.', "/")))?[key],
        None => pod.pointer(&format!("/{}", path.replace('.', "/")))?,
    };
    value.as_str().map(str::to_owned)
}

/// The data of a ConfigMap or Secret as text.
fn data(state: &State, plural: &str, namespace: &str, name: &str) -> Vec<(String, String)> {
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

/// The files below a path of a pod's node, as far as there are any.
fn host_files(state: &State, pod: &Value, path: &str) -> Vec<(String, String)> {
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let pods = state.list(resource::known("", "pods"), None);
    let here = pods.filter(|(_, pod)| pod["spec"]["nodeName"] == node).map(|(_, pod)| pod);
    let mut files = vec![
        ("/etc/hostname".to_owned(), format!("{node}\n")),
        ("/etc/os-release".to_owned(), "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n".to_owned()),
        ("/etc/kubernetes/kubelet.conf".to_owned(), "# the kubelet's way to the API server\n".to_owned()),
        ("/etc/kubernetes/manifests/kube-apiserver.yaml".to_owned(), "# a static pod\n".to_owned()),
        ("/var/lib/kubelet/config.yaml".to_owned(), "kind: KubeletConfiguration\n".to_owned()),
        ("/var/log/syslog".to_owned(), format!("{node} kubelet[1]: \"Started kubelet\"\n")),
    ];
    for pod in here {
        let (namespace, name, uid) = (object::namespace(pod), object::name(pod), object::uid(pod));
        for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
            let container = container["name"].as_str().unwrap_or_default();
            let log = format!("/var/log/pods/{namespace}_{name}_{uid}/{container}/0.log");
            files.push((log, String::new()));
            files.push((format!("/var/log/containers/{name}_{namespace}_{container}.log"), String::new()));
        }
    }
    let below = format!("{}/", path.trim_end_matches('/'));
    let inside = |(file, text): (String, String)| Some((file.strip_prefix(&below)?.to_owned(), text));
    files.into_iter().filter_map(inside).collect()
}

/// Puts the files of ConfigMaps, Secrets and the service account where the container mounts them.
pub(super) fn mount(state: &State, pod: &Value, spec: &Value, files: &Files) {
    let namespace = object::namespace(pod);
    for mount in spec["volumeMounts"].as_array().into_iter().flatten() {
        let (Some(name), Some(path)) = (mount["name"].as_str(), mount["mountPath"].as_str()) else { continue };
        let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
        let Some(volume) = volumes.into_iter().find(|volume| volume["name"] == name) else { continue };
        let content = if let Some(map) = volume["configMap"]["name"].as_str() {
            data(state, "configmaps", namespace, map)
        } else if let Some(secret) = volume["secret"]["secretName"].as_str() {
            data(state, "secrets", namespace, secret)
        } else if path == TOKEN_PATH {
            let ca = data(state, "configmaps", namespace, "kube-root-ca.crt");
            let ca = ca.into_iter().next().map(|(_, text)| text).unwrap_or_default();
            // No token works here, and none that looks as if it did should lie about.
            let all = [("ca.crt", ca), ("namespace", namespace.to_owned()), ("token", "practice-cluster".to_owned())];
            all.map(|(name, text)| (name.to_owned(), text)).to_vec()
        } else if let Some(host) = volume["hostPath"]["path"].as_str() {
            host_files(state, pod, host)
        } else {
            continue;
        };
        match mount["subPath"].as_str() {
            Some(part) => {
                if let Some((_, text)) = content.into_iter().find(|(name, _)| name == part) {
                    files.insert(path, text.into_bytes());
                }
            }
            None => {
                for (name, text) in content {
                    files.insert(&format!("{path}/{name}"), text.into_bytes());
                }
            }
        }
    }
}
