//! Who is in the class, and what happens when somebody joined with an address that stands on its list.
//!
//! Whoever knows the join code can type any address, so an address that was typed makes nobody an entry of the list:
//! that takes the entry's invitation, or an instructor, who sees the two and makes them one or refuses.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    problem::Problem,
    store::{Learner, Store},
};

/// Everybody in the class, by name. The learner at this machine is not one of them; while they are alone, there is no
/// class, and they see themselves.
pub(crate) async fn learners(app: &App) -> Result<Vec<Learner>, Problem> {
    let mut all = app.store.learners().await?;
    let is_alone = app.local_learner.is_some() && all.len() == 1;
    if let Some(local) = app.local_id.as_ref().filter(|_| !is_alone) {
        all.retain(|learner| learner.id != *local);
    }
    Ok(all)
}

/// The learner at the server's own machine, where there is one beside the class.
pub(crate) async fn local_learner(app: &App) -> Result<Option<Learner>, Problem> {
    let Some(local) = &app.local_id else { return Ok(None) };
    let is_counted = learners(app).await?.iter().any(|learner| learner.id == *local);
    Ok(if is_counted { None } else { app.store.learner(local).await? })
}

/// Somebody who joined with an address that stands on the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Claim {
    pub(crate) email: String,
    /// Who joined with the code and says that it is theirs.
    pub(crate) joined: Claimant,
    /// Whose it is by the list.
    pub(crate) entry: Claimant,
}

/// One of the two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Claimant {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) student_id: Option<String>,
    /// RFC 3339.
    pub(crate) since: String,
    /// How much they have handed in.
    pub(crate) attempts: i64,
    /// Whether their invitation was used.
    pub(crate) has_come: bool,
}

/// What an instructor says to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Decision {
    /// The two are one person.
    Merge,
    /// They are not.
    Refuse,
}

/// The claims that wait for an instructor.
pub(crate) async fn claims(app: &App) -> Result<Vec<Claim>, Problem> {
    let mut claims = Vec::new();
    for joined in app.store.claims().await? {
        let Some(email) = joined.email.clone() else { continue };
        let Some(entry) = app.store.entry_of(&email).await? else { continue };
        let (joined, entry) = (claimant(&app.store, joined).await?, claimant(&app.store, entry).await?);
        claims.push(Claim { email, joined, entry });
    }
    Ok(claims)
}

async fn claimant(store: &Store, learner: Learner) -> Result<Claimant, Problem> {
    let attempts = store.scores_of(&learner.id).await?.iter().map(|best| best.attempts).sum();
    let Learner { id, name, student_id, enrolled_at, came_at, .. } = learner;
    Ok(Claimant { id, name, student_id, since: enrolled_at.to_string(), attempts, has_come: came_at.is_some() })
}

/// Make somebody who joined one with the entry that has their address, or refuse.
pub(crate) async fn decided(app: &App, joined: &str, decision: Decision) -> Result<Learner, Problem> {
    let done = match decision {
        Decision::Merge => merged(app, joined).await?,
        Decision::Refuse => app.store.refuse_claim(joined).await?,
    };
    let found = if done { app.store.learner(joined).await? } else { None };
    found.ok_or_else(|| Problem::not_found("nobody of this id has joined with an address that stands on the list"))
}

/// Make the two one. The entry's own cluster goes with it: what was begun with its invitation is begun again.
async fn merged(app: &App, joined: &str) -> Result<bool, Problem> {
    let Some(entry) = app.store.merge_claim(joined).await? else { return Ok(false) };
    app.clusters.remove(&entry).await?;
    Ok(true)
}

/// What a learner should know about who they are here, if there is something.
pub(crate) async fn notice(app: &App, learner: &Learner) -> Result<Option<String>, Problem> {
    if let Some(email) = &learner.refused_email {
        return Ok(Some(format!(
            "Your instructor has not accepted {email} as your address. What you hand in stays under your name here. If \
             you have an invitation, sign in with it instead."
        )));
    }
    let Some(email) = learner.email.as_ref().filter(|_| !learner.is_listed) else { return Ok(None) };
    let is_claim = app.store.entry_of(email).await?.is_some();
    Ok(is_claim.then(|| {
        format!(
            "{email} stands on the list of the class. You can work here at once, and your instructor is asked whether \
             this is you. If you have an invitation, sign in with it instead."
        )
    }))
}

/// The addresses that are sure: none that somebody typed although it stands on the list for somebody else.
pub(crate) fn sure_addresses(learners: &[Learner]) -> HashMap<String, String> {
    let listed: HashMap<&str, &str> = learners
        .iter()
        .filter(|learner| learner.is_listed)
        .filter_map(|learner| Some((learner.email.as_deref()?, learner.id.as_str())))
        .collect();
    let sure = learners.iter().filter_map(|learner| {
        let email = learner.email.as_deref()?;
        let is_sure = listed.get(email).is_none_or(|owner| *owner == learner.id);
        is_sure.then(|| (learner.id.clone(), email.to_owned()))
    });
    sure.collect()
}
