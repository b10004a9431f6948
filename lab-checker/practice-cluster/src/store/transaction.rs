//! One write of one cluster. Everything that a request changes, and everything that the controllers change
//! because of it, happens in one transaction: either all of it is stored, or none.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::resource::Resource;
use crate::settings::Settings;
use crate::status::Status;
use crate::store::object;
use crate::store::queue::{Queue, Work};
use crate::store::room::lacking;
use crate::store::state::{Change, Key, Revision, State};
use crate::store::task::Task;

/// How many changes one write may make. More means that two controllers undo each other's work.
const MAX_CHANGES: usize = 60_000;

/// How many bytes of new versions one write may make. Until it is stored, all of them are kept.
const MAX_BYTES: usize = 96 << 20;

/// How many pods one write may make for workloads, and of how many bytes. Each changes a few times until it runs.
const MAX_PODS: usize = 1_000;
const MAX_POD_BYTES: usize = MAX_BYTES / 6;

/// How soon workloads go on whose pods were too many for one write: others get their turn in between.
const PAUSE: Duration = Duration::from_millis(50);

/// What answers the changes of a write with whatever follows from them: the controllers, of which the store knows
/// nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Controllers {
    /// Answers one change. What takes looking at more than one object waits in the queue.
    pub(crate) answer: fn(&mut Transaction, &Change) -> Result<(), Status>,
    /// Looks at one thing that waits.
    pub(crate) look: fn(&mut Transaction, &Work),
}

/// A write under way.
pub(crate) struct Transaction {
    state: State,
    changes: Vec<Change>,
    scheduled: Vec<(Duration, Task)>,
    queue: Queue,
    settled: usize,
    /// Why the write cannot be stored.
    failure: Option<Status>,
    /// The bytes of all new versions.
    bytes: usize,
    /// The pods that this write made, and their bytes.
    pods: usize,
    pod_bytes: usize,
    /// Whether there was no room for a further pod at some moment of this write.
    crowded: bool,
    /// Whether workloads want more pods than one write should make.
    to_be_continued: bool,
    now: Timestamp,
    purpose: Purpose,
    /// No object appears to be older than this.
    floor: Revision,
    settings: Arc<Settings>,
    controllers: Controllers,
}

/// Whether a transaction is meant to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is.
    Store,
    /// It only shows what would happen: its objects get no new revision.
    DryRun,
}

/// What a transaction did.
pub(crate) struct Outcome {
    pub(crate) state: State,
    pub(crate) changes: Vec<Change>,
    pub(crate) scheduled: Vec<(Duration, Task)>,
}

impl Transaction {
    /// A write to a cluster that is like `state`. `controllers` answer its changes when it [settles](Self::settle).
    pub(crate) fn begin(state: State, settings: Arc<Settings>, purpose: Purpose, controllers: Controllers) -> Self {
        Self {
            crowded: lacking(&state, &settings, 0).is_some(),
            to_be_continued: false,
            state,
            changes: Vec::new(),
            bytes: 0,
            pods: 0,
            pod_bytes: 0,
            scheduled: Vec::new(),
            queue: Queue::default(),
            settled: 0,
            failure: None,
            now: Timestamp::now(),
            purpose,
            floor: 0,
            settings,
            controllers,
        }
    }

    /// The same in a cluster where no object appears to be older than `floor`.
    pub(crate) fn since(self, floor: Revision) -> Self {
        Self { floor, ..self }
    }

    /// No object appears to be older than this.
    pub(crate) fn floor(&self) -> Revision {
        self.floor
    }

    /// The cluster as it is in the middle of this write.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// How this cluster is set up: nodes, enforcement.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The moment of this write, to the second as Kubernetes keeps it.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// [`Transaction::now`] as `metadata` writes it.
    pub(crate) fn now_text(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.state.get(key)
    }

    /// One object by kind and name.
    pub(crate) fn find(&self, resource: &Resource, namespace: &str, name: &str) -> Option<&Arc<Value>> {
        self.state.find(resource, namespace, name)
    }

    /// Copies of the objects of a kind (they are shared, not deep), so that writing while iterating is fine.
    pub(crate) fn list(&self, resource: &Resource, namespace: Option<&str>) -> Vec<Arc<Value>> {
        self.state.list(resource, namespace).map(|(_, object)| Arc::clone(object)).collect()
    }

    /// Stores an object whose key is free. Gives it a uid, a creation time, generation 1 where its kind has
    /// generations, and a revision. The object must be complete: admission has happened.
    pub(crate) fn insert(&mut self, mut object: Value) -> Arc<Value> {
        let key = self.state.key_of(&object).expect("only served kinds are stored");
        let generation = key.resource().is_some_and(Resource::counts_generations);
        let now = self.now_text();
        let metadata = object::metadata_mut(&mut object);
        metadata.insert("uid".into(), uuid::Uuid::new_v4().to_string().into());
        metadata.insert("creationTimestamp".into(), now.into());
        if generation {
            metadata.insert("generation".into(), 1.into());
        }
        self.store(key, object)
    }

