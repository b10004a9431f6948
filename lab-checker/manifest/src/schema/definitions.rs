//! Every kind that is known, and k8s-openapi's definitions of all that they are made of, in the form in which an API
//! server serves them: the one place where schemas are made. No list of fields is kept here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::Resource;
use k8s_openapi::api::{
    apps, authentication, authorization, autoscaling, batch, coordination, core, discovery, events, networking, policy,
    rbac, scheduling, storage,
};
use k8s_openapi::apimachinery::pkg::apis::meta;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::cluster_network_policy::CLUSTER_NETWORK_POLICY;

/// Definitions by their upstream names, such as `io.k8s.api.core.v1.Pod`.
pub(super) type Definitions = BTreeMap<String, Value>;

/// A kind, and how its definition is made.
pub(super) struct Row {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    /// The name of its definition.
    pub(super) name: fn() -> Cow<'static, str>,
    /// Makes the definitions that it needs.
    generate: fn(&mut SchemaGenerator),
}

const fn row<T: Resource + JsonSchema>() -> Row {
    Row { api_version: T::API_VERSION, kind: T::KIND, name: T::schema_name, generate: generate::<T> }
}

fn generate<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

macro_rules! rows {
    ($($group:ident::$version:ident { $($kind:ident)* })*) => { &[$($(row::<$group::$version::$kind>(),)*)*] };
}

/// The kinds of objects that people write.
static ROWS: &[Row] = rows! {
    core::v1 {
        ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate
        ReplicationController ResourceQuota Secret Service ServiceAccount
    }
    apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
    autoscaling::v1 { Scale }
    autoscaling::v2 { HorizontalPodAutoscaler }
    batch::v1 { CronJob Job }
    coordination::v1 { Lease }
    discovery::v1 { EndpointSlice }
    events::v1 { Event }
    networking::v1 { IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR }
    policy::v1 { PodDisruptionBudget }
    rbac::v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
    scheduling::v1 { PriorityClass }
    storage::v1 { StorageClass }
};

/// The kinds that are questions to the API and commands to it.
static REQUESTS: &[Row] = rows! {
    authentication::v1 { SelfSubjectReview TokenRequest }
    authorization::v1 { LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview }
    policy::v1 { Eviction }
};

/// The one kind that is not in k8s-openapi, and what it needs from there.
static CUSTOM: Row = Row {
    api_version: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    name: || Cow::Borrowed("io.k8s.networking.policy.v1alpha2.ClusterNetworkPolicy"),
    generate: |generator| {
        generate::<meta::v1::ObjectMeta>(generator);
        generate::<meta::v1::LabelSelector>(generator);
        generate::<meta::v1::Condition>(generator);
    },
};

/// What the API takes and answers beside objects.
static ANSWERS: Row = Row {
    api_version: "v1",
    kind: "Status",
    name: meta::v1::Status::schema_name,
    generate: |generator| {
        generate::<meta::v1::DeleteOptions>(generator);
        generate::<meta::v1::Status>(generator);
        generate::<meta::v1::WatchEvent<core::v1::Pod>>(generator);
    },
};

/// Every kind of object that is known.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain([&CUSTOM])
}

/// Every kind that the API takes.
pub(super) fn all_rows() -> impl Iterator<Item = &'static Row> {
    rows().chain(REQUESTS)
}

/// The definitions of one kind and of all that it is made of.
pub(super) fn of(row: &Row) -> Definitions {
    made(std::slice::from_ref(&row))
}

/// The definitions of every kind, and of what the API answers beside objects.
pub(super) fn collect() -> Definitions {
    let rows: Vec<&Row> = all_rows().chain([&ANSWERS]).collect();
    made(&rows)
}

fn made(rows: &[&Row]) -> Definitions {
    let mut generator = SchemaSettings::openapi3().into_generator();
    for row in rows {
        (row.generate)(&mut generator);
    }
    let mut made: Definitions =
        generator.take_definitions(true).into_iter().map(|(name, schema)| (name, served(schema))).collect();
    if rows.iter().any(|row| row.kind == CUSTOM.kind) {
        made.insert((CUSTOM.name)().into_owned(), served(CLUSTER_NETWORK_POLICY.clone()));
    }
    made
}

/// A reference with a description beside it becomes `allOf`, as the API server writes it.
fn served(schema: Value) -> Value {
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

/// The definition that a schema refers to, by name.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference?.rsplit('/').next()
}
