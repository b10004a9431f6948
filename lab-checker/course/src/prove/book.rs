//! Proving the book: its summary, its links, its directives, its YAML and its claims.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::block::Block;
use super::claim::Claim;
use crate::book::{Activity, ActivityKind, Course, DirectiveKind, SUMMARY, claim_comments, directives, yaml_blocks};
use crate::files::{Lines, Problem, resolve, suggestion};
use crate::html::markdown_options;

const SOURCE: &str = "book/src/";

/// What is wrong with the book of a course.
pub(crate) fn prove(course: &Course) -> Vec<Problem> {
    let mut problems = Vec::new();
    prove_summary(course, &mut problems);
    prove_use(course, &mut problems);
    let lessons: Vec<(&str, &str)> = course.files.under(SOURCE).filter(|(path, _)| path.ends_with(".md")).collect();
    let anchors: BTreeMap<&str, BTreeSet<String>> = lessons.iter().map(|(path, text)| (*path, anchors(text))).collect();
    for (path, text) in lessons {
        let lesson = Lesson { course, path, text };
        lesson.prove_links(&anchors, &mut problems);
        lesson.prove_directives(&mut problems);
        lesson.prove_yaml(&mut problems);
    }
    problems
}

fn prove_summary(course: &Course, problems: &mut Vec<Problem>) {
    let mut listed = BTreeSet::new();
    for chapter in &course.chapters {
        let path = format!("{SOURCE}{}.md", chapter.name);
        if course.files.text(&path).is_none() {
            let problem = Problem::new(SUMMARY, format!("the lesson {}.md does not exist", chapter.name));
            problems.push(problem.with_help("write it, or take it out of the summary"));
        }
        if !listed.insert(path) {
            let problem = Problem::new(SUMMARY, format!("the lesson {}.md is listed twice", chapter.name));
            problems.push(problem.with_help("take one away"));
        }
    }
    for (path, _) in course.files.under(SOURCE) {
        if path.ends_with(".md") && path != SUMMARY && !listed.contains(path) {
            let problem = Problem::new(path, "no reader finds this lesson: it is not in SUMMARY.md");
            problems.push(problem.with_help("list it in book/src/SUMMARY.md, or delete it"));
        }
    }
}

/// Every lab and every quiz stands in a lesson, a lab in the one that it names.
fn prove_use(course: &Course, problems: &mut Vec<Problem>) {
    let lesson_of = |activity: Activity| course.chapters.iter().find(|chapter| chapter.activities.contains(&activity));
    for lab in &course.labs {
        let file = format!("labs/{}/lab.yaml", lab.name);
        let problem = match lesson_of(Activity::lab(&lab.name)) {
            None if course.chapter(&lab.chapter).is_none() => {
                let known = course.chapters.iter().map(|chapter| chapter.name.as_str());
                Problem::new(file, format!("there is no lesson `{}`", lab.chapter))
                    .with_help(suggestion(&lab.chapter, known))
            }
            None => Problem::new(file, "no lesson uses the lab")
                .with_help(format!("write {{{{#lab {}}}}} in {SOURCE}{}.md", lab.name, lab.chapter)),
            Some(chapter) if chapter.name != lab.chapter => {
                Problem::new(file, format!("the lab stands in the lesson `{}`, not in `{}`", chapter.name, lab.chapter))
                    .with_help("correct `chapter`, or move the directive")
            }
            Some(_) => continue,
        };
        problems.push(problem.of_field("chapter"));
    }
    for quiz in &course.quizzes {
        if lesson_of(Activity::quiz(&quiz.name)).is_none() {
            let problem = Problem::new(format!("quizzes/{}.toml", quiz.name), "no lesson uses the quiz");
            let directive = format!("{{{{#quiz ../../quizzes/{}.toml}}}}", quiz.name);
            problems.push(problem.with_help(format!("write {directive} in a lesson")));
        }
    }
}

struct Lesson<'a> {
    course: &'a Course,
    path: &'a str,
    text: &'a str,
}

