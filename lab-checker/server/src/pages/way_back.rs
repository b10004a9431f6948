//! Back to the page that somebody wanted before they signed in: a path of this server, and nothing else.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a value in the query of an address cannot hold as it is.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// The longest path that is remembered.
const LONGEST: usize = 1_000;

/// The page that signs in, which leads on to this path.
pub(super) fn through(page: &str, wanted: &str) -> String {
    match checked(wanted) {
        "/" => page.to_owned(),
        wanted => format!("{page}?next={}", utf8_percent_encode(wanted, IN_QUERY)),
    }
}

/// The path as it was given, or the start page when it is none of this server's.
///
/// Browsers read `//name` and `/\\name` as another server, and leave out tabs and line ends before they look.
pub(super) fn checked(wanted: &str) -> &str {
    let mut bytes = wanted.bytes();
    let is_ours = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    let is_clean = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_clean && wanted.len() <= LONGEST { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_server_is_gone_back_to() {
        for ours in ["/labs/close", "/quizzes/basics?from=a&to=b%20c", "/book/a.html", "/"] {
            assert_eq!(checked(ours), ours);
        }
        let long = format!("/{}", "x".repeat(LONGEST));
        for wrong in [
            "",
            "labs/close",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/labs/\r\nset-cookie: a=b",
            "/labs/ü",
            &long,
        ] {
            assert_eq!(checked(wrong), "/", "{wrong:?}");
        }
    }

    #[test]
    fn the_way_back_stands_in_the_query() {
        assert_eq!(through("/join", "/labs/close?a=b&c"), "/join?next=/labs/close%3Fa%3Db%26c");
        assert_eq!(through("/join", "/"), "/join");
        assert_eq!(through("/join", "//evil.example"), "/join");
    }
}
