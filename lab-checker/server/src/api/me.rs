//! `/api/v1/me`: a learner's progress, the way to their cluster, and a code to sign in elsewhere.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use course::{ActivityKind, ActivityProgress, ActivityState};
use serde::Serialize;
use utoipa::ToSchema;

use super::usual::Usual;
use crate::{
    app::App,
    domain::{
        appeals::{self, MyAppeal},
        class, kubeconfig, progress, sign_in,
        told::{self, Told},
    },
    problem::Problem,
    request::{ReachedAt, SignedIn, SignedInWith},
};

/// A learner and how far they are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    id: String,
    name: String,
    email: Option<String>,
    /// What you should know about who you are here: that your address stands on the list of the class, for example.
    notice: Option<String>,
    /// The sum of the best attempts.
    points: f64,
    max_points: f64,
    /// How many activities are passed.
    passed: usize,
    /// How many activities there are.
    activities: usize,
    /// Where kubectl is: the name of a lab, or `sandbox`.
    current: String,
    /// The first activity of the course that is not passed.
    next: Option<NextActivity>,
    labs: Vec<MyActivity>,
    quizzes: Vec<MyActivity>,
    /// What has changed since you handed it in, because it was graded again: the latest change first.
    regraded: Vec<Told>,
    /// What you have reported as right, and what your instructor has answered: the latest report first.
    appeals: Vec<MyAppeal>,
}

/// Where to go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextActivity {
    /// `lab` or `quiz`.
    kind: &'static str,
    name: String,
    title: String,
}

/// How far a learner is with one lab or quiz.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyActivity {
    name: String,
    title: String,
    /// Which of all activities it is in the course, from 1.
    place: usize,
    chapter: String,
    /// `open`, `tried` or `passed`.
    state: &'static str,
    passed: bool,
    /// The best attempt's points.
    points: f64,
    max_points: f64,
    attempts: usize,
}

#[utoipa::path(
    get, path = "/api/v1/me", tag = "learners", operation_id = "me", security(("token" = [])),
    responses(
        (status = 200, description = "Who you are and how far", body = Me),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_me(State(app): State<App>, SignedIn(learner): SignedIn) -> Result<Json<Me>, Problem> {
    let progress = progress::of(&app, &learner).await?;
    let current = app.clusters.current(&learner).await?.to_string();
    let regraded = told::to(&app, &learner.id).await?;
    let appeals = appeals::of(&app, &learner.id).await?;
    let notice = class::notice(&app, &learner).await?;
    let chapters = progress.chapters.iter();
    let all = chapters.flat_map(|chapter| chapter.activities.iter().map(|activity| (&chapter.chapter, activity)));
    let all: Vec<_> = all.enumerate().map(|(at, (chapter, activity))| (at + 1, chapter, activity)).collect();
    let of_kind = |kind: ActivityKind| -> Vec<MyActivity> {
        let wanted = all.iter().filter(|(.., activity)| activity.activity.kind == kind);
        wanted.map(|(place, chapter, activity)| MyActivity::of(*place, chapter, activity)).collect()
    };
    let next = all.iter().find(|(.., activity)| activity.state != ActivityState::Passed);
    Ok(Json(Me {
        current,
        notice,
        next: next.map(|(.., activity)| NextActivity::of(activity)),
        labs: of_kind(ActivityKind::Lab),
        quizzes: of_kind(ActivityKind::Quiz),
        id: learner.id,
        name: learner.name,
        email: learner.email,
        points: progress.points,
        max_points: progress.max_points,
        passed: progress.passed,
        activities: progress.activities,
        regraded,
        appeals,
    }))
}

impl NextActivity {
    fn of(progress: &ActivityProgress) -> Self {
        Self {
            kind: match progress.activity.kind {
                ActivityKind::Lab => "lab",
                ActivityKind::Quiz => "quiz",
            },
            name: progress.activity.name.clone(),
            title: progress.title.clone(),
        }
    }
}

impl MyActivity {
    fn of(place: usize, chapter: &str, progress: &ActivityProgress) -> Self {
        Self {
            name: progress.activity.name.clone(),
            title: progress.title.clone(),
            place,
            chapter: chapter.to_owned(),
            state: match progress.state {
                ActivityState::Open => "open",
                ActivityState::Tried => "tried",
                ActivityState::Passed => "passed",
            },
            passed: progress.state == ActivityState::Passed,
            points: progress.points,
            max_points: progress.max_points,
            attempts: progress.attempts,
        }
    }
}

#[utoipa::path(
    get, path = "/api/v1/me/kubeconfig", tag = "learners", operation_id = "kubeconfig", security(("token" = [])),
    responses(
        (status = 200, description = "For kubectl", body = Object, content_type = "application/yaml"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The server cannot tell by which address you reach it", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_kubeconfig(
    State(app): State<App>,
    SignedInWith(learner, token): SignedInWith,
    reached: ReachedAt,
) -> Result<Response, Problem> {
    let kubeconfig = kubeconfig::of(&app, &learner, token.as_ref(), &reached.url?).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/yaml"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"kubeconfig\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, kubeconfig).into_response())
}

/// A code to sign in with at one more place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInCode {
    /// For `POST /api/v1/sign-in` and `lab-checker login`; good once.
    code: String,
    /// Until when, RFC 3339.
    expires_at: String,
}

#[utoipa::path(
    post, path = "/api/v1/me/code", tag = "learners", operation_id = "signInCode", security(("token" = [])),
    responses(
        (status = 201, description = "A code that signs you in once more, for a quarter of an hour", body = SignInCode),
        Usual,
    )
)]
pub(crate) async fn post_code(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
) -> Result<(StatusCode, Json<SignInCode>), Problem> {
    let (code, until) = sign_in::code(&app, &learner).await?;
    let code = SignInCode { code: code.reveal().to_owned(), expires_at: until.to_string() };
    Ok((StatusCode::CREATED, Json(code)))
}
