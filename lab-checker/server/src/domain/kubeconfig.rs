//! A learner's kubeconfig, and what it opens their practice cluster with.
//!
//! The secret in it is derived from the token or the session that asks for it: who asks again is given the same, only its
//! hash is stored, and it works for as long as the learner's token is not renewed. Where one local learner needs no
//! token, the address alone opens the cluster.

use practice_cluster::Access;

use crate::{
    app::App,
    problem::Problem,
    store::{Learner, Secret},
};

/// The kubeconfig of a learner who was believed for `token` and comes by `url`.
pub(crate) async fn of(app: &App, learner: &Learner, token: Option<&Secret>, url: &str) -> Result<String, Problem> {
    let authority = app.addresses.authority.as_ref().map(|authority| authority.pem.as_str());
    let key = match token.filter(|_| !app.addresses.local) {
        None => None,
        Some(token) => {
            let key = token.derived("cluster");
            if !app.store.allow_cluster(&key, token, &learner.id).await? {
                return Err(Problem::not_signed_in());
            }
            Some(key)
        }
    };
    let key = key.as_ref().map(Secret::reveal);
    // Clients send no token over plain HTTP, so that there it is a part of the address.
    let access = match url.starts_with("https://") {
        true => Access { token: key, authority, ..Access::default() },
        false => Access { key, ..Access::default() },
    };
    Ok(app.clusters.kubeconfig(learner, url, &access).await?)
}
