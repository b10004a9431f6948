//! Lists, page by page: as they were at one moment, or not at all.

use http::{Method, Request, header};
use kube::Client;
use serde_json::Value;

use crate::error::ClusterError;
use crate::request::{escaped, items, read};

/// How many objects one answer holds.
const PAGE: usize = 500;
/// How often a list is begun again when the cluster forgot where it was.
const RESTARTS: usize = 3;

/// All items of a list. One that takes too long loses its place (410 Gone), and is begun again; at last it is asked for
/// in one piece, which cannot.
pub(crate) async fn all_pages(
    client: &Client,
    path: &str,
    accept: &str,
    doing: &str,
) -> Result<Vec<Value>, ClusterError> {
    for _ in 0..RESTARTS {
        match pages(client, path, accept, doing, Some(PAGE)).await {
            Err(ClusterError::Refused { code: 410, .. }) => {}
            result => return result,
        }
    }
    pages(client, path, accept, doing, None).await
}

async fn pages(
    client: &Client,
    path: &str,
    accept: &str,
    doing: &str,
    size: Option<usize>,
) -> Result<Vec<Value>, ClusterError> {
    let first = size.map(|size| format!("?limit={size}")).unwrap_or_default();
    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let request = Request::builder().method(Method::GET).uri(format!("{path}{first}{next}"));
        let mut page = read(client, request.header(header::ACCEPT, accept), doing).await?;
        all.extend(items(&mut page, doing)?);
        let token = page["metadata"]["continue"].as_str().filter(|token| !token.is_empty());
        match token {
            Some(token) => next = format!("{}continue={}", if first.is_empty() { '?' } else { '&' }, escaped(token)),
            None => return Ok(all),
        }
    }
}
