//! What names one request in its answer, in problems and in every line that is logged meanwhile, so that a learner who
//! reports a problem and an operator who reads the log speak of the same thing.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// Where a proxy may say it, and where we do.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The longest name that is taken from somebody else.
const LONGEST: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The name of one request: letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The one that a proxy has given, when it can stand in a log as it is; a fresh one otherwise.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(HEADER).and_then(|given| given.to_str().ok());
        let is_plain = |given: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            (1..=LONGEST).contains(&given.len()) && given.bytes().all(plain)
        };
        Self(given.filter(is_plain).map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned))
    }

    /// The name of the request that this task answers.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Does what is done to answer this request.
    pub(crate) async fn during<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// As a header.
    pub(crate) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &'static [u8]) -> String {
        let value = HeaderValue::from_bytes(given).unwrap();
        RequestId::of(&HeaderMap::from_iter([(HEADER, value)])).to_string()
    }

    #[test]
    fn a_name_that_can_stand_in_a_log_is_kept() {
        for given in ["a", "4f9e2c-Req_1.2", "0123456789012345678901234567890123456789012345678901234567890123"] {
            assert_eq!(of(given.as_bytes()), given);
        }
    }

    #[test]
    fn any_other_is_replaced() {
        let long = &[b'a'; LONGEST + 1];
        for given in [&b""[..], b"a b", b"a\"b", b"a\tb", b"\xc3\xbc", b"<script>", long] {
            let fresh = of(given);
            assert_eq!(fresh.len(), 32, "{given:?}");
            assert_ne!(fresh, of(given));
        }
    }
}
