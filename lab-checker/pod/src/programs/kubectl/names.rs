//! The objects that a command line names: `pods`, `pod web`, `pod/web svc/web`, `po,svc`, `all`.

use super::failure::Failure;
use super::kind::Kind;
use super::resources::Kinds;

/// What is named.
pub(super) struct Named<'k> {
    pub(super) kind: &'k Kind,
    /// `None` means all of them.
    pub(super) name: Option<String>,
}

/// Whether several kinds are asked for: their names carry the kind then.
pub(super) fn several_kinds(named: &[Named<'_>]) -> bool {
    named.windows(2).any(|pair| pair[0].kind != pair[1].kind)
}

/// Reads the words.
pub(super) fn read<'k>(kinds: &'k Kinds, command: &str, words: &[String]) -> Result<Vec<Named<'k>>, Failure> {
    let Some((types, names)) = words.split_first() else {
        return Err(Failure::Bare(format!(
            "You must specify the type of resource to {command}. Use \"kubectl api-resources\" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl {command} -h' for help and examples"
        )));
    };
    if words.iter().any(|word| word.contains('/')) {
        return words.iter().map(|word| one(kinds, word)).collect();
    }
    let mut meant: Vec<&Kind> = Vec::new();
    for word in types.split(',').filter(|word| !word.is_empty()) {
        for kind in kinds.meant(word)? {
            if !meant.contains(&kind) {
                meant.push(kind);
            }
        }
    }
    if names.is_empty() {
        return Ok(meant.into_iter().map(|kind| Named { kind, name: None }).collect());
    }
    let named = |kind| names.iter().map(move |name| Named { kind, name: Some(name.clone()) });
    Ok(meant.into_iter().flat_map(named).collect())
}

fn one<'k>(kinds: &'k Kinds, word: &str) -> Result<Named<'k>, Failure> {
    let Some((kind, name)) = word.split_once('/') else {
        return Err(Failure::said(
            "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
        ));
    };
    if name.is_empty() || kind.is_empty() || name.contains('/') {
        return Err(Failure::said("arguments in resource/name form must have a single resource and name"));
    }
    Ok(Named { kind: kinds.known(kind)?, name: Some(name.to_owned()) })
}
