//! Where a snapshot comes from: files, a cluster that was named, or the practice cluster. A cluster
//! that nobody named is never touched.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use manifest::{Diagnostic, Parsed, PodMaker, Severity, Source};
use netpol::{Engine, counted, grouped};
use serde_json::Value;

use crate::failure::Advice;
use crate::input::cluster_networks::Networks;
use crate::input::data::DataFolder;
use crate::input::incomplete::Incomplete;
use crate::input::kustomize;
use crate::input::objects::Objects;
use crate::input::target::{NamedCluster, read, read_in};
use crate::runtime;
use crate::terminal::{diagnostics, output};

/// The options that name files or a cluster.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FilesOrCluster {
    /// Read manifests: a file, a folder, or - for standard input; may be repeated
    #[arg(short = 'f', long = "filename", value_name = "PATH", conflicts_with_all = ["context", "kubeconfig"])]
    files: Vec<PathBuf>,
    #[command(flatten)]
    cluster: NamedCluster,
}

/// The options that say where a snapshot comes from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SnapshotSource {
    #[command(flatten)]
    from: FilesOrCluster,
    /// Build a kustomization with kustomize or kubectl, and read what comes out; may be repeated
    #[arg(short = 'k', long = "kustomize", value_name = "FOLDER", conflicts_with_all = ["context", "kubeconfig"])]
    kustomizations: Vec<PathBuf>,
    #[command(flatten)]
    networks: Networks,
    /// Exit with code 1 when the answer is incomplete: policies of other kinds, addresses and nodes that the files do not name
    #[arg(long)]
    strict: bool,
    /// Read this namespace of the cluster alone, which rights in it are enough for; of files, where objects stand that
    /// name no namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// All namespaces of the cluster are read anyway; with this, `reach` shows the cluster's own pods too (kube-system and
    /// the like)
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
}

/// A snapshot, ready for questions.
pub(crate) struct Answerer {
    /// It answers them.
    pub(crate) engine: Engine,
    /// What it was made of.
    pub(crate) objects: ManuallyDrop<Objects>,
    /// What its answers leave out.
    pub(crate) incomplete: Incomplete,
}

impl FilesOrCluster {
    /// The objects of the files. What they leave out has been said.
    pub(crate) fn objects_of_files(&self) -> Result<Objects> {
        objects_of(&self.files, &[])
    }

    /// The files that were named.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &DataFolder {
        self.cluster.data()
    }

    /// The cluster, whether it was named or not.
    pub(crate) fn cluster(&self) -> &NamedCluster {
        &self.cluster
    }
}

impl SnapshotSource {
    /// The objects of the snapshot. What they leave out has been said.
    pub(crate) fn objects(&self) -> Result<Objects> {
        if !self.files().is_empty() || !self.kustomizations.is_empty() {
            let mut objects = objects_of(self.files(), &self.kustomizations)?;
            if let Some(namespace) = &self.namespace {
                objects.values.iter_mut().for_each(|object| place(object, namespace));
            }
            return Ok(objects);
        }
        runtime::block_on(async {
            let connection = self.cluster().connect().await?;
            let objects = match &self.namespace {
                Some(namespace) => there(read_in(&connection, &[namespace]).await?, namespace)?,
                None => read(&connection).await?,
            };
            objects.incomplete.warn()?;
            Ok(objects)
        })
    }

    /// The files that were named.
    pub(crate) fn files(&self) -> &[PathBuf] {
        self.from.files()
    }

    /// The cluster, whether it was named or not.
    pub(crate) fn cluster(&self) -> &NamedCluster {
        self.from.cluster()
    }

    /// Whether the cluster's own pods are asked for.
    pub(crate) fn all_namespaces(&self) -> bool {
        self.all_namespaces
    }

    /// Whether an incomplete answer is a failure.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// The networks of the cluster that files are meant for.
    pub(crate) fn networks(&self) -> &Networks {
        &self.networks
    }

    /// Whether nothing was said about where the snapshot comes from.
    pub(crate) fn is_silent(&self) -> bool {
        self.files().is_empty() && self.kustomizations.is_empty() && !self.cluster().is_named()
    }

    /// The snapshot, ready for questions.
    pub(crate) fn answerer(&self) -> Result<Answerer> {
        // The process ends soon after: giving the objects back takes longer than many an answer.
        let objects = ManuallyDrop::new(self.objects()?);
        let snapshot = self.networks.tell(objects.lower()?);
        let mut incomplete = objects.incomplete.clone().strict(self.strict);
        incomplete.about_nodes(!snapshot.nodes.is_empty())?;
        let engine = match objects.from {
            Source::Files => Engine::with_unknown_addresses(snapshot),
            Source::Cluster => Engine::new(snapshot),
        };
        Ok(Answerer { engine, incomplete, objects })
    }
}

