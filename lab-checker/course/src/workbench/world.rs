//! A world that texts are tried out in: a copy of a practice cluster on a server, objects in memory in a page.

use manifest::Source;
use serde_json::Value;

use super::object::NamedObject;

/// The objects of a lab, and what becomes of them.
pub trait World {
    /// What its objects are.
    fn source(&self) -> Source;

    /// Everything in it that a check looks at.
    fn objects(&self) -> Vec<Value>;

    /// Applies an object as `kubectl apply` does. After a refusal the world is as it was.
    ///
    /// # Errors
    /// When an API server would refuse the object, in its words.
    fn apply(&mut self, object: &Value) -> Result<(), Refusal>;

    /// Removes an object, when it is there and can be removed; tells whether it is gone now and was there before.
    fn remove(&mut self, object: &NamedObject) -> bool;
}

/// Why an object is not taken, in an API server's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The whole sentence.
    pub message: String,
    /// The field that it is about, when it is about one.
    pub field: Option<String>,
}
