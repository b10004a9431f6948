//! What a browser gets from the book.

use axum::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{
    file::{has_hash, inline_scripts, is_text},
    *,
};

fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
}

#[test]
fn a_page_may_run_its_own_scripts_and_no_others() {
    let page = b"<html><body><script>var a = 1;</script><script src=\"x.js\"></script></body></html>".to_vec();
    let file = File::new("index.html", page);
    let policy = file.policy.as_ref().unwrap().to_str().unwrap();
    let hash = STANDARD.encode(Sha256::digest(b"var a = 1;"));
    assert!(policy.contains(&format!("script-src 'self' 'sha256-{hash}';")), "{policy}");
    assert!(policy.contains("style-src 'self';") && !policy.contains("unsafe"), "{policy}");
}

/// The book that is part of the program, as it is sent.
fn book() -> Pages {
    rendered(&course::Course::embedded().unwrap(), Ids::new("secret".to_owned())).unwrap()
}

#[test]
fn no_style_stands_in_any_page_of_the_book() {
    let pages = book();
    let html = || pages.files.iter().filter(|(path, _)| path.ends_with(".html"));
    assert!(html().count() > 20);
    for (path, file) in html() {
        let page = String::from_utf8_lossy(&file.plain);
        let tags = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
        let styled: Vec<_> = tags.filter(|tag| tag.starts_with("style") || tag.contains(" style=")).collect();
        assert!(styled.is_empty(), "{path}: {styled:?}");
        let scripts = inline_scripts(&page).filter(|script| script.contains(".style")).count();
        assert_eq!(scripts, 0, "{path}");
    }
}

#[test]
fn a_lesson_is_small_and_has_the_bar_and_the_contents_of_the_course() {
    let pages = book();
    let size = |path: &str| pages.files[path].gzip.as_ref().unwrap_or(&pages.files[path].plain).len();
    let lessons = pages.files.keys().filter(|path| path.ends_with(".html"));
    for path in lessons.filter(|path| !matches!(path.as_str(), "print.html" | "toc.html" | "404.html")) {
        let page = String::from_utf8_lossy(&pages.files[path].plain).into_owned();
        let linked = page.split('"').filter(|part| pages.files.contains_key(*part) && !part.ends_with(".html"));
        let linked: std::collections::BTreeSet<_> = linked.collect();
        let course_js = 16 * 1024;
        let sum = size(path) + linked.into_iter().map(size).sum::<usize>() + course_js;
        assert!(sum < 150 * 1024, "{path}: {sum} bytes");
        assert!(page.contains("<a href=\"/\">Progress</a>"), "{path}");
        assert!(page.contains("/assets/course.js"), "{path}");
        assert!(page.matches("<span class=\"takes\">").count() > 20, "{path}");
    }
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let file = File::new("a.css", b"body {}".repeat(100));
    let first = file.answer(&headers(&[]));
    assert_eq!(first.status(), StatusCode::OK);
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    let again = file.answer(&headers(&[(header::IF_NONE_MATCH, &tag)]));
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let other = file.answer(&headers(&[(header::IF_NONE_MATCH, "\"other\"")]));
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn text_is_compressed_for_those_who_accept_it() {
    let file = File::new("a.css", b"body {}".repeat(100));
    let compressed = |accept| {
        file.answer(&headers(&[(header::ACCEPT_ENCODING, accept)])).headers().contains_key(header::CONTENT_ENCODING)
    };
    assert!(compressed("gzip, deflate, br"));
    assert!(!compressed("br"));
    assert!(!compressed("gzip;q=0"));
}

#[test]
fn files_with_a_hash_in_their_name_stay_forever() {
    assert!(has_hash("css/general-2459343d.css"));
    assert!(!has_hash("default-deny.html"));
    assert!(!has_hash("toc.js"));
}

#[test]
fn no_page_has_an_authors_id_and_each_learner_has_their_own() {
    let pages = book();
    let course = course::Course::embedded().unwrap();
    let authored: Vec<String> = course.quizzes.iter().flat_map(course::Quiz::ids).collect();
    assert!(authored.len() > 50 && pages.places.len() > 10);
    for (path, file) in pages.files.iter().filter(|(_, file)| is_text(file.kind)) {
        let text = String::from_utf8_lossy(&file.plain);
        assert!(!authored.iter().any(|id| text.contains(id)), "{path}");
    }
    let tag = |learner| {
        let answer = pages.answer("default-deny.html", &headers(&[]), learner).unwrap();
        let header = |name| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        (header(header::ETAG), header(header::CACHE_CONTROL))
    };
    let all: std::collections::BTreeSet<_> = [None, Some("ada"), Some("bob")].map(|learner| tag(learner).0).into();
    assert_eq!((all.len(), tag(Some("ada"))), (3, tag(Some("ada"))));
    assert_eq!((tag(Some("ada")).1.as_str(), tag(None).1.as_str()), ("private, no-cache", "no-cache"));
}
