//! What is kept of what learners hand in, and how it is read again: here and nowhere else.
//!
//! Of files it is what a check reads of them. Of a lab's world it is what the learner has changed in it: the objects
//! that were added, changed and removed since it began, as far as a check reads them. What a world begins with is kept
//! once, beside all submissions that are told against it, so that an old attempt is judged as it was handed in even
//! when the lab begins otherwise today.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use course::Lab;
use manifest::{ObjectId, Source};
use netpol::counted;
use serde_json::{Value, json};

use crate::{
    activity::ActivityKind,
    app::{App, starts::Start},
    problem::Problem,
    store::Attempt,
};

/// How much one submission may hold, as JSON: it is kept forever.
pub(crate) const LARGEST: usize = 256 << 10;

/// What the world of a lab begins with today. It is kept by now.
pub(crate) async fn start(app: &App, lab: &Lab) -> Result<Arc<Start>, Problem> {
    if let Some(known) = app.starts.of_lab(&lab.name) {
        return Ok(known);
    }
    let (there, name) = (app.clone(), lab.name.clone());
    let begun = app.evaluation.run(&lab.name, move || {
        let lab = there.lab(&name)?;
        let world = there.clusters.fresh_rehearsal(lab)?.objects();
        // A pod that a workload makes has another name in every world.
        let made: BTreeSet<ObjectId> =
            world.iter().filter(|object| is_made_by_another(object)).map(ObjectId::of).collect();
        let objects = lab.reduced(&world, Source::Cluster).into_iter();
        Ok::<_, Problem>(by_name(objects.filter(|object| !made.contains(&ObjectId::of(object)))))
    });
    let objects = begun.await??;
    let kept = json!({"objects": objects.values().collect::<Vec<_>>()});
    let start = Arc::new(Start { hash: app.store.keep(&kept).await?, objects });
    app.starts.remember_today(&lab.name, &start);
    Ok(start)
}

/// What a world began with when it was checked.
async fn start_of(app: &App, hash: &str) -> Result<Arc<Start>, Problem> {
    if let Some(known) = app.starts.of_hash(hash) {
        return Ok(known);
    }
    let kept = app.store.kept(hash).await?.ok_or_else(|| {
        tracing::error!(hash, "what a stored attempt is told against is not in the database");
        Problem::failed()
    })?;
    let objects = by_name(list(&kept, "objects").cloned());
    let start = Arc::new(Start { hash: hash.to_owned(), objects });
    app.starts.remember(&start);
    Ok(start)
}

/// Objects that are to be judged, and where they are from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) source: Source,
    pub(crate) objects: Vec<Value>,
    /// Of a lab's world: what was changed in it.
    pub(crate) changes: Option<Changes>,
}

/// What was changed in a world since it began.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changes {
    pub(crate) added: Vec<Value>,
    pub(crate) changed: Vec<Value>,
    /// Names and kinds alone.
    pub(crate) removed: Vec<Value>,
}

/// What is kept of a lab's world, and the same to be judged.
pub(super) fn of_world(lab: &Lab, start: &Start, world: &[Value]) -> Result<(Value, Judged), Problem> {
    let objects = by_name(lab.reduced(world, Source::Cluster).into_iter());
    let changes = Changes::between(&start.objects, &objects);
    let Changes { added, changed, removed } = &changes;
    let kept =
        json!({"source": "cluster", "start": start.hash, "added": added, "changed": changed, "removed": removed});
    check_size(&kept, added.iter().chain(changed), "what you have changed in the world of this lab")?;
    Ok((kept, Judged { source: Source::Cluster, objects: objects.into_values().collect(), changes: Some(changes) }))
}

/// What is kept of objects that were sent, and the same to be judged.
pub(super) fn of_objects(lab: &Lab, objects: &[Value], source: Source) -> Result<(Value, Judged), Problem> {
    let objects = lab.reduced(objects, source);
    let word = if source == Source::Cluster { "cluster" } else { "files" };
    let kept = json!({"source": word, "objects": objects});
    check_size(&kept, objects.iter(), "what a check reads of these objects")?;
    Ok((kept, Judged { source, objects, changes: None }))
}

/// Read what was handed in at a lab; nothing when it is not readable.
pub(crate) async fn judged(app: &App, attempt: &Attempt) -> Result<Option<Judged>, Problem> {
    let kept = &attempt.submission;
    if attempt.activity.kind != ActivityKind::Lab {
        return Ok(None);
    }
    if let Some(objects) = kept["objects"].as_array() {
        let source = if kept["source"] == "cluster" { Source::Cluster } else { Source::Files };
        return Ok(Some(Judged { source, objects: objects.clone(), changes: None }));
    }
    let Some(hash) = kept["start"].as_str() else { return Ok(None) };
    let start = start_of(app, hash).await?;
    let part = |name: &str| list(kept, name).cloned().collect();
    let changes = Changes { added: part("added"), changed: part("changed"), removed: part("removed") };
    let objects = changes.applied_to(&start.objects);
    Ok(Some(Judged { source: Source::Cluster, objects, changes: Some(changes) }))
}

