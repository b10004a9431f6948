//! Objects in the form that a client asked for: as they are, as metadata alone, as a table.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::api::http::negotiation::Form;
use crate::api::printers;
use crate::api::verbs::call::{Answer, Context};
use crate::api::versions;
use crate::store::floor::since;
use crate::store::object;

/// One object in the client's form.
pub(crate) fn one(context: &Context, object: &Value) -> Value {
    let object = &*since(object, context.floor);
    match context.wanted.form {
        Form::Plain => spoken(context, object),
        Form::Metadata => partial(object),
        Form::Table => {
            let meta = json!({"resourceVersion": object::metadata_str(object, "resourceVersion")});
            printers::of(&context.path.resource, [object].into_iter(), &meta, printers::Rows::of(&context.query))
        }
    }
}

/// An object in the version that the client speaks.
fn spoken(context: &Context, object: &Value) -> Value {
    match &context.path.spoken {
        Some(spoken) => versions::older(object.clone(), spoken),
        None => object.clone(),
    }
}

/// Metadata alone.
pub(crate) fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// A list of objects in the client's form.
pub(crate) fn list_value(context: &Context, objects: &[Arc<Value>], metadata: &Value) -> Value {
    let resource = &*context.path.resource;
    let objects: Vec<Cow<'_, Value>> = objects.iter().map(|object| since(object, context.floor)).collect();
    match context.wanted.form {
        Form::Table => {
            let rows = printers::Rows::of(&context.query);
            printers::of(resource, objects.iter().map(Cow::as_ref), metadata, rows)
        }
        Form::Metadata => {
            let items: Vec<Value> = objects.iter().map(|object| partial(object)).collect();
            json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": items,
            })
        }
        Form::Plain => {
            let items: Vec<Value> = objects.iter().map(|object| without_type(&spoken(context, object))).collect();
            json!({
                "kind": format!("{}List", resource.kind),
                "apiVersion": context.path.spoken.as_deref().unwrap_or(resource).api_version(),
                "metadata": metadata,
                "items": items,
            })
        }
    }
}

/// Items of lists do not repeat their kind.
fn without_type(object: &Value) -> Value {
    let Value::Object(map) = object else { return object.clone() };
    let kept = map.iter().filter(|(key, _)| *key != "kind" && *key != "apiVersion");
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
}

impl Context {
    /// An answer that shows one object in the form that was asked for.
    pub(crate) fn show(&self, code: u16, object: &Value, warnings: Vec<String>) -> Answer {
        Answer { code, value: one(self, object), wanted: self.wanted, warnings }
    }
}
