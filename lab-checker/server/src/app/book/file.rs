//! One file of the book, ready to be sent: as it is and compressed, with its tag and with the policy that allows exactly
//! the scripts it came with.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Files with a hash in their name never change.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Everything else is asked for again, and answered with "not modified".
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// The same of what is one learner's own: no cache on the way keeps it.
const ASK_AGAIN_ALONE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// One file, ready to be sent.
#[derive(Debug)]
pub(crate) struct File {
    pub(super) plain: Bytes,
    pub(super) gzip: Option<Bytes>,
    brotli: Option<Bytes>,
    pub(super) kind: &'static str,
    tag: HeaderValue,
    cache: HeaderValue,
    pub(super) policy: Option<HeaderValue>,
}

impl File {
    /// Prepare a file by its name and content.
    pub(crate) fn new(path: &str, content: Vec<u8>) -> Self {
        Self::packed(path, content, Compression::best())
    }

    /// The page that one learner alone gets, made while they wait.
    pub(super) fn for_one(path: &str, content: Vec<u8>) -> Self {
        Self { cache: ASK_AGAIN_ALONE, ..Self::packed(path, content, Compression::fast()) }
    }

    /// A file at an address that says what is in it, with what somebody has compressed already: by brotli, and as gzip.
    pub(crate) fn forever(path: &str, content: Vec<u8>, [brotli, gzip]: [Option<Vec<u8>>; 2]) -> Self {
        let smaller = |packed: Option<Vec<u8>>, content: &[u8]| packed.filter(|packed| packed.len() < content.len());
        let (brotli, gzip) = (smaller(brotli, &content), smaller(gzip, &content));
        let gzip = gzip.map(Bytes::from).or_else(|| compressed(&content, Compression::best()));
        Self {
            cache: FOREVER,
            brotli: brotli.map(Bytes::from),
            gzip,
            ..Self::packed(path, content, Compression::fast())
        }
    }

    /// The same, and what it may load.
    pub(crate) fn allowing(self, policy: HeaderValue) -> Self {
        Self { policy: Some(policy), ..self }
    }

    fn packed(path: &str, content: Vec<u8>, compression: Compression) -> Self {
        let kind = kind_of(path);
        let is_page = kind.starts_with("text/html");
        let policy = is_page.then(|| page_policy(&content));
        let digest = Sha256::digest(&content);
        let tag = format!("\"{}\"", STANDARD.encode(&digest[..12]));
        Self {
            brotli: None,
            gzip: is_text(kind).then(|| compressed(&content, compression)).flatten(),
            plain: content.into(),
            kind,
            tag: HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\"")),
            cache: if has_hash(path) { FOREVER } else { ASK_AGAIN },
            policy,
        }
    }

    /// What is in it.
    pub(crate) fn content(&self) -> &[u8] {
        &self.plain
    }

    /// Answer with the file, or that the browser has it already.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let known = request.get(header::IF_NONE_MATCH).is_some_and(|known| {
            let known = known.as_bytes();
            known == b"*" || known.windows(self.tag.len()).any(|part| part == self.tag.as_bytes())
        });
        let packed = |coding, content: &Option<Bytes>| {
            content.as_ref().filter(|_| accepts(request, coding)).map(|content| (coding, content.clone()))
        };
        let packed = packed("br", &self.brotli).or_else(|| packed("gzip", &self.gzip));
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::CACHE_CONTROL, self.cache.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(policy) = &self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some((coding, _)) = packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        *response.body_mut() = Body::from(packed.map_or_else(|| self.plain.clone(), |(_, content)| content));
        response
    }
}

fn accepts(request: &HeaderMap, wanted: &str) -> bool {
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case(wanted) && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn compressed(content: &[u8], compression: Compression) -> Option<Bytes> {
    use std::io::Write;
    let mut encoder = GzEncoder::new(Vec::new(), compression);
    encoder.write_all(content).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() < content.len()).then(|| gzip.into())
}

/// The book's pages hold an inline script of their own, which chooses light or dark before anything is seen. The policy
/// names each by its hash, so that a script that somebody smuggles into a page does not run; no style may stand in a page.
fn page_policy(page: &[u8]) -> HeaderValue {
    let policy = format!(
        "default-src 'self'; script-src 'self'{}; style-src 'self'; img-src 'self' data:; \
         font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
        script_hashes(&String::from_utf8_lossy(page))
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

/// The scripts that stand in a page, as its policy names them: each after a space.
pub(crate) fn script_hashes(page: &str) -> String {
    let hash = |script: &str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())));
    let hashes: BTreeSet<String> = inline_scripts(page).map(hash).collect();
    hashes.into_iter().collect()
}

/// What stands between `<script>` and `</script>` of scripts without `src`.
pub(super) fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, content) = rest.split_once('>')?;
        let script = content.split("</script>").next()?;
        (!attributes.contains("src=") && !script.is_empty()).then_some(script)
    })
}

/// mdBook names its files `book-1a2b3c4d.js`.
pub(super) fn has_hash(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
    stem.rsplit_once('-').is_some_and(|(_, hash)| hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

pub(super) fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind.contains("javascript") || kind.contains("json") || kind.contains("svg")
}

pub(super) fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" | "yaml" | "yml" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
