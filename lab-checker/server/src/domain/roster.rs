//! The class: import from a school's list, and new tokens for those who lost theirs.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AnyOfBuilder, ObjectBuilder, Schema, SchemaType, Type},
    },
};

use super::enrolment::{address, named};
use crate::{
    app::App,
    problem::Problem,
    store::{Learner, NewLearner, RosterChange, Secret},
};

/// How many learners one import may hold.
const MOST: usize = 5_000;

/// One line of an imported list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct RosterRow {
    /// The whole name; or give `first_name` and `last_name`.
    #[serde(default)]
    name: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    student_id: Option<String>,
}

/// A part of a name: nothing that moves the text around it.
const PART: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// The same, with something that can be seen.
const NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$";
/// Roughly an address, or nothing.
const ADDRESS: &str = r"^([^\s\x00-\x20\x7f-\x9f]+@[^\s@\x00-\x20\x7f-\x9f]+)?$";

impl PartialSchema for RosterRow {
    /// One of three names must be there, which no derived schema can say.
    fn schema() -> RefOr<Schema> {
        let text = |pattern: &str| ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build();
        let optional = |pattern: &str| {
            let mut text = text(pattern);
            text.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
            text
        };
        let with = |required: &str| {
            let names = ["name", "first_name", "last_name"];
            let object = names.iter().fold(ObjectBuilder::new(), |object, name| {
                object.property(*name, text(if *name == required { NAME } else { PART }))
            });
            object.property("email", optional(ADDRESS)).property("student_id", optional(PART)).required(required)
        };
        AnyOfBuilder::new().item(with("name")).item(with("first_name")).item(with("last_name")).into()
    }
}

impl ToSchema for RosterRow {}

/// What an import did.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Imported {
    /// New learners, each with a token that is shown once.
    pub(crate) created: Vec<NewEntry>,
    /// Learners who were there and have a new name or address now.
    pub(crate) updated: Vec<String>,
    /// How many were there already, just so.
    pub(crate) unchanged: usize,
}

/// A learner that an import added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) student_id: Option<String>,
    /// To be handed to the learner.
    pub(crate) token: String,
}

/// The lines of a CSV file, whose first line names the columns.
pub(crate) fn rows_of_csv(text: &[u8]) -> Result<Vec<RosterRow>, Problem> {
    // Spreadsheets write a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text);
    let wrong = |error: csv::Error| Problem::invalid(format!("the CSV cannot be read: {error}"));
    let head = reader.headers().map_err(wrong)?;
    let head: csv::StringRecord = head.iter().map(|name| name.to_lowercase().replace([' ', '-'], "_")).collect();
    if !head.iter().any(|name| matches!(name, "name" | "first_name" | "last_name")) {
        return Err(Problem::invalid("the first line must name the columns, `name` (or `first_name`) among them"));
    }
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(wrong)?;
    records.iter().map(|record| record.deserialize(Some(&head)).map_err(wrong)).collect()
}

/// Bring the class in line with a list: all of it or nothing. Learners who are not in it stay.
pub(crate) async fn import(app: &App, rows: Vec<RosterRow>) -> Result<Imported, Problem> {
    if rows.len() > MOST {
        return Err(Problem::invalid(format!("a list holds at most {MOST} learners")));
    }
    let wanted = checked(rows)?;
    let known = app.store.learners().await?;
    let mut imported = Imported::default();
    let mut changes = Vec::new();
    for (new, found) in matched(wanted, &known)? {
        match found {
            None => changes.push(RosterChange::Added(new, Secret::fresh("learner"))),
            Some(learner) => {
                let new = NewLearner {
                    email: new.email.or_else(|| learner.email.clone()),
                    student_id: new.student_id.or_else(|| learner.student_id.clone()),
                    name: new.name,
                };
                if (&new.name, &new.email, &new.student_id) == (&learner.name, &learner.email, &learner.student_id) {
                    imported.unchanged += 1;
                } else {
                    imported.updated.push(new.name.clone());
                    changes.push(RosterChange::Updated(learner.id.clone(), new));
                }
            }
        }
    }
    let added = app.store.change_roster(&changes).await?;
    let tokens = changes.iter().filter_map(|change| match change {
        RosterChange::Added(_, token) => Some(token),
        RosterChange::Updated(..) => None,
    });
    imported.created = added.into_iter().zip(tokens).map(|(learner, token)| NewEntry::of(learner, token)).collect();
    Ok(imported)
}