impl Lesson<'_> {
    fn prove_directives(&self, problems: &mut Vec<Problem>) {
        for directive in directives(self.text) {
            let problem = |message: String, help: String| {
                Problem::new(self.path, message).at_line(directive.line).with_help(help)
            };
            let argument = &directive.argument;
            match directive.kind {
                DirectiveKind::Lab => {
                    if self.course.lab(argument).is_none() {
                        let known = self.course.labs.iter().map(|lab| lab.name.as_str());
                        problems.push(problem(format!("there is no lab `{argument}`"), suggestion(argument, known)));
                    }
                }
                DirectiveKind::Quiz => {
                    let file = resolve(self.path, argument);
                    let exists = file.as_deref().and_then(|file| self.course.files.text(file)).is_some();
                    if !exists || directive.activity().is_none_or(|quiz| !self.is_known(&quiz)) {
                        let name = argument.rsplit('/').next().unwrap_or_default().trim_end_matches(".toml");
                        let known = self.course.quizzes.iter().map(|quiz| quiz.name.as_str());
                        let help = format!("paths are relative to the lesson; {}", suggestion(name, known));
                        problems.push(problem(format!("there is no quiz `{argument}`"), help));
                    }
                }
            }
        }
    }

    fn is_known(&self, activity: &Activity) -> bool {
        match activity.kind {
            ActivityKind::Lab => self.course.lab(&activity.name).is_some(),
            ActivityKind::Quiz => self.course.quiz(&activity.name).is_some(),
        }
    }

    fn prove_yaml(&self, problems: &mut Vec<Problem>) {
        let blocks = yaml_blocks(self.text);
        let objects: Vec<_> = blocks
            .iter()
            .map(|block| Block { files: &self.course.files, lesson: self.path, block }.prove(problems))
            .collect();
        for comment in &claim_comments(self.text) {
            let before = blocks.iter().zip(&objects).filter(|(block, _)| block.range.end <= comment.range.start);
            let before = before.map(|(_, objects)| objects.as_slice()).filter(|objects| !objects.is_empty()).collect();
            let claim = Claim { course: self.course, lesson: self.path, comment, blocks: before };
            problems.extend(claim.prove());
        }
    }

    fn prove_links(&self, anchors: &BTreeMap<&str, BTreeSet<String>>, problems: &mut Vec<Problem>) {
        let lines = Lines::new(self.text);
        for (event, range) in Parser::new_ext(self.text, markdown_options()).into_offset_iter() {
            let (target, image) = match &event {
                Event::Start(Tag::Link { dest_url, .. }) => (dest_url, false),
                Event::Start(Tag::Image { dest_url, .. }) => (dest_url, true),
                _ => continue,
            };
            if let Some((message, help)) = self.wrong_link(target, image, anchors) {
                problems.push(Problem::new(self.path, message).at_line(lines.of(range.start)).with_help(help));
            }
        }
    }

    fn wrong_link(
        &self,
        target: &str,
        image: bool,
        anchors: &BTreeMap<&str, BTreeSet<String>>,
    ) -> Option<(String, String)> {
        if target.contains("://") || target.starts_with("mailto:") {
            let message = format!("the picture {target} comes from the network");
            return image.then(|| (message, "keep it in book/src, so that the course works offline".to_owned()));
        }
        if let Some(path) = target.strip_prefix('/') {
            return self.wrong_page(target, path);
        }
        let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
        let file = if path.is_empty() { Some(self.path.to_owned()) } else { resolve(self.path, path) };
        let source = file.as_deref().map(|file| match file.strip_suffix(".html") {
            Some(stem) => format!("{stem}.md"),
            None => file.to_owned(),
        });
        let Some(source) = source.filter(|source| self.course.files.contains(source)) else {
            let known: Vec<&str> = anchors.keys().map(|path| &path[SOURCE.len()..]).collect();
            return Some((format!("the link `{target}` leads nowhere"), suggestion(path, known)));
        };
        let known = anchors.get(source.as_str())?;
        let anchor = anchor.filter(|anchor| !known.contains(*anchor))?;
        let help = suggestion(anchor, known.iter().map(String::as_str));
        Some((format!("the link `{target}` leads to no heading"), help))
    }

    /// A link to a page of the server.
    fn wrong_page(&self, target: &str, path: &str) -> Option<(String, String)> {
        let known = match path.split_once('/') {
            Some(("labs", name)) => self.is_known(&Activity::lab(name)),
            Some(("quizzes", name)) => self.is_known(&Activity::quiz(name)),
            _ => true,
        };
        let message = format!("the link `{target}` leads nowhere");
        (!known).then(|| (message, "name a lab or a quiz that exists".to_owned()))
    }
}

/// What links to a lesson can name after `#`: the ids that mdBook gives its headings, and those that the
/// author wrote.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<(Option<String>, String)> = None;
    for event in Parser::new_ext(text, markdown_options()) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => heading = Some((id.map(|id| id.to_string()), String::new())),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, words)) = &mut heading {
                    words.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((id, words)) = heading.take() {
                    add_anchor(&mut anchors, id.unwrap_or_else(|| anchor_of(&words)));
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let ids = html.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next());
                anchors.extend(ids.map(str::to_owned));
            }
            _ => {}
        }
    }
    for directive in directives(text) {
        if directive.kind == DirectiveKind::Lab {
            anchors.insert(format!("lab-{}", directive.argument));
        }
    }
    anchors
}

/// The second heading with the same words gets `-1`, and so on.
fn add_anchor(anchors: &mut BTreeSet<String>, anchor: String) {
    if anchors.insert(anchor.clone()) {
        return;
    }
    let numbered = (1..).map(|number| format!("{anchor}-{number}")).find(|anchor| !anchors.contains(anchor));
    anchors.extend(numbered);
}

/// mdBook's rule: letters, digits, `_` and `-` stay, in lower case; spaces become `-`.
fn anchor_of(words: &str) -> String {
    words
        .chars()
        .filter_map(|letter| match letter {
            letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => Some(letter.to_ascii_lowercase()),
            letter if letter.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}
