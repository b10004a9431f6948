//! k8s-openapi's schemas, in the form in which an API server serves them.

use std::collections::BTreeMap;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

macro_rules! kinds {
    ($generator:ident: $($path:ty),* $(,)?) => {
        $($generator.subschema_for::<$path>();)*
    };
}

/// The definitions of every served kind and of all that they are made of.
pub(super) fn collect() -> BTreeMap<String, Value> {
    use k8s_openapi::api::{
        apps::v1 as apps, authentication::v1 as authentication, authorization::v1 as authorization,
        autoscaling::v1 as autoscaling_v1, autoscaling::v2 as autoscaling, batch::v1 as batch,
        coordination::v1 as coordination, core::v1 as core, discovery::v1 as discovery, networking::v1 as networking,
        policy::v1 as policy,
    };
    use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
    let mut generator = SchemaSettings::openapi3().into_generator();
    let g: &mut SchemaGenerator = &mut generator;
    kinds!(g: core::ConfigMap, core::Endpoints, core::Event, core::LimitRange, core::Namespace, core::Node,
        core::PersistentVolumeClaim, core::PersistentVolume, core::Pod, core::PodTemplate,
        core::ReplicationController, core::ResourceQuota, core::Secret, core::ServiceAccount, core::Service);
    kinds!(g: apps::ControllerRevision, apps::DaemonSet, apps::Deployment, apps::ReplicaSet, apps::StatefulSet,
        authentication::SelfSubjectReview, authentication::TokenRequest, authorization::LocalSubjectAccessReview,
        authorization::SelfSubjectAccessReview, authorization::SelfSubjectRulesReview,
        authorization::SubjectAccessReview, autoscaling::HorizontalPodAutoscaler, autoscaling_v1::Scale,
        batch::CronJob, batch::Job, networking::IngressClass, networking::Ingress, networking::IPAddress,
        networking::NetworkPolicy, networking::ServiceCIDR, policy::PodDisruptionBudget, policy::Eviction,
        coordination::Lease, discovery::EndpointSlice);
    kinds!(g: meta::DeleteOptions, meta::Status, meta::WatchEvent<core::Pod>);
    let definitions = generator.take_definitions(true);
    definitions.into_iter().map(|(name, schema)| (name, served(schema))).collect()
}

/// A reference with a description beside it becomes `allOf`, as the API server writes it.
pub(super) fn served(schema: Value) -> Value {
    match schema {
        Value::String(text) if text.starts_with("#/$defs/") => {
            text.replacen("#/$defs/", "#/components/schemas/", 1).into()
        }
        Value::Object(map) => {
            let mut map: Map<String, Value> = map.into_iter().map(|(key, value)| (key, served(value))).collect();
            if map.len() > 1
                && let Some(reference) = map.remove("$ref")
            {
                map.insert("allOf".into(), json!([{"$ref": reference}]));
            }
            Value::Object(map)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(served).collect()),
        other => other,
    }
}
