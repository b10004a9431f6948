//! The one table of kinds: what each is to a snapshot, to a check, to a learner and to a cluster. Other code asks
//! here, and has no list of kinds of its own.

use serde_json::Value;

/// A kind, and what it is to us.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The version in which it is read and written.
    pub version: &'static str,
    /// The kind's name, such as `NetworkPolicy`.
    pub name: &'static str,
    /// The plural, as in paths.
    pub plural: &'static str,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
    /// What its objects may be called.
    pub names: Names,
    /// Where its pod template stands, as a JSON pointer, when its objects make pods.
    pub template: Option<&'static str>,
    /// Whether the API server counts the changes of its objects' `spec` in `metadata.generation`.
    pub counts_generations: bool,
    /// What it is to a check. What no check reads is neither read from a cluster, nor handed in, nor stored.
    pub need: Option<Need>,
    /// Whether a check is made again when one of its objects changes.
    pub watched: bool,
    /// What a learner has to do with it.
    pub learner: Learner,
}

/// What objects of a kind may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// A DNS subdomain, as most.
    Subdomain,
    /// A DNS label: the name becomes part of one.
    Label,
    /// A label of RFC 1035, which begins with a letter.
    Rfc1035Label,
    /// Whatever can stand in a path.
    PathSegment,
    /// An IP address in its one right form.
    Address,
}

/// What it means to a check when objects of a kind cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing can be said without them.
    Always,
    /// They decide about traffic where the cluster has them.
    Decides,
    /// They are nice to have.
    Helps,
}

/// What a learner has to do with a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learner {
    /// Nothing: no lab is about it.
    Reads,
    /// A lab may let learners change its objects, and controllers or the cluster make some too.
    Changes,
    /// The same, and where there is one, somebody has written it.
    Writes,
}

impl Kind {
    /// A kind that stands in namespaces and means nothing to a check yet.
    const fn new(group: &'static str, version: &'static str, name: &'static str, plural: &'static str) -> Self {
        Self {
            group,
            version,
            name,
            plural,
            namespaced: true,
            names: Names::Subdomain,
            template: None,
            counts_generations: false,
            need: None,
            watched: false,
            learner: Learner::Reads,
        }
    }

    const fn outside_namespaces(self) -> Self {
        Self { namespaced: false, ..self }
    }

    const fn names(self, names: Names) -> Self {
        Self { names, ..self }
    }

    const fn generations(self) -> Self {
        Self { counts_generations: true, ..self }
    }

    const fn need(self, need: Need) -> Self {
        Self { need: Some(need), ..self }
    }

    const fn watched(self) -> Self {
        Self { watched: true, ..self }
    }

    const fn learner(self, learner: Learner) -> Self {
        Self { learner, ..self }
    }

    /// What makes pods: a change of it that matters shows in its pods, so that it need not be watched.
    const fn workload(self, template: &'static str, learner: Learner) -> Self {
        Self { template: Some(template), ..self.generations().need(Need::Helps).learner(learner) }
    }

    /// `apiVersion` as objects have it.
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether its objects make pods.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.template.is_some()
    }

    /// Whether its objects are policies of traffic.
    #[must_use]
    pub fn is_policy(&self) -> bool {
        self.need.is_some() && self.name.ends_with("NetworkPolicy")
    }

    /// Whether Kubernetes does not bring it: somebody defines it in a cluster.
    #[must_use]
    pub fn is_defined(&self) -> bool {
        self.group == POLICIES
    }

    /// Whether a lab may let learners change its objects, and expect of what it does not let them that it stays.
    #[must_use]
    pub fn is_changeable(&self) -> bool {
        self.learner != Learner::Reads
    }
}

/// Where most workloads have their pod template.
const TEMPLATE: &str = "/spec/template";

