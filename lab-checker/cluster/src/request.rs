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
    answer(client, request, bytes, doing).await
}

/// Sends a request without a body and reads the answer.
pub(crate) async fn read(client: &Client, request: http::request::Builder, doing: &str) -> Result<Value, ClusterError> {
    answer(client, request, Vec::new(), doing).await
}

/// What is answered, as JSON. Whoever answers with something else is no Kubernetes API: a proxy, a page to log in. What it
/// says is neither shown nor logged.
async fn answer(
    client: &Client,
    request: http::request::Builder,
    body: Vec<u8>,
    doing: &str,
) -> Result<Value, ClusterError> {
    let request = request.body(body).map_err(|error| ClusterError::from_kube(doing, kube::Error::HttpError(error)))?;
    let text = client.request_text(request).await.map_err(|error| ClusterError::from_kube(doing, error))?;
    let answer = serde_json::from_str(&text).ok().filter(Value::is_object);
    answer.ok_or_else(|| ClusterError::Strange { doing: doing.to_owned() })
}

/// The items of a list; anything else is no answer to the question, and not an empty list.
pub(crate) fn items(page: &mut Value, doing: &str) -> Result<Vec<Value>, ClusterError> {
    match page.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        // So Go writes a list that is empty.
        Some(Value::Null) if page["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) => Ok(Vec::new()),
        _ => Err(ClusterError::Strange { doing: doing.to_owned() }),
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
