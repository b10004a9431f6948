//! Which lab a cluster holds. In a practice cluster each lab has a world of its own, and kubectl is in the current
//! one; any other cluster is one world, and the lab in it is written on its namespaces.

use std::collections::BTreeSet;

use anyhow::Result;
use cluster::{Beginning, ClusterError, Connection, Live, Prefix, SANDBOX, Worlds};
use course::Lab;
use manifest::kinds::Kind;
use manifest::{ObjectId, Source};
use serde_json::Value;

use crate::failure::Advice;
use crate::input::course_folder::CourseFolder;
use crate::input::incomplete::Incomplete;
use crate::input::network;
use crate::input::objects::Objects;
use crate::input::target::{NamedCluster, in_our_words, live_in, of_reading, read, read_in};
use crate::terminal::{next, output};

/// A lab in a cluster.
pub(crate) struct LabInCluster {
    /// Where it is to be looked at.
    pub(crate) connection: Connection,
    /// Whether its world has not begun, in a practice cluster.
    waits: bool,
    lab: String,
    /// Who asks, told from others who use the cluster, when that is known.
    learner: Option<String>,
    /// Those of its own.
    namespaces: BTreeSet<String>,
}

/// What the world of a lab is when it begins.
pub(crate) fn beginning(lab: &Lab) -> Beginning<'_> {
    Beginning { enforcement: lab.cni.as_str(), objects: lab.start_objects() }
}

/// The worlds of a cluster; `None` of one that is one world.
pub(crate) async fn of(connection: &Connection) -> Result<Option<Worlds>> {
    connection.worlds().await.map_err(|error| in_our_words(error, connection))
}

/// The lab that was named, else the current one: in a practice cluster that of the current world, else the one that
/// was started last.
pub(crate) async fn named_or_current(name: Option<&str>, course: &CourseFolder, cluster: &NamedCluster) -> Result<Lab> {
    if name.is_some() {
        return course.lab_or_current(name, cluster.data());
    }
    let worlds = match cluster.connect().await {
        Ok(connection) => connection.worlds().await.ok().flatten(),
        // Whoever needs the cluster will say what is wrong with it.
        Err(_) => None,
    };
    match worlds.map(|worlds| worlds.current) {
        Some(current) if current == SANDBOX => Err(Advice::new(
            "the sandbox has no task",
            format!(
                "name a lab, or go to one with {}; {} lists them",
                next::command("start LAB"),
                next::command("labs")
            ),
        )
        .into()),
        current => course.lab_or_current(current.as_deref(), cluster.data()),
    }
}

impl LabInCluster {
    /// Finds the lab in the cluster that was named, else in the practice cluster, whichever world is current there.
    pub(crate) async fn find(lab: &Lab, cluster: &NamedCluster) -> Result<Self> {
        let connection = cluster.connect().await?;
        let name = lab.name.clone();
        let learner = cluster.data().known_learner();
        let Some(worlds) = of(&connection).await? else {
            network::must_suit(lab, &connection, cluster.known_network().as_ref()).await?;
            return Ok(Self { connection, waits: false, lab: name, learner, namespaces: namespaces_of(lab) });
        };
        let waits = !worlds.has(&name);
        if waits {
            output::note(&format!("{name} has not begun: {}", start(&name)))?;
        } else if worlds.current != name {
            let place = place(&worlds.current);
            let start = start(&name);
            output::note(&format!("kubectl is in {place}, and this is about {name}; to go there: {start}"))?;
        }
        let connection = if waits { connection } else { connection.looking_at(&name) };
        Ok(Self { connection, waits, lab: name, learner, namespaces: namespaces_of(lab) })
    }

