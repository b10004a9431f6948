//! `/certificate`: what a learner has earned, on paper.

use askama::Template;
use axum::extract::State;

use super::{
    Frame, Page, filters, html,
    reading::{Nothing, PageQuery},
    visitor::LearnerPage,
};
use crate::{
    app::App,
    domain::certificate::{self, Certificate},
};

#[derive(Template)]
#[template(path = "certificate.html")]
struct CertificatePage {
    frame: Frame,
    name: String,
    certificates: Vec<Certificate>,
}

pub(super) async fn page(State(app): State<App>, LearnerPage(learner): LearnerPage, _: PageQuery<Nothing>) -> Page {
    let certificates = certificate::of(&app, &learner).await?;
    let frame = Frame::for_learner(&app, "Certificate", &learner);
    Ok(html(&CertificatePage { frame, name: learner.name, certificates }))
}
