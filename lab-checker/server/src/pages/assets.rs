//! Our own styles and scripts, part of the program.

use std::{collections::BTreeMap, io::Read as _, sync::LazyLock};

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use flate2::read::GzDecoder;

use crate::app::{App, book::File};

/// Names, and what the build made of the files: each as gzip.
macro_rules! packed {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")).as_slice())),*]
    };
}

static ASSETS: LazyLock<BTreeMap<&'static str, File>> = LazyLock::new(|| {
    let packed = packed![
        "look.css",
        "favicon.svg",
        "pages.css",
        "class.css",
        "class.js",
        "lab.css",
        "certificate.css",
        "front.css",
        "front.js",
        "theme.js",
        "course.js",
        "lab.js",
        "editor.js",
        "terminal.js",
        "site.css",
        "site.js",
        "engine-worker.js",
        "preview-worker.js",
        "sw.js",
    ];
    let mut assets: BTreeMap<_, _> =
        packed.into_iter().map(|(name, content)| (name, File::new(name, unpacked(content)))).collect();
    assets.insert("picture.css", File::new("picture.css", netpol::PICTURE_STYLES.into()));
    assets
});

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut content).expect("the build packs whole files");
    content
}

/// What runs the engine in a page: sent with it.
const WORKER: &str = "preview-worker.js";

/// What only the static site loads.
const OF_THE_SITE: [&str; 4] = ["site.css", "site.js", "engine-worker.js", "sw.js"];

/// All of our files, by their names.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    ASSETS.iter().map(|(name, file)| (*name, file.content()))
}

/// One of our files.
pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.get(name.as_str()).filter(|_| !OF_THE_SITE.contains(&name.as_str()) && name != WORKER) {
        Some(file) => file.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The script that runs the engine in a page.
pub(crate) fn preview_worker() -> &'static [u8] {
    ASSETS.get(WORKER).map(File::content).unwrap_or_default()
}

/// A file of the engine, at an address that says of which build it is.
pub(super) async fn engine(
    State(app): State<App>,
    Path((folder, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match app.engine.as_ref().and_then(|engine| engine.file(&folder, &name)) {
        Some(file) => file.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What browsers ask for by themselves.
pub(super) async fn favicon(headers: HeaderMap) -> Response {
    asset(Path("favicon.svg".to_owned()), headers).await
}
