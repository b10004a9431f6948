//! The mdBook preprocessor: `{{#quiz PATH}}` and `{{#lab NAME}}` become HTML, and what lessons claim for
//! `course check` alone is taken out.

use std::io::{Read, Write};
use std::path::Path;

use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use super::course::Course;
use super::directive::{Directive, DirectiveKind, directives};
use super::lesson::claim_comments;

/// Everybody's options in a page that is rendered once are in one order.
const PAGE_SEED: u64 = 0;

/// The preprocessor, for a course.
pub struct LabCheckerPreprocessor {
    course: Course,
}

impl LabCheckerPreprocessor {
    /// The preprocessor's name: `[preprocessor.lab-checker]` in `book.toml`.
    pub const NAME: &'static str = "lab-checker";

    /// A preprocessor that knows the labs and quizzes of a course.
    #[must_use]
    pub fn new(course: Course) -> Self {
        Self { course }
    }

    /// A lesson with its directives replaced.
    ///
    /// # Errors
    /// A directive that names a lab or a quiz that does not exist.
    fn lesson(&self, chapter: &Chapter) -> Result<String> {
        let text = &chapter.content;
        let mut edits: Vec<(std::ops::Range<usize>, String)> =
            claim_comments(text).into_iter().map(|claim| (claim.range, String::new())).collect();
        for directive in directives(text) {
            let html = self.html(&directive).ok_or_else(|| {
                let path = chapter.source_path.as_deref().unwrap_or(Path::new(&chapter.name)).display();
                Error::msg(format!("{path}:{}: there is no {}", directive.line, words(&directive)))
            })?;
            edits.push((directive.range, format!("\n\n{html}\n\n")));
        }
        Ok(edited(text, edits))
    }

    fn html(&self, directive: &Directive) -> Option<String> {
        let activity = directive.activity()?;
        match directive.kind {
            DirectiveKind::Lab => Some(self.course.lab(&activity.name)?.to_html()),
            DirectiveKind::Quiz => Some(self.course.quiz(&activity.name)?.public(PAGE_SEED).to_html("")),
        }
    }
}

impl Preprocessor for LabCheckerPreprocessor {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut failure = None;
        book.for_each_chapter_mut(|chapter| match self.lesson(chapter) {
            Ok(text) => chapter.content = text,
            Err(error) => _ = failure.get_or_insert(error),
        });
        failure.map_or(Ok(book), Err)
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }
}

/// Does what mdBook asks of a preprocessor command: reads the book from `input`, writes it to `output`.
/// The course is the directory that the book stands in.
///
/// # Errors
/// Input that is not a book, a course that cannot be loaded, or a directive that names nothing.
pub fn preprocess(input: impl Read, mut output: impl Write) -> Result<()> {
    let (context, book) = mdbook_preprocessor::parse_input(input)?;
    let root = std::path::absolute(&context.root)?;
    let directory = root.parent().map(Path::to_owned).unwrap_or_default();
    let course = Course::load(&directory)?;
    let book = LabCheckerPreprocessor::new(course).run(&context, book)?;
    serde_json::to_writer(&mut output, &book)?;
    output.flush()?;
    Ok(())
}

fn words(directive: &Directive) -> String {
    match directive.kind {
        DirectiveKind::Lab => format!("lab `{}`", directive.argument),
        DirectiveKind::Quiz => format!("quiz `{}`", directive.argument),
    }
}

/// A text with some of its ranges replaced.
fn edited(text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, replacement) in edits {
        if range.start >= done {
            out.push_str(&text[done..range.start]);
            out.push_str(&replacement);
            done = range.end;
        }
    }
    out.push_str(&text[done..]);
    out
}
