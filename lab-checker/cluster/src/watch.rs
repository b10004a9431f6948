//! Everything in a cluster that decides about traffic, read once and kept up to date through watches: a change costs the
//! object that changed, and no other is read again.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use futures::stream::{self, BoxStream, SelectAll, StreamExt};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::core::PartialObjectMeta;
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Resource};
use manifest::kinds::{Kind, Need};
use manifest::{ObjectId, OtherPolicyKind, Unevaluated};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ClusterError;
use crate::other_policies::{self, OtherPolicies, Served};
use crate::read::{Reading, Unread, namespace, whole};
use crate::resource::read_by_checks;

/// Changes that come together (an applied file, a rollout) are one.
const TOGETHER: Duration = Duration::from_millis(30);
/// Before a lost watch is taken up again, at first and at last.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// Everything in a cluster that decides about traffic, as it is now.
pub struct Live {
    parts: Vec<Part>,
    /// What could not be looked at when it began.
    unseen: Vec<String>,
    events: SelectAll<BoxStream<'static, (usize, Heard)>>,
    /// A watch was lost, and nothing was heard since.
    lost: bool,
    /// Kinds of policies have come or gone.
    stale: bool,
    /// A loss that comes after a change has been told.
    pending: Option<ClusterError>,
}

/// The objects of one watch.
struct Part {
    what: What,
    objects: Objects,
    /// Those of a list that is being read.
    coming: Objects,
    stands: bool,
    unread: Option<Unread>,
    unseen: Option<String>,
}

type Objects = BTreeMap<ObjectId, Value>;

/// What a watch is about.
enum What {
    Kind {
        kind: &'static Kind,
        alone: Option<String>,
    },
    Others(Served),
    /// Kinds that somebody defines: policies may come of kinds that were not there.
    Definitions,
}

/// What a watch says.
enum Heard {
    Begins,
    Listed(Value),
    Stands,
    Applied(Value),
    Deleted(Value),
    /// It is not to be had. This is its last word.
    Refused(ClusterError),
    Lost(ClusterError),
}

impl Live {
    /// Reads everything, and goes on watching it.
    ///
    /// # Errors
    /// As [`read`](crate::read()).
    pub async fn begin(client: &Client) -> Result<Self, ClusterError> {
        let all = read_by_checks().map(|kind| What::Kind { kind, alone: None }).collect();
        Self::of(client, all).await
    }

