//! The query of a request, in the API server's words.

use std::time::Duration;

use axum::extract::Request;
use manifest::admission::FieldValidation;

use crate::api::http::path::percent_decode;
use crate::status::Status;

/// A decoded query string. Keys may repeat; most take the first value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a query string. What cannot be decoded is refused.
    pub(crate) fn parse(text: &str) -> Result<Self, Status> {
        if let Some(broken) = text.split('&').find(|pair| percent_decode(pair).is_none()) {
            return Err(Status::bad_request(format!("invalid URL escape in the query: {broken:?}")));
        }
        Ok(Self { pairs: form_urlencoded::parse(text.as_bytes()).into_owned().collect() })
    }

    /// The query of a request.
    pub(crate) fn of(request: &Request) -> Result<Self, Status> {
        Self::parse(request.uri().query().unwrap_or_default())
    }

    /// The first value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The first value, when it is not empty.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }

    /// Every value of a key.
    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.pairs.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// A flag: present and neither `false` nor `0`, in capitals or not (Python writes `False`).
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| !value.eq_ignore_ascii_case("false") && value != "0")
    }

    /// A number, or 400.
    pub(crate) fn number(&self, key: &str) -> Result<Option<u64>, Status> {
        self.text(key)
            .map(|value| value.parse().map_err(|_| Status::bad_request(format!("invalid value for {key}: {value:?}"))))
            .transpose()
    }

    /// `timeoutSeconds`, as a watch's length: a day at most, whatever number is sent.
    pub(crate) fn timeout(&self) -> Result<Option<Duration>, Status> {
        const DAY: u64 = 24 * 60 * 60;
        Ok(self.number("timeoutSeconds")?.map(|seconds| Duration::from_secs(seconds.min(DAY))))
    }

    /// `dryRun=All`; any other value is refused.
    pub(crate) fn dry_run(&self) -> Result<bool, Status> {
        match self.text("dryRun") {
            None => Ok(false),
            Some("All") => Ok(true),
            Some(other) => {
                Err(Status::bad_request(format!("invalid dryRun value: {other:?}: supported values: \"All\"")))
            }
        }
    }

    /// How strictly the client wants its fields read.
    pub(crate) fn field_validation(&self) -> Result<FieldValidation, Status> {
        match self.text("fieldValidation") {
            None | Some("Warn") => Ok(FieldValidation::Warn),
            Some("Ignore") => Ok(FieldValidation::Ignore),
            Some("Strict") => Ok(FieldValidation::Strict),
            Some(other) => Err(Status::bad_request(format!(
                "invalid fieldValidation value: {other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_or_refused() {
        let query = Query::parse("labelSelector=app+in+(a%2Cb)&&a=b=c&a=%26&empty=&%6Bey=1").unwrap();
        assert_eq!(query.get("labelSelector"), Some("app in (a,b)"));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["b=c", "&"]);
        assert_eq!((query.get("empty"), query.text("empty"), query.get("key")), (Some(""), None, Some("1")));
        for broken in ["a=%zz", "%=1", "a=1&b=%f", "a=%ff"] {
            assert_eq!(Query::parse(broken).unwrap_err().code, 400, "{broken}");
        }
    }

    #[test]
    fn a_flag_is_read_as_every_client_writes_it() {
        let query = Query::parse("stdin&stdout=true&stderr=True&tty=False&watch=false&pretty=0&follow=").unwrap();
        let set = |key: &str| query.flag(key);
        assert!(["stdin", "stdout", "stderr", "follow"].into_iter().all(set));
        assert!(!["tty", "watch", "pretty", "absent"].into_iter().any(set));
    }
}
