//! Enrolling with the class's join code, and what a name and an address may be.

use std::net::IpAddr;

use serde::Deserialize;
use utoipa::ToSchema;

use super::words::{is_unseen, shown};
use crate::{
    app::App,
    clock::Moment,
    problem::Problem,
    store::{Guessing, Learner, NewLearner, Secret, StoreError},
};

/// The longest name, address or id, in characters.
const LONGEST: usize = 200;

/// How many wrong join codes may come from one address, on all servers of the class together.
const GUESSING: Guessing = Guessing { burst: 20, every: 3_000 };

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
    if !is_same_code(&enrolment.code, &app.join_code().await?) {
        return Err(wrong_code(app, caller).await);
    }
    app.limits.enrolments.take(caller)?;
    let new =
        NewLearner { name: named(&enrolment.name)?, email: address(enrolment.email.as_deref())?, student_id: None };
    let token = Secret::fresh("learner");
    let enrolled = app.store.enrol(&new, &[&[(token.clone(), None)], sessions].concat()).await;
    let learner = enrolled.map_err(|error| match error {
        StoreError::Taken(_) => Problem::joined_before(),
        error => error.into(),
    })?;
    Ok((learner, token))
}

/// A wrong code counts, and a right one is never held up by wrong ones: a class has one address, and somebody in it
/// mistypes. There are 2⁴⁰ codes.
async fn wrong_code(app: &App, caller: IpAddr) -> Problem {
    if let Err(problem) = app.limits.guesses.take(caller) {
        return problem;
    }
    match app.store.guess(&caller.to_string(), GUESSING, Moment::now().millis()).await {
        Ok(None) => {}
        Ok(Some(wait)) => return Problem::too_many(wait.unsigned_abs().div_ceil(1000)),
        // This server's own count is what is left.
        Err(error) => tracing::warn!(%error, "a wrong join code is not counted for the other servers"),
    }
    Problem::forbidden("the join code is wrong; your instructor knows it")
}

/// A name as it may be: some visible text, not too long, no control characters. What nobody sees, and what turns the
/// text around it, is left out.
pub(crate) fn named(name: &str) -> Result<String, Problem> {
    let is_short = name.trim().chars().count() <= LONGEST;
    let seen: String = name.chars().filter(|c| !is_unseen(*c)).collect();
    let seen = seen.trim();
    if shown(seen).trim().is_empty() || !is_short || seen.chars().any(char::is_control) {
        return Err(Problem::invalid(format!("a name is 1 to {LONGEST} characters long, without control characters")));
    }
    Ok(seen.to_owned())
}

/// An e-mail address, roughly: something, `@`, something. Empty means none.
pub(crate) fn address(email: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(email) = email.map(str::trim).filter(|email| !email.is_empty()) else { return Ok(None) };
    let (user, host) = email.rsplit_once('@').unwrap_or_default();
    let is_clean = shown(email) == email && !email.contains(char::is_whitespace);
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
    fn a_name_is_what_is_seen_of_it() {
        assert_eq!(named(" Ada\u{202e} \u{200b}King\u{feff} ").unwrap(), "Ada King");
        assert_eq!(named("علی\u{200c}رضا").unwrap(), "علی\u{200c}رضا", "some languages join letters so");
        for nobody in ["\u{200b}", "\u{202e}\u{2066} ", "\u{200d}", "\u{3164}", "a\u{0}b", "a\u{1b}[31m", "a\u{85}b"] {
            assert!(named(nobody).is_err(), "{nobody:?}");
        }
    }

    #[test]
    fn addresses_are_checked_roughly() {
        assert_eq!(address(Some(" Ada@Example.org ")).unwrap().as_deref(), Some("ada@example.org"));
        assert_eq!(address(Some("")).unwrap(), None);
        for wrong in [
            "ada",
            "@example.org",
            "ada@",
            "a da@example.org",
            "ada@exa\nmple.org",
            "ada\u{200b}@example.org",
            "ada\u{202e}@x",
        ] {
            assert!(address(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
