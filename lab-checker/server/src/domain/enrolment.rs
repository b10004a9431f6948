//! Enrolling with the class's join code, and what a name and an address may be.

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    clock::Moment,
    problem::Problem,
    store::{Learner, NewLearner, Secret},
};

/// The longest name, address or id, in characters.
const LONGEST: usize = 200;

/// Who enrols.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct Enrolment {
    /// What to call you.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x20\\x7f-\\xa0][^\\x00-\\x1f\\x7f-\\x9f]*$"
    )]
    pub(crate) name: String,
    /// Your e-mail address, if the course asks for it.
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// The join code of the class.
    pub(crate) code: String,
}

/// Add a learner who knows the join code, with a token and with these sessions: all of it or nothing.
pub(crate) async fn enrol(
    app: &App,
    caller: IpAddr,
    enrolment: &Enrolment,
    sessions: &[(Secret, Option<Moment>)],
) -> Result<(Learner, Secret), Problem> {
    app.limits.guesses.look(caller)?;
    if !is_same_code(&enrolment.code, &app.join_code().await?) {
        app.limits.guesses.take(caller)?;
        return Err(Problem::forbidden("the join code is wrong; your instructor knows it"));
    }
    app.limits.enrolments.take(caller)?;
    let new =
        NewLearner { name: named(&enrolment.name)?, email: address(enrolment.email.as_deref())?, student_id: None };
    let token = Secret::fresh("learner");
    let learner = app.store.enrol(&new, &[&[(token.clone(), None)], sessions].concat()).await?;
    Ok((learner, token))
}

/// A name as it may be: some visible text, not too long, no control characters.
pub(crate) fn named(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        return Err(Problem::invalid(format!("a name is 1 to {LONGEST} characters long, without control characters")));
    }
    Ok(name.to_owned())
}

/// An e-mail address, roughly: something, `@`, something. Empty means none.
pub(crate) fn address(email: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(email) = email.map(str::trim).filter(|email| !email.is_empty()) else { return Ok(None) };
    let (user, host) = email.rsplit_once('@').unwrap_or_default();
    let is_clean = email.chars().all(|c| !c.is_control() && !c.is_whitespace());
    if user.is_empty() || host.is_empty() || !is_clean || email.chars().count() > LONGEST {
        return Err(Problem::invalid(format!("{email:?} is not an e-mail address")));
    }
    Ok(Some(email.to_lowercase()))
}

/// A code that was revoked is empty and nobody's. Codes are read aloud and typed: case, blanks and hyphens do not matter. Every character is compared,
/// so that time tells nothing.
fn is_same_code(given: &str, wanted: &str) -> bool {
    let plain = |code: &str| -> Vec<u8> {
        code.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase()).take(64).collect()
    };
    let (given, wanted) = (plain(given), plain(wanted));
    !wanted.is_empty()
        && given.len() == wanted.len()
        && given.iter().zip(&wanted).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        assert!(is_same_code("abcd 2345", "ABCD-2345"));
        assert!(!is_same_code("ABCD-2346", "ABCD-2345"));
        assert!(!is_same_code("", "ABCD-2345"));
        assert!(!is_same_code("", "") && !is_same_code("-", ""));
    }

    #[test]
    fn addresses_are_checked_roughly() {
        assert_eq!(address(Some(" Ada@Example.org ")).unwrap().as_deref(), Some("ada@example.org"));
        assert_eq!(address(Some("")).unwrap(), None);
        for wrong in ["ada", "@example.org", "ada@", "a da@example.org", "ada@exa\nmple.org"] {
            assert!(address(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
