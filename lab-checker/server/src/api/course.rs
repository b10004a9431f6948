//! `GET /api/v1/course`: what there is to do. No answers.

use axum::{Json, extract::State};
use course::rounded;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, request::SignedIn};

/// The course.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CourseView {
    title: String,
    /// What everything together is worth.
    max_points: f64,
    chapters: Vec<ChapterView>,
    labs: Vec<ActivityView>,
    quizzes: Vec<ActivityView>,
}

/// A lesson.
#[derive(Debug, Serialize, ToSchema)]
struct ChapterView {
    name: String,
    title: String,
    /// Such as `2.1`.
    number: Option<String>,
    /// Where to read it.
    url: String,
    /// The names of its labs.
    labs: Vec<String>,
    /// The names of its quizzes.
    quizzes: Vec<String>,
}

/// A lab or a quiz.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityView {
    name: String,
    title: String,
    chapter: String,
    points: f64,
    /// How long it takes; labs only.
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<u32>,
    /// How many questions; quizzes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    questions: Option<usize>,
    /// The page in the browser.
    url: String,
}

#[utoipa::path(
    get, path = "/api/v1/course", tag = "learners", operation_id = "course", security(("token" = [])),
    responses(
        (status = 200, description = "Chapters, labs and quizzes", body = CourseView),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_course(State(app): State<App>, _: SignedIn) -> Json<CourseView> {
    let course = &app.course;
    let labs: Vec<_> = course
        .labs
        .iter()
        .map(|lab| ActivityView {
            name: lab.name.clone(),
            title: lab.title.clone(),
            chapter: lab.chapter.clone(),
            points: lab.points,
            minutes: Some(lab.minutes),
            questions: None,
            url: format!("/labs/{}", lab.name),
        })
        .collect();
    let quizzes: Vec<_> = course
        .quizzes
        .iter()
        .map(|quiz| ActivityView {
            name: quiz.name.clone(),
            title: quiz.title.clone(),
            chapter: quiz.chapter.clone(),
            points: quiz.points,
            minutes: None,
            questions: Some(quiz.question_count()),
            url: format!("/quizzes/{}", quiz.name),
        })
        .collect();
    let names = |all: &[ActivityView], chapter: &str| -> Vec<String> {
        all.iter().filter(|activity| activity.chapter == chapter).map(|activity| activity.name.clone()).collect()
    };
    let chapters = course
        .chapters
        .iter()
        .map(|chapter| ChapterView {
            name: chapter.name.clone(),
            title: chapter.title.clone(),
            number: chapter.number.clone(),
            url: format!("/book/{}", chapter.page),
            labs: names(&labs, &chapter.name),
            quizzes: names(&quizzes, &chapter.name),
        })
        .collect();
    let max_points = rounded(labs.iter().chain(&quizzes).map(|activity| activity.points).sum());
    Json(CourseView { title: course.title.clone(), max_points, chapters, labs, quizzes })
}
