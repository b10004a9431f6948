//! How templates write values for people.

use std::fmt::Display;

use askama::{Result, Values};
use netpol::counted;

/// Points: `7.5`, `10`.
#[askama::filter_fn]
pub(super) fn points(points: &f64, _: &dyn Values) -> Result<String> {
    Ok(crate::domain::spreadsheet::points(*points))
}

/// Points with the word: `1 point`, `7.5 points`.
#[askama::filter_fn]
pub(super) fn in_points(points: &f64, _: &dyn Values) -> Result<String> {
    Ok(counted(crate::domain::spreadsheet::points(*points), "point"))
}

/// A moment of the API with its date and minute: `2026-11-23 14:05 UTC`.
#[askama::filter_fn]
pub(super) fn minute(moment: &str, _: &dyn Values) -> Result<String> {
    Ok(match moment.split_once('T') {
        Some((day, time)) => format!("{day} {} UTC", time.get(..5).unwrap_or(time)),
        None => moment.to_owned(),
    })
}

/// A counted noun: `1 learner`, `2 learners`.
#[askama::filter_fn]
pub(super) fn of<T: Display>(number: T, _: &dyn Values, noun: &str) -> Result<String> {
    Ok(counted(number, noun))
}

/// A line of the course's own Markdown as HTML.
#[askama::filter_fn]
pub(super) fn markdown(text: &str, _: &dyn Values) -> Result<String> {
    Ok(course::markdown_to_inline_html(text))
}

/// A name where no element can hold it apart: in the title of a page.
#[askama::filter_fn]
pub(super) fn shown(text: &str, _: &dyn Values) -> Result<String> {
    Ok(crate::domain::words::shown(text).into_owned())
}
