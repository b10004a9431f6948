//! Where a snapshot comes from: files, a cluster that was named, or the practice cluster. A cluster
//! that nobody named is never touched.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use manifest::{Diagnostic, Parsed, Severity, Source};
use netpol::{Engine, Snapshot};
use serde_json::Value;

use crate::failure::Advice;
use crate::input::data::DataFolder;
use crate::input::target::{NamedCluster, read};
use crate::runtime;
use crate::terminal::diagnostics;

/// The options that say where a snapshot comes from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SnapshotSource {
    /// Read manifests: a file, a folder, or - for standard input; may be repeated
    #[arg(short = 'f', long = "filename", value_name = "PATH", conflicts_with_all = ["context", "kubeconfig"])]
    files: Vec<PathBuf>,
    #[command(flatten)]
    cluster: NamedCluster,
}

/// Kubernetes objects, and what kind of place they came from.
#[derive(Debug)]
pub(crate) struct Objects {
    /// The objects.
    pub(crate) values: Vec<Value>,
    /// How complete they are.
    pub(crate) from: Source,
}

impl SnapshotSource {
    /// The objects of the snapshot.
    pub(crate) fn objects(&self) -> Result<Objects> {
        if !self.files.is_empty() {
            let values = read_files(&self.files)?;
            if values.is_empty() {
                let advice = "name the manifests of the pods and policies, or a cluster with --context NAME";
                return Err(Advice::new("there is no Kubernetes object to look at", advice).into());
            }
            return Ok(Objects { values, from: Source::Files });
        }
        runtime::block_on(async {
            let connection = self.cluster.connect().await?;
            Ok(Objects { values: read(&connection).await?, from: Source::Cluster })
        })
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

    /// Whether nothing was said about where the snapshot comes from.
    pub(crate) fn is_silent(&self) -> bool {
        self.files.is_empty() && !self.cluster.is_named()
    }

    /// The snapshot, ready for questions.
    pub(crate) fn engine(&self) -> Result<Engine> {
        // The process ends soon after: giving the objects back takes longer than many an answer.
        let objects = ManuallyDrop::new(self.objects()?);
        Ok(Engine::new(objects.lower()?))
    }
}

impl Objects {
    /// The snapshot that they are.
    pub(crate) fn lower(&self) -> Result<Snapshot> {
        manifest::lower(&self.values, self.from).context("the objects cannot be used")
    }
}

/// Reads manifests. What is wrong in them is shown; errors stop the command.
pub(crate) fn read_files(paths: &[PathBuf]) -> Result<Vec<Value>> {
    let parsed = manifest::files::load(paths)?;
    diagnostics::show(&parsed.diagnostics)?;
    if parsed.has_errors() {
        return Err(refusal(&parsed).into());
    }
    Ok(parsed.into_values())
}

fn refusal(parsed: &Parsed) -> Advice {
    let errors = parsed.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut files: Vec<_> = errors.clone().map(|Diagnostic { file, .. }| file).collect();
    files.dedup();
    let problems = crate::terminal::output::count(errors.count() as u64, "error");
    let place = match files.as_slice() {
        [file] => (*file).clone(),
        files => format!("{} files", files.len()),
    };
    Advice::new(format!("{problems} in {place}"), "an API server refuses these manifests too")
}
