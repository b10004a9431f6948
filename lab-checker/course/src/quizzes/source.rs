//! What questions are read from, whatever their kind.

use crate::files::{CourseFiles, Fields};
use crate::labs::Lab;

/// What a quiz file may refer to.
#[derive(Clone, Copy)]
pub(crate) struct QuizSource<'a> {
    pub(crate) files: &'a CourseFiles,
    pub(crate) labs: &'a [Lab],
    pub(crate) file: &'a str,
}

/// The id of a question: it names a form's field and stays for ever in stored attempts.
pub(crate) fn question_id(fields: &Fields<'_>) -> Option<String> {
    let field = fields.required("id")?;
    let id = field.text()?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.len() > 64 || !id.bytes().all(legal) {
        field.wrong(format!("`{id}` cannot be an id"), "write letters, digits, `-` and `_`, at most 64 of them");
    }
    Some(id)
}
