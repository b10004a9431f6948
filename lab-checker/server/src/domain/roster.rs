//! The class: import from a school's list, and new tokens for those who lost theirs.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    enrolment::{address, named},
    links::invitation,
    roster_file::{RosterRow, nothing_imported},
    spreadsheet::csv,
};
use crate::{
    app::App,
    problem::Problem,
    store::{Learner, NewLearner, RosterChange, RosterEntry, Secret},
};

/// How many learners one import may hold.
const MOST: usize = 5_000;

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
    /// To be handed to this learner alone: who has it is them.
    pub(crate) token: String,
    /// The same as a link, where the server knows the address that learners come by.
    pub(crate) invitation: Option<String>,
}

/// Bring the class in line with a list: all of it or nothing. Learners who are not in it stay. `url` is the address that
/// learners come by.
///
/// A line is about an entry that earlier lists have brought, never about who joined with the code: they say themselves
/// what their address is (see [`super::class`]).
pub(crate) async fn import(app: &App, rows: Vec<RosterRow>, url: Option<&str>) -> Result<Imported, Problem> {
    if rows.len() > MOST {
        return Err(Problem::invalid(format!("a list holds at most {MOST} learners")));
    }
    let wanted = checked(rows)?;
    let mut known = app.store.learners().await?;
    known.retain(|learner| learner.is_listed);
    let mut imported = Imported::default();
    let mut changes = Vec::new();
    for (entry, found) in matched(wanted, &known)? {
        let Some(learner) = found else {
            changes.push(RosterChange::Added(entry, Secret::fresh("learner")));
            continue;
        };
        let entry = completed(entry, learner);
        if is_same(&entry, learner) {
            imported.unchanged += 1;
        } else {
            imported.updated.push(entry.who.name.clone());
            changes.push(RosterChange::Updated(learner.id.clone(), entry));
        }
    }
    let added = app.store.change_roster(&changes).await?;
    let tokens = changes.iter().filter_map(|change| match change {
        RosterChange::Added(_, token) => Some(token),
        RosterChange::Updated(..) => None,
    });
    imported.created =
        added.into_iter().zip(tokens).map(|(learner, token)| NewEntry::of(learner, token, url)).collect();
    Ok(imported)
}

/// What a list does not say stays as it is.
fn completed(entry: RosterEntry, learner: &Learner) -> RosterEntry {
    let RosterEntry { who, group } = entry;
    let email = who.email.or_else(|| learner.email.clone());
    let student_id = who.student_id.or_else(|| learner.student_id.clone());
    RosterEntry {
        who: NewLearner { email, student_id, name: who.name },
        group: group.or_else(|| learner.group.clone()),
    }
}

fn is_same(RosterEntry { who, group }: &RosterEntry, learner: &Learner) -> bool {
    (&who.name, &who.email, &who.student_id, group)
        == (&learner.name, &learner.email, &learner.student_id, &learner.group)
}

