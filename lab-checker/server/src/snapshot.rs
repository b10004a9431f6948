//! The snapshot that a lab is looked at in: its world, wherever the learner's kubectl is, or the lab's start while the
//! learner has not begun it.

use course::{Cell, Lab, LabCni, Report};
use manifest::Source;
use netpol::{Destination, Endpoint, Engine, Explanation, Flow};
use serde_json::Value;

use crate::{app::App, problem::Problem, store::Learner};

/// A lab in the state the learner has brought it to.
#[derive(Debug, Clone)]
pub(crate) struct LabState {
    /// The objects to look at.
    pub(crate) objects: Vec<Value>,
    pub(crate) source: Source,
    /// Whether these are the learner's own: the lab has begun.
    pub(crate) started: bool,
    /// What the network of the lab's world does with policies.
    cni: LabCni,
}

impl LabState {
    pub(crate) async fn of(app: &App, learner: &Learner, lab: &Lab) -> Result<Self, Problem> {
        let cni = lab.cni;
        Ok(match app.clusters.objects(learner, lab).await? {
            Some(objects) => Self { objects, source: Source::Cluster, started: true, cni },
            None => Self { objects: lab.start_objects().to_vec(), source: Source::Files, started: false, cni },
        })
    }

    /// What decides about packets: a network that ignores policies sees none.
    fn felt(mut self) -> Self {
        if self.cni == LabCni::None {
            self.objects.retain(|object| !text(object, "/kind").ends_with("NetworkPolicy"));
        }
        self
    }

    /// The check's report, not recorded.
    pub(crate) async fn report(self, app: &App, lab: &str) -> Result<Report, Problem> {
        let (app_there, name) = (app.clone(), lab.to_owned());
        app.grading.run(move || Ok(app_there.checker(&name)?.check(&self.objects, self.source))).await?
    }

    /// What becomes of every flow that the lab looks at.
    pub(crate) async fn cells(self, app: &App, lab: &str) -> Result<Vec<Cell>, Problem> {
        let (app_there, name) = (app.clone(), lab.to_owned());
        let felt = self.felt();
        app.grading.run(move || Ok(app_there.checker(&name)?.cells(&felt.objects, felt.source))).await?
    }

    /// Why one flow is allowed or blocked.
    pub(crate) async fn explain(self, app: &App, asked: Asked) -> Result<Explanation, Problem> {
        let felt = self.felt();
        app.grading.run(move || asked.explain(&felt.objects, felt.source)).await?
    }

    /// The learner's own objects of the kinds that the lab lets them change.
    pub(crate) fn own_objects(&self, lab: &Lab) -> Vec<&Value> {
        let namespaces: Vec<&str> =
            lab.start_objects().iter().filter(|object| text(object, "/kind") == "Namespace").map(name).collect();
        self.objects
            .iter()
            .filter(|object| lab.may_change.iter().any(|kind| kind == text(object, "/kind")))
            .filter(|object| {
                let namespace = text(object, "/metadata/namespace");
                namespace.is_empty() || namespace == lab.namespace || namespaces.contains(&namespace)
            })
            // Every namespace of a cluster has this one.
            .filter(|object| name(object) != "kube-root-ca.crt")
            .collect()
    }
}

/// A flow that somebody asks about, in words.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) port: String,
}

impl Asked {
    fn explain(&self, objects: &[Value], source: Source) -> Result<Explanation, Problem> {
        let with_baseline;
        let objects = match source {
            Source::Cluster => objects,
            Source::Files => {
                with_baseline = [manifest::baseline(), objects.to_vec()].concat();
                &with_baseline
            }
        };
        let snapshot = manifest::lower(objects, source).map_err(|error| Problem::invalid(error.to_string()))?;
        let invalid = |error: netpol::ParseEndpointError| Problem::invalid(error.to_string());
        let from: Endpoint = pod_named(&snapshot, &self.from).parse().map_err(invalid)?;
        let destination = format!("{}:{}", bracketed(&pod_named(&snapshot, &self.to)), self.port);
        let to: Destination = destination.parse().map_err(invalid)?;
        let flow = Flow { from, to };
        Engine::new(snapshot).explain(&flow).map_err(|error| Problem::invalid(error.to_string()))
    }
}

/// A lab names the pods of a workload by the workload, and the cluster's DNS `kube-dns`: any of these
/// pods stands for all.
fn pod_named(snapshot: &netpol::Snapshot, asked: &str) -> String {
    let name_of = |pod: &netpol::Pod| format!("{}/{}", pod.namespace, pod.name);
    let found = if asked == "kube-dns" {
        snapshot.pods.iter().find(|pod| pod.namespace == "kube-system" && pod.name.contains("dns"))
    } else if snapshot.pods.iter().any(|pod| name_of(pod) == asked) {
        None
    } else {
        let replica = format!("{asked}-");
        snapshot.pods.iter().find(|pod| name_of(pod).starts_with(&replica))
    };
    found.map_or_else(|| asked.to_owned(), name_of)
}

fn bracketed(endpoint: &str) -> String {
    let is_v6 = endpoint.parse::<std::net::Ipv6Addr>().is_ok();
    if is_v6 { format!("[{endpoint}]") } else { endpoint.to_owned() }
}

/// Whether the lab was started: most of what the learner may not change is there. Not all of it, because
/// somebody who deletes a pod is to be told so by the check; and not any of it, because labs share names.
pub(crate) fn has_start(lab: &Lab, objects: &[Value]) -> bool {
    let wanted =
        lab.start_objects().iter().filter(|object| !lab.may_change.iter().any(|kind| kind == text(object, "/kind")));
    let (mut all, mut found) = (0, 0);
    for wanted in wanted {
        all += 1;
        found += usize::from(objects.iter().any(|object| is_same(object, wanted)));
    }
    found * 2 > all
}

fn is_same(object: &Value, wanted: &Value) -> bool {
    let namespace = text(wanted, "/metadata/namespace");
    text(object, "/kind") == text(wanted, "/kind")
        && name(object) == name(wanted)
        && (namespace.is_empty() || text(object, "/metadata/namespace") == namespace)
}

pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// An object as a person would write it: without what the API server adds.
pub(crate) fn for_people(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for added in ["uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields"] {
            metadata.shift_remove(added);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        if metadata.get("annotations").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
            metadata.shift_remove("annotations");
        }
    }
    object
}
