//! What an API server would say to an object: the same words that learners get from kubectl.

use std::fmt;

use manifest::Source;
use manifest::admission::{self, FieldValidation};
use serde_json::Value;

/// One reason why an object is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The field; empty when it is the whole object.
    pub(crate) field: String,
    pub(crate) message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.field, self.message) }
    }
}

/// The object as an API server would store it, or why it refuses it.
pub(crate) fn admit(object: &Value) -> Result<Value, Vec<Refusal>> {
    let decoded = admission::decode(object, FieldValidation::Strict);
    let mut object = decoded.map_err(|refused| vec![Refusal { field: String::new(), message: refused.message }])?.value;
    admission::default(&mut object);
    let errors = admission::validate(&object);
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| Refusal { field: error.field.clone(), message: error.body() }).collect());
    }
    // What the API server accepts can be lowered; this holds for kinds that are not known to it here.
    match manifest::lower(std::slice::from_ref(&object), Source::Files) {
        Ok(_) => Ok(object),
        Err(error) => Err(error
            .problems
            .into_iter()
            .map(|problem| Refusal { field: problem.field.unwrap_or_default(), message: problem.message })
            .collect()),
    }
}

/// The object with the defaults that an API server fills in; as it is when it cannot be read.
pub(crate) fn defaulted(object: &Value) -> Value {
    let decoded = admission::decode(object, FieldValidation::Ignore);
    let mut object = decoded.map_or_else(|_| object.clone(), |decoded| decoded.value);
    admission::default(&mut object);
    object
}