/// Each line with the learner it is about: by student id, else by address. A line that would take what belongs to
/// somebody whom the list leaves as they are is wrong, and so are two about one learner.
fn matched(wanted: Vec<Line>, known: &[Learner]) -> Result<Vec<(RosterEntry, Option<&Learner>)>, Problem> {
    let by = |key: fn(&Learner) -> Option<&str>| -> HashMap<&str, &Learner> {
        known.iter().filter_map(|learner| Some((key(learner)?, learner))).collect()
    };
    let (by_id, by_email) = (by(|learner| learner.student_id.as_deref()), by(|learner| learner.email.as_deref()));
    let find = |new: &NewLearner| {
        let id = new.student_id.as_deref().and_then(|id| by_id.get(id));
        id.or_else(|| new.email.as_deref().and_then(|email| by_email.get(email))).copied()
    };
    let lines: Vec<(Line, Option<&Learner>)> =
        wanted.into_iter().map(|line| (find(&line.entry.who), line)).map(|(found, line)| (line, found)).collect();
    // Who gets another address by this list leaves the old one to others.
    let gives_up = lines.iter().filter_map(|(line, found)| {
        let (learner, email) = ((*found)?, line.entry.who.email.as_deref()?);
        (learner.email.as_deref() != Some(email)).then_some(learner.id.as_str())
    });
    let gives_up: HashSet<&str> = gives_up.collect();
    let mut wrong = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (place, (line, found)) in lines.iter().enumerate() {
        let email = line.entry.who.email.as_deref();
        let owner = email.and_then(|email| by_email.get(email)).copied();
        let owner = owner.filter(|owner| found.is_none_or(|found| found.id != owner.id));
        if let Some(owner) = owner.filter(|owner| !gives_up.contains(owner.id.as_str())) {
            let email = email.unwrap_or_default();
            wrong.push(format!("{}: {email:?} is the address of {}", line.place, described(owner)));
        }
        if let Some(first) = found.and_then(|found| seen.insert(&found.id, place)) {
            wrong.push(format!("{}: is the same as learner {}", line.place, first + 1));
        }
    }
    match wrong.is_empty() {
        true => Ok(lines.into_iter().map(|(line, found)| (line.entry, found)).collect()),
        false => Err(nothing_imported(wrong)),
    }
}

/// Somebody who is there already, so that an instructor finds them.
fn described(learner: &Learner) -> String {
    match &learner.student_id {
        Some(id) => format!("{} ({id})", learner.name),
        None => learner.name.clone(),
    }
}

impl NewEntry {
    fn of(learner: Learner, token: &Secret, url: Option<&str>) -> Self {
        let Learner { id, name, email, student_id, .. } = learner;
        let invitation = url.map(|url| invitation(url, token));
        Self { id, name, email, student_id, token: token.reveal().to_owned(), invitation }
    }
}

/// Invitations as a table, to be sent out by mail merge.
pub(crate) fn invitations_table(entries: &[NewEntry]) -> String {
    let head = ["name", "email", "student_id", "token", "invitation"].map(str::to_owned);
    let rows = entries.iter().map(|entry| {
        let [email, id, link] =
            [&entry.email, &entry.student_id, &entry.invitation].map(|text| text.clone().unwrap_or_default());
        [entry.name.clone(), email, id, entry.token.clone(), link]
    });
    csv(std::iter::once(head).chain(rows))
}

/// A line that is right by itself, and where it stands, for what may be wrong with it beside others.
struct Line {
    place: String,
    entry: RosterEntry,
}

/// Every line checked before the first is imported, and all that is wrong said at once.
fn checked(rows: Vec<RosterRow>) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut wrong = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (number, row) in rows.into_iter().enumerate() {
        let place = match row.line {
            Some(line) => format!("line {line}, learner {}", number + 1),
            None => format!("learner {}", number + 1),
        };
        match entry_of(row) {
            Ok(entry) => {
                for key in entry.who.email.iter().chain(&entry.who.student_id) {
                    if let Some(first) = seen.insert(key.clone(), number) {
                        wrong.push(format!("{place}: {key:?} is the same as learner {}'s", first + 1));
                    }
                }
                lines.push(Line { place, entry });
            }
            Err(problem) => wrong.push(format!("{place}: {}", problem.detail())),
        }
    }
    if wrong.is_empty() { Ok(lines) } else { Err(nothing_imported(wrong)) }
}

fn entry_of(row: RosterRow) -> Result<RosterEntry, Problem> {
    // A part that is not used is wrong all the same: somebody wanted to say something with it.
    if [&row.first_name, &row.last_name].iter().any(|part| part.trim().chars().any(char::is_control)) {
        return Err(Problem::invalid("a first or last name has no control characters"));
    }
    let whole = if row.name.trim().is_empty() { format!("{} {}", row.first_name, row.last_name) } else { row.name };
    let short = |what: &str, text: Option<String>| -> Result<Option<String>, Problem> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        let named = named(&text)
            .map_err(|_| Problem::invalid(format!("{what} {text:?} is too long or holds control characters")))?;
        Ok(Some(named))
    };
    let who = NewLearner {
        name: named(&whole)?,
        email: address(row.email.as_deref())?,
        student_id: short("student id", row.student_id)?,
    };
    Ok(RosterEntry { who, group: short("group", row.group)? })
}

