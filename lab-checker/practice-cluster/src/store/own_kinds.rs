//! The kinds that one cluster has defined by CustomResourceDefinitions, as its state knows them: they are part of it,
//! so that no cluster sees another's and they go with it.

use std::borrow::Cow;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde_json::Value;

use crate::resource::{Resource, Scope, Subresource, Verbs};

/// One kind of a cluster's own, in all its versions.
#[derive(Debug)]
pub(crate) struct OwnKind {
    /// In the version in which its objects are stored.
    pub(crate) stored: Resource,
    /// In each version that is served.
    pub(crate) served: Vec<Resource>,
}

/// All of a cluster, by the names of their definitions. Cheap to copy.
#[derive(Debug, Clone)]
pub(crate) struct OwnKinds(RedBlackTreeMapSync<Arc<str>, Arc<OwnKind>>);

impl Default for OwnKinds {
    fn default() -> Self {
        Self(RedBlackTreeMapSync::new_sync())
    }
}

impl OwnKinds {
    /// Notes that a definition is now like this, or gone.
    pub(crate) fn replace(&mut self, name: &str, definition: Option<&Value>) {
        match definition.and_then(OwnKind::of) {
            Some(kind) => self.0.insert_mut(name.into(), Arc::new(kind)),
            None => drop(self.0.remove_mut(name)),
        }
    }

    /// Every kind, in the order of their definitions' names.
    pub(crate) fn all(&self) -> impl Iterator<Item = &OwnKind> {
        self.0.values().map(Arc::as_ref)
    }

    /// The kind of a path, and the version that the path names.
    pub(crate) fn by_path(&self, group: &str, version: &str, plural: &str) -> Option<(&OwnKind, &Resource)> {
        let kind = self.0.get(format!("{plural}.{group}").as_str())?;
        Some((kind, kind.served.iter().find(|served| served.version == version)?))
    }

    /// The kind of an object, as it is stored. What was stored in a version stays when the version is no longer
    /// served.
    pub(crate) fn by_kind(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        let group = api_version.split_once('/')?.0;
        self.all().map(|own| &own.stored).find(|stored| stored.group == group && stored.kind == kind)
    }
}

impl OwnKind {
    /// What a definition defines; nothing when a name is missing that every kind has.
    pub(crate) fn of(definition: &Value) -> Option<Self> {
        let spec = &definition["spec"];
        let versions = || spec["versions"].as_array().into_iter().flatten();
        let stored = versions().find(|version| version["storage"] == true).or_else(|| versions().next())?;
        let served = versions().filter(|version| version["served"] == true);
        Some(Self { stored: read(spec, stored)?, served: served.filter_map(|version| read(spec, version)).collect() })
    }
}

fn read(spec: &Value, version: &Value) -> Option<Resource> {
    let text = |value: &Value| Some(Cow::Owned(value.as_str().filter(|text| !text.is_empty())?.to_owned()));
    let names = &spec["names"];
    Some(Resource {
        group: text(&spec["group"])?,
        version: text(&version["name"])?,
        kind: text(&names["kind"])?,
        plural: text(&names["plural"])?,
        singular: text(&names["singular"]).unwrap_or_default(),
        short_names: &[],
        categories: &[],
        scope: if spec["scope"] == "Cluster" { Scope::Cluster } else { Scope::Namespaced },
        verbs: Verbs::Stored,
        subresources: &[Subresource::Status],
        own: true,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_go_with_the_last_state_that_knows_them() {
        let definition = json!({"spec": {
            "group": "example.com", "scope": "Cluster", "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": true, "storage": true}, {"name": "v2", "served": false}],
        }});
        let mut kinds = OwnKinds::default();
        kinds.replace("things.example.com", Some(&definition));
        let kept = kinds.0.get("things.example.com").map(Arc::downgrade).expect("it is there");
        let before = kinds.clone();
        kinds.replace("things.example.com", None);
        assert!(kinds.by_path("example.com", "v1", "things").is_none());
        assert!(before.by_path("example.com", "v1", "things").is_some(), "a reader keeps what it has seen");
        assert!(before.by_path("example.com", "v2", "things").is_none(), "this version is not served");
        drop(before);
        assert!(kept.upgrade().is_none(), "nothing keeps it in memory");
    }
}
