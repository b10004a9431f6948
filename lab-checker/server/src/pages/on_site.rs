//! The pages of the static site that are not the book's: the same templates, filled in for whoever opens them.

use askama::Template;
use course::Course;

use super::{
    filters,
    frame::{Frame, OnSite},
    front, lab, quiz,
};

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound {
    frame: Frame,
}

/// Every page, with its address: `/`, `/labs/NAME`, `/quizzes/NAME`.
pub(crate) fn pages_on_site(course: &Course, site: &OnSite) -> Result<Vec<(String, String)>, askama::Error> {
    let mut pages = vec![("/".to_owned(), front::on_site(course, site)?)];
    for lab in &course.labs {
        pages.push((format!("/labs/{}", lab.name), lab::on_site(course, lab, site)?));
    }
    for quiz in &course.quizzes {
        pages.push((format!("/quizzes/{}", quiz.name), quiz::on_site(course, quiz, site)?));
    }
    Ok(pages)
}

/// What a host shows where nothing is.
pub(crate) fn not_found_on_site(course: &Course, site: &OnSite) -> Result<String, askama::Error> {
    NotFound { frame: Frame::on_site(course, "Nothing is at this address", site) }.render()
}
