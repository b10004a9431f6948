//! One change at a time: the answer copied, and one place of one object of it edited.

use manifest::ObjectId;
use serde_json::Value;

/// An answer with one change.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Change {
    /// The kind of change.
    pub(in crate::prove) operator: &'static str,
    /// The change in words.
    pub(in crate::prove) what: String,
    /// The whole answer.
    pub(in crate::prove) objects: Vec<Value>,
}

/// Collects the changes of an answer.
pub(super) struct Edits<'a> {
    answer: &'a [Value],
    at: usize,
    changes: Vec<Change>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(answer: &'a [Value]) -> Self {
        Self { answer, at: 0, changes: Vec::new() }
    }

    /// The object that the next edits are about.
    pub(super) fn turn_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The object that edits are about.
    pub(super) fn object(&self) -> &'a Value {
        &self.answer[self.at]
    }

    /// Its value at a JSON pointer; `null` when there is none.
    pub(super) fn get(&self, pointer: &str) -> &'a Value {
        self.object().pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The pointers of the items of a list.
    pub(super) fn items(&self, pointer: &str) -> Vec<String> {
        let count = self.get(pointer).as_array().map_or(0, Vec::len);
        (0..count).map(|index| format!("{pointer}/{index}")).collect()
    }

    /// The answer with the value at a pointer edited.
    pub(super) fn edit(
        &mut self,
        operator: &'static str,
        pointer: &str,
        what: impl AsRef<str>,
        edit: impl FnOnce(&mut Value),
    ) {
        let mut objects = self.answer.to_vec();
        let Some(place) = objects[self.at].pointer_mut(pointer) else { return };
        edit(place);
        self.push(operator, pointer, what.as_ref(), objects);
    }

    /// The answer with a value set, whether there was one or not. The place that it stands in must be there.
    pub(super) fn set(
        &mut self,
        operator: &'static str,
        pointer: &str,
        what: impl AsRef<str>,
        value: impl Into<Value>,
    ) {
        let Some((parent, key)) = pointer.rsplit_once('/') else { return };
        let key = key.replace("~1", "/").replace("~0", "~");
        let mut objects = self.answer.to_vec();
        match objects[self.at].pointer_mut(parent) {
            Some(Value::Object(fields)) => _ = fields.insert(key, value.into()),
            Some(Value::Array(items)) => match key.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                Some(item) => *item = value.into(),
                None => return,
            },
            _ => return,
        }
        self.push(operator, pointer, what.as_ref(), objects);
    }

    /// The answer without the field or the item at a pointer.
    pub(super) fn remove(&mut self, operator: &'static str, pointer: &str, what: impl AsRef<str>) {
        let Some((parent, key)) = pointer.rsplit_once('/') else { return };
        let key = key.replace("~1", "/").replace("~0", "~");
        let mut objects = self.answer.to_vec();
        match objects[self.at].pointer_mut(parent) {
            Some(Value::Object(fields)) if fields.contains_key(&key) => _ = fields.remove(&key),
            Some(Value::Array(items)) => match key.parse::<usize>() {
                Ok(index) if index < items.len() => _ = items.remove(index),
                _ => return,
            },
            _ => return,
        }
        self.push(operator, pointer, what.as_ref(), objects);
    }

    /// The answer with one more item at the end of a list, which is made when there is none.
    pub(super) fn append(&mut self, operator: &'static str, list: &str, what: impl AsRef<str>, item: Value) {
        let mut items = self.get(list).as_array().cloned().unwrap_or_default();
        items.push(item);
        self.set(operator, list, what, items);
    }

    /// The answer without the object.
    pub(super) fn drop_object(&mut self, operator: &'static str) {
        let mut objects = self.answer.to_vec();
        objects.remove(self.at);
        self.push(operator, "", "left out", objects);
    }

    /// The answer with other objects in the place of this one.
    pub(super) fn replace_object(&mut self, operator: &'static str, what: impl AsRef<str>, by: Vec<Value>) {
        let mut objects = self.answer.to_vec();
        objects.splice(self.at..=self.at, by);
        self.push(operator, "", what.as_ref(), objects);
    }

    fn push(&mut self, operator: &'static str, pointer: &str, what: &str, objects: Vec<Value>) {
        let place = written(pointer);
        let id = ObjectId::of(self.object());
        let what = if place.is_empty() { format!("{id}: {what}") } else { format!("{id}, {place}: {what}") };
        self.changes.push(Change { operator, what, objects });
    }

    /// The changes that are any, each once.
    pub(super) fn into_changes(self) -> Vec<Change> {
        let mut seen = std::collections::HashSet::from([text(self.answer)]);
        self.changes.into_iter().filter(|change| seen.insert(text(&change.objects))).collect()
    }
}

fn text(objects: &[Value]) -> String {
    objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

/// A pointer as people write it: `spec.ingress[0].from[1]`.
fn written(pointer: &str) -> String {
    let mut place = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            place.push_str(&format!("[{part}]"));
        } else {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(&part);
        }
    }
    place
}
