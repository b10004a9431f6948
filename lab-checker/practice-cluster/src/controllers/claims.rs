//! The claims that a StatefulSet makes for each of its pods from its claim templates, and the volumes that the pods
//! have by them.

use serde_json::{Value, json};

use super::events::{self, Event, Source};
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::state::Key;
use crate::store::transaction::Transaction;

/// The templates by the names of the volumes that come of them.
fn templates(set: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let templates = set["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten();
    templates.map(|template| (object::name(template), template))
}

/// Makes the claims of a pod that there are not yet: a pod that comes back finds its data again.
pub(super) fn make(tx: &mut Transaction, set: &Value, pod: &str) -> Result<(), Status> {
    for (volume, template) in templates(set) {
        let claim = claim(set, volume, template, pod);
        if tx
            .find(resource::known("", "persistentvolumeclaims"), object::namespace(set), object::name(&claim))
            .is_some()
        {
            continue;
        }
        let name = object::name(&claim).to_owned();
        crate::incoming::create::admitted(tx, claim)?;
        let message = format!("create Claim {name} Pod {pod} in StatefulSet {} success", object::name(set));
        events::record(tx, set, &Event::normal(Source::StatefulSets, "SuccessfulCreate", message));
    }
    Ok(())
}

fn claim(set: &Value, volume: &str, template: &Value, pod: &str) -> Value {
    let mut claim = template.clone();
    claim["apiVersion"] = json!("v1");
    claim["kind"] = json!("PersistentVolumeClaim");
    if let Some(claim) = claim.as_object_mut() {
        claim.remove("status");
    }
    let metadata = object::metadata_mut(&mut claim);
    metadata.insert("name".to_owned(), claim_name(volume, pod).into());
    metadata.insert("namespace".to_owned(), object::namespace(set).into());
    let labels = object::entry_mut(metadata, "labels");
    let selected = set["spec"]["selector"]["matchLabels"].as_object().into_iter().flatten();
    labels.extend(selected.map(|(key, value)| (key.clone(), value.clone())));
    if set["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete" {
        metadata.insert(
            "ownerReferences".to_owned(),
            json!([{
                "apiVersion": object::api_version(set), "kind": object::kind(set),
                "name": object::name(set), "uid": object::uid(set),
            }]),
        );
    }
    claim
}

fn claim_name(volume: &str, pod: &str) -> String {
    format!("{volume}-{pod}")
}

/// Gives a pod the volumes that its claims are; they come before, and instead of, those of the template.
pub(super) fn mount(set: &Value, pod: &mut Value) {
    let name = object::name(pod).to_owned();
    let mut volumes: Vec<Value> = templates(set)
        .map(|(volume, _)| json!({"name": volume, "persistentVolumeClaim": {"claimName": claim_name(volume, &name)}}))
        .collect();
    if volumes.is_empty() {
        return;
    }
    let others = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let others = others.filter(|other| templates(set).all(|(volume, _)| other["name"] != volume));
    volumes.extend(others.cloned().collect::<Vec<_>>());
    pod["spec"]["volumes"] = volumes.into();
}

/// Takes the claims of a pod that is one too many, when the StatefulSet says so.
pub(super) fn give_up(tx: &mut Transaction, set: &Value, pod: &str) {
    if set["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] != "Delete" {
        return;
    }
    let claims = resource::known("", "persistentvolumeclaims");
    for (volume, _) in templates(set) {
        let key = Key::new(claims, object::namespace(set), &claim_name(volume, pod));
        if let Some(claim) = tx.get(&key).cloned() {
            crate::store::removal::remove_or_terminate(tx, &claim, None);
        }
    }
}
