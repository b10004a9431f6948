//! One part of what a cluster holds: the objects of a kind, and what is heard of them.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, BoxStream, StreamExt};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher;
use manifest::ObjectId;
use manifest::kinds::{Kind, Need};
use serde_json::Value;
use tokio::time::sleep;

use crate::error::ClusterError;
use crate::heard::{Heard, LOOKS, Watch, words};
use crate::other_policies::{Discovered, Served};
use crate::read::{Unread, namespace, tolerant, whole};

/// The objects of one watch.
pub(crate) struct Part {
    pub(crate) what: What,
    pub(crate) objects: Objects,
    /// Those of a list that is being read.
    coming: Objects,
    /// What its pods hang on: workloads and nodes, which are not watched themselves.
    pub(crate) hangs_on: BTreeSet<String>,
    pub(crate) stands: bool,
    pub(crate) unread: Option<Unread>,
    pub(crate) unseen: Option<String>,
}

pub(crate) type Objects = BTreeMap<ObjectId, Value>;

/// What a watch is about.
pub(crate) enum What {
    Kind {
        kind: &'static Kind,
        alone: Option<String>,
    },
    Others(Served),
    /// Kinds that somebody defines: policies may come of kinds that were not there.
    Definitions,
}

impl What {
    /// Whether the cluster serves it, as far as it says so.
    pub(crate) fn is_served(&self, served: &Discovered) -> bool {
        match self {
            Self::Kind { kind, .. } => served.may_have(kind),
            Self::Others(_) | Self::Definitions => true,
        }
    }

    /// Whether a change of it is told; what else there is shows in pods, and is read then.
    pub(crate) fn is_watched(&self) -> bool {
        match self {
            Self::Kind { kind, .. } => kind.watched,
            Self::Others(_) | Self::Definitions => true,
        }
    }

    pub(crate) fn watch(&self, client: &Client) -> BoxStream<'static, Heard> {
        let client = client.clone();
        match self {
            Self::Kind { kind, alone } => {
                let named = GroupVersionKind::gvk(kind.group, kind.version, kind.name);
                let resource = ApiResource::from_gvk_with_plural(&named, kind.plural);
                let (api, field_selector) = match alone {
                    Some(name) if kind.namespaced => (Api::namespaced_with(client, name, &resource), None),
                    Some(name) => (Api::all_with(client, &resource), Some(format!("metadata.name={name}"))),
                    None => (Api::all_with(client, &resource), None),
                };
                let config = watcher::Config { field_selector, ..<_>::default() };
                words::<DynamicObject>(Watch { api, config, doing: format!("watch {}", kind.plural) })
            }
            // Their names are all that is told of them.
            Self::Others(served) => names(client, &served.resource(), "find policies of other makers"),
            Self::Definitions => {
                let named = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
                let resource = ApiResource::from_gvk_with_plural(&named, "customresourcedefinitions");
                names(client, &resource, "find kinds of policies")
            }
        }
    }
}

/// What a watch of names alone says.
fn names(client: Client, resource: &ApiResource, doing: &str) -> BoxStream<'static, Heard> {
    let api = Api::<PartialObjectMeta<DynamicObject>>::all_with(client, resource);
    words(Watch { api, config: watcher::Config::default(), doing: doing.to_owned() })
}

/// A namespace that can be looked at and not listed, looked at again and again.
pub(crate) fn looks(client: Client, kind: &'static Kind, name: String) -> BoxStream<'static, Heard> {
    let look = move |()| {
        let (client, name) = (client.clone(), name.clone());
        async move {
            sleep(LOOKS).await;
            let heard = match namespace(&client, kind, &name).await {
                // A right that is lost for a while changes nothing of what is known.
                Ok((_, Some(_))) => Vec::new(),
                Ok((found, None)) => [Heard::Begins]
                    .into_iter()
                    .chain(found.into_iter().map(Heard::Listed))
                    .chain([Heard::Stands])
                    .collect(),
                Err(error) => vec![Heard::Lost(error)],
            };
            Some((stream::iter(heard), ()))
        }
    };
    stream::unfold((), look).flatten().boxed()
}

impl Part {
    pub(crate) fn new(what: What) -> Self {
        let (objects, coming) = (Objects::new(), Objects::new());
        Self { what, objects, coming, hangs_on: BTreeSet::new(), stands: false, unread: None, unseen: None }
    }

    /// Reads what is not watched.
    pub(crate) async fn read(&mut self, client: &Client) -> Result<(), ClusterError> {
        let What::Kind { kind, alone } = &self.what else { return Ok(()) };
        let (objects, unread) = tolerant(client, kind, alone.as_deref()).await?;
        let objects = objects.into_iter().map(|object| self.kept(object));
        self.objects = objects.map(|object| (ObjectId::of(&object), object)).collect();
        (self.unread, self.stands) = (unread, true);
        Ok(())
    }

    /// What its pods hang on: their controllers and nodes.
    pub(crate) fn needed(&self) -> BTreeSet<String> {
        let is_pods = matches!(&self.what, What::Kind { kind, .. } if kind.name == "Pod");
        let of = |pod: &Value| {
            let owners = pod["metadata"]["ownerReferences"].as_array().into_iter().flatten();
            let owners = owners.filter_map(|owner| owner["uid"].as_str().map(str::to_owned));
            owners.chain(pod["spec"]["nodeName"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        self.objects.values().filter(|_| is_pods).flat_map(of).collect()
    }

    /// Takes in a word; whether the objects are others now.
    pub(crate) fn hear(&mut self, heard: Heard) -> bool {
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
            Heard::Unwatched | Heard::Refused(_) | Heard::Lost(_) => {}
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
    pub(crate) async fn refused(&mut self, client: &Client, error: ClusterError) -> Result<(), ClusterError> {
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
            // It is not served, and perhaps that is not all that is to be said.
            What::Kind { kind, .. } if kind.is_defined() && error.code() == Some(404) => self.read(client).await?,
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