const POLICIES: &str = "policy.networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// Every kind of which there is more to say than that it exists.
#[rustfmt::skip]
pub static KINDS: &[Kind] = &[
    Kind::new("", "v1", "Namespace", "namespaces").names(Names::Label).outside_namespaces().need(Need::Always).watched().learner(Learner::Changes),
    Kind::new("", "v1", "Node", "nodes").outside_namespaces().need(Need::Helps),
    Kind::new("", "v1", "Pod", "pods").generations().need(Need::Always).watched().learner(Learner::Changes),
    Kind::new("", "v1", "Service", "services").names(Names::Rfc1035Label).need(Need::Decides).watched().learner(Learner::Writes),
    Kind::new("", "v1", "ConfigMap", "configmaps").need(Need::Helps).watched().learner(Learner::Writes),
    Kind::new("", "v1", "ReplicationController", "replicationcontrollers").workload(TEMPLATE, Learner::Writes),
    Kind::new("apps", "v1", "Deployment", "deployments").workload(TEMPLATE, Learner::Writes),
    Kind::new("apps", "v1", "ReplicaSet", "replicasets").workload(TEMPLATE, Learner::Changes),
    Kind::new("apps", "v1", "StatefulSet", "statefulsets").names(Names::Label).workload(TEMPLATE, Learner::Writes),
    Kind::new("apps", "v1", "DaemonSet", "daemonsets").workload(TEMPLATE, Learner::Writes),
    Kind::new("batch", "v1", "Job", "jobs").workload(TEMPLATE, Learner::Changes),
    Kind::new("batch", "v1", "CronJob", "cronjobs").workload("/spec/jobTemplate/spec/template", Learner::Writes),
    Kind::new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
        .generations().need(Need::Always).watched().learner(Learner::Writes),
    Kind::new(POLICIES, "v1alpha2", "ClusterNetworkPolicy", "clusternetworkpolicies")
        .outside_namespaces().generations().need(Need::Decides).watched().learner(Learner::Writes),
    // What ClusterNetworkPolicy replaced; real clusters may have them still.
    Kind::new(POLICIES, "v1alpha1", "AdminNetworkPolicy", "adminnetworkpolicies")
        .outside_namespaces().generations().need(Need::Decides).watched(),
    Kind::new(POLICIES, "v1alpha1", "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies")
        .outside_namespaces().generations().need(Need::Decides).watched(),
    Kind::new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices").generations(),
    Kind::new("networking.k8s.io", "v1", "Ingress", "ingresses").generations(),
    Kind::new("networking.k8s.io", "v1", "IngressClass", "ingressclasses").outside_namespaces().generations(),
    Kind::new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets").generations(),
    Kind::new(RBAC, "v1", "Role", "roles").names(Names::PathSegment),
    Kind::new(RBAC, "v1", "RoleBinding", "rolebindings").names(Names::PathSegment),
    Kind::new(RBAC, "v1", "ClusterRole", "clusterroles").outside_namespaces().names(Names::PathSegment),
    Kind::new(RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings").outside_namespaces().names(Names::PathSegment),
    Kind::new("apiregistration.k8s.io", "v1", "APIService", "apiservices").outside_namespaces().names(Names::PathSegment),
    Kind::new("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests")
        .outside_namespaces().names(Names::PathSegment),
    Kind::new("certificates.k8s.io", "v1beta1", "ClusterTrustBundle", "clustertrustbundles")
        .outside_namespaces().names(Names::PathSegment),
    Kind::new("networking.k8s.io", "v1", "IPAddress", "ipaddresses").outside_namespaces().names(Names::Address),
];

/// The other kinds of Kubernetes that stand outside of namespaces.
const OUTSIDE_NAMESPACES: &[&str] = &[
    "PersistentVolume",
    "StorageClass",
    "VolumeAttachment",
    "VolumeAttributesClass",
    "CSIDriver",
    "CSINode",
    "ServiceCIDR",
    "PriorityClass",
    "RuntimeClass",
    "DeviceClass",
    "ResourceSlice",
    "FlowSchema",
    "PriorityLevelConfiguration",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
];

/// The kind of this name in this API group, when it stands in the table.
#[must_use]
pub fn find(group: &str, name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name && kind.group == group)
}

