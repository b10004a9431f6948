//! The text of a lab's editor: read as `kubectl apply -f` reads it, with the place of every field, and what is wrong
//! with it said at its line.

use manifest::{Diagnostic, ObjectId, Position, Positions, Severity};
use serde::Serialize;
use serde_json::{Value, json};

use crate::labs::Lab;

/// How many objects one text may hold.
const OBJECTS: usize = 100;
/// What is said when it holds more.
pub const TOO_MANY: &str = "the text holds more than 100 objects";

/// A text, read.
#[derive(Debug)]
pub struct EditorText {
    /// The objects that can be used, each in its namespace.
    pub objects: Vec<TextObject>,
    /// What is wrong.
    pub diagnostics: Vec<TextDiagnostic>,
    /// Why applying it would change nothing.
    pub refused: Option<Refused>,
}

/// Why a text is not applied at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Something is wrong with it.
    Wrong,
    /// It holds more objects than one text may.
    TooMany,
}

/// An object of a text.
#[derive(Debug)]
pub struct TextObject {
    /// Which it is.
    pub id: ObjectId,
    /// The object.
    pub value: Value,
    /// Where each of its fields stands.
    pub positions: Positions,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TextSeverity {
    /// It cannot be applied.
    Error,
    /// It can, and probably does something else than was meant.
    Warning,
    /// It can, and could be better.
    Hint,
}

/// Something to say about a place in a text.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextDiagnostic {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The first column that is not meant any more.
    pub end_column: usize,
    /// How bad it is.
    pub severity: TextSeverity,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The lint that found it: `selects-nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub id: Option<netpol::Lint>,
}

impl EditorText {
    /// A text that is not too long, read in a lab's namespace.
    #[must_use]
    pub fn read(text: &str, lab: &Lab) -> Self {
        let parsed = manifest::parse("editor", text);
        let mut refused = parsed.has_errors().then_some(Refused::Wrong);
        let mut diagnostics: Vec<TextDiagnostic> = parsed.diagnostics.into_iter().map(TextDiagnostic::from).collect();
        let mut objects: Vec<TextObject> = parsed.objects.into_iter().map(|object| in_place(object, lab)).collect();
        if objects.len() > OBJECTS {
            let at = objects[OBJECTS].positions.start();
            diagnostics.push(TextDiagnostic::at(at, TextSeverity::Error, TOO_MANY.to_owned()));
            objects.clear();
            refused = Some(Refused::TooMany);
        }
        Self { objects, diagnostics, refused }
    }
}

/// What is to be said about a text that belongs to no lab.
#[must_use]
pub fn diagnostics(text: &str) -> Vec<TextDiagnostic> {
    manifest::parse("editor", text).diagnostics.into_iter().map(TextDiagnostic::from).collect()
}

/// An object that names no namespace goes where the learner works, as with kubectl and its context.
fn in_place(object: manifest::Object, lab: &Lab) -> TextObject {
    let mut value = object.value;
    let mut id = ObjectId::of(&value);
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
        && id.namespace.is_some()
    {
        let namespace = metadata.entry("namespace").or_insert(Value::Null);
        if namespace.is_null() || namespace == "" {
            *namespace = json!(lab.namespace);
            id.namespace = Some(lab.namespace.clone());
        }
    }
    TextObject { id, value, positions: object.origin.positions }
}

impl TextDiagnostic {
    /// An error at a place.
    pub fn error(at: Position, message: impl Into<String>) -> Self {
        Self::at(at, TextSeverity::Error, message.into())
    }

    pub(super) fn at(at: Position, severity: TextSeverity, message: String) -> Self {
        // What has no place of its own stands for the whole text.
        let (line, column) = (at.line.max(1), at.column.max(1));
        Self { line, column, end_column: column + at.length.max(1), severity, message, help: None, id: None }
    }
}

impl From<Diagnostic> for TextDiagnostic {
    fn from(diagnostic: Diagnostic) -> Self {
        let Diagnostic { line, column, length, message, help, severity, .. } = diagnostic;
        let severity = match severity {
            Severity::Error => TextSeverity::Error,
            Severity::Warning => TextSeverity::Warning,
        };
        Self { help, ..Self::at(Position { line, column, length }, severity, message) }
    }
}

/// What the editor of a lab begins with, before there is anything of the learner's.
#[must_use]
pub fn start_text(lab: &Lab) -> String {
    let namespace = &lab.namespace;
    match lab.may_change.first().map(String::as_str) {
        Some("NetworkPolicy") => format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: \n  namespace: {namespace}\nspec:\n  podSelector: \n"
        ),
        Some("ConfigMap") => format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: findings\n  namespace: {namespace}\ndata:\n  reachable: |\n    \n"
        ),
        _ => String::new(),
    }
}
