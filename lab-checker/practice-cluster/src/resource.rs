//! The kinds that the practice cluster serves: the one table from which paths, discovery, OpenAPI and
//! storage are derived. A kind that does not stand here does not exist, unless a cluster has defined it: such kinds
//! belong to the state of that cluster.

use std::borrow::Cow;

use manifest::kinds::{self, Kind};
use manifest::openapi::Schema;

/// Whether objects of a kind live in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster.
    Cluster,
}

/// What can be done with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbs {
    /// Everything: it is stored.
    Stored,
    /// Only create: a question that is answered (an access review).
    Question,
}

/// One kind.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// API group, empty for the core group.
    pub group: Cow<'static, str>,
    /// API version.
    pub version: Cow<'static, str>,
    /// Kind, such as `NetworkPolicy`.
    pub kind: Cow<'static, str>,
    /// Plural, as in paths.
    pub plural: Cow<'static, str>,
    /// Singular.
    pub singular: Cow<'static, str>,
    /// Short names, such as `netpol`.
    pub short_names: &'static [&'static str],
    /// Categories, such as `all`.
    pub categories: &'static [&'static str],
    /// Namespaced or not.
    pub scope: Scope,
    /// What can be done.
    pub verbs: Verbs,
    /// Subresources.
    pub subresources: &'static [Subresource],
    /// Whether a cluster has defined it: nothing is known of what its objects are made of.
    pub own: bool,
}

/// A path below an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subresource {
    /// `status`.
    Status,
    /// `scale`.
    Scale,
    /// `ephemeralcontainers`.
    EphemeralContainers,
    /// `exec`.
    Exec,
    /// `attach`.
    Attach,
    /// `log`.
    Log,
    /// `portforward`: refused with words.
    PortForward,
    /// `token` of a service account.
    Token,
    /// `finalize` of a namespace.
    Finalize,
    /// `eviction` of a pod.
    Eviction,
}

impl Subresource {
    /// The path segment.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Scale => "scale",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Exec => "exec",
            Self::Attach => "attach",
            Self::Log => "log",
            Self::PortForward => "portforward",
            Self::Token => "token",
            Self::Finalize => "finalize",
            Self::Eviction => "eviction",
        }
    }
}

impl Resource {
    /// `apiVersion` as written in objects.
    pub(crate) fn api_version(&self) -> String {
        match &*self.group {
            "" => self.version.clone().into_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// `networkpolicies.networking.k8s.io`, `pods`.
    pub(crate) fn qualified(&self) -> String {
        match &*self.group {
            "" => self.plural.clone().into_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// Whether objects live in namespaces.
    pub(crate) fn namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// Whether objects are stored at all.
    pub(crate) fn stored(&self) -> bool {
        self.verbs == Verbs::Stored
    }

    /// Whether strategic merge patches are understood: not by kinds that are custom resources elsewhere.
    pub(crate) fn strategic(&self) -> bool {
        self.kind != "ClusterNetworkPolicy" && !self.own
    }

    /// What the kind is to us, when there is anything to say.
    pub(crate) fn facts(&self) -> Option<&'static Kind> {
        kinds::find(&self.group, &self.kind).filter(|_| !self.own)
    }

    /// Whether its objects count the changes of their spec.
    pub(crate) fn counts_generations(&self) -> bool {
        self.facts().is_some_and(|kind| kind.counts_generations)
    }

    /// Whether its objects make pods.
    pub(crate) fn is_workload(&self) -> bool {
        self.facts().is_some_and(Kind::is_workload)
    }

    /// What its objects are made of.
    pub(crate) fn schema(&self) -> Option<Schema> {
        if self.own { None } else { Schema::of(&self.api_version(), &self.kind) }
    }

    /// Whether `subresource` exists here.
    pub(crate) fn has(&self, subresource: Subresource) -> bool {
        self.subresources.contains(&subresource)
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        (&self.group, &self.version, &self.plural, self.own) == (&other.group, &other.version, &other.plural, other.own)
    }
}

impl Eq for Resource {}

/// The resource of a path, when every cluster serves it.
pub(crate) fn by_path(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    let named = |r: &&'static Resource| r.group == group && r.version == version && r.plural == plural;
    RESOURCES.iter().find(named)
}

/// Every kind that every cluster serves, in every version.
pub(crate) fn served() -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().chain(OLDER)
}

/// The kind of a path in an older version, and what it is stored as.
pub(crate) fn older_by_path(
    group: &str,
    version: &str,
    plural: &str,
) -> Option<(&'static Resource, &'static Resource)> {
    let named = |r: &&'static Resource| r.group == group && r.version == version && r.plural == plural;
    let older = OLDER.iter().find(named)?;
    let stored = RESOURCES.iter().find(|r| r.group == group && r.plural == plural)?;
    Some((older, stored))
}

/// The resource of an object's `apiVersion` and `kind`, when every cluster serves it.
pub(crate) fn by_kind(api_version: &str, kind: &str) -> Option<&'static Resource> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let named = |r: &&'static Resource| r.group == group && r.version == version && r.kind == kind;
    RESOURCES.iter().find(named)
}

/// The position of the stored resource of this qualified name.
pub(crate) fn position(name: &str) -> Option<u16> {
    let position = RESOURCES.iter().position(|r| r.qualified() == name)?;
    u16::try_from(position).ok()
}

/// A resource that is known to be in the table, by its group and plural.
///
/// # Panics
/// When the table has no such resource; callers name constants.
pub(crate) fn known(group: &str, plural: &str) -> &'static Resource {
    RESOURCES.iter().find(|r| r.group == group && r.plural == plural).expect("the resource stands in the table")
}

