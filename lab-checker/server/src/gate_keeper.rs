//! Who may use a practice cluster: whoever has the secret of one of its learner's kubeconfigs, in a header or in the
//! address. Where one local learner needs no token, its name in the address is enough.

use axum::{
    extract::{Request, State},
    http::{Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use practice_cluster::{ClusterId, Status};

use crate::{
    app::App,
    request::bearer,
    store::{Opens, Secret, StoreError},
};

/// Where the clusters are.
const CLUSTERS: &str = "/clusters/";

/// Lets a request through to its cluster without what opened it, or refuses it in a cluster's words.
pub(crate) async fn keep_gate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some((name, key)) = asked(request.uri()) else { return next.run(request).await };
    if !app.addresses.local
        && let Some(id) = ClusterId::parse(&name)
    {
        let key = key.clone().or_else(|| bearer(request.headers()));
        let admission = key.as_ref().map(|key| app.admissions.with(key));
        match app.store.opens(key.as_ref(), &id).await {
            Ok(Opens::Yes) => {
                if let Some(admission) = admission {
                    request.extensions_mut().insert(admission);
                }
            }
            Ok(Opens::NobodysCluster) => return Status::no_such_cluster().into_response(),
            Ok(Opens::No) => return refused().into_response(),
            Err(error) => return unknown(&error).into_response(),
        }
    }
    if key.is_some()
        && let Some(uri) = without_key(request.uri(), &name)
    {
        *request.uri_mut() = uri;
    }
    request.headers_mut().remove(header::AUTHORIZATION);
    next.run(request).await
}

/// The name of the cluster in an address, and what should open it.
fn asked(uri: &Uri) -> Option<(String, Option<Secret>)> {
    let segment = uri.path().strip_prefix(CLUSTERS)?.split('/').next()?;
    Some(match segment.split_once('.') {
        Some((name, key)) => (name.to_owned(), Some(Secret::presented(key))),
        None => (segment.to_owned(), None),
    })
}

fn without_key(uri: &Uri, name: &str) -> Option<Uri> {
    let whole = uri.path_and_query()?.as_str().strip_prefix(CLUSTERS)?;
    let rest = &whole[whole.find(['/', '?']).unwrap_or(whole.len())..];
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{CLUSTERS}{name}{rest}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

fn refused() -> Status {
    Status::not_opened(
        "this kubeconfig does not open the practice cluster, or does not any more: download it again from the course",
    )
}

fn unknown(error: &StoreError) -> Status {
    tracing::error!(%error, "who may use a practice cluster cannot be told");
    Status::unavailable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_in_an_address_goes_no_further() {
        for (uri, key, rest) in [
            ("/clusters/a.cluster_x-Y/api/v1/pods?watch=1", Some("cluster_x-Y"), "/clusters/a/api/v1/pods?watch=1"),
            ("/clusters/a.k", Some("k"), "/clusters/a"),
            ("/clusters/a.k?x=/y", Some("k"), "/clusters/a?x=/y"),
            ("/clusters/a/api/v1/pods/b.c", None, "/clusters/a/api/v1/pods/b.c"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            let (name, found) = asked(&uri).unwrap();
            assert_eq!((name.as_str(), found.as_ref().map(Secret::reveal)), ("a", key), "{uri}");
            if key.is_some() {
                assert_eq!(without_key(&uri, &name).unwrap().to_string(), rest, "{uri}");
            }
        }
    }
}
