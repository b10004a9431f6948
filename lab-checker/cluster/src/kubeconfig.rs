//! Kubeconfigs, read as kubectl reads them where kube does it otherwise: files of a list that are not there, users that
//! are not there, tokens with a newline behind them, and plugins that cannot give credentials.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;

use kube::client::AuthError;
use kube::config::{ExecConfig, Kubeconfig, KubeconfigError};

use crate::error::ClusterError;
use crate::token_file::TokenFile;

/// The file given, else those of `$KUBECONFIG`, else `~/.kube/config`.
pub(crate) fn read(path: Option<&Path>) -> Result<Kubeconfig, KubeconfigError> {
    match (path, std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty())) {
        (Some(path), _) => Kubeconfig::read_from(path),
        (None, Some(list)) => read_list(&list),
        (None, None) => Kubeconfig::read(),
    }
}

/// Files of a list, one over the other. One that is not there is none, as long as another is.
pub(crate) fn read_list(list: &OsStr) -> Result<Kubeconfig, KubeconfigError> {
    let named: Vec<PathBuf> = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect();
    let there: Vec<PathBuf> = named.iter().filter(|path| path.exists()).cloned().collect();
    let paths = if there.is_empty() { named } else { there };
    paths.iter().try_fold(Kubeconfig::default(), |merged, path| merged.merge(Kubeconfig::read_from(path)?))
}

/// Where the credentials of a user come from, when that is not the kubeconfig.
#[derive(Default)]
pub(crate) struct Elsewhere {
    /// The plugin that is asked for them.
    pub(crate) plugin: Option<ExecConfig>,
    /// The file that holds the token.
    pub(crate) token: Option<TokenFile>,
}

/// Looks up the user of a context. A token that stands in a file is taken out of the kubeconfig: it counts before others,
/// and what ends with a newline is no header.
pub(crate) fn prepare_user(file: &mut Kubeconfig, context: &str) -> Result<Elsewhere, ClusterError> {
    let found = file.contexts.iter().find(|known| known.name == context).and_then(|known| known.context.as_ref());
    let Some(name) = found.and_then(|found| found.user.clone()).filter(|name| !name.is_empty()) else {
        return Ok(Elsewhere::default());
    };
    let known = file.auth_infos.iter().map(|user| user.name.clone()).collect();
    let Some(user) = file.auth_infos.iter_mut().find(|user| user.name == name) else {
        return Err(ClusterError::UnknownUser { context: context.to_owned(), name, known });
    };
    let Some(user) = &mut user.auth_info else { return Ok(Elsewhere::default()) };
    let path = user.token_file.take().filter(|path| !path.is_empty()).map(PathBuf::from);
    let token = path.map(|path| TokenFile::read(&path).map_err(|source| ClusterError::TokenFile { path, source }));
    let token = token.transpose()?;
    if token.is_some() {
        user.token = None;
    }
    Ok(Elsewhere { plugin: user.exec.clone(), token })
}

/// Why a client could not be made, in the words of the plugin when it was one.
pub(crate) fn no_client(error: kube::Error, plugin: Option<&ExecConfig>) -> ClusterError {
    let (said, plugin) = match (&error, plugin) {
        (kube::Error::Auth(AuthError::AuthExecStart(source)), Some(plugin)) => (source.to_string(), plugin),
        (kube::Error::Auth(AuthError::AuthExecRun { out, .. }), Some(plugin)) => (last_words(out), plugin),
        (kube::Error::Auth(error @ AuthError::AuthExecParse(_)), Some(plugin)) => (error.to_string(), plugin),
        _ => return ClusterError::from_kube("read its address", error),
    };
    let hint = plugin.install_hint.as_deref().map(str::trim).filter(|hint| !hint.is_empty()).map(str::to_owned);
    ClusterError::Plugin { command: plugin.command.clone().unwrap_or_default(), said, hint }
}

/// What a command said at its end.
fn last_words(out: &Output) -> String {
    let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    if said.is_empty() { out.status.to_string() } else { format!("{said} ({})", out.status) }
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
