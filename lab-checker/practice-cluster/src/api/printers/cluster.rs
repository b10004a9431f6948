//! Namespaces, nodes, events and the plain kinds as tables.

use serde_json::Value;

use crate::api::printers::age::{age, since};
use crate::api::printers::printer::{AGE, Cells, Column, Kind, NAME, Printer, length, name, text_or_none};
use crate::store::object;

/// The printer of a kind, when it is one of these.
pub(super) fn printer(kind: &str) -> Option<Printer> {
    let (columns, cells): (Vec<Column>, Cells) = match kind {
        "Namespace" => (vec![NAME, Column::text("Status", "status.phase"), AGE], |o| {
            vec![name(o), text_or_none(&o["status"]["phase"]), age(o)]
        }),
        "ConfigMap" => (vec![NAME, Column::text("Data", "data"), AGE], |o| {
            let size = [&o["data"], &o["binaryData"]].map(|part| length(part).as_u64().unwrap_or(0));
            vec![name(o), size.iter().sum::<u64>().to_string().into(), age(o)]
        }),
        "Secret" => (vec![NAME, Column::text("Type", "type"), Column::text("Data", "data"), AGE], |o| {
            vec![name(o), text_or_none(&o["type"]), length(&o["data"]).to_string().into(), age(o)]
        }),
        "ServiceAccount" => (vec![NAME, AGE], |o| vec![name(o), age(o)]),
        "PersistentVolumeClaim" => (
            vec![
                NAME,
                Column::text("Status", "status.phase"),
                Column::text("Volume", "spec.volumeName"),
                Column::text("Capacity", "status.capacity"),
                Column::text("Access Modes", "status.accessModes"),
                Column::text("StorageClass", "spec.storageClassName"),
                Column::text("VolumeAttributesClass", "spec.volumeAttributesClassName"),
                AGE,
                Column::wide("VolumeMode", "spec.volumeMode"),
            ],
            claim,
        ),
        "PersistentVolume" => (
            vec![
                NAME,
                Column::text("Capacity", "spec.capacity"),
                Column::text("Access Modes", "spec.accessModes"),
                Column::text("Reclaim Policy", "spec.persistentVolumeReclaimPolicy"),
                Column::text("Status", "status.phase"),
                Column::text("Claim", "spec.claimRef"),
                Column::text("StorageClass", "spec.storageClassName"),
                Column::text("VolumeAttributesClass", "spec.volumeAttributesClassName"),
                Column::text("Reason", "status.reason"),
                AGE,
                Column::wide("VolumeMode", "spec.volumeMode"),
            ],
            volume,
        ),
        "StorageClass" => (
            vec![
                NAME,
                Column::text("Provisioner", "provisioner"),
                Column::text("ReclaimPolicy", "reclaimPolicy"),
                Column::text("VolumeBindingMode", "volumeBindingMode"),
                Column::text("AllowVolumeExpansion", "allowVolumeExpansion"),
                AGE,
            ],
            storage_class,
        ),
        "PriorityClass" => (
            vec![
                NAME,
                Column::integer("Value", "value"),
                Column::text("Global-Default", "globalDefault"),
                AGE,
                Column::text("PreemptionPolicy", "preemptionPolicy"),
            ],
            |o| {
                let global = o["globalDefault"] == true;
                let policy = o["preemptionPolicy"].as_str().unwrap_or("PreemptLowerPriority");
                vec![name(o), o["value"].clone(), global.to_string().into(), age(o), policy.into()]
            },
        ),
        "RoleBinding" | "ClusterRoleBinding" => (
            vec![
                NAME,
                Column::text("Role", "roleRef"),
                AGE,
                Column::wide("Users", "subjects"),
                Column::wide("Groups", "subjects"),
                Column::wide("ServiceAccounts", "subjects"),
            ],
            binding,
        ),
        "APIService" => {
            (vec![NAME, Column::text("Service", "spec.service"), Column::text("Available", "status"), AGE], |o| {
                vec![name(o), text_or_none(&o["spec"]["service"]["name"]), "True".into(), age(o)]
            })
        }
        "LimitRange" => (vec![NAME, CREATED_AT], |o| vec![name(o), o["metadata"]["creationTimestamp"].clone()]),
        "ResourceQuota" => (vec![NAME, Column::text("Request", ""), Column::text("Limit", ""), AGE], |o| {
            vec![name(o), "".into(), "".into(), age(o)]
        }),
        "Lease" => (vec![NAME, Column::text("Holder", "spec.holderIdentity"), AGE], |o| {
            vec![name(o), text_or_none(&o["spec"]["holderIdentity"]), age(o)]
        }),
        "Node" => (
            vec![
                NAME,
                Column::text("Status", "status"),
                Column::text("Roles", "metadata.labels"),
                AGE,
                Column::text("Version", "status.nodeInfo"),
                Column::wide("Internal-IP", "status.addresses"),
                Column::wide("External-IP", "status.addresses"),
                Column::wide("OS-Image", "status.nodeInfo"),
                Column::wide("Kernel-Version", "status.nodeInfo"),
                Column::wide("Container-Runtime", "status.nodeInfo"),
            ],
            node,
        ),
        "Event" => (
            vec![
                Column::text("Last Seen", "lastTimestamp"),
                Column::text("Type", "type"),
                Column::text("Reason", "reason"),
                Column::text("Object", "involvedObject"),
                Column::wide("Subobject", "involvedObject.fieldPath"),
                Column::wide("Source", "source"),
                Column::text("Message", "message"),
                Column::wide("First Seen", "firstTimestamp"),
                Column::wide("Count", "count"),
                Column { name: "Name", kind: Kind::Name, wide: true, field: "metadata.name" },
            ],
            event,
        ),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

/// The words by which kubectl shortens access modes.
fn access_modes(modes: &Value) -> String {
    let short = |mode: &Value| match mode.as_str() {
        Some("ReadWriteOnce") => "RWO",
        Some("ReadOnlyMany") => "ROX",
        Some("ReadWriteMany") => "RWX",
        Some("ReadWriteOncePod") => "RWOP",
        _ => "",
    };
    modes.as_array().into_iter().flatten().map(short).collect::<Vec<_>>().join(",")
}

fn or_unset(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.into(),
        _ => "<unset>".into(),
    }
}

fn claim(object: &Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let text = |value: &Value| Value::from(value.as_str().unwrap_or_default());
    let bound = spec["volumeName"].as_str().is_some_and(|volume| !volume.is_empty());
    let (capacity, modes) = match bound {
        true => (text(&status["capacity"]["storage"]), access_modes(&status["accessModes"])),
        false => ("".into(), String::new()),
    };
    vec![
        name(object),
        text(&status["phase"]),
        text(&spec["volumeName"]),
        capacity,
        modes.into(),
        text(&spec["storageClassName"]),
        or_unset(&spec["volumeAttributesClassName"]),
        age(object),
        spec["volumeMode"].as_str().unwrap_or("Filesystem").into(),
    ]
}

fn volume(object: &Value) -> Vec<Value> {
    let spec = &object["spec"];
    let text = |value: &Value| Value::from(value.as_str().unwrap_or_default());
    let claim = &spec["claimRef"];
    let claim = match claim["name"].as_str() {
        Some(name) => format!("{}/{name}", claim["namespace"].as_str().unwrap_or_default()),
        None => String::new(),
    };
    vec![
        name(object),
        text(&spec["capacity"]["storage"]),
        access_modes(&spec["accessModes"]).into(),
        spec["persistentVolumeReclaimPolicy"].as_str().unwrap_or("Retain").into(),
        object["status"]["phase"].as_str().unwrap_or("Available").into(),
        claim.into(),
        text(&spec["storageClassName"]),
        or_unset(&spec["volumeAttributesClassName"]),
        text(&object["status"]["reason"]),
        age(object),
        spec["volumeMode"].as_str().unwrap_or("Filesystem").into(),
    ]
}

fn storage_class(object: &Value) -> Vec<Value> {
    let default = &object["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"];
    let mark = if default == "true" { " (default)" } else { "" };
    vec![
        format!("{}{mark}", object::name(object)).into(),
        text_or_none(&object["provisioner"]),
        object["reclaimPolicy"].as_str().unwrap_or("Delete").into(),
        object["volumeBindingMode"].as_str().unwrap_or("Immediate").into(),
        (object["allowVolumeExpansion"] == true).to_string().into(),
        age(object),
    ]
}

fn binding(object: &Value) -> Vec<Value> {
    let role = &object["roleRef"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let subjects = |kind: &str| -> String {
        let all = object["subjects"].as_array().into_iter().flatten().filter(|subject| subject["kind"] == kind);
        let named = all.map(|subject| match kind {
            "ServiceAccount" => format!("{}/{}", text(&subject["namespace"]), text(&subject["name"])),
            _ => text(&subject["name"]),
        });
        named.collect::<Vec<_>>().join(", ")
    };
    vec![
        name(object),
        format!("{}/{}", text(&role["kind"]), text(&role["name"])).into(),
        age(object),
        subjects("User").into(),
        subjects("Group").into(),
        subjects("ServiceAccount").into(),
    ]
}

const CREATED_AT: Column = Column::text("Created At", "metadata.creationTimestamp");

fn node(object: &Value) -> Vec<Value> {
    let status = &object["status"];
    let ready = status["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == "Ready")
        .map_or("Unknown", |condition| if condition["status"] == "True" { "Ready" } else { "NotReady" });
    let shown = match object["spec"]["unschedulable"].as_bool() {
        Some(true) => format!("{ready},SchedulingDisabled"),
        _ => ready.to_owned(),
    };
    let info = &status["nodeInfo"];
    let unknown = |value: &Value| value.as_str().filter(|t| !t.is_empty()).unwrap_or("<unknown>").to_owned();
    let kernel = match info["architecture"].as_str() {
        Some(architecture) if !architecture.is_empty() => {
            format!("{} ({architecture})", unknown(&info["kernelVersion"]))
        }
        _ => unknown(&info["kernelVersion"]),
    };
    vec![
        name(object),
        shown.into(),
        roles(object).into(),
        age(object),
        info["kubeletVersion"].clone(),
        address(status, "InternalIP").into(),
        address(status, "ExternalIP").into(),
        unknown(&info["osImage"]).into(),
        kernel.into(),
        unknown(&info["containerRuntimeVersion"]).into(),
    ]
}

fn roles(object: &Value) -> String {
    let mut roles: Vec<&str> = object["metadata"]["labels"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role),
            _ if key == "kubernetes.io/role" => value.as_str(),
            _ => None,
        })
        .collect();
    roles.sort_unstable();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}

fn address(status: &Value, kind: &str) -> String {
    let found = status["addresses"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|address| address["type"] == kind)
        .and_then(|address| address["address"].as_str());
    found.unwrap_or("<none>").to_owned()
}

fn event(object: &Value) -> Vec<Value> {
    let first = [&object["firstTimestamp"], &object["eventTime"], &object["metadata"]["creationTimestamp"]];
    let first = first.into_iter().find(|time| time.is_string()).unwrap_or(&Value::Null);
    let last = [&object["series"]["lastObservedTime"], &object["lastTimestamp"], first];
    let last = last.into_iter().find(|time| time.is_string()).unwrap_or(&Value::Null);
    let involved = &object["involvedObject"];
    let kind = object::kind(involved).to_ascii_lowercase();
    let about = match involved["name"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => format!("{kind}/{name}"),
        None => kind,
    };
    let source = [&object["source"]["component"], &object["reportingComponent"], &object["reportingController"]];
    let source = source.into_iter().find_map(Value::as_str).unwrap_or_default();
    let source = match object["source"]["host"].as_str().filter(|host| !host.is_empty()) {
        Some(host) => format!("{source}, {host}"),
        None => source.to_owned(),
    };
    vec![
        since(last).into(),
        object["type"].clone(),
        object["reason"].clone(),
        about.into(),
        involved["fieldPath"].as_str().unwrap_or_default().into(),
        source.into(),
        object["message"].as_str().unwrap_or_default().trim().into(),
        since(first).into(),
        object["count"].as_i64().unwrap_or(1).to_string().into(),
        name(object),
    ]
}
