//! A list of plain objects, written out straight from the stored ones: lists are asked for more often than
//! anything else, and copying each object first took most of their time.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::{Map, Value};

use crate::resource::Resource;

/// A list as it goes over the wire.
pub(crate) struct Listing {
    pub(crate) resource: Cow<'static, Resource>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) items: Vec<Arc<Value>>,
}

/// Objects without what the list says for all of them.
struct Items<'a>(&'a [Arc<Value>]);

/// One object without its kind.
struct Untyped<'a>(&'a Value);

impl Serialize for Listing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_struct("List", 4)?;
        list.serialize_field("kind", &format_args!("{}List", self.resource.kind))?;
        list.serialize_field("apiVersion", &self.resource.api_version())?;
        list.serialize_field("metadata", &self.metadata)?;
        list.serialize_field("items", &Items(&self.items))?;
        list.end()
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|object| Untyped(object)))
    }
}

impl Serialize for Untyped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.0.as_object().into_iter().flatten() {
            if key != "kind" && key != "apiVersion" {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}
