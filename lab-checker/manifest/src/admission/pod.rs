//! Pods and pod templates: the mistakes that people make in them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::field_error::FieldError;
use super::metadata::{invalid_each, items, text};
use super::names;

/// `supported values` of a protocol, in the order in which they are listed for containers and Services.
pub(super) const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// The volumes that containers can mount, and whether each can be a block device.
type Volumes<'a> = HashMap<&'a str, bool>;

/// The spec of a pod, at `field`. `claims` are the names of claims that become volumes of the pod.
pub(super) fn validate_spec(spec: &Value, field: &str, claims: &[&str], errors: &mut Vec<FieldError>) {
    let block = |volume: &Value| !(volume["persistentVolumeClaim"].is_null() && volume["ephemeral"].is_null());
    let volumes = items(&spec["volumes"]).iter().map(|volume| (text(&volume["name"]), block(volume)));
    let volumes: Volumes<'_> = volumes.chain(claims.iter().map(|claim| (*claim, true))).collect();
    if items(&spec["containers"]).is_empty() {
        errors.push(FieldError::required(format!("{field}.containers"), ""));
    }
    let mut seen = HashSet::new();
    for list in ["containers", "initContainers"] {
        for (index, container) in items(&spec[list]).iter().enumerate() {
            let field = format!("{field}.{list}[{index}]");
            validate_container(container, &field, &volumes, errors);
            let name = text(&container["name"]);
            if !name.is_empty() && !seen.insert(name) {
                errors.push(FieldError::duplicate(format!("{field}.name"), name));
            }
        }
    }
    for (index, container) in items(&spec["ephemeralContainers"]).iter().enumerate() {
        validate_mounts(container, &format!("{field}.ephemeralContainers[{index}]"), &volumes, errors);
    }
    supported(spec, field, "restartPolicy", &["Always", "OnFailure", "Never"], errors);
    supported(spec, field, "dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], errors);
    for name in ["serviceAccountName", "nodeName"] {
        let given = text(&spec[name]);
        if !given.is_empty() {
            errors.extend(invalid_each(&format!("{field}.{name}"), given, names::dns_subdomain(given)));
        }
    }
}

/// A field that must be one of a few words when it is there.
pub(super) fn supported(
    value: &Value,
    field: &str,
    name: &str,
    supported: &[&'static str],
    errors: &mut Vec<FieldError>,
) {
    let given = &value[name];
    if !given.is_null() && !supported.contains(&text(given)) {
        errors.push(FieldError::not_supported(format!("{field}.{name}"), given.clone(), supported));
    }
}

fn validate_container(container: &Value, field: &str, volumes: &Volumes<'_>, errors: &mut Vec<FieldError>) {
    let name = text(&container["name"]);
    if name.is_empty() {
        errors.push(FieldError::required(format!("{field}.name"), ""));
    } else {
        errors.extend(invalid_each(&format!("{field}.name"), name, names::dns_label(name)));
    }
    let image = text(&container["image"]);
    if image.is_empty() {
        errors.push(FieldError::required(format!("{field}.image"), ""));
    } else if image.trim() != image {
        errors.push(FieldError::invalid(
            format!("{field}.image"),
            image,
            "must not have leading or trailing whitespace",
        ));
    }
    validate_ports(container, field, errors);
    validate_mounts(container, field, volumes, errors);
    supported(container, field, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], errors);
}

/// Mounts and block devices are of volumes that the pod has.
fn validate_mounts(container: &Value, field: &str, volumes: &Volumes<'_>, errors: &mut Vec<FieldError>) {
    const NO_BLOCK: &str = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
    for (list, path) in [("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")] {
        for (index, mount) in items(&container[list]).iter().enumerate() {
            let (field, volume) = (format!("{field}.{list}[{index}]"), text(&mount["name"]));
            match volumes.get(volume) {
                None => errors.push(FieldError::not_found(format!("{field}.name"), volume)),
                Some(false) if list == "volumeDevices" => {
                    errors.push(FieldError::invalid(format!("{field}.name"), volume, NO_BLOCK));
                }
                Some(_) => {}
            }
            if text(&mount[path]).is_empty() {
                errors.push(FieldError::required(format!("{field}.{path}"), ""));
            }
        }
    }
}

fn validate_ports(container: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let mut seen = HashSet::new();
    for (index, port) in items(&container["ports"]).iter().enumerate() {
        let field = format!("{field}.ports[{index}]");
        let name = text(&port["name"]);
        if !name.is_empty() {
            let wrongs = names::port_name(name);
            if wrongs.is_empty() && !seen.insert(name) {
                errors.push(FieldError::duplicate(format!("{field}.name"), name));
            }
            errors.extend(invalid_each(&format!("{field}.name"), name, wrongs));
        }
        match port["containerPort"].as_i64().unwrap_or_default() {
            0 => errors.push(FieldError::required(format!("{field}.containerPort"), "")),
            number => port_number(number, format!("{field}.containerPort"), errors),
        }
        if let Some(number) = port["hostPort"].as_i64().filter(|number| *number != 0) {
            port_number(number, format!("{field}.hostPort"), errors);
        }
        supported(port, &field, "protocol", PROTOCOLS, errors);
    }
}

/// A port number that must be one.
pub(super) fn port_number(number: i64, field: String, errors: &mut Vec<FieldError>) {
    if let Some(wrong) = names::port_number(number) {
        errors.push(FieldError::invalid(field, number, wrong));
    }
}

/// What may not change in the spec of a pod that exists.
pub(super) fn validate_update(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    const SENTENCE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
    let count = |pod: &Value| items(&pod["spec"]["containers"]).len();
    if count(old) != count(new) {
        errors.push(FieldError::forbidden("spec.containers", "pod updates may not add or remove containers"));
    } else if frozen(&old["spec"]) != frozen(&new["spec"]) {
        errors.push(FieldError::forbidden("spec", SENTENCE));
    }
}

/// A pod's spec without what may change.
fn frozen(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let Some(fields) = spec.as_object_mut() else { return spec };
    for changeable in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers"] {
        fields.remove(changeable);
    }
    for list in ["containers", "initContainers"] {
        let containers = fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for container in containers.filter_map(Value::as_object_mut) {
            container.remove("image");
        }
    }
    spec
}