    /// The namespaces of the lab.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(String::as_str)
    }

    /// What is in the cluster, or in the lab's world.
    ///
    /// # Errors
    /// When another lab is there, besides the reasons for which a cluster cannot be read.
    pub(crate) async fn read(&self) -> Result<Objects> {
        if self.waits {
            return Ok(nothing());
        }
        let objects = match read(&self.connection).await {
            // Rights in the lab's namespaces are enough for the lab.
            Err(error) if is_forbidden(&error) => {
                let namespaces: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
                read_in(&self.connection, &namespaces).await?
            }
            read => read?,
        };
        self.of_lab(objects)
    }

    /// The same through watches: read once, and told what changes.
    pub(crate) async fn live(&self, lab: &Lab) -> Result<Live> {
        let client = &self.connection.client;
        let judged = |kind: &Kind| lab.judges(kind);
        match Live::begin(client, judged).await {
            Err(error) if error.code() == Some(403) => {
                let names = self.namespaces.iter().map(String::as_str);
                live_in(&self.connection, &names.collect::<Vec<_>>(), judged).await
            }
            live => live.map_err(|error| in_our_words(error, &self.connection)),
        }
    }

    /// What a watch holds of the lab.
    ///
    /// # Errors
    /// When another lab is there.
    pub(crate) fn of_live(&self, live: &Live) -> Result<Objects> {
        if self.waits { Ok(nothing()) } else { self.of_lab(of_reading(live.reading(), &self.connection)) }
    }

    /// Whether the lab has begun since it was looked for; not as long as nobody answers.
    pub(crate) async fn has_begun_since(&self) -> bool {
        self.waits && of(&self.connection).await.ok().flatten().is_some_and(|worlds| worlds.has(&self.lab))
    }

    fn of_lab(&self, mut objects: Objects) -> Result<Objects> {
        if self.connection.practice {
            return Ok(objects);
        }
        self.leave_out_labs_of_others(&mut objects.values);
        let there = labs_in(&objects.values);
        if there.is_empty() || there.contains(self.lab.as_str()) {
            return Ok(objects);
        }
        let there: Vec<&str> = there.into_iter().collect();
        let problem = format!("this cluster holds {}, not {}", there.join(" and "), self.lab);
        Err(Advice::new(problem, format!("begin it there with {}", start(&self.lab))).into())
    }

    /// Leaves out what stands in namespaces of labs that another learner has begun, or this one under another prefix: it
    /// is no part of the lab, and is not judged with it. The lab's own namespaces are, whoever has begun it.
    fn leave_out_labs_of_others(&self, objects: &mut Vec<Value>) {
        let prefix = self.connection.prefix.as_ref().map(Prefix::as_str);
        let learner = self.learner.as_deref();
        let others = objects.iter().filter(|object| is_of_lab(object));
        let others = others.filter(|namespace| !cluster::is_of_this_lab(namespace, learner, prefix));
        let mut others: BTreeSet<String> = others.map(|namespace| ObjectId::of(namespace).name).collect();
        others.retain(|name| !self.namespaces.contains(name));
        objects.retain(|object| {
            let id = ObjectId::of(object);
            let namespace = if id.kind == "Namespace" { Some(id.name) } else { id.namespace };
            namespace.is_none_or(|name| !others.contains(&name))
        });
    }

    /// Says what the objects leave out, and which policies name a namespace as the book does, which is another one in this
    /// cluster.
    pub(crate) fn warn(&self, objects: &Objects) -> Result<()> {
        objects.incomplete.warn()?;
        let Some(prefix) = &self.connection.prefix else { return Ok(()) };
        for (policy, name) in prefix.forgotten_in(&objects.values) {
            let own = prefix.outside(&name);
            output::warn(&format!("{policy} selects the namespace {name}, which is not yours here: yours is {own}"))?;
        }
        Ok(())
    }
}

/// What is in a world that has not begun.
fn nothing() -> Objects {
    Objects {
        values: Vec::new(),
        from: Source::Cluster,
        incomplete: Incomplete::default(),
        origins: Vec::new(),
        makers: Vec::new(),
        prefix: None,
    }
}

/// The command that goes to a lab.
pub(crate) fn start(lab: &str) -> String {
    next::command(&format!("start {lab}"))
}

/// Where kubectl is, in words.
pub(crate) fn place(world: &str) -> String {
    if world == SANDBOX { "the sandbox".to_owned() } else { format!("the world of {world}") }
}

/// Whether a cluster refused for want of rights.
fn is_forbidden(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<ClusterError>()).any(|error| error.code() == Some(403))
}

/// The namespaces that a lab begins with, and the one in which one works.
fn namespaces_of(lab: &Lab) -> BTreeSet<String> {
    let ids = lab.start_objects().iter().map(ObjectId::of);
    let names = ids.filter_map(|id| if id.kind == "Namespace" { Some(id.name) } else { id.namespace });
    names.chain([lab.namespace.clone()]).collect()
}

/// Whether an object is a namespace of a lab.
fn is_of_lab(object: &Value) -> bool {
    object["kind"] == "Namespace" && object["metadata"]["labels"][manifest::OWN_LABEL].is_string()
}

/// The labs that are written on namespaces.
fn labs_in(objects: &[Value]) -> BTreeSet<&str> {
    objects
        .iter()
        .filter(|object| is_of_lab(object))
        .filter_map(|namespace| namespace["metadata"]["labels"][manifest::OWN_LABEL].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_labs_of_a_cluster_stand_on_its_namespaces() {
        let labelled = |kind: &str, labels: Value| json!({"kind": kind, "metadata": {"name": "a", "labels": labels}});
        let objects = [
            labelled("Namespace", json!({manifest::OWN_LABEL: "one"})),
            labelled("Namespace", json!({"team": "a"})),
            labelled("ClusterNetworkPolicy", json!({manifest::OWN_LABEL: "two"})),
            json!({"kind": "Namespace", "metadata": {"name": "default"}}),
        ];
        assert_eq!(labs_in(&objects).into_iter().collect::<Vec<_>>(), ["one"]);
    }
}
