//! Objects that cannot be lowered.

use std::fmt;

use crate::object::ObjectId;

/// Objects that cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LowerError {
    /// All of them.
    pub problems: Vec<ObjectProblem>,
}

/// One object that cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectProblem {
    /// Which object.
    pub object: ObjectId,
    /// The field that is wrong, when it is one.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for LowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for ObjectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{}: {field}: {}", self.object, self.message),
            None => write!(f, "{}: {}", self.object, self.message),
        }
    }
}

/// What is wrong inside an object: where, and what.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) field: String,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
