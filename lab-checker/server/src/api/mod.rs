//! The JSON API, `/api/v1/…`, and its description at `/api/openapi.json`.

mod appeals;
mod attempts;
mod audit;
mod body;
mod course;
mod drafts;
mod events;
mod gradebook;
mod in_lab;
mod join;
mod labs;
mod me;
mod my_attempts;
mod previews;
mod probe;
mod quizzes;
mod regrade;
mod roster;
mod schema;
mod terminal;
mod try_out;
mod usual;

use axum::{Router, body::Bytes, extract::DefaultBodyLimit, http::header, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt as _},
    routes,
};

use crate::app::{App, limits};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Default Deny: the grading server",
        description = "Labs and quizzes are graded by the server alone. Errors are application/problem+json (RFC 9457)."
    ),
    modifiers(&BearerToken),
    tags(
        (name = "learners", description = "For a learner's token"),
        (name = "instructors", description = "For an instructor's token"),
        (name = "anybody", description = "Without a token")
    )
)]
struct Description;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The API's routes.
pub(crate) fn router() -> Router<App> {
    let (router, mut description) = described().split_for_parts();
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    usual::complete(&mut description);
    // Written once, however often somebody asks.
    let text = Bytes::from(description.to_json().unwrap_or_default());
    router.route("/api/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], text)))
}

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(join::post_learner))
        .routes(routes!(join::post_sign_in))
        .routes(routes!(course::get_course))
        .routes(routes!(me::get_me))
        .routes(routes!(me::get_kubeconfig))
        .routes(routes!(me::post_code))
        .routes(routes!(my_attempts::get_attempts))
        .routes(routes!(my_attempts::get_attempt))
        .routes(routes!(quizzes::get_quiz))
        .routes(routes!(quizzes::post_attempt))
        .routes(routes!(quizzes::post_feedback))
        .routes(routes!(labs::get_lab))
        .routes(routes!(labs::post_attempt))
        .routes(routes!(labs::get_report))
        .routes(routes!(labs::get_map))
        .routes(routes!(labs::get_explanation))
        .routes(routes!(labs::get_hint))
        .routes(routes!(labs::get_solution))
        .routes(routes!(labs::post_start))
        .routes(routes!(labs::post_reset))
        .routes(routes!(labs::post_objects))
        .routes(routes!(previews::post_preview))
        .routes(routes!(previews::post_explanation))
        .routes(routes!(previews::get_world))
        .routes(routes!(schema::get_schema))
        .routes(routes!(try_out::post_try))
        .routes(routes!(drafts::get_draft, drafts::put_draft, drafts::delete_draft))
        .routes(routes!(drafts::put_aside, drafts::delete_aside))
        .routes(routes!(appeals::post_appeal))
        .routes(routes!(probe::post_probe))
        .routes(routes!(terminal::get_terminal))
        .routes(routes!(events::get_events))
        .routes(routes!(attempts::get_attempts))
        .routes(routes!(attempts::get_attempt))
        .routes(routes!(appeals::get_appeals))
        .routes(routes!(appeals::post_answer))
        .routes(routes!(gradebook::get_gradebook))
        .routes(routes!(roster::get_roster, roster::post_roster).layer(DefaultBodyLimit::max(limits::ROSTER)))
        .routes(routes!(roster::delete_learner))
        .routes(routes!(roster::post_token))
        .routes(routes!(roster::post_invitations))
        .routes(routes!(roster::post_claim))
        .routes(routes!(regrade::post_regrade, regrade::get_jobs))
        .routes(routes!(regrade::get_job))
        .routes(routes!(regrade::post_stop))
        .routes(routes!(regrade::post_resume))
        .routes(routes!(regrade::post_publish))
        .routes(routes!(audit::get_audit))
}
