//! What watches say. Whoever may list but not watch is told the same at a quiet pace.

use std::fmt::Debug;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use kube::Resource;
use kube::api::Api;
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt, watcher};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;

use crate::error::ClusterError;

/// Before a lost watch is taken up again, at first and at last.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));
/// How often it is looked where nothing can be watched.
pub(crate) const LOOKS: Duration = Duration::from_secs(10);

/// What a watch says.
pub(crate) enum Heard {
    Begins,
    Listed(Value),
    Stands,
    Applied(Value),
    Deleted(Value),
    /// It can be listed, and not watched: from now on it is looked again and again.
    Unwatched,
    /// It is not to be had. This is its last word.
    Refused(ClusterError),
    Lost(ClusterError),
}

/// Which objects, and what is done with them, as it completes "cannot …".
#[derive(Clone)]
pub(crate) struct Watch<K> {
    pub(crate) api: Api<K>,
    pub(crate) config: watcher::Config,
    pub(crate) doing: String,
}

/// Where a watch stands.
struct State<K> {
    watch: Watch<K>,
    events: Option<BoxStream<'static, Heard>>,
    /// Whether it has been listed once.
    stood: bool,
    /// Whether it was said that it cannot be watched.
    unwatched: bool,
}

/// What a watch says, for as long as it is to be had.
pub(crate) fn words<K>(watch: Watch<K>) -> BoxStream<'static, Heard>
where
    K: Resource + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static,
{
    let events = Some(events(&watch));
    stream::unfold(State { watch, events, stood: false, unwatched: false }, next).boxed()
}

async fn next<K>(mut state: State<K>) -> Option<(Heard, State<K>)>
where
    K: Resource + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static,
{
    loop {
        match state.events.as_mut()?.next().await? {
            // Whoever is refused from the beginning need not ask again and again.
            Heard::Refused(error) if !state.stood => {
                state.events = None;
                return Some((Heard::Refused(error), state));
            }
            Heard::Unwatched => {
                let said = std::mem::replace(&mut state.unwatched, true);
                // What is listed later is what has changed until then; and perhaps it can be watched by then.
                let later = events(&state.watch);
                let wait = stream::once(sleep(LOOKS)).filter_map(|()| std::future::ready(None));
                state.events = Some(wait.chain(later).boxed());
                if !said {
                    return Some((Heard::Unwatched, state));
                }
            }
            Heard::Refused(error) => return Some((Heard::Lost(error), state)),
            heard => {
                state.stood |= matches!(heard, Heard::Stands);
                return Some((heard, state));
            }
        }
    }
}

fn events<K>(watch: &Watch<K>) -> BoxStream<'static, Heard>
where
    K: Resource + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static,
{
    let Watch { api, config, doing } = watch.clone();
    let events = watcher(api, config).backoff(Soon::default());
    let heard = move |event| std::future::ready(heard(&doing, event));
    events.filter_map(heard).boxed()
}

fn heard(doing: &str, event: watcher::Result<watcher::Event<impl Serialize>>) -> Option<Heard> {
    match event {
        Ok(watcher::Event::Init) => Some(Heard::Begins),
        Ok(watcher::Event::InitApply(object)) => value(&object).map(Heard::Listed),
        Ok(watcher::Event::InitDone) => Some(Heard::Stands),
        Ok(watcher::Event::Apply(object)) => value(&object).map(Heard::Applied),
        Ok(watcher::Event::Delete(object)) => value(&object).map(Heard::Deleted),
        Err(error) => lost(doing, error),
    }
}

fn value(object: &impl Serialize) -> Option<Value> {
    serde_json::to_value(object).ok()
}

/// A watch that was lost; nothing when the cluster has forgotten where it was, and it is all read again.
fn lost(doing: &str, error: watcher::Error) -> Option<Heard> {
    let begins = matches!(error, watcher::Error::WatchStartFailed(_));
    let lists = matches!(error, watcher::Error::InitialListFailed(_));
    let error = match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => ClusterError::from_kube(doing, error),
        watcher::Error::WatchError(status) => ClusterError::from_kube(doing, kube::Error::Api(status)),
        error @ watcher::Error::NoResourceVersion => {
            ClusterError::Refused { doing: doing.to_owned(), code: 500, message: error.to_string() }
        }
    };
    match error.code() {
        Some(410) => None,
        // A list stands, and that is all that there is.
        Some(403 | 405) if begins => Some(Heard::Unwatched),
        Some(403 | 404) if lists => Some(Heard::Refused(error)),
        _ => Some(Heard::Lost(error)),
    }
}

/// How long until a lost watch is taken up again: soon, because somebody sits before it.
#[derive(Default)]
struct Soon(u32);

impl Iterator for Soon {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let (first, last) = AGAIN;
        let wait = (first * 2_u32.pow(self.0)).min(last);
        self.0 = (self.0 + 1).min(8);
        Some(wait)
    }
}

impl Backoff for Soon {
    fn reset(&mut self) {
        self.0 = 0;
    }
}
