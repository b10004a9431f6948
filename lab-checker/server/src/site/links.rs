//! Addresses that work from wherever the site is: the server's own begin at the top of its host, and are written here as
//! the way from the page that they stand in. And the policy that each page carries, as no host sends one.

use super::error::SiteError;
use crate::{app::book::script_hashes, pages::OnSite};

/// The attributes of a page that hold an address.
const ATTRIBUTES: [&str; 4] = [" href=\"/", " src=\"/", " action=\"/", " formaction=\"/"];
/// What a page has in it that the engine answers for.
const FOR_THE_ENGINE: [&str; 3] = [" data-workbench=", " data-quiz=", " data-first-try"];

/// Below which path of its host a site is.
pub(super) struct Base(String);

impl Base {
    /// `/`, `/NAME/` or `/NAME`.
    pub(super) fn new(base: &str) -> Result<Self, SiteError> {
        let path = base.trim_matches('/');
        let is_plain = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|byte| b"-._~%".contains(&byte) || byte.is_ascii_alphanumeric())
        };
        if path.is_empty() && base.bytes().all(|byte| byte == b'/') {
            return Ok(Self("/".to_owned()));
        }
        match base.starts_with('/') && path.split('/').all(is_plain) {
            true => Ok(Self(format!("/{path}/"))),
            false => Err(SiteError::Base(base.to_owned())),
        }
    }

    /// The page that stands at this path of the site.
    pub(super) fn page_at(&self, path: &str, page: &str) -> String {
        let up = "../".repeat(path.matches('/').count());
        with_policy(&relocated(page, if up.is_empty() { "./" } else { &up }))
    }

    /// A page that a host shows at any address.
    pub(super) fn page_anywhere(&self, page: &str) -> String {
        with_policy(&relocated(page, &self.0))
    }
}

/// Where in the site an address of the server leads; nothing when the site has no such page.
pub(super) fn path_of(address: &str) -> Option<String> {
    let (path, rest) = match address.find(['?', '#']) {
        Some(place) => address.split_at(place),
        None => (address, ""),
    };
    let path = path.strip_prefix('/')?;
    let is_kept = path.is_empty() || path.starts_with("book/") || path.starts_with("assets/");
    match path.split_once('/') {
        _ if is_kept => Some(format!("{path}{rest}")),
        Some(("labs" | "quizzes", name)) if !name.is_empty() && !name.contains('/') => Some(format!("{path}/{rest}")),
        _ => None,
    }
}

/// The page with its addresses below `root`. One that leads to what only a server has leads to where that is told.
fn relocated(page: &str, root: &str) -> String {
    let mut out = String::with_capacity(page.len() + 1024);
    for part in page.split_inclusive('>') {
        let (text, tag) = part.split_at(part.rfind('<').unwrap_or(part.len()));
        out.push_str(text);
        out.push_str(&with_addresses(tag, root));
    }
    out
}

fn with_addresses(tag: &str, root: &str) -> String {
    let mut tag = tag.to_owned();
    for attribute in ATTRIBUTES {
        let Some(start) = tag.find(attribute).map(|found| found + attribute.len() - 1) else { continue };
        let Some(length) = tag[start..].find('"') else { continue };
        let path = path_of(&tag[start..start + length]).unwrap_or_else(|| "#program".to_owned());
        tag.replace_range(start..start + length, &format!("{root}{path}"));
    }
    tag
}

/// A page of the book as one of the site: its scripts find that out by the page itself.
pub(super) fn of_site(page: &str, site: &OnSite) -> String {
    let page = page.replacen("<html ", &format!("<html data-site data-points=\"{}\" ", site.max_points), 1);
    page.replacen("</head>", "<link rel=\"stylesheet\" href=\"/assets/site.css\">\n</head>", 1)
}

/// The page with the policy that allows it what is the site's own, before anything that it speaks of.
fn with_policy(page: &str) -> String {
    let engine = if FOR_THE_ENGINE.iter().any(|part| page.contains(part)) { " 'wasm-unsafe-eval'" } else { "" };
    let policy = format!(
        "default-src 'self'; script-src 'self'{engine}{}; style-src 'self'; img-src 'self' data:; \
         font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'",
        script_hashes(page)
    );
    let charset = "<meta charset=\"utf-8\">";
    page.replacen(charset, &format!("{charset}\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_way_from_the_page_that_it_stands_in() {
        let base = Base::new("/course").unwrap();
        let page = "<a class=\"x\" href=\"/labs/close?hints=1#hints\">a</a><img src=\"/assets/a.svg\"> href=\"/labs/x\" \
                    <a href=\"/\">b</a><a href=\"other.html\">c</a><form action=\"/quizzes/q\"><a href=\"/book/x.html#y\">";
        let at = |path| base.page_at(path, page);
        assert_eq!(
            at("labs/other/index.html"),
            "<a class=\"x\" href=\"../../labs/close/?hints=1#hints\">a</a><img src=\"../../assets/a.svg\"> href=\"/labs/x\" \
             <a href=\"../../\">b</a><a href=\"other.html\">c</a><form action=\"../../quizzes/q/\"><a href=\"../../book/x.html#y\">"
        );
        assert!(at("index.html").contains("<a href=\"./\">"));
        assert!(base.page_anywhere(page).contains("<a href=\"/course/\">"));
        assert!(base.page_at("a.html", "<a href=\"/join\">").contains("\"./#program\""), "the site has no such page");
    }

    #[test]
    fn a_base_is_a_path_of_an_address() {
        for (base, path) in [("/", "/"), ("", "/"), ("/a", "/a/"), ("/a/", "/a/"), ("/a/b-c.d/", "/a/b-c.d/")] {
            assert_eq!(Base::new(base).unwrap().0, path);
        }
        for base in ["a", "https://example.org/", "/a//b/", "/../", "/a b/", "/\"/", "/a?b"] {
            assert!(Base::new(base).is_err(), "{base}");
        }
    }

    #[test]
    fn the_policy_allows_a_page_its_own_scripts_and_the_engine_where_it_is_asked() {
        let page =
            |body: &str| with_policy(&format!("<head><meta charset=\"utf-8\"><script>var a;</script></head>{body}"));
        let (plain, lab) = (page(""), page("<div data-workbench=\"x\">"));
        assert!(plain.contains("script-src 'self' 'sha256-") && !plain.contains("unsafe"), "{plain}");
        assert!(lab.contains("script-src 'self' 'wasm-unsafe-eval' 'sha256-") && !lab.contains("'unsafe"), "{lab}");
        assert!(plain.find("http-equiv") < plain.find("<script"), "it comes before what it speaks of");
    }
}