impl Judged {
    /// As it is told to programs.
    pub(crate) fn told(self) -> Value {
        let source = if self.source == Source::Cluster { "cluster" } else { "files" };
        let mut told = json!({"source": source, "objects": self.objects});
        if let Some(Changes { added, changed, removed }) = self.changes {
            told["changes"] = json!({"added": added, "changed": changed, "removed": removed});
        }
        told
    }
}

impl Changes {
    fn between(before: &BTreeMap<ObjectId, Value>, after: &BTreeMap<ObjectId, Value>) -> Self {
        let removed = before.iter().filter(|(id, _)| !after.contains_key(id));
        let changed = after.iter().filter(|(id, now)| before.get(id).is_some_and(|then| then != *now));
        let added = after.iter().filter(|(id, _)| !before.contains_key(id));
        Self {
            added: added.map(|(_, object)| object.clone()).collect(),
            changed: changed.map(|(_, object)| object.clone()).collect(),
            removed: removed.map(|(_, object)| manifest::name_alone(object)).collect(),
        }
    }

    fn applied_to(&self, before: &BTreeMap<ObjectId, Value>) -> Vec<Value> {
        let mut objects = before.clone();
        for object in &self.removed {
            objects.remove(&ObjectId::of(object));
        }
        objects.extend(by_name(self.added.iter().chain(&self.changed).cloned()));
        objects.into_values().collect()
    }
}

fn by_name(objects: impl Iterator<Item = Value>) -> BTreeMap<ObjectId, Value> {
    objects.map(|object| (ObjectId::of(&object), object)).collect()
}

/// Whether a workload has made it, and would again.
pub(crate) fn is_made_by_another(object: &Value) -> bool {
    object.pointer("/metadata/ownerReferences").and_then(Value::as_array).is_some_and(|owners| !owners.is_empty())
}

fn list<'a>(kept: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    kept.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Refuse what is too much to keep, and say what of it is.
fn check_size<'a>(kept: &Value, objects: impl Iterator<Item = &'a Value>, what: &str) -> Result<(), Problem> {
    let size = kept.to_string().len();
    if size <= LARGEST {
        return Ok(());
    }
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for object in objects {
        let (objects, bytes) = kinds.entry(super::objects::text(object, "/kind")).or_default();
        (*objects, *bytes) = (*objects + 1, *bytes + object.to_string().len());
    }
    let largest = kinds.into_iter().max_by_key(|(_, (_, bytes))| *bytes);
    let most = largest.map(|(kind, (objects, bytes))| {
        format!(", most of it {} of kind {kind} ({})", counted(objects, "object"), in_kib(bytes))
    });
    Err(Problem::too_much_to_keep(format!(
        "{what} comes to {}{}; an attempt holds at most {}, so remove what the lab does not ask for and check again",
        in_kib(size),
        most.unwrap_or_default(),
        in_kib(LARGEST),
    )))
}

fn in_kib(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1 << 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, name: &str, says: &str) -> Value {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": says})
    }

    #[test]
    fn changes_of_every_kind_lead_from_the_start_to_what_was_judged() {
        let start =
            by_name([object("Pod", "a", "1"), object("Pod", "b", "1"), object("Service", "a", "1")].into_iter());
        let worlds = [
            vec![],
            vec![object("Pod", "a", "1"), object("Pod", "b", "1"), object("Service", "a", "1")],
            vec![object("Pod", "a", "2"), object("Pod", "c", "1"), object("Service", "a", "1")],
            vec![object("NetworkPolicy", "a", "1"), object("Service", "a", "2")],
        ];
        for world in worlds {
            let now = by_name(world.into_iter());
            let changes = Changes::between(&start, &now);
            assert_eq!(changes.applied_to(&start), now.clone().into_values().collect::<Vec<_>>());
            let all = changes.added.len() + changes.changed.len() + changes.removed.len();
            let differ = now.iter().filter(|(id, object)| start.get(id) != Some(object)).count();
            let gone = start.keys().filter(|id| !now.contains_key(id)).count();
            assert_eq!(all, differ + gone, "nothing that is as it was is kept: {changes:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_named() {
        let objects = [object("NetworkPolicy", "a", &"x".repeat(300_000)), object("Pod", "b", "1")];
        let problem = check_size(&json!({"objects": objects}), objects.iter(), "what you did").unwrap_err();
        assert_eq!(problem.status().as_u16(), 422);
        let told = problem.detail();
        assert!(
            told.contains("1 object of kind NetworkPolicy (294 KiB)") && told.contains("at most 256 KiB"),
            "{told}"
        );
        assert!(check_size(&json!({"objects": objects[1..]}), objects.iter(), "what you did").is_ok());
    }
}
