//! The rendered book, held in memory.

mod file;
mod own;
mod page;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    path::Path,
    sync::Arc,
};

use axum::{
    body::Body,
    http::{HeaderMap, Response},
};
use tokio::sync::watch;

use file::kind_of;
pub(crate) use file::{File, script_hashes};
use own::{Kept, Places};
use page::Contents;

use super::ids::Ids;

/// The book, which may still be rendering.
#[derive(Debug, Clone)]
pub(crate) struct Book(watch::Receiver<State>);

#[derive(Debug, Clone)]
enum State {
    Rendering,
    Failed,
    Ready(Arc<Pages>),
}

/// The files of the book.
#[derive(Debug)]
struct Pages {
    /// By their path below `/book/`.
    files: HashMap<String, File>,
    /// Of the pages that differ from learner to learner: where.
    places: HashMap<String, Places>,
    kept: Kept,
    ids: Ids,
}

impl Book {
    /// Render in the background: the server answers at once, pages of the book wait for it.
    pub(crate) fn render(course: course::Course, ids: Ids) -> Self {
        let (sender, receiver) = watch::channel(State::Rendering);
        tokio::task::spawn_blocking(move || {
            let state = match rendered(&course, ids) {
                Ok(pages) => State::Ready(Arc::new(pages)),
                Err(error) => {
                    tracing::error!(error = %error, "the book cannot be rendered");
                    State::Failed
                }
            };
            sender.send_replace(state);
        });
        Self(receiver)
    }

    /// Why it cannot be read, if it cannot.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        match *self.0.borrow() {
            State::Ready(_) => None,
            State::Rendering => Some("the book is being rendered"),
            State::Failed => Some("the book cannot be rendered; the log says why"),
        }
    }

    /// Whether this page is not the same for everybody.
    pub(crate) async fn differs(&self, path: &str) -> bool {
        self.ready().await.is_some_and(|pages| pages.places.contains_key(path))
    }

    /// A file of the book as an answer to a learner or to anybody, or nothing when there is none.
    pub(crate) async fn answer(
        &self,
        path: &str,
        request: &HeaderMap,
        learner: Option<&str>,
    ) -> Option<Response<Body>> {
        self.ready().await?.answer(path, request, learner)
    }

    async fn ready(&self) -> Option<Arc<Pages>> {
        let mut state = self.0.clone();
        let ready = state.wait_for(|state| !matches!(state, State::Rendering)).await.ok()?.clone();
        match ready {
            State::Ready(pages) => Some(pages),
            State::Rendering | State::Failed => None,
        }
    }
}

impl Pages {
    fn answer(&self, path: &str, request: &HeaderMap, learner: Option<&str>) -> Option<Response<Body>> {
        let file = self.files.get(path)?;
        let (Some(places), Some(learner)) = (self.places.get(path), learner) else {
            return Some(file.answer(request));
        };
        let own = self.kept.page(path, learner, || {
            let page = places.filled(&file.plain, &self.ids.of(learner));
            File::for_one(path, page)
        });
        Some(own.answer(request))
    }
}

/// Why a book cannot be rendered.
pub(crate) type RenderFailure = Box<dyn std::error::Error + Send + Sync>;

/// The files of the book by their path, with the bar and the contents that all pages have. Quizzes have the author's ids.
pub(crate) fn whole(course: &course::Course) -> Result<BTreeMap<String, Vec<u8>>, RenderFailure> {
    let folder = tempfile::tempdir()?;
    course::render(course, folder.path())?;
    let mut files = BTreeMap::new();
    read_folder(folder.path(), "", &mut files)?;
    let contents = Contents::new(course, |page| files.get(page).map(Vec::as_slice));
    let complete = |(path, content): (&String, &Vec<u8>)| match std::str::from_utf8(content) {
        Ok(page) if kind_of(path).starts_with("text/html") => {
            (path.clone(), contents.complete(path, page).into_bytes())
        }
        _ => (path.clone(), content.clone()),
    };
    Ok(files.iter().map(complete).collect())
}

fn rendered(course: &course::Course, own_ids: Ids) -> Result<Pages, RenderFailure> {
    let authored: BTreeSet<String> = course.quizzes.iter().flat_map(course::Quiz::ids).collect();
    let mut pages = Pages { files: HashMap::new(), places: HashMap::new(), kept: Kept::default(), ids: own_ids };
    let nobodys = pages.ids.of_nobody();
    for (path, content) in whole(course)? {
        let content = match String::from_utf8(content) {
            Ok(page) if kind_of(&path).starts_with("text/html") => {
                let places = Places::find(&page, &authored);
                let page = places.filled(page.as_bytes(), &nobodys);
                if !places.is_empty() {
                    pages.places.insert(path.clone(), places);
                }
                page
            }
            Ok(text) => text.into_bytes(),
            Err(other) => other.into_bytes(),
        };
        let file = File::new(&path, content);
        pages.files.insert(path, file);
    }
    Ok(pages)
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
