//! What an editor's earlier texts have brought into a world, and a later one leaves out.

use super::editor::TextObject;
use super::object::{NamedObject, is_own};
use super::unanswerable::Unanswerable;
use crate::labs::Lab;

/// How many objects an editor may say to have brought.
const MOST: usize = 200;
/// The longest name of one: a kind, a namespace and a name.
const LONGEST: usize = 63 + 63 + 253 + 2;

/// Objects that an editor says to have brought: `NetworkPolicy/shop/deny`, `ClusterNetworkPolicy/wall`. Those that
/// are not the learner's to change in this lab are left out.
///
/// # Errors
/// When they are too many, or one is no name of an object.
pub fn read_brought(brought: &[String], lab: &Lab) -> Result<Vec<NamedObject>, Unanswerable> {
    if brought.len() > MOST {
        return Err(Unanswerable::Invalid(format!("`brought` names more than {MOST} objects")));
    }
    let named = brought.iter().map(|text| named(text, lab).ok_or_else(|| unreadable(text)));
    let mut objects = named.collect::<Result<Vec<_>, Unanswerable>>()?;
    objects.retain(|object| is_own(lab, &object.kind, &object.namespace, &object.name));
    objects.sort();
    objects.dedup();
    Ok(objects)
}

/// Those that a text leaves out.
#[must_use]
pub fn left_out(brought: Vec<NamedObject>, text: &[TextObject]) -> Vec<NamedObject> {
    let there: Vec<NamedObject> = text
        .iter()
        .map(|object| object.id.clone())
        .map(|id| NamedObject { kind: id.kind, namespace: id.namespace.unwrap_or_default(), name: id.name })
        .collect();
    brought.into_iter().filter(|object| !there.contains(object)).collect()
}

fn named(text: &str, lab: &Lab) -> Option<NamedObject> {
    if text.len() > LONGEST {
        return None;
    }
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, namespace, name) = match parts[..] {
        [kind, namespace, name] => (kind, namespace, name),
        [kind, name] if manifest::kinds::is_namespaced(kind) => (kind, lab.namespace.as_str(), name),
        [kind, name] => (kind, "", name),
        _ => return None,
    };
    let object = NamedObject { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() };
    (!kind.is_empty() && !name.is_empty()).then_some(object)
}

fn unreadable(text: &str) -> Unanswerable {
    let shown: String = text.chars().take(63).collect();
    Unanswerable::Invalid(format!("`brought` names objects as KIND/NAMESPACE/NAME, and {shown:?} is none"))
}
