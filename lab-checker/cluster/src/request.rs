//! Single requests to the API, as JSON.

use std::time::Duration;

use http::{Method, Request};
use kube::Client;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::time::timeout;

use crate::error::ClusterError;

/// A server that takes a request and does not answer for so long has lost it.
const SILENCE: Duration = Duration::from_secs(60);

/// Sends a request and reads the answer. `doing` completes "cannot reach the cluster to …".
pub(crate) async fn send(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<(&str, &Value)>,
    doing: &str,
) -> Result<Value, ClusterError> {
    let mut request = Request::builder().method(method).uri(path);
    let bytes = match body {
        Some((content_type, body)) => {
            request = request.header(http::header::CONTENT_TYPE, content_type);
            body.to_string().into_bytes()
        }
        None => Vec::new(),
    };
    let request = request.body(bytes).map_err(|error| ClusterError::from_kube(doing, kube::Error::HttpError(error)))?;
    answered(client, request, doing, SILENCE).await
}

/// The answer, unless it takes longer than the limit.
async fn answered(
    client: &Client,
    request: Request<Vec<u8>>,
    doing: &str,
    limit: Duration,
) -> Result<Value, ClusterError> {
    match timeout(limit, client.request(request)).await {
        Ok(answer) => answer.map_err(|error| ClusterError::from_kube(doing, error)),
        Err(_) => Err(ClusterError::Silent { doing: doing.to_owned(), seconds: limit.as_secs() }),
    }
}

/// Reads one object; `None` when it does not exist.
pub(crate) async fn get(client: &Client, path: &str, doing: &str) -> Result<Option<Value>, ClusterError> {
    match send(client, Method::GET, path, None, doing).await {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.code() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What may stand in a query string as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text inside a query string.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use http::Response;
    use kube::client::Body;
    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn a_cluster_that_takes_a_request_and_never_answers_is_not_waited_for() {
        let silent = service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, std::io::Error>>());
        let client = Client::new(silent, "default");
        let request = Request::get("/api/v1/pods").body(Vec::new()).unwrap();
        let error = answered(&client, request, "list pods", Duration::ZERO).await.unwrap_err();
        assert!(error.is_unreachable(), "{error}");
        let words = "cannot list pods: the cluster took the request and did not answer within 0 seconds";
        assert_eq!(error.to_string(), words);
    }
}
