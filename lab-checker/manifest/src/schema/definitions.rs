//! Every kind that is known, and the definitions of all that they are made of, in the form in which an API server
//! serves them: the one place where schemas are made. No list of fields is kept here: `definitions.txt` and
//! `descriptions.txt` are what k8s-openapi says, written down ahead (`made_ahead`), so that no program has to carry
//! the code that makes them.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::cluster_network_policy::CLUSTER_NETWORK_POLICY;

/// Definitions by their upstream names, such as `io.k8s.api.core.v1.Pod`.
pub(super) type Definitions = BTreeMap<String, Value>;

/// A kind, and the name of its definition.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
}

/// Hands a macro the kinds of objects that people write.
macro_rules! objects {
    ($macro:ident) => {
        $macro! {
            core "v1" v1 {
                ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod
                PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
            }
            apps "apps/v1" v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
            autoscaling "autoscaling/v1" v1 { Scale }
            autoscaling "autoscaling/v2" v2 { HorizontalPodAutoscaler }
            batch "batch/v1" v1 { CronJob Job }
            coordination "coordination.k8s.io/v1" v1 { Lease }
            discovery "discovery.k8s.io/v1" v1 { EndpointSlice }
            events "events.k8s.io/v1" v1 { Event }
            networking "networking.k8s.io/v1" v1 { IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR }
            policy "policy/v1" v1 { PodDisruptionBudget }
            rbac "rbac.authorization.k8s.io/v1" v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
            scheduling "scheduling.k8s.io/v1" v1 { PriorityClass }
            storage "storage.k8s.io/v1" v1 { StorageClass }
        }
    };
}

/// Hands a macro the kinds that are questions to the API and commands to it.
macro_rules! requests {
    ($macro:ident) => {
        $macro! {
            authentication "authentication.k8s.io/v1" v1 { SelfSubjectReview TokenRequest }
            authorization "authorization.k8s.io/v1" v1 {
                LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
            }
            policy "policy/v1" v1 { Eviction }
        }
    };
}

#[cfg(test)]
pub(super) use {objects, requests};

macro_rules! rows {
    ($($group:ident $api_version:literal $version:ident { $($kind:ident)* })*) => { &[$($(Row {
        api_version: $api_version,
        kind: stringify!($kind),
        name: concat!("io.k8s.api.", stringify!($group), ".", stringify!($version), ".", stringify!($kind)),
    },)*)*] };
}

static ROWS: &[Row] = objects!(rows);

static REQUESTS: &[Row] = requests!(rows);

/// The one kind that is not in k8s-openapi.
static CUSTOM: Row = Row {
    api_version: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    name: "io.k8s.networking.policy.v1alpha2.ClusterNetworkPolicy",
};

/// The definitions as they were written down, one a line: its name, a space, JSON.
static WRITTEN: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| include_str!("definitions.txt").lines().filter_map(|line| line.split_once(' ')).collect());

/// Every kind of object that is known.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain([&CUSTOM])
}

/// Every kind that the API takes.
pub(super) fn all_rows() -> impl Iterator<Item = &'static Row> {
    rows().chain(REQUESTS)
}

/// The definitions of one kind and of all that it is made of, without their descriptions.
pub(super) fn of(row: &Row) -> Definitions {
    let mut made = Definitions::new();
    let mut wanted = vec![row.name.to_owned()];
    while let Some(name) = wanted.pop() {
        if made.contains_key(&name) {
            continue;
        }
        let Some(definition) = read(&name) else { continue };
        references(&definition, &mut wanted);
        made.insert(name, definition);
    }
    made
}

/// The definitions of every kind, and of what the API answers beside objects.
pub(super) fn collect() -> Definitions {
    let names = WRITTEN.keys().copied().chain([CUSTOM.name]);
    let mut made: Definitions = names.filter_map(|name| Some((name.to_owned(), read(name)?))).collect();
    describe(&mut made);
    made
}

fn read(name: &str) -> Option<Value> {
    if name == CUSTOM.name {
        return Some(served(CLUSTER_NETWORK_POLICY.clone()));
    }
    Some(serde_json::from_str(WRITTEN.get(name)?).expect("the definitions are written down as JSON"))
}

/// Puts the descriptions where they belong: each line has a definition, a JSON pointer in it, and a JSON string.
fn describe(definitions: &mut Definitions) {
    for line in include_str!("descriptions.txt").lines() {
        let mut words = line.splitn(3, ' ');
        let (Some(name), Some(pointer), Some(text)) = (words.next(), words.next(), words.next()) else { continue };
        let place = definitions.get_mut(name).and_then(|definition| definition.pointer_mut(pointer));
        let Some(place) = place.and_then(Value::as_object_mut) else { continue };
        let text = serde_json::from_str(text).expect("the descriptions are written down as JSON");
        place.shift_insert(0, "description".to_owned(), text);
    }
}

/// The names of the definitions that a schema refers to.
fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.extend(reference.rsplit('/').next().map(str::to_owned));
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
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

/// The definition that a schema refers to, by name.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference?.rsplit('/').next()
}
