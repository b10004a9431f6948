//! The world of a lab in a page: its objects in memory, where no practice cluster is.
//!
//! An object is admitted as an API server admits it, and takes the place of the one of its name. No controller answers:
//! a workload stands for its pods, as in files.

use manifest::{ObjectId, Source, admission, kinds};
use serde_json::{Value, json};

use super::object::{NamedObject, name, text};
use super::world::{Refusal, World};
use crate::labs::Lab;
use crate::snapshot;

/// What a pod may be given anew while it runs.
const FREE_OF_PODS: [&str; 4] =
    ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "ephemeralContainers"];

/// What the API server says of other changes.
const FIXED: &str = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// The objects of a lab.
#[derive(Debug, Clone)]
pub(super) struct PageWorld {
    objects: Vec<Value>,
    source: Source,
}

impl PageWorld {
    /// The lab as it begins.
    pub(super) fn new(lab: &Lab) -> Self {
        Self { objects: lab.start_objects().to_vec(), source: Source::Files }
    }

    /// What a cluster holds, in the order in which it tells it.
    pub(super) fn of_cluster(objects: Vec<Value>) -> Self {
        Self { objects, source: Source::Cluster }
    }

    /// Whether this object, or the namespace that it stands in, is about to go.
    pub(super) fn is_ending(&self, id: &ObjectId) -> bool {
        let mut ending = self.objects.iter().filter(|there| !text(there, "/metadata/deletionTimestamp").is_empty());
        ending.any(|there| {
            id.is_of(there) || text(there, "/kind") == "Namespace" && Some(name(there)) == id.namespace.as_deref()
        })
    }

    /// The objects that are not as in the start, and those of the start that are gone.
    pub(super) fn changes(&self, lab: &Lab) -> (Vec<&Value>, Vec<String>) {
        let start = lab.start_objects();
        let changed = self.objects.iter().filter(|object| !start.contains(object)).collect();
        let is_gone = |id: &ObjectId| !self.objects.iter().any(|object| id.is_of(object));
        let gone = start.iter().map(ObjectId::of).filter(is_gone).map(|id| id.to_string()).collect();
        (changed, gone)
    }

    /// The lab with such changes.
    pub(super) fn with_changes(lab: &Lab, changed: &[Value], gone: &[String]) -> Self {
        let mut objects = snapshot::apply(lab.start_objects(), changed);
        objects.retain(|object| !gone.contains(&ObjectId::of(object).to_string()));
        Self { objects, source: Source::Files }
    }

    /// Everything in it, pods and Services with the addresses that the engine gives them.
    pub(super) fn with_addresses(&self) -> Vec<Value> {
        let mut objects: Vec<Value> = snapshot::apply(snapshot::baseline(), &self.objects);
        let Ok(snapshot) = manifest::lower(&objects, Source::Files) else { return objects };
        for pod in &snapshot.pods {
            let is_it = |object: &&mut Value| {
                text(object, "/kind") == "Pod"
                    && text(object, "/metadata/namespace") == pod.namespace
                    && name(object) == pod.name
            };
            let address = pod.addresses.first().map(ToString::to_string).unwrap_or_default();
            match objects.iter_mut().find(is_it) {
                Some(object) => object["status"]["podIP"] = address.into(),
                // One that a workload stands for.
                None => objects.push(json!({
                    "apiVersion": "v1", "kind": "Pod", "status": {"podIP": address},
                    "metadata": {"namespace": pod.namespace, "name": pod.name},
                })),
            }
        }
        objects
    }

    /// What is stored of an object that nobody has, or why it is not.
    fn created(&self, mut object: Value) -> Result<Value, Refusal> {
        if let Some(namespace) = ObjectId::of(&object).namespace
            && !self.has_namespace(&namespace)
        {
            return Err(refusal(
                format!("namespaces \"{namespace}\" not found"),
                Some("metadata.namespace".to_owned()),
            ));
        }
        admission::default(&mut object);
        let errors = admission::validate(&object);
        valid(object, &errors)
    }

