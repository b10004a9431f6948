//! Storage, as far as it shows: the default class of claims, and volumes that claims are bound to. Nothing is stored in
//! them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::incoming::create::admitted;
use crate::resource::{self, Resource};
use crate::status::Status;
use crate::store::object;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

/// What provides the volumes of the default class.
const PROVISIONER: &str = "rancher.io/local-path";
/// Volumes that nobody makes: whoever wants one writes it.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

fn claims() -> &'static Resource {
    resource::known("", "persistentvolumeclaims")
}

fn volumes() -> &'static Resource {
    resource::known("", "persistentvolumes")
}

/// The class of claims that name none.
pub(super) fn default_class(tx: &mut Transaction) -> Result<(), Status> {
    admitted(
        tx,
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {
                "name": "standard",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": PROVISIONER, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
        }),
    )?;
    Ok(())
}

/// Binds a new claim, and lets go of the volume of one that is gone.
pub(super) fn claim_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    match (&change.before, &change.after) {
        (None, Some(claim)) => bind(tx, claim),
        (Some(claim), None) => {
            release(tx, claim);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Binds the first claim that waits for a volume such as the new one.
pub(super) fn volume_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    let (None, Some(volume)) = (&change.before, &change.after) else { return Ok(()) };
    if volume["spec"]["claimRef"].is_object() {
        return Ok(());
    }
    if volume["status"]["phase"].is_null() {
        let mut shown = Value::clone(volume);
        shown["status"] = json!({"phase": "Available"});
        tx.update(shown);
    }
    let waiting = tx
        .list(claims(), None)
        .into_iter()
        .find(|claim| claim["status"]["phase"] == "Pending" && !object::terminating(claim) && fits(volume, claim));
    waiting.map_or(Ok(()), |claim| bind(tx, &claim))
}

fn bind(tx: &mut Transaction, claim: &Value) -> Result<(), Status> {
    let mut claim = claim.clone();
    if claim["spec"]["storageClassName"].is_null()
        && let Some(class) = default_of(tx)
    {
        claim["spec"]["storageClassName"] = object::name(&class).into();
    }
    if claim["spec"]["volumeMode"].is_null() {
        claim["spec"]["volumeMode"] = "Filesystem".into();
    }
    let free = |volume: &Arc<Value>| volume["status"]["phase"] == "Available" && fits(volume, &claim);
    let found = tx.list(volumes(), None).into_iter().find(free).map(|volume| Value::clone(&volume));
    let volume = match found {
        Some(volume) => Some(volume),
        None => provided(tx, &claim)?,
    };
    let Some(mut volume) = volume else {
        claim["status"] = json!({"phase": "Pending"});
        tx.update(claim);
        return Ok(());
    };
    let (namespace, name) = (object::namespace(&claim).to_owned(), object::name(&claim).to_owned());
    volume["spec"]["claimRef"] = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "namespace": namespace, "name": name, "uid": object::uid(&claim),
    });
    volume["status"] = json!({"phase": "Bound"});
    claim["spec"]["volumeName"] = object::name(&volume).into();
    claim["status"] = json!({
        "phase": "Bound", "accessModes": volume["spec"]["accessModes"], "capacity": volume["spec"]["capacity"],
    });
    tx.update(volume);
    tx.update(claim);
    Ok(())
}

fn default_of(tx: &Transaction) -> Option<Arc<Value>> {
    let classes = tx.list(resource::known("storage.k8s.io", "storageclasses"), None);
    classes
        .into_iter()
        .find(|class| class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true")
}

/// Whether a volume is what a claim asks for.
fn fits(volume: &Value, claim: &Value) -> bool {
    let (have, want) = (&volume["spec"], &claim["spec"]);
    let class = |spec: &Value| spec["storageClassName"].as_str().unwrap_or_default().to_owned();
    let modes = |spec: &Value| -> Vec<String> {
        let modes = spec["accessModes"].as_array().into_iter().flatten();
        modes.filter_map(|mode| mode.as_str().map(str::to_owned)).collect()
    };
    let named = want["volumeName"].as_str().is_none_or(|name| name.is_empty() || name == object::name(volume));
    let offered = modes(have);
    let size = |value: &Value| bytes(value["storage"].as_str().unwrap_or_default());
    named
        && class(have) == class(want)
        && modes(want).iter().all(|mode| offered.contains(mode))
        && size(&have["capacity"]) >= size(&want["resources"]["requests"])
}

/// A quantity of bytes, such as `10Gi`.
fn bytes(text: &str) -> f64 {
    const UNITS: [(&str, f64); 8] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
    ];
    let (number, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor))).unwrap_or((text, 1.0));
    number.parse::<f64>().map_or(0.0, |number| number * factor)
}

/// A volume that is made for a claim, when its class makes any.
fn provided(tx: &mut Transaction, claim: &Value) -> Result<Option<Value>, Status> {
    let class = claim["spec"]["storageClassName"].as_str().unwrap_or_default();
    let found = tx.find(resource::known("storage.k8s.io", "storageclasses"), "", class).cloned();
    let Some(found) = found.filter(|class| class["provisioner"] != NO_PROVISIONER) else { return Ok(None) };
    let name = format!("pvc-{}", object::uid(claim));
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            "annotations": {"pv.kubernetes.io/provisioned-by": found["provisioner"]},
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "persistentVolumeReclaimPolicy": found["reclaimPolicy"].as_str().unwrap_or("Delete"),
            "storageClassName": class,
            "volumeMode": claim["spec"]["volumeMode"],
            "hostPath": {"path": format!("/var/local-path-provisioner/{name}"), "type": "DirectoryOrCreate"},
            "claimRef": {"kind": "PersistentVolumeClaim"},
        },
    });
    let made = admitted(tx, volume)?;
    Ok(Some(Value::clone(&made)))
}

fn release(tx: &mut Transaction, claim: &Value) {
    let name = claim["spec"]["volumeName"].as_str().unwrap_or_default();
    let Some(volume) = tx.find(volumes(), "", name).cloned() else { return };
    if volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" {
        tx.remove(&Key::new(volumes(), "", name));
        return;
    }
    let mut volume = Value::clone(&volume);
    volume["status"] = json!({"phase": "Released"});
    tx.update(volume);
}