    /// The same of some namespaces alone, for who has rights in these and no others.
    ///
    /// # Errors
    /// As [`read_in`](crate::read_in).
    pub async fn begin_in(client: &Client, namespaces: &[&str]) -> Result<Self, ClusterError> {
        let each = |kind: &'static Kind| {
            let alone = if kind.namespaced || kind.name == "Namespace" { namespaces } else { &[] };
            let parts: Vec<What> =
                alone.iter().map(|name| What::Kind { kind, alone: Some((*name).to_owned()) }).collect();
            if parts.is_empty() { vec![What::Kind { kind, alone: None }] } else { parts }
        };
        Self::of(client, read_by_checks().flat_map(each).collect()).await
    }

    async fn of(client: &Client, mut all: Vec<What>) -> Result<Self, ClusterError> {
        let mut unseen = Vec::new();
        let served = other_policies::served(client, &mut unseen).await?;
        all.extend(served.into_iter().map(What::Others).chain([What::Definitions]));
        let events = all.iter().enumerate().map(|(at, what)| what.watch(client, at));
        let events = stream::select_all(events.collect::<Vec<_>>());
        let parts = all.into_iter().map(Part::new).collect();
        let mut live = Self { parts, unseen, events, lost: false, stale: false, pending: None };
        while !live.parts.iter().all(|part| part.stands) {
            let Some((at, heard)) = live.events.next().await else { break };
            match heard {
                Heard::Lost(error) => return Err(error),
                Heard::Refused(error) => live.parts[at].refused(client, error).await?,
                heard => _ = live.parts[at].hear(heard),
            }
        }
        Ok(live)
    }

    /// Waits until something is not as it was; changes that come together are one. It may be dropped and asked again.
    ///
    /// # Errors
    /// When a watch was lost. It is taken up again by itself, so that one may go on asking; what comes next says that the
    /// cluster is back.
    pub async fn changed(&mut self) -> Result<(), ClusterError> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        while !self.next().await? {}
        let quiet = tokio::time::sleep(TOGETHER);
        let mut quiet = std::pin::pin!(quiet);
        loop {
            tokio::select! {
                () = &mut quiet => return Ok(()),
                next = self.next() => if let Err(error) = next {
                    self.pending = Some(error);
                    return Ok(());
                },
            }
        }
    }

    /// Hears one word; whether it says something new.
    async fn next(&mut self) -> Result<bool, ClusterError> {
        let Some((at, heard)) = self.events.next().await else { return std::future::pending().await };
        match heard {
            Heard::Lost(error) | Heard::Refused(error) => {
                self.lost = true;
                Err(error)
            }
            heard => {
                let speaks = matches!(heard, Heard::Stands | Heard::Applied(_) | Heard::Deleted(_));
                let back = speaks && std::mem::take(&mut self.lost);
                if matches!(self.parts[at].what, What::Definitions) {
                    let stale = is_about_policies(&heard);
                    self.stale |= stale;
                    return Ok(stale || back);
                }
                Ok(self.parts[at].hear(heard) || back)
            }
        }
    }

    /// Whether kinds of policies have come or gone, so that it is to be begun anew.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// What the cluster holds now.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let mut reading = Reading {
            others: OtherPolicies { unseen: self.unseen.clone(), ..OtherPolicies::default() },
            ..Reading::default()
        };
        for part in &self.parts {
            match &part.what {
                What::Kind { .. } => reading.objects.extend(part.objects.values().cloned()),
                What::Others(served) => {
                    let names = part.objects.values().filter_map(|object| served.counted_name(object));
                    reading.others.unevaluated.extend(Unevaluated::new(served.kind.clone(), names.collect()));
                }
                What::Definitions => {}
            }
            reading.unread.extend(part.unread.clone());
            reading.others.unseen.extend(part.unseen.clone());
        }
        reading
    }
}

impl What {
    fn watch(&self, client: &Client, at: usize) -> BoxStream<'static, (usize, Heard)> {
        let client = client.clone();
        match self {
            Self::Kind { kind, alone } => {
                let named = GroupVersionKind::gvk(kind.group, kind.version, kind.name);
                let resource = ApiResource::from_gvk_with_plural(&named, kind.plural);
                let (api, config) = match alone {
                    Some(name) if kind.namespaced => (Api::namespaced_with(client, name, &resource), String::new()),
                    Some(name) => (Api::all_with(client, &resource), format!("metadata.name={name}")),
                    None => (Api::all_with(client, &resource), String::new()),
                };
                let config =
                    watcher::Config { field_selector: Some(config).filter(|it| !it.is_empty()), ..<_>::default() };
                words::<DynamicObject>(api, config, at, format!("watch {}", kind.plural))
            }
            Self::Others(served) => {
                // Their names are all that is told of them.
                let api = Api::<PartialObjectMeta<DynamicObject>>::all_with(client, &served.resource());
                words(api, watcher::Config::default(), at, "find policies of other makers".to_owned())
            }
            Self::Definitions => {
                let named = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
                let resource = ApiResource::from_gvk_with_plural(&named, "customresourcedefinitions");
                let api = Api::<PartialObjectMeta<DynamicObject>>::all_with(client, &resource);
                words(api, watcher::Config::default(), at, "find kinds of policies".to_owned())
            }
        }
    }
}

/// Whether a word is about the definition of a kind of policies, told from its name: plural and group.
fn is_about_policies(heard: &Heard) -> bool {
    let (Heard::Applied(object) | Heard::Deleted(object)) = heard else { return false };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    name.split_once('.').is_some_and(|(plural, group)| OtherPolicyKind::is_group(group) || plural.contains("polic"))
}

