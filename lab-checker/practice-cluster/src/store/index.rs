//! What a state knows about its objects without looking at each of them: sums, and the few questions that controllers
//! ask again and again. A cluster full of pods would otherwise be walked through once for every one of them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};
use serde_json::Value;

use crate::resource::RESOURCES;
use crate::store::key::{Key, Revision};
use crate::store::object;

/// The sums and indexes of a state, as cheap to copy as the state.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    bytes: usize,
    pods: usize,
    /// The uid of an object, and what names it as its owner.
    owned: RedBlackTreeSetSync<(Arc<str>, Key)>,
    /// The uid of an object, and the events about it.
    told: RedBlackTreeSetSync<(Arc<str>, Key)>,
    /// The events of each namespace, the oldest first.
    events: RedBlackTreeMapSync<Arc<str>, RedBlackTreeSetSync<(Revision, Key)>>,
    /// The addresses that pods have for themselves.
    addresses: RedBlackTreeSetSync<(Ipv4Addr, Key)>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            bytes: 0,
            pods: 0,
            owned: RedBlackTreeSetSync::new_sync(),
            told: RedBlackTreeSetSync::new_sync(),
            events: RedBlackTreeMapSync::new_sync(),
            addresses: RedBlackTreeSetSync::new_sync(),
        }
    }
}

impl Index {
    /// About how many bytes the objects take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many of the objects are pods.
    pub(crate) fn pods(&self) -> usize {
        self.pods
    }

    /// What names the object with this uid as its owner, ordered by kind, namespace and name.
    pub(crate) fn owned_by<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Key> + 'a {
        at(&self.owned, uid)
    }

    /// The events about the object with this uid.
    pub(crate) fn events_about<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Key> + 'a {
        at(&self.told, uid)
    }

    /// How many events a namespace has, and which is the oldest.
    pub(crate) fn events(&self, namespace: &str) -> Option<(usize, &Key)> {
        let events = self.events.get(namespace)?;
        Some((events.size(), &events.first()?.1))
    }

    /// Whether a pod has this address for itself.
    pub(crate) fn has_address(&self, address: Ipv4Addr) -> bool {
        self.addresses.range((address, first())..).next().is_some_and(|(taken, _)| *taken == address)
    }

    /// Notes that `new` takes the place of `old`.
    pub(crate) fn replace(&mut self, key: &Key, old: Option<&Value>, new: Option<&Value>) {
        self.bytes = self.bytes + new.map_or(0, object::size) - old.map_or(0, object::size);
        exchange(&mut self.owned, key, old.into_iter().flat_map(owners), new.into_iter().flat_map(owners));
        match key.known_kind() {
            "Pod" => self.replace_pod(key, old, new),
            "Event" => self.replace_event(key, old, new),
            _ => {}
        }
    }

    fn replace_pod(&mut self, key: &Key, old: Option<&Value>, new: Option<&Value>) {
        self.pods = self.pods + usize::from(new.is_some()) - usize::from(old.is_some());
        let addresses = |pod: Option<&Value>| pod.and_then(own_address).into_iter();
        exchange(&mut self.addresses, key, addresses(old), addresses(new));
    }

    fn replace_event(&mut self, key: &Key, old: Option<&Value>, new: Option<&Value>) {
        let uid = |event: Option<&Value>| event.and_then(about).into_iter();
        exchange(&mut self.told, key, uid(old), uid(new));
        let mut events = self.events.get(key.namespace()).cloned().unwrap_or_else(RedBlackTreeSetSync::new_sync);
        let revision = |event: &Value| object::metadata_str(event, "resourceVersion").parse().unwrap_or(0);
        exchange(&mut events, key, old.into_iter().map(revision), new.into_iter().map(revision));
        if events.is_empty() {
            self.events.remove_mut(key.namespace());
        } else {
            self.events.insert_mut(key.namespace().into(), events);
        }
    }
}

/// What stands at a uid.
fn at<'a>(index: &'a RedBlackTreeSetSync<(Arc<str>, Key)>, uid: &'a str) -> impl Iterator<Item = &'a Key> + 'a {
    let entries = index.range((Arc::from(uid), first())..);
    entries.take_while(move |(to, _)| **to == *uid).map(|(_, key)| key)
}

/// Puts a key at its new places in the stead of the old ones.
fn exchange<T: Ord>(
    index: &mut RedBlackTreeSetSync<(T, Key)>,
    key: &Key,
    old: impl Iterator<Item = T>,
    new: impl Iterator<Item = T>,
) {
    let (old, new): (Vec<T>, Vec<T>) = (old.collect(), new.collect());
    if old == new {
        return;
    }
    for place in old {
        index.remove_mut(&(place, key.clone()));
    }
    for place in new {
        index.insert_mut((place, key.clone()));
    }
}

/// The least of all keys.
fn first() -> Key {
    Key::new(&RESOURCES[0], "", "")
}

/// The uids of an object's owners.
fn owners(object: &Value) -> impl Iterator<Item = Arc<str>> {
    let owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    owners.filter_map(|owner| owner["uid"].as_str().map(Arc::from))
}

/// The uid of the object that an event is about.
fn about(event: &Value) -> Option<Arc<str>> {
    event["involvedObject"]["uid"].as_str().map(Arc::from)
}

/// The address of a pod, unless it is its node's.
fn own_address(pod: &Value) -> Option<Ipv4Addr> {
    if pod["spec"]["hostNetwork"] == true {
        return None;
    }
    pod["status"]["podIP"].as_str()?.parse().ok()
}
