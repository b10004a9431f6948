//! `/api/v1/roster`: who is in the class; import from a school's list.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{JsonBody, QueryOf},
    usual::UsualForInstructors,
};
use crate::{
    app::App,
    domain::{
        class::{self, Claim, Decision},
        gradebook_files::file,
        links::invitation,
        roster::{Deleted, Imported, NewEntry, deleted, import, invitations_table, invited, renewed},
        roster_file::{RosterRow, rows_of_csv},
    },
    problem::Problem,
    request::{ReachedAt, Teaching},
    store::Learner,
};

/// A learner of the class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RosterEntry {
    id: String,
    name: String,
    email: Option<String>,
    student_id: Option<String>,
    /// The group that the list says.
    group: Option<String>,
    /// Whether they stand on the list; else they joined with the code, and `email` is what they say.
    listed: bool,
    /// RFC 3339.
    enrolled_at: String,
    /// When their invitation was first used, RFC 3339.
    came_at: Option<String>,
}

impl From<Learner> for RosterEntry {
    fn from(learner: Learner) -> Self {
        let Learner { id, name, email, student_id, group, is_listed: listed, .. } = learner;
        let (enrolled_at, came_at) = (learner.enrolled_at.to_string(), learner.came_at.map(|at| at.to_string()));
        Self { id, name, email, student_id, group, listed, enrolled_at, came_at }
    }
}

/// The class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Roster {
    /// What learners enter to enrol; empty when it was revoked.
    join_code: String,
    learners: Vec<RosterEntry>,
    /// Who joined with an address that stands on the list: each waits for `POST /api/v1/roster/claims/{learner}`.
    claims: Vec<Claim>,
}

#[utoipa::path(
    get, path = "/api/v1/roster", tag = "instructors", operation_id = "roster", security(("token" = [])),
    responses(
        (status = 200, description = "Everybody in the class", body = Roster),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_roster(State(app): State<App>, _: Teaching) -> Result<Json<Roster>, Problem> {
    let learners = class::learners(&app).await?.into_iter().map(RosterEntry::from).collect();
    let claims = class::claims(&app).await?;
    Ok(Json(Roster { join_code: app.join_code().await?, learners, claims }))
}

#[utoipa::path(
    post, path = "/api/v1/roster", tag = "instructors", operation_id = "importRoster", security(("token" = [])),
    request_body(content = Vec<RosterRow>, description = "A list, or the same as `text/csv` with a first line of column names: comma, semicolon or tab between cells; UTF-8, UTF-16 or Latin-1; Moodle's `ID number` and `Email address` are known"),
    responses(
        (status = 200, description = "Who was added, changed, left as they were", body = Imported),
        (status = 422, description = "A line is wrong; nothing was imported", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_roster(
    State(app): State<App>,
    _: Teaching,
    reached: ReachedAt,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Imported>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let rows = if kind.starts_with("text/csv") {
        rows_of_csv(&body)?
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Problem::bad_request(format!("the body is not a list of learners: {error}")))?
    };
    Ok(Json(import(&app, rows, reached.for_others.as_deref()).await?))
}

/// A fresh token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreshToken {
    token: String,
    /// The same as a link, where the server knows the address that learners come by.
    invitation: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/roster/{learner}/token", tag = "instructors", operation_id = "renewToken",
    security(("token" = [])),
    params(("learner" = String, Path, description = "The learner's id")),
    responses(
        (status = 201, description = "A new token; the old ones and all sessions end", body = FreshToken),
        (status = 404, description = "There is no such learner", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_token(
    State(app): State<App>,
    _: Teaching,
    reached: ReachedAt,
    Path(learner): Path<String>,
) -> Result<(StatusCode, Json<FreshToken>), Problem> {
    let token = renewed(&app, &learner).await?;
    let invitation = reached.for_others.map(|url| invitation(&url, &token));
    Ok((StatusCode::CREATED, Json(FreshToken { token: token.reveal().to_owned(), invitation })))
}

#[utoipa::path(
    delete, path = "/api/v1/roster/{learner}", tag = "instructors", operation_id = "deleteLearner",
    security(("token" = [])),
    params(("learner" = String, Path, description = "The learner's id")),
    responses(
        (status = 200, description = "The learner is gone, with attempts, drafts, appeals, tokens, sessions and practice clusters. This cannot be undone; only backups still have them", body = Deleted),
        (status = 404, description = "There is no such learner", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It is the learner at the server's own machine", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_learner(
    State(app): State<App>,
    _: Teaching,
    Path(learner): Path<String>,
) -> Result<Json<Deleted>, Problem> {
    Ok(Json(deleted(&app, &learner).await?))
}

/// Who gets a new invitation.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Invited {
    /// Their ids; left out, everybody on the list who has not come yet.
    #[serde(default)]
    learners: Vec<String>,
}

/// The form of the answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvitationForm {
    /// `json` or `csv`.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/roster/invitations", tag = "instructors", operation_id = "invite", security(("token" = [])),
    params(InvitationForm),
    request_body = Invited,
    responses(
        (status = 200, description = "New invitations, shown once; the learners' old tokens and sessions end. With `format=csv`, a table", content((Vec<NewEntry> = "application/json"), (String = "text/csv"))),
        (status = 404, description = "There is no such learner; nothing was changed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "There is no such form", body = Problem, content_type = "application/problem+json"),
        UsualForInstructors,
    )
)]
pub(crate) async fn post_invitations(
    State(app): State<App>,
    _: Teaching,
    reached: ReachedAt,
    QueryOf(form): QueryOf<InvitationForm>,
    JsonBody(wanted): JsonBody<Invited>,
) -> Result<Response, Problem> {
    let is_csv = match form.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(other) => return Err(Problem::invalid(format!("format {other:?} is not json or csv"))),
    };
    let entries = invited(&app, &wanted.learners, reached.for_others.as_deref()).await?;
    Ok(if is_csv { file("invitations.csv", invitations_table(&entries)) } else { Json(entries).into_response() })
}

/// What an instructor says to a claim.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ClaimAnswer {
    decision: Decision,
}

#[utoipa::path(
    post, path = "/api/v1/roster/claims/{learner}", tag = "instructors", operation_id = "decideClaim",
    security(("token" = [])),
    params(("learner" = String, Path, description = "The id of who joined")),
    request_body = ClaimAnswer,
    responses(
        (status = 200, description = "Who joined, as they are now: with `merge` the entry of the list, with what both have handed in; with `refuse` without the address", body = RosterEntry),
        (status = 404, description = "Nobody of this id has joined with an address that stands on the list", body = Problem, content_type = "application/problem+json"),
        UsualForInstructors,
    )
)]
pub(crate) async fn post_claim(
    State(app): State<App>,
    _: Teaching,
    Path(learner): Path<String>,
    JsonBody(answer): JsonBody<ClaimAnswer>,
) -> Result<Json<RosterEntry>, Problem> {
    Ok(Json(class::decided(&app, &learner, answer.decision).await?.into()))
}
