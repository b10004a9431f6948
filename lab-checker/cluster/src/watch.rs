//! Something in the cluster changed: look again.

use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::{WatchStreamExt, watcher};
use manifest::kinds::Kind;

use crate::error::ClusterError;
use crate::read::list;
use crate::resource::read_by_checks;

/// Changes that come together (an applied file, a rollout) are one.
const TOGETHER: Duration = Duration::from_millis(30);

/// Yields whenever anything changed that decides about traffic: once when the watch stands, then
/// after every change. Changes that come together are one. An error means that the watch was lost;
/// it is taken up again by itself, so a stream goes on after errors.
///
/// # Errors
/// When the cluster cannot be reached to find out which kinds it has.
pub async fn changes(
    client: &Client,
) -> Result<impl Stream<Item = Result<(), ClusterError>> + Send + Unpin + use<>, ClusterError> {
    let mut watches = Vec::new();
    for kind in read_by_checks().filter(|kind| kind.watched) {
        match list(client, kind, None).await {
            Ok(_) => watches.push(watch(client.clone(), kind).boxed()),
            Err(ClusterError::Refused { code: 403 | 404, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut standing = watches.len();
    let events = stream::select_all(watches).filter_map(move |event| {
        // The first word comes when every watch has said that it stands.
        let word = match event {
            Ok(Word::Standing) => {
                standing = standing.saturating_sub(1);
                (standing == 0).then_some(Ok(()))
            }
            Ok(Word::Changed) => (standing == 0).then_some(Ok(())),
            Err(error) => Some(Err(error)),
        };
        std::future::ready(word)
    });
    Ok(together(events).boxed())
}

enum Word {
    Standing,
    Changed,
}

fn watch(client: Client, kind: &'static Kind) -> impl Stream<Item = Result<Word, ClusterError>> + Send {
    let named = GroupVersionKind::gvk(kind.group, kind.version, kind.name);
    let api = Api::<DynamicObject>::all_with(client, &ApiResource::from_gvk_with_plural(&named, kind.plural));
    let doing = format!("watch {}", kind.plural);
    watcher(api, watcher::Config::default()).default_backoff().filter_map(move |event| {
        let word = match event {
            Ok(watcher::Event::InitDone) => Some(Ok(Word::Standing)),
            Ok(watcher::Event::Apply(_) | watcher::Event::Delete(_)) => Some(Ok(Word::Changed)),
            Ok(watcher::Event::Init | watcher::Event::InitApply(_)) => None,
            Err(error) => Some(Err(lost(&doing, error))),
        };
        std::future::ready(word)
    })
}

fn lost(doing: &str, error: watcher::Error) -> ClusterError {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => ClusterError::from_kube(doing, error),
        watcher::Error::WatchError(status) => ClusterError::from_kube(doing, kube::Error::Api(status)),
        error @ watcher::Error::NoResourceVersion => {
            ClusterError::Refused { doing: doing.to_owned(), code: 500, message: error.to_string() }
        }
    }
}

/// Waits a moment after each change, so that a burst is answered once.
fn together<S>(events: S) -> impl Stream<Item = Result<(), ClusterError>> + Send
where
    S: Stream<Item = Result<(), ClusterError>> + Send + 'static,
{
    stream::unfold(events.boxed(), |mut events| async {
        let first = events.next().await?;
        if first.is_ok() {
            let burst = async { while let Some(Ok(())) = events.next().await {} };
            // The burst is over when nothing more comes for a moment, or after that moment anyway.
            let _ = tokio::time::timeout(TOGETHER, burst).await;
        }
        Some((first, events))
    })
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc;

    use super::*;

    #[tokio::test]
    async fn changes_that_come_together_are_one_and_errors_are_told() {
        let (events, incoming) = mpsc::unbounded();
        let mut words = together(incoming).boxed();
        for _ in 0..3 {
            events.unbounded_send(Ok(())).unwrap();
        }
        words.next().await.unwrap().unwrap();
        let lost = ClusterError::Refused { doing: "watch pods".to_owned(), code: 500, message: String::new() };
        events.unbounded_send(Err(lost)).unwrap();
        words.next().await.unwrap().unwrap_err();
        events.unbounded_send(Ok(())).unwrap();
        words.next().await.unwrap().unwrap();
        assert!(futures::poll!(words.next()).is_pending());
    }
}