/// Each line with the learner it is about: by student id, else by address. A line that would take what belongs to
/// somebody whom the list leaves as they are is wrong, and so are two about one learner.
fn matched(wanted: Vec<NewLearner>, known: &[Learner]) -> Result<Vec<(NewLearner, Option<&Learner>)>, Problem> {
    let by = |key: fn(&Learner) -> Option<&str>| -> HashMap<&str, &Learner> {
        known.iter().filter_map(|learner| Some((key(learner)?, learner))).collect()
    };
    let (by_id, by_email) = (by(|learner| learner.student_id.as_deref()), by(|learner| learner.email.as_deref()));
    let find = |new: &NewLearner| {
        let id = new.student_id.as_deref().and_then(|id| by_id.get(id));
        id.or_else(|| new.email.as_deref().and_then(|email| by_email.get(email))).copied()
    };
    let lines: Vec<(NewLearner, Option<&Learner>)> =
        wanted.into_iter().map(|new| (find(&new), new)).map(|(found, new)| (new, found)).collect();
    // Who gets another address by this list leaves the old one to others.
    let gives_up = lines.iter().filter_map(|(new, found)| {
        let (learner, email) = ((*found)?, new.email.as_deref()?);
        (learner.email.as_deref() != Some(email)).then_some(learner.id.as_str())
    });
    let gives_up: HashSet<&str> = gives_up.collect();
    let mut wrong = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (place, (new, found)) in lines.iter().enumerate() {
        let owner = new.email.as_deref().and_then(|email| by_email.get(email)).copied();
        let owner = owner.filter(|owner| found.is_none_or(|found| found.id != owner.id));
        if let Some(owner) = owner.filter(|owner| !gives_up.contains(owner.id.as_str())) {
            let email = new.email.as_deref().unwrap_or_default();
            wrong.push(format!("learner {}: {email:?} is the address of {}", place + 1, described(owner)));
        }
        if let Some(first) = found.and_then(|found| seen.insert(&found.id, place)) {
            wrong.push(format!("learner {}: is the same as learner {}", place + 1, first + 1));
        }
    }
    if wrong.is_empty() { Ok(lines) } else { Err(nothing_imported(wrong)) }
}

/// Somebody who is there already, so that an instructor finds them.
fn described(learner: &Learner) -> String {
    match &learner.student_id {
        Some(id) => format!("{} ({id})", learner.name),
        None => learner.name.clone(),
    }
}

fn nothing_imported(wrong: Vec<String>) -> Problem {
    let first = wrong.first().cloned().unwrap_or_default();
    Problem::invalid(format!("nothing was imported: {} wrong, {first}", wrong.len())).with("errors", wrong)
}

impl NewEntry {
    fn of(learner: Learner, token: &Secret) -> Self {
        let Learner { id, name, email, student_id, .. } = learner;
        Self { id, name, email, student_id, token: token.reveal().to_owned() }
    }
}

/// Every line checked before the first is imported, and all that is wrong said at once.
fn checked(rows: Vec<RosterRow>) -> Result<Vec<NewLearner>, Problem> {
    let mut learners = Vec::with_capacity(rows.len());
    let mut wrong = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (place, row) in rows.into_iter().enumerate() {
        match learner_of(row) {
            Ok(learner) => {
                for key in learner.email.iter().chain(&learner.student_id) {
                    if let Some(first) = seen.insert(key.clone(), place) {
                        wrong.push(format!("learner {}: {key:?} is the same as learner {}'s", place + 1, first + 1));
                    }
                }
                learners.push(learner);
            }
            Err(problem) => wrong.push(format!("learner {}: {}", place + 1, problem.detail())),
        }
    }
    if wrong.is_empty() { Ok(learners) } else { Err(nothing_imported(wrong)) }
}

fn learner_of(row: RosterRow) -> Result<NewLearner, Problem> {
    // A part that is not used is wrong all the same: somebody wanted to say something with it.
    if [&row.first_name, &row.last_name].iter().any(|part| part.trim().chars().any(char::is_control)) {
        return Err(Problem::invalid("a first or last name has no control characters"));
    }
    let whole = if row.name.trim().is_empty() { format!("{} {}", row.first_name, row.last_name) } else { row.name };
    let student_id = row.student_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    if let Some(id) = &student_id {
        named(id)
            .map_err(|_| Problem::invalid(format!("student id {id:?} is too long or holds control characters")))?;
    }
    Ok(NewLearner { name: named(&whole)?, email: address(row.email.as_deref())?, student_id })
}

/// A new token for a learner who lost theirs.
pub(crate) async fn renewed(app: &App, learner: &str) -> Result<Secret, Problem> {
    let found = app.store.learner(learner).await?;
    let learner = found.ok_or_else(|| Problem::not_found("there is no such learner"))?;
    let token = Secret::fresh("learner");
    app.store.renew_token(&learner.id, &token).await?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_from_a_spreadsheet_is_read() {
        let text = "\u{feff}Student ID, First Name,Last Name,Email\r\ns-1,Ada,Lovelace,ADA@example.org\r\n";
        let learners = checked(rows_of_csv(text.as_bytes()).unwrap()).unwrap();
        let ada = NewLearner {
            name: "Ada Lovelace".to_owned(),
            email: Some("ada@example.org".to_owned()),
            student_id: Some("s-1".to_owned()),
        };
        assert_eq!(learners, [ada]);
    }

    #[test]
    fn every_wrong_line_is_named() {
        let text = "name,email\nAda,ada\n,b@example.org\nC,c@example.org\nD,c@example.org\n";
        let problem = checked(rows_of_csv(text.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(problem.detail(), "nothing was imported: 3 wrong, learner 1: \"ada\" is not an e-mail address");
    }

    #[test]
    fn a_list_without_names_is_refused() {
        assert!(rows_of_csv(b"email\nada@example.org\n").is_err());
        assert!(rows_of_csv(b"\xff\xfe\x00garbage").is_err());
    }
}