/// New invitations for these learners, or for everybody on the list who has not come yet. Their old tokens end.
pub(crate) async fn invited(app: &App, wanted: &[String], url: Option<&str>) -> Result<Vec<NewEntry>, Problem> {
    let mut learners = app.store.learners().await?;
    match wanted {
        [] => learners.retain(|learner| learner.is_listed && learner.came_at.is_none()),
        wanted => learners.retain(|learner| wanted.contains(&learner.id)),
    }
    if let Some(unknown) = wanted.iter().find(|id| !learners.iter().any(|learner| learner.id == **id)) {
        let unknown: String = unknown.chars().take(63).collect();
        return Err(Problem::not_found(format!("there is no learner {unknown:?}; nothing was changed")));
    }
    let tokens: Vec<Secret> = learners.iter().map(|_| Secret::fresh("learner")).collect();
    let pairs: Vec<(&str, &Secret)> = learners.iter().map(|learner| learner.id.as_str()).zip(&tokens).collect();
    app.store.renew_tokens(&pairs).await?;
    app.admissions.look().await;
    Ok(learners.into_iter().zip(&tokens).map(|(learner, token)| NewEntry::of(learner, token, url)).collect())
}

/// A new token for a learner who lost theirs.
pub(crate) async fn renewed(app: &App, learner: &str) -> Result<Secret, Problem> {
    let found = app.store.learner(learner).await?;
    let learner = found.ok_or_else(|| Problem::not_found("there is no such learner"))?;
    let token = Secret::fresh("learner");
    app.store.renew_token(&learner.id, &token).await?;
    app.admissions.look().await;
    Ok(token)
}

/// What was deleted with a learner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// How many attempts.
    pub(crate) attempts: u64,
}

/// Delete a learner, and all that is theirs.
pub(crate) async fn deleted(app: &App, learner: &str) -> Result<Deleted, Problem> {
    let nobody = || Problem::not_found("there is no such learner");
    let learner = app.store.learner(learner).await?.ok_or_else(nobody)?;
    if app.local_id.as_ref() == Some(&learner.id) {
        return Err(Problem::invalid("the learner at the server's own machine is no entry of the class"));
    }
    app.clusters.remove(&learner).await?;
    let attempts = app.store.delete_learner(&learner.id).await?.ok_or_else(nobody)?;
    app.admissions.look().await;
    // Until now they could have begun a lab anew.
    app.clusters.remove(&learner).await?;
    Ok(Deleted { attempts })
}

#[cfg(test)]
mod tests {
    use super::{super::roster_file::rows_of_csv, *};

    #[test]
    fn a_list_from_a_spreadsheet_is_read() {
        let text = "\u{feff}Student ID, First Name,Last Name,Email,Group\r\ns-1,Ada,Lovelace,ADA@example.org,B\r\n";
        let lines = checked(rows_of_csv(text.as_bytes()).unwrap()).unwrap();
        let who = NewLearner {
            name: "Ada Lovelace".to_owned(),
            email: Some("ada@example.org".to_owned()),
            student_id: Some("s-1".to_owned()),
        };
        assert_eq!(lines[0].entry, RosterEntry { who, group: Some("B".to_owned()) });
    }

    #[test]
    fn every_wrong_line_is_named() {
        let text = "name,email\nAda,ada\n,b@example.org\n\nC,c@example.org\nD,c@example.org\n";
        let problem = checked(rows_of_csv(text.as_bytes()).unwrap()).err().unwrap();
        let first = "line 2, learner 1: \"ada\" is not an e-mail address";
        assert_eq!(problem.detail(), format!("nothing was imported: 3 wrong, {first}"));
        let errors = serde_json::to_value(&problem).unwrap()["errors"].clone();
        assert_eq!(errors[2], "line 6, learner 4: \"c@example.org\" is the same as learner 3's");
    }
}
