//! What stands where: pages, book, engine, styles and scripts.

use std::path::Path;

use course::Course;

use super::{
    engine,
    error::{Files, SiteError},
    links::{self, Base},
    written,
};
use crate::{
    app::book,
    pages::{OnSite, all_assets, not_found_on_site, pages_on_site},
};

/// What a site is made of, beside the course.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// Below which path of its host it is: `/` or `/NAME/`. Nothing but the page for addresses that lead nowhere
    /// depends on it.
    pub base: &'a str,
    /// The folder of the engine as it was built for browsers.
    pub engine: &'a Path,
    /// Where the course can be cloned from.
    pub repository: Option<&'a str>,
}

/// How large a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteSize {
    /// Its pages.
    pub pages: usize,
    /// All of it, not compressed, in bytes.
    pub bytes: usize,
}

/// Writes the site into a folder; a site that is there goes first.
///
/// # Errors
/// When the folder holds something else, the engine is not there, or a file cannot be read or written.
pub fn build_site(course: &Course, site: &Site<'_>, out: &Path) -> Result<SiteSize, SiteError> {
    let base = Base::new(site.base)?;
    let out = written::Folder::new(out)?;
    let mut files = engine::files(course, site.engine)?;
    add_pages(course, site, &base, &mut files)?;
    for (name, content) in all_assets() {
        if !OF_SERVERS.contains(&name) {
            files.insert(format!("assets/{name}"), content.to_vec());
        }
    }
    let size = SiteSize {
        pages: files.keys().filter(|path| path.ends_with(".html")).count(),
        bytes: files.values().map(Vec::len).sum(),
    };
    out.write(files)?;
    Ok(size)
}

/// What only pages of a server load.
const OF_SERVERS: [&str; 5] = ["class.css", "class.js", "terminal.js", "certificate.css", "preview-worker.js"];

/// What mdBook adds for itself: a page for wrong addresses, in whose place is ours, and contents for its own theme.
const LEFT_OUT: [&str; 2] = ["book/404.html", "book/toc.html"];

fn add_pages(course: &Course, site: &Site<'_>, base: &Base, files: &mut Files) -> Result<(), SiteError> {
    let on_site = OnSite { max_points: course.progress([]).max_points, commands: commands(site.repository) };
    let failed = |error: askama::Error| SiteError::Page(error.into());
    for (address, page) in pages_on_site(course, &on_site).map_err(failed)? {
        let path = format!("{}index.html", links::path_of(&address).unwrap_or_default());
        files.insert(path.clone(), base.page_at(&path, &page).into_bytes());
    }
    let page = not_found_on_site(course, &on_site).map_err(failed)?;
    files.insert("404.html".to_owned(), base.page_anywhere(&page).into_bytes());
    for (path, content) in book::whole(course).map_err(SiteError::Page)? {
        let path = format!("book/{path}");
        if LEFT_OUT.contains(&path.as_str()) {
            continue;
        }
        let content = match String::from_utf8(content) {
            Ok(page) if path.ends_with(".html") => base.page_at(&path, &links::of_site(&page, &on_site)).into_bytes(),
            Ok(text) => text.into_bytes(),
            Err(other) => other.into_bytes(),
        };
        files.insert(path, content);
    }
    Ok(())
}

/// What is typed to run the program.
fn commands(repository: Option<&str>) -> String {
    let run = "cargo run --release -- serve";
    match repository {
        Some(url) => {
            let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default().trim_end_matches(".git");
            format!("$ git clone {url}\n$ cd {name} && {run}")
        }
        None => format!("$ cd default-deny        # the folder of the course, from its authors\n$ {run}"),
    }
}
