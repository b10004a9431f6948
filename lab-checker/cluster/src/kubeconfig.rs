//! Kubeconfigs, read as kubectl reads them where kube does it otherwise: files of a list that are not there, users that
//! are not there, and tokens with a newline behind them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, KubeconfigError};

use crate::error::ClusterError;
use crate::token_file::TokenFile;

/// The file given, else those of `$KUBECONFIG`, else `~/.kube/config`.
pub(crate) fn read(path: Option<&Path>) -> Result<Kubeconfig, ClusterError> {
    let read = match (path, std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty())) {
        (Some(path), _) => read_file(path),
        (None, Some(list)) => read_list(&list),
        (None, None) => Kubeconfig::read().map_err(|error| unusable(None, error)),
    };
    Ok(in_one_line(read?))
}

fn read_file(path: &Path) -> Result<Kubeconfig, ClusterError> {
    Kubeconfig::read_from(path).map_err(|error| unusable(Some(path), error))
}

/// Files of a list, one over the other. One that is not there is none, as long as another is.
pub(crate) fn read_list(list: &OsStr) -> Result<Kubeconfig, ClusterError> {
    let named: Vec<PathBuf> = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect();
    let there: Vec<PathBuf> = named.iter().filter(|path| path.exists()).cloned().collect();
    let paths = if there.is_empty() { named } else { there };
    paths.iter().try_fold(Kubeconfig::default(), |merged, path| {
        merged.merge(read_file(path)?).map_err(|error| unusable(Some(path), error))
    })
}

/// Why a kubeconfig cannot be used. What stands in it is not told: there are secrets among it.
pub(crate) fn unusable(path: Option<&Path>, error: KubeconfigError) -> ClusterError {
    let path = path.map(Path::to_owned);
    match error {
        KubeconfigError::Parse(error) => {
            let place = error.location().map(|place| format!(" at line {}, column {}", place.line(), place.column()));
            ClusterError::Unreadable { path, place: place.unwrap_or_default() }
        }
        error => ClusterError::Kubeconfig { path, source: Box::new(error) },
    }
}

/// Certificates and keys may stand there in several lines, as `base64` writes them.
fn in_one_line(file: Kubeconfig) -> Kubeconfig {
    let Ok(mut value) = serde_json::to_value(&file) else { return file };
    let mut changed = false;
    for (list, within) in [("clusters", "cluster"), ("users", "user")] {
        for named in value[list].as_array_mut().into_iter().flatten() {
            let fields = named[within].as_object_mut().into_iter().flatten();
            for (_, data) in fields.filter(|(name, _)| name.ends_with("-data")) {
                let text = data.as_str().filter(|text| text.contains(char::is_whitespace));
                if let Some(text) = text.map(|text| text.split_whitespace().collect::<String>()) {
                    (*data, changed) = (text.into(), true);
                }
            }
        }
    }
    if changed { serde_json::from_value(value).unwrap_or(file) } else { file }
}

/// Looks up the user of a context. A token that stands in a file is taken out of the kubeconfig: it counts before others,
/// and what ends with a newline is no header.
pub(crate) fn prepare_user(file: &mut Kubeconfig, context: &str) -> Result<Option<TokenFile>, ClusterError> {
    let found = file.contexts.iter().find(|known| known.name == context).and_then(|known| known.context.as_ref());
    let Some(name) = found.and_then(|found| found.user.clone()).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let known = file.auth_infos.iter().map(|user| user.name.clone()).collect();
    let Some(user) = file.auth_infos.iter_mut().find(|user| user.name == name) else {
        return Err(ClusterError::UnknownUser { context: context.to_owned(), name, known });
    };
    let Some(user) = &mut user.auth_info else { return Ok(None) };
    let path = user.token_file.take().filter(|path| !path.is_empty()).map(PathBuf::from);
    let token = path.map(|path| TokenFile::read(&path).map_err(|source| ClusterError::TokenFile { path, source }));
    let token = token.transpose()?;
    if token.is_some() {
        user.token = None;
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_list_the_files_that_are_there_count() {
        let folder = tempfile::tempdir().unwrap();
        let [first, missing, last] = ["first", "missing", "last"].map(|name| folder.path().join(name));
        let file = |context: &str| {
            format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: {context}\ncontexts: [{{name: {context}, context: {{cluster: c, user: u}}}}]\n"
            )
        };
        std::fs::write(&first, file("one")).unwrap();
        std::fs::write(&last, file("two")).unwrap();
        let read = read_list(&std::env::join_paths([&missing, &first, &last]).unwrap()).unwrap();
        assert_eq!((read.contexts.len(), read.current_context.as_deref()), (2, Some("one")));
        assert!(read_list(&std::env::join_paths([&missing]).unwrap()).is_err());
    }
}
