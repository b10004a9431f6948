//! What came of applying the text of an editor to the world of a lab.

use manifest::ObjectId;
use serde::Serialize;

use super::editor::TextDiagnostic;
use super::object::NamedObject;

/// What came of a text.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Applied {
    /// One for each object; empty when the text itself is wrong.
    pub results: Vec<AppliedObject>,
    /// What is wrong with the text.
    pub diagnostics: Vec<TextDiagnostic>,
}

/// What came of one object.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedObject {
    /// `NetworkPolicy/shop/deny`, as `brought` names it.
    pub id: String,
    /// `NetworkPolicy shop/deny`.
    pub object: String,
    /// Whether it is in the world as the text says.
    pub applied: bool,
    /// Whether it went, because the text leaves it out.
    pub removed: bool,
    /// Why not, in the cluster's words.
    pub message: Option<String>,
}

impl AppliedObject {
    /// An object that was applied, or refused in these words.
    #[must_use]
    pub fn new(id: &ObjectId, refused: Option<String>) -> Self {
        Self {
            id: format!("{}/{}/{}", id.kind, id.namespace.as_deref().unwrap_or_default(), id.name),
            object: id.to_string(),
            applied: refused.is_none(),
            removed: false,
            message: refused,
        }
    }

    /// An object that went.
    #[must_use]
    pub fn removed(object: &NamedObject) -> Self {
        let NamedObject { kind, namespace, name } = object;
        let place = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
        let object = format!("{kind} {place}");
        Self { id: format!("{kind}/{namespace}/{name}"), object, applied: true, removed: true, message: None }
    }
}

impl Applied {
    /// Whether everything went well.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.diagnostics.is_empty() && self.results.iter().all(|result| result.applied)
    }
}
