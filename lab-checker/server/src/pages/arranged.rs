//! The gradebook as an instructor wants to see it: sorted by a column, and of some learners only.

use std::cmp::Ordering;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::domain::gradebook::{Gradebook, Row};

/// What is asked for in the address. A column or a filter that is not known arranges nothing: a link of before a lab went
/// still leads to the gradebook.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arranged {
    /// `name`, `total`, or an activity such as `lab/close`.
    #[serde(default)]
    pub(super) sort: String,
    /// `desc` for the other way round.
    #[serde(default)]
    pub(super) order: String,
    /// Part of a name, a student id or an e-mail address.
    #[serde(default)]
    pub(super) find: String,
    /// `unfinished`: who has not passed everything.
    #[serde(default)]
    pub(super) show: String,
    /// A group of the class.
    #[serde(default)]
    pub(super) group: String,
}

impl Arranged {
    /// The gradebook in this order, without the others.
    pub(super) fn of(&self, gradebook: &mut Gradebook) {
        let all = gradebook.activities.len();
        gradebook.learners.retain(|row| self.is_found(row) && (self.show != "unfinished" || row.is_unfinished(all)));
        gradebook.learners.sort_by(|one, other| {
            let order = self.compared(one, other);
            if self.is_descending() { order.reverse() } else { order }
        });
    }

    /// The order of a column for a screen reader.
    pub(super) fn aria(&self, column: &str) -> &'static str {
        match (self.is_by(column), self.is_descending()) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// To where a column is sorted by: points from the most down, and the other way round the second time.
    pub(super) fn link(&self, column: &str) -> String {
        let down = if self.is_by(column) { !self.is_descending() } else { column != "name" };
        let [sort, find, show, group] = [column, &self.find, &self.show, &self.group]
            .map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string());
        let order = if down { "desc" } else { "asc" };
        format!("/instructor?sort={sort}&order={order}&find={find}&show={show}&group={group}")
    }

    fn is_by(&self, column: &str) -> bool {
        self.sort == column || (self.sort.is_empty() && column == "name")
    }

    fn is_descending(&self) -> bool {
        self.order == "desc"
    }

    fn is_found(&self, row: &Row) -> bool {
        let is_in_group = self.group.is_empty() || row.group.as_ref() == Some(&self.group);
        is_in_group && row.searched().contains(&self.find.trim().to_lowercase())
    }

    fn compared(&self, one: &Row, other: &Row) -> Ordering {
        // Who has not tried comes before who has no points.
        let points = |row: &Row| row.scores.get(&self.sort).map_or(-1.0, |score| score.points);
        match self.sort.as_str() {
            "" | "name" => one.sorted_by().cmp(&other.sorted_by()),
            "total" => one.points.total_cmp(&other.points),
            _ => points(one).total_cmp(&points(other)),
        }
    }
}