/// The position in the table, which keys of the store begin with; a cluster's own kinds have none.
pub(crate) fn index(resource: &Resource) -> Option<u16> {
    if resource.own {
        return None;
    }
    u16::try_from(RESOURCES.iter().position(|r| r == resource)?).ok()
}

/// The resource at a position.
pub(crate) fn at(index: u16) -> &'static Resource {
    &RESOURCES[usize::from(index)]
}

use Scope::{Cluster, Namespaced};
use Subresource::{Attach, EphemeralContainers, Eviction, Exec, Finalize, Log, PortForward, Scale, Status, Token};
use Verbs::{Question, Stored};

macro_rules! resources {
    ($($group:literal $version:literal $kind:literal $plural:literal $singular:literal
       $short:tt $categories:tt $scope:ident $verbs:ident $sub:tt;)*) => {
        &[$(Resource {
            group: Cow::Borrowed($group), version: Cow::Borrowed($version), kind: Cow::Borrowed($kind),
            plural: Cow::Borrowed($plural), singular: Cow::Borrowed($singular),
            short_names: &$short, categories: &$categories, scope: $scope, verbs: $verbs, subresources: &$sub,
            own: false,
        }),*]
    };
}

/// Older versions of kinds that are stored in a newer one.
pub(crate) static OLDER: &[Resource] = resources! {
    "autoscaling" "v1" "HorizontalPodAutoscaler" "horizontalpodautoscalers" "horizontalpodautoscaler" ["hpa"] ["all"] Namespaced Stored [Status];
};