    /// Stores a changed object; its spec changing raises the generation. Nothing happens, and no revision is
    /// used, when nothing changed.
    pub(crate) fn update(&mut self, mut object: Value) -> Arc<Value> {
        let key = self.state.key_of(&object).expect("only served kinds are stored");
        let Some(before) = self.state.get(&key).cloned() else { return self.insert(object) };
        let metadata = object::metadata_mut(&mut object);
        for fixed in ["resourceVersion", "uid", "creationTimestamp", "generation"] {
            match before["metadata"].get(fixed) {
                Some(value) => metadata.insert(fixed.into(), value.clone()),
                None => metadata.remove(fixed),
            };
        }
        if object == *before {
            return before;
        }
        if key.resource().is_some_and(Resource::counts_generations) && spec_changed(&before, &object) {
            let generation = before["metadata"]["generation"].as_i64().unwrap_or(0).saturating_add(1);
            object::metadata_mut(&mut object).insert("generation".into(), generation.into());
        }
        self.store(key, object)
    }

    /// Removes an object at once. Finalizers and grace are the caller's business.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.state.get(key).cloned()?;
        self.state.remove(key);
        let revision = self.state.advance();
        let mut last = Value::clone(&before);
        object::metadata_mut(&mut last).insert("resourceVersion".into(), revision.to_string().into());
        let last = Arc::new(last);
        let change =
            Change { revision, key: key.clone(), before: Some(before), after: None, last: Some(Arc::clone(&last)) };
        self.changes.push(change);
        Some(last)
    }

    /// Asks for `task` to be run in a write of its own, `after` this one is stored.
    pub(crate) fn schedule(&mut self, after: Duration, task: Task) {
        self.scheduled.push((after, task));
    }

    /// Has controllers look at something when they have answered every change.
    pub(crate) fn enqueue(&mut self, work: Work) {
        self.queue.add(work);
    }

    /// Lets the controllers answer every change, and every change that they make, until nothing moves.
    pub(crate) fn settle(&mut self) -> Result<(), Status> {
        loop {
            self.answer();
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let Some(work) = self.queue.next() else { return Ok(()) };
            (self.controllers.look)(self, &work);
        }
    }

    /// Lets the controllers answer every change so far; what they are to look at waits. A controller calls this to
    /// see what becomes of what it made.
    pub(crate) fn answer(&mut self) {
        while self.failure.is_none() && self.settled < self.changes.len() {
            let change = self.changes[self.settled].clone();
            self.settled += 1;
            self.failure = (self.controllers.answer)(self, &change).err();
            if self.changes.len() > MAX_CHANGES || self.bytes > MAX_BYTES {
                self.failure = Some(Status::internal("one request caused too many changes"));
            }
        }
    }

    /// Whether pods that a workload wants should wait for a write to come, because this one has made enough.
    pub(crate) fn pods_should_wait(&mut self) -> bool {
        let enough = self.pods >= MAX_PODS || self.pod_bytes > MAX_POD_BYTES;
        self.to_be_continued |= enough;
        enough
    }

    /// Whether there is no room for another pod.
    pub(crate) fn is_full(&self) -> bool {
        lacking(&self.state, &self.settings, 0).is_some()
    }

    /// A workload was refused a pod.
    pub(crate) fn pod_refused(&mut self) {
        self.crowded |= self.is_full();
    }

    /// A pod is gone: workloads that had no room for theirs look again.
    pub(crate) fn pod_made_room(&mut self) {
        if self.crowded {
            self.enqueue(Work::Crowded);
        }
    }

    pub(crate) fn finish(mut self) -> Outcome {
        if self.to_be_continued {
            self.schedule(PAUSE, Task::MakePods);
        }
        Outcome { state: self.state, changes: self.changes, scheduled: self.scheduled }
    }

    fn store(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        let revision = self.state.advance();
        let before = self.state.get(&key).cloned();
        let shown = match (self.purpose, &before) {
            (Purpose::Store, _) => Some(revision.to_string().into()),
            (Purpose::DryRun, before) => before.as_ref().map(|before| before["metadata"]["resourceVersion"].clone()),
        };
        if let Some(shown) = shown {
            object::metadata_mut(&mut object).insert("resourceVersion".into(), shown);
        }
        let after = Arc::new(crate::store::canonical::ordered(object));
        let bytes = object::size(&after);
        self.bytes += bytes;
        if before.is_none() && object::kind(&after) == "Pod" {
            self.pods += 1;
            self.pod_bytes += bytes;
        }
        self.state.put(key.clone(), Arc::clone(&after));
        self.changes.push(Change { revision, key, before, after: Some(Arc::clone(&after)), last: None });
        after
    }
}

fn spec_changed(before: &Value, after: &Value) -> bool {
    if object::kind(after) == "EndpointSlice" {
        return before["endpoints"] != after["endpoints"] || before["ports"] != after["ports"];
    }
    if object::kind(after) == "Pod" && before["spec"]["nodeName"].is_null() {
        // Being bound to a node is no change that anybody asked for.
        return false;
    }
    before.get("spec") != after.get("spec") || (object::terminating(after) && !object::terminating(before))
}
