//! What is mounted into containers. Volumes with contents of their own (`emptyDir`, claims, folders of nodes) are shared
//! by all who mount them; ConfigMaps, Secrets and the like are written anew each time somebody looks.

use pod::Files;
use serde_json::Value;

use super::environment::{amount, data, field};
use crate::resource;
use crate::store::object;
use crate::store::state::State;

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whose a volume is, and which of theirs it is.
pub(super) type VolumeId = (String, String);

/// What a volume holds.
enum Content {
    /// What is written there.
    Shared(VolumeId),
    /// A folder of the pod's node, which holds files from the beginning.
    Node(VolumeId, Vec<(String, String)>),
    /// Files that nobody can write, each with its path.
    Told(Vec<(String, String)>),
}

/// Mounts the volumes of a container. `files_of` gives the files of one of them.
pub(super) fn mount(state: &State, pod: &Value, spec: &Value, files: &Files, files_of: impl Fn(VolumeId) -> Files) {
    for mount in spec["volumeMounts"].as_array().into_iter().flatten() {
        let (Some(name), Some(path)) = (mount["name"].as_str(), mount["mountPath"].as_str()) else { continue };
        let mut volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
        let Some(volume) = volumes.find(|volume| volume["name"] == name) else { continue };
        let (volume, read_only) = match content(state, pod, volume, path) {
            Content::Shared(id) => (files_of(id), mount["readOnly"] == true),
            Content::Node(id, told) => (written(files_of(id), told), mount["readOnly"] == true),
            Content::Told(told) => {
                let own = files_of((object::uid(pod).to_owned(), format!("volume/{name}")));
                own.keep(|path| told.iter().any(|(name, _)| path.strip_prefix('/') == Some(name)));
                (written(own, told), true)
            }
        };
        files.mount(path, &volume, mount["subPath"].as_str().unwrap_or_default(), read_only);
    }
}

fn written(files: Files, told: Vec<(String, String)>) -> Files {
    for (name, text) in told {
        files.insert(&format!("/{name}"), text.into_bytes());
    }
    files
}

fn content(state: &State, pod: &Value, volume: &Value, path: &str) -> Content {
    let name = volume["name"].as_str().unwrap_or_default();
    if let Some(host) = volume["hostPath"]["path"].as_str() {
        let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
        return Content::Node((format!("node/{node}"), host.to_owned()), host_files(state, pod, host));
    }
    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
        let claims = resource::known("", "persistentvolumeclaims");
        let claim = state.find(claims, object::namespace(pod), claim);
        return Content::Shared((claim.map_or("", |claim| object::uid(claim)).to_owned(), String::new()));
    }
    let own = (object::uid(pod).to_owned(), format!("volume/{name}"));
    match told(state, pod, volume, path) {
        Some(told) => Content::Told(told),
        None => Content::Shared(own),
    }
}

/// The files that a source tells; `None` for a volume whose files are written by whoever mounts it.
fn told(state: &State, pod: &Value, source: &Value, path: &str) -> Option<Vec<(String, String)>> {
    let namespace = object::namespace(pod);
    let name = |reference: &Value| reference.as_str().unwrap_or_default().to_owned();
    if path == TOKEN_PATH || source["serviceAccountToken"].is_object() {
        return Some(account(state, namespace, source));
    }
    if let Some(all) = source["projected"]["sources"].as_array() {
        return Some(all.iter().filter_map(|one| told(state, pod, one, path)).flatten().collect());
    }
    if let Some(map) = source.get("configMap").filter(|map| map.is_object()) {
        return Some(picked(data(state, "configmaps", namespace, &name(&map["name"])), &map["items"]));
    }
    if let Some(secret) = source.get("secret").filter(|secret| secret.is_object()) {
        // A volume calls it otherwise than a part of a projected one.
        let named = [&secret["secretName"], &secret["name"]].into_iter().find(|name| name.is_string());
        let all = data(state, "secrets", namespace, &named.map(name).unwrap_or_default());
        return Some(picked(all, &secret["items"]));
    }
    let items = source["downwardAPI"]["items"].as_array()?;
    let one = |item: &Value| {
        let text = match item["fieldRef"]["fieldPath"].as_str() {
            Some(path) => field(pod, path),
            None => amount(pod, &Value::Null, &item["resourceFieldRef"]),
        };
        Some((name(&item["path"]), text.unwrap_or_default()))
    };
    Some(items.iter().filter_map(one).collect())
}

/// What a service account shows of itself.
fn account(state: &State, namespace: &str, source: &Value) -> Vec<(String, String)> {
    // No token works here, and none that looks as if it did should lie about.
    let token = "practice-cluster".to_owned();
    if let Some(path) = source["serviceAccountToken"]["path"].as_str() {
        return vec![(path.to_owned(), token)];
    }
    let ca = data(state, "configmaps", namespace, "kube-root-ca.crt");
    let ca = ca.into_iter().next().map(|(_, text)| text).unwrap_or_default();
    let all = [("ca.crt", ca), ("namespace", namespace.to_owned()), ("token", token)];
    all.map(|(name, text)| (name.to_owned(), text)).to_vec()
}

/// All entries, or those that `items` pick, where they say.
fn picked(all: Vec<(String, String)>, items: &Value) -> Vec<(String, String)> {
    let Some(items) = items.as_array() else { return all };
    let one = |item: &Value| {
        let (_, text) = all.iter().find(|(key, _)| item["key"] == **key)?;
        Some((item["path"].as_str()?.to_owned(), text.clone()))
    };
    items.iter().filter_map(one).collect()
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
