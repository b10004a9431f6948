//! `GET /api/v1/me` and `GET /api/v1/me/kubeconfig`: a learner's progress, and the way to their cluster.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use course::{ActivityKind, ActivityProgress, ActivityState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    domain::progress,
    problem::Problem,
    request::{ReachedAt, SignedIn},
};

/// A learner and how far they are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    id: String,
    name: String,
    email: Option<String>,
    /// The sum of the best attempts.
    points: f64,
    max_points: f64,
    /// How many activities are passed.
    passed: usize,
    /// How many activities there are.
    activities: usize,
    labs: Vec<MyActivity>,
    quizzes: Vec<MyActivity>,
}

/// How far a learner is with one lab or quiz.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyActivity {
    name: String,
    title: String,
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
    let of_kind = |kind: ActivityKind| -> Vec<MyActivity> {
        let chapters = progress.chapters.iter();
        let all = chapters.flat_map(|chapter| chapter.activities.iter().map(|activity| (&chapter.chapter, activity)));
        all.filter(|(_, activity)| activity.activity.kind == kind)
            .map(|(chapter, activity)| MyActivity::of(chapter, activity))
            .collect()
    };
    Ok(Json(Me {
        labs: of_kind(ActivityKind::Lab),
        quizzes: of_kind(ActivityKind::Quiz),
        id: learner.id,
        name: learner.name,
        email: learner.email,
        points: progress.points,
        max_points: progress.max_points,
        passed: progress.passed,
        activities: progress.activities,
    }))
}

impl MyActivity {
    fn of(chapter: &str, progress: &ActivityProgress) -> Self {
        Self {
            name: progress.activity.name.clone(),
            title: progress.title.clone(),
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
        (status = 200, description = "For kubectl", body = String, content_type = "application/yaml"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The server cannot tell by which address you reach it", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_kubeconfig(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    reached: ReachedAt,
) -> Result<Response, Problem> {
    let kubeconfig = app.clusters.kubeconfig(&learner, &reached.url?).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/yaml"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"kubeconfig\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, kubeconfig).into_response())
}
