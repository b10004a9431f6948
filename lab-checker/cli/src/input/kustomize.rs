//! Building a kustomization, as `kubectl apply -k` does: with `kustomize`, or with `kubectl`, which brings it along.

use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use manifest::Parsed;

use crate::failure::Advice;

/// The programs that build, and what they are told before the folder.
const BUILDERS: [(&str, &str); 2] = [("kustomize", "build"), ("kubectl", "kustomize")];

/// What a kustomization builds.
pub(crate) fn build(folder: &Path) -> Result<Parsed> {
    for (program, word) in BUILDERS {
        let built = match Command::new(program).arg(word).arg(folder).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            built => built.with_context(|| format!("{program} cannot be started"))?,
        };
        if !built.status.success() {
            let said = String::from_utf8_lossy(&built.stderr);
            let problem = format!("`{program} {word} {}` fails: {}", folder.display(), said.trim());
            return Err(Advice::new(problem, "a kustomization is built as `kubectl apply -k` does it").into());
        }
        let text = String::from_utf8_lossy(&built.stdout);
        return Ok(manifest::parse(&format!("{} (built)", folder.display()), &text));
    }
    let problem = format!("{} cannot be built: there is neither kustomize nor kubectl here", folder.display());
    Err(Advice::new(problem, "install one of them, or read built manifests with -f").into())
}