/// The objects of a namespace, when there is one of this name. Of none nothing can be said, and nothing is as expected.
fn there(objects: Objects, namespace: &str) -> Result<Objects> {
    let name = objects.meant(namespace);
    let is_it = |id: manifest::ObjectId| id.kind == "Namespace" && id.name == name;
    if objects.values.iter().map(manifest::ObjectId::of).any(is_it) {
        return Ok(objects);
    }
    let advice = "without -n, all namespaces are read, as far as these rights go";
    Err(Advice::new(format!("the cluster has no namespace {namespace}"), advice).into())
}

/// The objects of files and of kustomizations.
fn objects_of(files: &[PathBuf], kustomizations: &[PathBuf]) -> Result<Objects> {
    let mut parsed = manifest::files::load(files)?;
    for folder in kustomizations {
        parsed.add(kustomize::build(folder)?);
    }
    let objects = what_can_be_read(parsed)?;
    if objects.values.is_empty() {
        let advice = "name the manifests of the pods and policies, or a cluster with --context NAME";
        return Err(Advice::new("there is no Kubernetes object to look at", advice).into());
    }
    Ok(objects)
}

/// Puts an object into a namespace that names none, as kubectl does.
fn place(object: &mut Value, namespace: &str) {
    let namespaced = manifest::ObjectId::of(object).namespace.is_some();
    let named = object["metadata"]["namespace"].as_str().is_some_and(|name| !name.is_empty());
    if namespaced && !named && object["metadata"].is_object() {
        object["metadata"]["namespace"] = namespace.into();
    }
}

/// Reads manifests. What is wrong in them is shown, and what an answer about them leaves out; errors stop the command.
pub(crate) fn read_files(paths: &[PathBuf]) -> Result<Objects> {
    let parsed = manifest::files::load(paths)?;
    diagnostics::show(&parsed.diagnostics)?;
    if parsed.has_errors() {
        return Err(refusal(&parsed).into());
    }
    objects(parsed, Vec::new())
}

/// The same, but where some files are without errors, those with errors are left out of the answer, which says so.
fn what_can_be_read(mut parsed: Parsed) -> Result<Objects> {
    diagnostics::show(&parsed.diagnostics)?;
    let wrong: BTreeSet<String> = errors(&parsed).map(|error| error.file.clone()).collect();
    let sound = |object: &manifest::Object| !wrong.contains(&*object.origin.file);
    if !wrong.is_empty() && !parsed.objects.iter().any(sound) {
        return Err(refusal(&parsed).into());
    }
    parsed.objects.retain(sound);
    objects(parsed, wrong.into_iter().collect())
}

fn objects(parsed: Parsed, wrong: Vec<String>) -> Result<Objects> {
    let incomplete = Incomplete::of_files(&parsed.objects, wrong);
    incomplete.warn()?;
    if !parsed.skipped.is_empty() {
        let files = counted(grouped(parsed.skipped.len() as u64), "file");
        output::note(&format!("{files} without a Kubernetes object skipped: {}", some_of(&parsed.skipped)))?;
    }
    let strange = manifest::not_looked_at(&parsed.objects);
    if !strange.is_empty() {
        let kinds: Vec<String> = strange.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
        let objects = counted(grouped(strange.values().sum::<usize>() as u64), "object");
        output::note(&format!("{objects} of kinds that are not looked at: {}", some_of(&kinds)))?;
    }
    let makers = PodMaker::of_objects(&parsed.objects);
    let (values, origins) = parsed.objects.into_iter().map(|object| (object.value, object.origin)).unzip();
    Ok(Objects { values, from: Source::Files, incomplete, origins, makers, prefix: None })
}

/// Names, unless they are too many to read.
fn some_of(names: &[String]) -> String {
    const MOST: usize = 20;
    let told = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{told} and {} more", names.len() - MOST) } else { told }
}

fn errors(parsed: &Parsed) -> impl Iterator<Item = &Diagnostic> {
    parsed.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
}

fn refusal(parsed: &Parsed) -> Advice {
    let mut files: Vec<_> = errors(parsed).map(|Diagnostic { file, .. }| file).collect();
    files.dedup();
    let problems = counted(grouped(errors(parsed).count() as u64), "error");
    let place = match files.as_slice() {
        [file] => (*file).clone(),
        files => format!("{} files", files.len()),
    };
    Advice::new(format!("{problems} in {place}"), "an API server refuses these manifests too")
}
