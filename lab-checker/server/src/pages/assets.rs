//! Our own styles and scripts, part of the program.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::app::book::File;

static ASSETS: LazyLock<BTreeMap<&'static str, File>> = LazyLock::new(|| {
    let assets: [(&str, &[u8]); 15] = [
        // The look of the book is the look of the pages.
        ("look.css", include_bytes!("../../../../book/theme/course.css")),
        ("favicon.svg", include_bytes!("../../../../book/theme/favicon.svg")),
        ("pages.css", include_bytes!("../../assets/pages.css")),
        ("class.css", include_bytes!("../../assets/class.css")),
        ("class.js", include_bytes!("../../assets/class.js")),
        ("lab.css", include_bytes!("../../assets/lab.css")),
        ("picture.css", netpol::PICTURE_STYLES.as_bytes()),
        ("certificate.css", include_bytes!("../../assets/certificate.css")),
        ("front.css", include_bytes!("../../assets/front.css")),
        ("front.js", include_bytes!("../../assets/front.js")),
        ("theme.js", include_bytes!("../../assets/theme.js")),
        ("course.js", include_bytes!("../../assets/course.js")),
        ("lab.js", include_bytes!("../../assets/lab.js")),
        ("editor.js", include_bytes!("../../assets/editor.js")),
        ("terminal.js", include_bytes!("../../assets/terminal.js")),
    ];
    assets.into_iter().map(|(name, content)| (name, File::new(name, content.to_vec()))).collect()
});

/// One of our files.
pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.get(name.as_str()) {
        Some(file) => file.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What browsers ask for by themselves.
pub(super) async fn favicon(headers: HeaderMap) -> Response {
    asset(Path("favicon.svg".to_owned()), headers).await
}