/// Every kind, in the order in which discovery lists groups.
pub(crate) static RESOURCES: &[Resource] = resources! {
    "" "v1" "ConfigMap" "configmaps" "configmap" ["cm"] [] Namespaced Stored [];
    "" "v1" "Endpoints" "endpoints" "endpoints" ["ep"] [] Namespaced Stored [];
    "" "v1" "Event" "events" "event" ["ev"] [] Namespaced Stored [];
    "" "v1" "LimitRange" "limitranges" "limitrange" ["limits"] [] Namespaced Stored [];
    "" "v1" "Namespace" "namespaces" "namespace" ["ns"] [] Cluster Stored [Finalize, Status];
    "" "v1" "Node" "nodes" "node" ["no"] [] Cluster Stored [Status];
    "" "v1" "PersistentVolumeClaim" "persistentvolumeclaims" "persistentvolumeclaim" ["pvc"] [] Namespaced Stored [Status];
    "" "v1" "PersistentVolume" "persistentvolumes" "persistentvolume" ["pv"] [] Cluster Stored [Status];
    "" "v1" "Pod" "pods" "pod" ["po"] ["all"] Namespaced Stored
        [Attach, EphemeralContainers, Eviction, Exec, Log, PortForward, Status];
    "" "v1" "PodTemplate" "podtemplates" "podtemplate" [] [] Namespaced Stored [];
    "" "v1" "ReplicationController" "replicationcontrollers" "replicationcontroller" ["rc"] ["all"] Namespaced Stored [Scale, Status];
    "" "v1" "ResourceQuota" "resourcequotas" "resourcequota" ["quota"] [] Namespaced Stored [Status];
    "" "v1" "Secret" "secrets" "secret" [] [] Namespaced Stored [];
    "" "v1" "ServiceAccount" "serviceaccounts" "serviceaccount" ["sa"] [] Namespaced Stored [Token];
    "" "v1" "Service" "services" "service" ["svc"] ["all"] Namespaced Stored [Status];
    "apps" "v1" "ControllerRevision" "controllerrevisions" "controllerrevision" [] [] Namespaced Stored [];
    "apps" "v1" "DaemonSet" "daemonsets" "daemonset" ["ds"] ["all"] Namespaced Stored [Status];
    "apps" "v1" "Deployment" "deployments" "deployment" ["deploy"] ["all"] Namespaced Stored [Scale, Status];
    "apps" "v1" "ReplicaSet" "replicasets" "replicaset" ["rs"] ["all"] Namespaced Stored [Scale, Status];
    "apps" "v1" "StatefulSet" "statefulsets" "statefulset" ["sts"] ["all"] Namespaced Stored [Scale, Status];
    "authentication.k8s.io" "v1" "SelfSubjectReview" "selfsubjectreviews" "selfsubjectreview" [] [] Cluster Question [];
    "authorization.k8s.io" "v1" "LocalSubjectAccessReview" "localsubjectaccessreviews" "localsubjectaccessreview" [] [] Namespaced Question [];
    "authorization.k8s.io" "v1" "SelfSubjectAccessReview" "selfsubjectaccessreviews" "selfsubjectaccessreview" [] [] Cluster Question [];
    "authorization.k8s.io" "v1" "SelfSubjectRulesReview" "selfsubjectrulesreviews" "selfsubjectrulesreview" [] [] Cluster Question [];
    "authorization.k8s.io" "v1" "SubjectAccessReview" "subjectaccessreviews" "subjectaccessreview" [] [] Cluster Question [];
    "autoscaling" "v2" "HorizontalPodAutoscaler" "horizontalpodautoscalers" "horizontalpodautoscaler" ["hpa"] ["all"] Namespaced Stored [Status];
    "batch" "v1" "CronJob" "cronjobs" "cronjob" ["cj"] ["all"] Namespaced Stored [Status];
    "batch" "v1" "Job" "jobs" "job" [] ["all"] Namespaced Stored [Status];
    "networking.k8s.io" "v1" "IngressClass" "ingressclasses" "ingressclass" [] [] Cluster Stored [];
    "networking.k8s.io" "v1" "Ingress" "ingresses" "ingress" ["ing"] [] Namespaced Stored [Status];
    "networking.k8s.io" "v1" "IPAddress" "ipaddresses" "ipaddress" ["ip"] [] Cluster Stored [];
    "networking.k8s.io" "v1" "NetworkPolicy" "networkpolicies" "networkpolicy" ["netpol"] [] Namespaced Stored [];
    "networking.k8s.io" "v1" "ServiceCIDR" "servicecidrs" "servicecidr" [] [] Cluster Stored [Status];
    "policy" "v1" "PodDisruptionBudget" "poddisruptionbudgets" "poddisruptionbudget" ["pdb"] [] Namespaced Stored [Status];
    "rbac.authorization.k8s.io" "v1" "ClusterRoleBinding" "clusterrolebindings" "clusterrolebinding" [] [] Cluster Stored [];
    "rbac.authorization.k8s.io" "v1" "ClusterRole" "clusterroles" "clusterrole" [] [] Cluster Stored [];
    "rbac.authorization.k8s.io" "v1" "RoleBinding" "rolebindings" "rolebinding" [] [] Namespaced Stored [];
    "rbac.authorization.k8s.io" "v1" "Role" "roles" "role" [] [] Namespaced Stored [];
    "storage.k8s.io" "v1" "StorageClass" "storageclasses" "storageclass" ["sc"] [] Cluster Stored [];
    "admissionregistration.k8s.io" "v1" "MutatingWebhookConfiguration" "mutatingwebhookconfigurations" "mutatingwebhookconfiguration" [] ["api-extensions"] Cluster Stored [];
    "admissionregistration.k8s.io" "v1" "ValidatingWebhookConfiguration" "validatingwebhookconfigurations" "validatingwebhookconfiguration" [] ["api-extensions"] Cluster Stored [];
    "apiextensions.k8s.io" "v1" "CustomResourceDefinition" "customresourcedefinitions" "customresourcedefinition" ["crd", "crds"] ["api-extensions"] Cluster Stored [Status];
    "apiregistration.k8s.io" "v1" "APIService" "apiservices" "apiservice" [] ["api-extensions"] Cluster Stored [Status];
    "scheduling.k8s.io" "v1" "PriorityClass" "priorityclasses" "priorityclass" ["pc"] [] Cluster Stored [];
    "coordination.k8s.io" "v1" "Lease" "leases" "lease" [] [] Namespaced Stored [];
    "discovery.k8s.io" "v1" "EndpointSlice" "endpointslices" "endpointslice" [] [] Namespaced Stored [];
    "policy.networking.k8s.io" "v1alpha2" "ClusterNetworkPolicy" "clusternetworkpolicies" "clusternetworkpolicy" ["cnp"] [] Cluster Stored [Status];
};

#[cfg(test)]
mod tests {
    use manifest::kinds::KINDS;

    use super::*;

    #[test]
    fn what_is_served_is_what_the_table_of_kinds_says() {
        for served in RESOURCES.iter().filter(|resource| resource.stored()) {
            assert_eq!(kinds::is_namespaced(&served.kind), served.namespaced(), "{}", served.kind);
            let Some(kind) = served.facts() else { continue };
            assert_eq!((kind.plural, kind.version), (&*served.plural, &*served.version), "{}", served.kind);
        }
        for kind in KINDS.iter().filter(|kind| kind.is_changeable()) {
            let served = by_kind(&kind.api_version(), kind.name);
            assert!(served.is_some_and(Resource::stored), "learners change {}, which is not stored", kind.name);
        }
    }
}
