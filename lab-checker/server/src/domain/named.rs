//! Activities that somebody names in words.

use crate::{
    activity::{self, Activity, ActivityKind},
    problem::Problem,
};

/// The kind that a query names.
pub(crate) fn kind_named(word: &str) -> Result<ActivityKind, Problem> {
    activity::kind(word).ok_or_else(|| Problem::invalid("kind is `lab` or `quiz`"))
}

/// The activity that a query names.
pub(crate) fn activity_named(kind: &str, name: &str) -> Result<Activity, Problem> {
    Ok(Activity { kind: kind_named(kind)?, name: name.to_owned() })
}

/// Whether the store may know such an id. Anything else need not be looked for, and PostgreSQL could not take it.
pub(crate) fn is_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}