    /// Where an object stands that was not there.
    fn place(&self, id: &ObjectId) -> usize {
        let is_after = |there: &Value| {
            let there = ObjectId::of(there);
            there.kind == id.kind && (&there.namespace, &there.name) > (&id.namespace, &id.name)
        };
        // A cluster tells its objects by their names; files stand in the order in which they came.
        let after = || self.objects.iter().position(is_after);
        (self.source == Source::Cluster).then(after).flatten().unwrap_or(self.objects.len())
    }

    fn has_namespace(&self, namespace: &str) -> bool {
        if self.source == Source::Cluster {
            return self.objects.iter().any(|object| text(object, "/kind") == "Namespace" && name(object) == namespace);
        }
        let all = snapshot::baseline().iter().chain(&self.objects);
        // A file may leave out the namespaces that its objects stand in.
        all.clone().any(|object| text(object, "/kind") == "Namespace" && name(object) == namespace)
            || all.clone().any(|object| text(object, "/metadata/namespace") == namespace)
    }
}

/// What is stored in the place of another object, or why it is not.
fn replaced(before: &Value, mut object: Value) -> Result<Value, Refusal> {
    let before = snapshot::defaulted(before);
    if text(&object, "/kind") == "Pod" {
        // What a pod was given when it was created stands in no file.
        merge(&mut object["spec"], &before["spec"]);
    }
    if let Some(status) = before.get("status") {
        object["status"] = status.clone();
    }
    admission::default(&mut object);
    if text(&object, "/kind") == "Pod" && fixed(&object) != fixed(&before) {
        let name = name(&before);
        return Err(refusal(format!("Pod \"{name}\" is invalid: {FIXED}"), Some("spec".to_owned())));
    }
    let errors = admission::validate_update(&before, &object);
    valid(object, &errors)
}

fn valid(object: Value, errors: &[admission::FieldError]) -> Result<Value, Refusal> {
    match errors.first() {
        None => Ok(object),
        Some(first) => Err(refusal(admission::invalid_message(&object, errors), Some(first.field.clone()))),
    }
}

fn refusal(message: String, field: Option<String>) -> Refusal {
    Refusal { message, field }
}

/// Fills in what one has and the other leaves out.
fn merge(object: &mut Value, before: &Value) {
    if let (Some(fields), Some(before)) = (object.as_object_mut(), before.as_object()) {
        for (key, value) in before {
            fields.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// What a pod keeps for life.
fn fixed(pod: &Value) -> Value {
    let mut spec = pod["spec"].clone();
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|field, _| !FREE_OF_PODS.contains(&field.as_str()));
    }
    spec
}

impl World for PageWorld {
    fn source(&self) -> Source {
        self.source
    }

    fn objects(&self) -> Vec<Value> {
        self.objects.clone()
    }

    fn apply(&mut self, object: &Value) -> Result<(), Refusal> {
        if kinds::of(object).is_none() {
            let (kind, version) = (text(object, "/kind"), text(object, "/apiVersion"));
            return Err(refusal(format!("no matches for kind \"{kind}\" in version \"{version}\""), None));
        }
        let id = ObjectId::of(object);
        match self.objects.iter().position(|there| id.is_of(there)) {
            Some(place) => self.objects[place] = replaced(&self.objects[place], object.clone())?,
            None => {
                let created = self.created(object.clone())?;
                self.objects.insert(self.place(&id), created);
            }
        }
        Ok(())
    }

    fn remove(&mut self, object: &NamedObject) -> bool {
        let before = self.objects.len();
        self.objects.retain(|there| {
            text(there, "/kind") != object.kind
                || text(there, "/metadata/namespace") != object.namespace
                || name(there) != object.name
        });
        self.objects.len() < before
    }
}
