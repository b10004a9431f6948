//! Signing in with what somebody was given: a token, an invitation, or a code that their signed-in browser shows for one
//! more place. So a browser and a terminal of one person are one learner.

use std::net::IpAddr;

use crate::{
    app::App,
    clock::Moment,
    problem::Problem,
    store::{Learner, Secret},
};

/// How long a code for one more place is good.
const CODE_MINUTES: i64 = 15;
/// What an invitation's address has before its token.
const INVITATION: &str = "/invitation/";

/// What somebody typed or pasted: a token, a code, or the whole address of an invitation.
pub(crate) fn given(text: &str) -> Secret {
    let text = text.trim();
    let token = text.split_once(INVITATION).map_or(text, |(_, token)| token);
    Secret::presented(token.trim_end_matches('/'))
}

/// Sign a learner in with what they were given. They have this further token then, until its end.
pub(crate) async fn sign_in(
    app: &App,
    caller: IpAddr,
    given: &Secret,
    fresh: &Secret,
    until: Option<Moment>,
) -> Result<Learner, Problem> {
    match app.store.sign_in(given, fresh, until).await? {
        Some(learner) => Ok(learner),
        None => Err(refused(app, caller)),
    }
}

/// Guessing is hopeless, but it should not be free either.
pub(crate) fn refused(app: &App, caller: IpAddr) -> Problem {
    let wrong = || Problem::forbidden("this token opens nothing here; a code is good once, for a quarter of an hour");
    app.limits.guesses.take(caller).err().unwrap_or_else(wrong)
}

/// A code that signs a learner in once more, elsewhere, and its end.
pub(crate) async fn code(app: &App, learner: &Learner) -> Result<(Secret, Moment), Problem> {
    app.limits.actions.take(learner.id.clone())?;
    let (code, until) = (Secret::fresh("code"), Moment::now().plus_minutes(CODE_MINUTES));
    app.store.allow_sign_in(&code, &learner.id, until).await?;
    Ok((code, until))
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn an_invitation_is_its_token_however_it_is_pasted() {
        for text in
            ["learner_x", " learner_x\n", "https://class.example.org/invitation/learner_x", "/invitation/learner_x/ "]
        {
            assert_eq!(given(text).reveal(), "learner_x", "{text:?}");
        }
    }
}
