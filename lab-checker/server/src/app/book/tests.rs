//! What a browser gets from the book.

use super::*;

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
    assert!(String::from_utf8_lossy(&file.plain).contains("/assets/course.js"));
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
