//! Single requests to the API, as JSON.

use http::{Method, Request};
use kube::Client;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::error::ClusterError;

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
    client.request(request).await.map_err(|error| ClusterError::from_kube(doing, error))
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
