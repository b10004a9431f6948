//! The course as a whole: its lessons, labs and quizzes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::activity::{Activity, ActivityKind};
use super::chapter::{Chapter, chapters};
use crate::files::{CourseErrors, CourseFiles, Problem};
use crate::labs::{FirstTry, Lab};
use crate::quizzes::Quiz;

/// Where a course was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A directory.
    Directory(PathBuf),
    /// The binary.
    Embedded,
}

/// The course.
#[derive(Clone, Debug)]
pub struct Course {
    /// The book's title.
    pub title: String,
    /// What it is, in a sentence, when the book says so.
    pub description: Option<String>,
    /// The lessons, in the order of the book.
    pub chapters: Vec<Chapter>,
    /// The labs, in the order in which lessons use them; unused ones last.
    pub labs: Vec<Arc<Lab>>,
    /// The quizzes, in the order in which lessons use them; unused ones last.
    pub quizzes: Vec<Quiz>,
    /// What somebody who knows nothing tries first, when the course has it.
    pub first_try: Option<FirstTry>,
    pub(crate) origin: Origin,
    pub(crate) files: Arc<CourseFiles>,
}

impl Course {
    /// Loads the course in a directory.
    pub fn load(directory: &Path) -> Result<Self, CourseErrors> {
        Self::from_files(CourseFiles::from_directory(directory)?, Origin::Directory(directory.to_owned()))
    }

    /// Loads the copy in the binary.
    pub fn embedded() -> Result<Self, CourseErrors> {
        Self::from_files(CourseFiles::embedded()?, Origin::Embedded)
    }

    /// Loads the course in the directory that was named; else in the working directory, when one is
    /// there; else the copy in the binary.
    pub fn find(directory: Option<&Path>) -> Result<Self, CourseErrors> {
        match directory {
            Some(directory) => Self::load(directory),
            None if CourseFiles::are_in(Path::new(".")) => Self::load(Path::new(".")),
            None => Self::embedded(),
        }
    }

    /// One lab of the course that [`Course::find`] would find, without loading the rest: what a check
    /// in the terminal needs. `None` when there is no such lab.
    ///
    /// # Errors
    /// When the lab is wrong, or a file cannot be read.
    pub fn find_lab(directory: Option<&Path>, name: &str) -> Result<Option<Lab>, CourseErrors> {
        let files = match directory {
            Some(directory) => CourseFiles::from_directory(directory)?,
            None if CourseFiles::are_in(Path::new(".")) => CourseFiles::from_directory(Path::new("."))?,
            None => CourseFiles::embedded()?,
        };
        let mut problems = Vec::new();
        let known = files.text(&format!("labs/{name}/lab.yaml")).is_some();
        let lab = if known { crate::labs::load_one(&files, name, &mut problems) } else { None };
        if problems.is_empty() { Ok(lab) } else { Err(CourseErrors(problems)) }
    }

    /// The lab of this name.
    #[must_use]
    pub fn lab(&self, name: &str) -> Option<&Lab> {
        self.labs.iter().map(|lab| &**lab).find(|lab| lab.name == name)
    }

    /// The quiz of this name.
    #[must_use]
    pub fn quiz(&self, name: &str) -> Option<&Quiz> {
        self.quizzes.iter().find(|quiz| quiz.name == name)
    }

    /// The lesson of this name.
    #[must_use]
    pub fn chapter(&self, name: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.name == name)
    }

    /// The name of a lab that is nearest to a wrong one, for "did you mean".
    #[must_use]
    pub fn nearest_lab(&self, wrong: &str) -> Option<&str> {
        manifest::nearest(wrong, self.labs.iter().map(|lab| lab.name.as_str()))
    }

    /// The name of a quiz that is nearest to a wrong one, for "did you mean".
    #[must_use]
    pub fn nearest_quiz(&self, wrong: &str) -> Option<&str> {
        manifest::nearest(wrong, self.quizzes.iter().map(|quiz| quiz.name.as_str()))
    }

    fn from_files(files: CourseFiles, origin: Origin) -> Result<Self, CourseErrors> {
        let mut problems = Vec::new();
        let (title, description) = about_book(&files, &mut problems);
        let chapters = chapters(&files, &mut problems);
        let mut labs = crate::labs::load_all(&files, &mut problems);
        let mut quizzes = crate::quizzes::load_all(&files, &labs, &mut problems);
        if !problems.is_empty() {
            problems.sort();
            return Err(CourseErrors(problems));
        }
        let order: Vec<&Activity> = chapters.iter().flat_map(|chapter| &chapter.activities).collect();
        let place = |activity: Activity| order.iter().position(|known| **known == activity).unwrap_or(usize::MAX);
        labs.sort_by_key(|lab| place(Activity::lab(&lab.name)));
        quizzes.sort_by_key(|quiz| place(Activity::quiz(&quiz.name)));
        for chapter in &chapters {
            for activity in chapter.activities.iter().filter(|activity| activity.kind == ActivityKind::Quiz) {
                if let Some(quiz) = quizzes.iter_mut().find(|quiz| quiz.name == activity.name) {
                    quiz.chapter.clone_from(&chapter.name);
                }
            }
        }
        let labs: Vec<Arc<Lab>> = labs.into_iter().map(Arc::new).collect();
        let first_try = crate::labs::load_first_try(&files, &labs, &mut problems);
        if !problems.is_empty() {
            return Err(CourseErrors(problems));
        }
        Ok(Self { title, description, chapters, labs, quizzes, first_try, origin, files: Arc::new(files) })
    }
}

/// The title and the description of the book.
fn about_book(files: &CourseFiles, problems: &mut Vec<Problem>) -> (String, Option<String>) {
    const FILE: &str = "book/book.toml";
    let Some(text) = files.text(FILE) else {
        problems.push(Problem::new(FILE, "the file is missing").with_help("a book needs `[book]` with a `title`"));
        return Default::default();
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map(|span| crate::files::Lines::new(text).of(span.start));
            problems.push(Problem::new(FILE, format!("not valid TOML: {}", error.message())).at_line(line));
            return Default::default();
        }
    };
    let said = |key: &str| table.get("book")?.get(key)?.as_str().map(str::to_owned);
    (said("title").unwrap_or_else(|| "Course".to_owned()), said("description"))
}
