//! The kinds that the practice cluster serves: the one table from which paths, discovery, OpenAPI and
//! storage are derived. A kind that does not stand here does not exist, unless a cluster has defined it: such kinds
//! stand in a second table, which grows.

use std::sync::{PoisonError, RwLock};

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
#[derive(Debug)]
pub(crate) struct Resource {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// API version.
    pub version: &'static str,
    /// Kind, such as `NetworkPolicy`.
    pub kind: &'static str,
    /// Plural, as in paths.
    pub plural: &'static str,
    /// Singular.
    pub singular: &'static str,
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
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// `networkpolicies.networking.k8s.io`, `pods`.
    pub(crate) fn qualified(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
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
        self.kind != "ClusterNetworkPolicy" && !self.is_custom()
    }

    /// Whether a cluster has defined it: nothing is known of what its objects are made of.
    pub(crate) fn is_custom(&self) -> bool {
        let here = std::ptr::from_ref(self);
        !RESOURCES.as_ptr_range().contains(&here) && !OLDER.as_ptr_range().contains(&here)
    }

    /// What the kind is to us, when there is anything to say.
    pub(crate) fn facts(&self) -> Option<&'static Kind> {
        kinds::find(self.group, self.kind).filter(|_| !self.is_custom())
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
        if self.is_custom() { None } else { Schema::of(&self.api_version(), self.kind) }
    }

    /// Whether `subresource` exists here.
    pub(crate) fn has(&self, subresource: Subresource) -> bool {
        self.subresources.contains(&subresource)
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Resource {}

/// The resource of a path.
pub(crate) fn by_path(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    let named = |r: &&'static Resource| r.group == group && r.version == version && r.plural == plural;
    RESOURCES.iter().find(named).or_else(|| custom().into_iter().find(named))
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

/// The resource of an object's `apiVersion` and `kind`.
pub(crate) fn by_kind(api_version: &str, kind: &str) -> Option<&'static Resource> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let named = |r: &&'static Resource| r.group == group && r.version == version && r.kind == kind;
    RESOURCES.iter().find(named).or_else(|| custom().into_iter().find(named))
}

/// The stored resource of this qualified name, whose objects may be of a kind that a cluster has defined.
pub(crate) fn by_qualified_name(name: &str) -> Option<&'static Resource> {
    let named = |r: &&'static Resource| r.qualified() == name;
    RESOURCES.iter().find(named).or_else(|| custom().into_iter().find(named))
}

/// How many kinds the clusters of one process may define: each stays in memory.
const MOST_CUSTOM: usize = 20_000;

/// The kinds that clusters have defined. Other clusters may define the same, and mean the same resource.
static CUSTOM: RwLock<Vec<&'static Resource>> = RwLock::new(Vec::new());

/// Every kind that some cluster has defined.
fn custom() -> Vec<&'static Resource> {
    CUSTOM.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Every kind that is stored in some cluster.
pub(crate) fn all_stored() -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().filter(|resource| resource.stored()).chain(custom())
}

/// What a cluster says of a kind that it defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Definition<'a> {
    pub(crate) group: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) plural: &'a str,
    pub(crate) singular: &'a str,
    pub(crate) scope: Scope,
}

/// The resource of a kind that a cluster defines; `None` when another cluster has defined it otherwise, or there are
/// too many.
pub(crate) fn define(definition: &Definition<'_>) -> Option<&'static Resource> {
    let Definition { group, version, kind, plural, singular, scope } = *definition;
    let mut all = CUSTOM.write().unwrap_or_else(PoisonError::into_inner);
    let same =
        |r: &&&'static Resource| r.group == group && r.version == version && (r.kind == kind || r.plural == plural);
    if let Some(known) = all.iter().find(same) {
        return (known.kind == kind && known.plural == plural && known.scope == scope).then_some(*known);
    }
    if all.len() >= MOST_CUSTOM {
        return None;
    }
    let text = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let resource = Resource {
        group: text(group),
        version: text(version),
        kind: text(kind),
        plural: text(plural),
        singular: text(singular),
        short_names: &[],
        categories: &[],
        scope,
        verbs: Stored,
        subresources: &[Status],
    };
    let resource: &'static Resource = Box::leak(Box::new(resource));
    all.push(resource);
    Some(resource)
}

/// A resource that is known to be in the table, by its group and plural.
///
/// # Panics
/// When the table has no such resource; callers name constants.
pub(crate) fn known(group: &str, plural: &str) -> &'static Resource {
    RESOURCES.iter().find(|r| r.group == group && r.plural == plural).expect("the resource stands in the table")
}

/// The position in the table, which keys of the store begin with.
pub(crate) fn index(resource: &'static Resource) -> u16 {
    let offset = RESOURCES.iter().position(|r| r == resource);
    let offset = offset.or_else(|| Some(RESOURCES.len() + custom().iter().position(|r| *r == resource)?));
    u16::try_from(offset.expect("every resource stands in a table")).expect("the tables are short")
}

/// The resource at a position.
pub(crate) fn at(index: u16) -> &'static Resource {
    let index = usize::from(index);
    RESOURCES.get(index).unwrap_or_else(|| custom()[index - RESOURCES.len()])
}

use Scope::{Cluster, Namespaced};
use Subresource::{Attach, EphemeralContainers, Eviction, Exec, Finalize, Log, PortForward, Scale, Status, Token};
use Verbs::{Question, Stored};

macro_rules! resources {
    ($($group:literal $version:literal $kind:literal $plural:literal $singular:literal
       $short:tt $categories:tt $scope:ident $verbs:ident $sub:tt;)*) => {
        &[$(Resource {
            group: $group, version: $version, kind: $kind, plural: $plural, singular: $singular,
            short_names: &$short, categories: &$categories, scope: $scope, verbs: $verbs, subresources: &$sub,
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
            assert_eq!(kinds::is_namespaced(served.kind), served.namespaced(), "{}", served.kind);
            let Some(kind) = served.facts() else { continue };
            assert_eq!((kind.plural, kind.version), (served.plural, served.version), "{}", served.kind);
        }
        for kind in KINDS.iter().filter(|kind| kind.is_changeable()) {
            let served = by_kind(&kind.api_version(), kind.name);
            assert!(served.is_some_and(Resource::stored), "learners change {}, which is not stored", kind.name);
        }
    }
}
