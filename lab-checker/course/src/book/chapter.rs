//! The lessons in the order of the book, as its summary lists them.

use std::collections::BTreeSet;

use mdbook_summary::{Link, Summary, SummaryItem, parse_summary};
use serde::Serialize;

use super::activity::Activity;
use super::directive::{Directive, directives};
use crate::files::{CourseFiles, Problem};

/// A lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Its path without `.md`, relative to `book/src`: what a lab's `chapter` says.
    pub name: String,
    /// Its title in the summary.
    pub title: String,
    /// Its number, such as `2.1`, when it has one.
    pub number: Option<String>,
    /// Where it is in the rendered book, relative to the book's top.
    pub page: String,
    /// The labs and quizzes that stand in it, in order; one that stands in several lessons belongs to
    /// the first.
    pub activities: Vec<Activity>,
}

/// The summary of the book, relative to the course.
pub(crate) const SUMMARY: &str = "book/src/SUMMARY.md";

/// The lessons of a course.
pub(crate) fn chapters(files: &CourseFiles, problems: &mut Vec<Problem>) -> Vec<Chapter> {
    let Some(text) = files.text(SUMMARY) else {
        problems.push(Problem::new(SUMMARY, "the file is missing").with_help("list the lessons in it"));
        return Vec::new();
    };
    let summary = match parse_summary(text) {
        Ok(summary) => summary,
        Err(error) => {
            problems.push(Problem::new(SUMMARY, format!("{error:#}")).with_help("see mdBook's SUMMARY.md format"));
            return Vec::new();
        }
    };
    let mut used = BTreeSet::new();
    links(&summary).into_iter().filter_map(|link| chapter(files, link, &mut used)).collect()
}

fn chapter(files: &CourseFiles, link: &Link, used: &mut BTreeSet<Activity>) -> Option<Chapter> {
    let path = link.location.as_ref()?.to_str()?;
    let text = files.text(&format!("book/src/{path}")).unwrap_or_default();
    let name = path.strip_suffix(".md").unwrap_or(path).to_owned();
    let page = match name.strip_suffix("README") {
        Some(folder) => format!("{folder}index.html"),
        None => format!("{name}.html"),
    };
    let mut activities: Vec<Activity> = directives(text).iter().filter_map(Directive::activity).collect();
    activities.retain(|activity| used.insert(activity.clone()));
    let number = link.number.as_ref().map(|number| number.to_string().trim_end_matches('.').to_owned());
    Some(Chapter { name, title: link.name.clone(), number, page, activities })
}

/// The links of a summary, depth first.
fn links(summary: &Summary) -> Vec<&Link> {
    fn collect<'a>(items: &'a [SummaryItem], links: &mut Vec<&'a Link>) {
        for item in items {
            if let SummaryItem::Link(link) = item {
                links.push(link);
                collect(&link.nested_items, links);
            }
        }
    }
    let mut links = Vec::new();
    for part in [&summary.prefix_chapters, &summary.numbered_chapters, &summary.suffix_chapters] {
        collect(part, &mut links);
    }
    links
}