/// What a watch says, for as long as it is to be had.
fn words<K>(api: Api<K>, config: watcher::Config, at: usize, doing: String) -> BoxStream<'static, (usize, Heard)>
where
    K: Resource + Clone + Debug + DeserializeOwned + Serialize + Send + Sync + 'static,
{
    let events = watcher(api, config).backoff(Soon::default()).filter_map(move |event| {
        let heard = match event {
            Ok(watcher::Event::Init) => Some(Heard::Begins),
            Ok(watcher::Event::InitApply(object)) => value(&object).map(Heard::Listed),
            Ok(watcher::Event::InitDone) => Some(Heard::Stands),
            Ok(watcher::Event::Apply(object)) => value(&object).map(Heard::Applied),
            Ok(watcher::Event::Delete(object)) => value(&object).map(Heard::Deleted),
            Err(error) => lost(&doing, error),
        };
        std::future::ready(heard.map(|heard| (at, heard)))
    });
    // Whoever is refused from the beginning need not ask again and again.
    let with_end = stream::unfold((Some(events.boxed()), false), |(events, stood)| async move {
        let mut events = events?;
        let (at, heard) = events.next().await?;
        match heard {
            Heard::Lost(error) if !stood && matches!(error.code(), Some(403 | 404)) => {
                Some(((at, Heard::Refused(error)), (None, stood)))
            }
            heard => {
                let stood = stood || matches!(heard, Heard::Stands);
                Some(((at, heard), (Some(events), stood)))
            }
        }
    });
    with_end.boxed()
}

fn value(object: &impl Serialize) -> Option<Value> {
    serde_json::to_value(object).ok()
}

/// A watch that was lost; nothing when the cluster has forgotten where it was, and it is all read again.
fn lost(doing: &str, error: watcher::Error) -> Option<Heard> {
    let error = match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => ClusterError::from_kube(doing, error),
        watcher::Error::WatchError(status) => ClusterError::from_kube(doing, kube::Error::Api(status)),
        error @ watcher::Error::NoResourceVersion => {
            ClusterError::Refused { doing: doing.to_owned(), code: 500, message: error.to_string() }
        }
    };
    (error.code() != Some(410)).then_some(Heard::Lost(error))
}

impl Part {
    fn new(what: What) -> Self {
        let (objects, coming) = (Objects::new(), Objects::new());
        Self { what, objects, coming, stands: false, unread: None, unseen: None }
    }

    /// Takes in a word; whether the objects are others now.
    fn hear(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Begins => self.coming.clear(),
            Heard::Listed(object) => {
                let object = self.kept(object);
                self.coming.insert(ObjectId::of(&object), object);
            }
            Heard::Stands => {
                let before = std::mem::replace(&mut self.objects, std::mem::take(&mut self.coming));
                return !std::mem::replace(&mut self.stands, true) || before != self.objects;
            }
            Heard::Applied(object) => {
                let object = self.kept(object);
                let id = ObjectId::of(&object);
                let same = self.objects.get(&id) == Some(&object);
                self.objects.insert(id, object);
                return !same;
            }
            Heard::Deleted(object) => return self.objects.remove(&ObjectId::of(&self.kept(object))).is_some(),
            Heard::Refused(_) | Heard::Lost(_) => {}
        }
        false
    }

    /// The object without what changes though nothing has changed.
    fn kept(&self, object: Value) -> Value {
        let mut object = match &self.what {
            What::Kind { kind, .. } => whole(object, kind),
            What::Others(_) | What::Definitions => object,
        };
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
            metadata.remove("managedFields");
        }
        object
    }

    /// Does without a kind that is not to be had, when that is possible.
    async fn refused(&mut self, client: &Client, error: ClusterError) -> Result<(), ClusterError> {
        self.stands = true;
        match &self.what {
            What::Definitions => {}
            What::Others(served) => {
                if let (Some(403), ClusterError::Refused { message, .. }) = (error.code(), &error) {
                    self.unseen = Some(format!("{} could not be looked at: {message}", served.kind.name(2)));
                }
            }
            What::Kind { kind, alone: Some(name) } if !kind.namespaced => {
                let (objects, unread) = namespace(client, kind, name).await?;
                self.objects = objects.into_iter().map(|object| (ObjectId::of(&object), object)).collect();
                self.unread = unread;
            }
            What::Kind { kind, .. } if kind.need == Some(Need::Always) => return Err(error),
            What::Kind { kind, .. } => {
                let decides = kind.need == Some(Need::Decides);
                if let ClusterError::Refused { code: 403, message, .. } = error {
                    self.unread = decides.then_some(Unread { kind: kind.name, message });
                }
            }
        }
        Ok(())
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