/// The kind of an object, when it stands in the table. Kinds of the same name in other groups belong to others.
#[must_use]
pub fn of(object: &Value) -> Option<&'static Kind> {
    let (group, name) = group_and_name(object);
    find(group, name)
}

/// The kind of this name, as people say it who leave the group out.
#[must_use]
pub fn named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether objects of a kind of this name stand in namespaces, as far as it is known; most do.
#[must_use]
pub fn is_namespaced(name: &str) -> bool {
    named(name).map_or_else(|| !OUTSIDE_NAMESPACES.contains(&name), |kind| kind.namespaced)
}

/// What has `metadata` and `spec` of an object's pods: the pod itself, or a workload's template.
#[must_use]
pub fn pod_template(object: &Value) -> Option<&Value> {
    let kind = of(object)?;
    match kind.template {
        Some(path) => object.pointer(path),
        None => (kind.name == "Pod").then_some(object),
    }
}

/// An object's API group, empty for the core group, and the name of its kind.
pub(crate) fn group_and_name(object: &Value) -> (&str, &str) {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    (group, object["kind"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::{lower, reduce, schema};

    fn blank(kind: &Kind) -> Value {
        let mut object = json!({"apiVersion": kind.api_version(), "kind": kind.name, "metadata": {"name": "x"}});
        let container = json!({"metadata": {}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
        match kind.template {
            Some(path) => {
                let innermost = container;
                let parts = path.rsplit('/').filter(|part| !part.is_empty());
                object["spec"] = parts.fold(innermost, |inner, part| json!({ part: inner }))["spec"].clone();
            }
            None if kind.name == "Pod" => object["spec"] = container["spec"].clone(),
            None => {}
        }
        object
    }

    #[test]
    fn each_kind_stands_there_once_and_people_who_leave_the_group_out_mean_one() {
        let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        let outside: BTreeSet<_> = OUTSIDE_NAMESPACES.iter().copied().collect();
        assert_eq!(outside.len(), OUTSIDE_NAMESPACES.len());
        assert_eq!(names.intersection(&outside).count(), 0, "the table says whether these stand in namespaces");
    }

    #[test]
    fn what_learners_change_is_read_and_what_is_read_is_reduced_and_not_blanked() {
        for kind in KINDS {
            assert!(
                !kind.is_changeable() || kind.need.is_some(),
                "no check reads {}, which learners change",
                kind.name
            );
            assert!(!kind.watched || kind.need.is_some(), "no check reads {}, which is watched", kind.name);
            let object = blank(kind);
            assert_eq!(reduce::is_read(&object), kind.need.is_some(), "{}", kind.name);
            let other = json!({"apiVersion": "example.com/v1", "kind": kind.name});
            assert!(
                of(&other).is_none() && !reduce::is_read(&other),
                "a {} of somebody else is another kind",
                kind.name
            );
        }
    }

    #[test]
    fn every_workload_makes_a_pod_and_nothing_else_does() {
        for kind in KINDS.iter().filter(|kind| kind.is_workload() || kind.need.is_none()) {
            let object = blank(kind);
            let snapshot = lower(std::slice::from_ref(&object), crate::Source::Files).expect("lowers");
            assert_eq!(snapshot.pods.len(), usize::from(kind.is_workload()), "{}", kind.name);
            assert_eq!(pod_template(&object).is_some(), kind.is_workload(), "{}", kind.name);
        }
    }

    #[test]
    fn kinds_with_a_schema_are_known_by_the_version_of_the_schema() {
        // Some of which nothing is read have none: nobody looks into their objects.
        let looked_into = |kind: &&Kind| kind.need.is_some() || schema::kinds().any(|(_, name)| name == kind.name);
        for kind in KINDS.iter().filter(|kind| kind.version != "v1alpha1").filter(looked_into) {
            assert!(schema::find(&kind.api_version(), kind.name).is_some(), "{} {}", kind.api_version(), kind.name);
        }
    }
}
