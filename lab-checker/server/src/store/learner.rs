//! One learner, and how a row of the database says so.

use practice_cluster::ClusterId;
use serde::Serialize;
use sqlx::{Row, any::AnyRow};

use super::columns::moment;
use crate::clock::Moment;

/// Somebody who takes the course.
#[derive(Debug, Clone, Serialize)]
pub struct Learner {
    /// Never changes, never shown to other learners.
    pub id: String,
    /// What they call themselves; any text.
    pub name: String,
    /// Their address: as the list says, or as they say who joined with the code.
    pub email: Option<String>,
    /// What the school calls them, if the roster said so.
    pub student_id: Option<String>,
    /// Whether they stand on the list of the class.
    pub is_listed: bool,
    /// Their group, if the roster said so.
    pub group: Option<String>,
    /// When their invitation was first used.
    pub came_at: Option<Moment>,
    /// The address that an instructor did not accept as theirs.
    #[serde(skip)]
    pub refused_email: Option<Box<str>>,
    /// The unguessable id of their practice cluster.
    #[serde(skip)]
    pub cluster: ClusterId,
    /// What their shuffled options depend on.
    #[serde(skip)]
    pub seed: u64,
    /// When they came.
    pub enrolled_at: Moment,
}

/// Somebody who is about to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewLearner {
    /// What to call them.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// What the school calls them.
    pub student_id: Option<String>,
}

/// A line of the list of the class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterEntry {
    /// Who.
    pub who: NewLearner,
    /// Their group.
    pub group: Option<String>,
}

/// The columns of [`from_row`].
pub(super) const COLUMNS: &str = "learners.id, learners.name, learners.email, learners.student_id, learners.cluster,
    learners.seed, learners.created_at, learners.listed, learners.class_group, learners.came_at,
    learners.refused_email";

pub(super) fn from_row(row: &AnyRow) -> std::result::Result<Learner, sqlx::Error> {
    Ok(Learner {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        student_id: row.try_get("student_id")?,
        is_listed: row.try_get::<i64, _>("listed")? != 0,
        group: row.try_get("class_group")?,
        came_at: row.try_get::<Option<i64>, _>("came_at")?.map(Moment::from_millis),
        refused_email: row.try_get::<Option<String>, _>("refused_email")?.map(String::into_boxed_str),
        cluster: ClusterId::parse(row.try_get("cluster")?)
            .ok_or_else(|| sqlx::Error::Decode("the id of a practice cluster is not valid".into()))?,
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
        enrolled_at: moment(row, "created_at")?,
    })
}
