//! From objects to the engine's snapshot.

use netpol::Snapshot;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::{LowerError, ObjectProblem, Wrong};
use super::source::Source;
use super::{addresses, cluster_policy, network, policy, workload};
use crate::object::ObjectId;
use crate::schema;

/// Lowers objects. Kinds that do not decide about traffic are left out.
///
/// # Errors
/// When an object is not what its kind demands; objects that pass [`crate::admission::validate`]
/// always lower.
pub fn lower(objects: &[Value], from: Source) -> Result<Snapshot, LowerError> {
    lower_each(objects, from)
}

/// The same of objects that stand anywhere.
///
/// # Errors
/// As [`lower`].
pub fn lower_each<'a>(
    objects: impl IntoIterator<Item = &'a Value, IntoIter: DoubleEndedIterator + ExactSizeIterator>,
    from: Source,
) -> Result<Snapshot, LowerError> {
    let objects = objects.into_iter();
    let mut lowering = Lowering { from, ..Lowering::default() };
    match from {
        Source::Cluster => objects.for_each(|object| lowering.object(object)),
        Source::Files => {
            let objects = latest(objects);
            for pod in workload::pods(&objects, &mut lowering.problems) {
                lowering.object(&pod);
            }
            objects.into_iter().for_each(|object| lowering.object(object));
        }
    }
    let Lowering { mut snapshot, problems, .. } = lowering;
    if !problems.is_empty() {
        return Err(LowerError { problems });
    }
    if from == Source::Files {
        addresses::assign(&mut snapshot);
        network::imply_namespaces(&mut snapshot);
    }
    Ok(snapshot)
}

/// Of several objects with one kind, namespace and name, the last, as if they were applied in order.
fn latest<'a>(objects: impl DoubleEndedIterator<Item = &'a Value> + ExactSizeIterator) -> Vec<&'a Value> {
    let mut seen = std::collections::HashSet::with_capacity(objects.len());
    let mut kept: Vec<_> = objects.rev().filter(|object| seen.insert(ObjectId::of(object))).collect();
    kept.reverse();
    kept
}

#[derive(Default)]
struct Lowering {
    from: Source,
    snapshot: Snapshot,
    problems: Vec<ObjectProblem>,
}

impl Lowering {
    fn object(&mut self, object: &Value) {
        if let Err(Wrong { field, message }) = self.lower(object) {
            let field = (!field.is_empty()).then_some(field);
            self.problems.push(ObjectProblem { object: ObjectId::of(object), field, message });
        }
    }

    fn lower(&mut self, object: &Value) -> Result<(), Wrong> {
        let group = object["apiVersion"].as_str().unwrap_or_default().split_once('/').map_or("", |(group, _)| group);
        let snapshot = &mut self.snapshot;
        match (group, object["kind"].as_str().unwrap_or_default()) {
            ("", "Namespace") => snapshot.namespaces.push(network::namespace(read(object)?)),
            ("", "Pod") => snapshot.pods.push(network::pod(read(object)?, self.from)?),
            ("", "Service") => snapshot.services.push(network::service(read(object)?)?),
            ("", "Node") => snapshot.nodes.push(network::node(read(object)?)),
            ("networking.k8s.io", "NetworkPolicy") => {
                let object = read(object)?;
                snapshot.unlisted.extend(policy::unlisted(&object));
                snapshot.policies.push(policy::lower(object)?);
            }
            ("policy.networking.k8s.io", "ClusterNetworkPolicy") => {
                snapshot.cluster_policies.push(cluster_policy::lower(read(object)?)?);
            }
            ("policy.networking.k8s.io", "AdminNetworkPolicy") => {
                snapshot.cluster_policies.push(cluster_policy::lower_admin(read(object)?)?);
            }
            ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy") => {
                snapshot.cluster_policies.push(cluster_policy::lower_baseline(read(object)?)?);
            }
            _ => {}
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(object: &Value) -> Result<T, Wrong> {
    T::deserialize(object).or_else(|error| {
        // A `null` inside a list or a mapping means something to the API server; decoding knows what.
        match schema::inspect(object) {
            Some((decoded, findings)) if findings.wrong.is_empty() => T::deserialize(&decoded).ok(),
            _ => None,
        }
        .ok_or_else(|| Wrong::new("", error.to_string()))
    })
}
