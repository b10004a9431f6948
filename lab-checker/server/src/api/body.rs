//! Reading request bodies: JSON, with every failure as a problem.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::QueryRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body. An empty one counts as `{}`, whatever its type.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        let text: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes.trim_ascii() };
        // serde would take a list for an object whose fields are all optional.
        if !text.starts_with(b"{") {
            return Err(Problem::bad_request("the body must be a JSON object"));
        }
        let value = serde_json::from_slice(text);
        Ok(Self(value.map_err(|error| Problem::bad_request(format!("the body is not the JSON it must be: {error}")))?))
    }
}

/// The query of an address.
#[derive(Debug)]
pub(crate) struct QueryOf<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        Ok(Self(found?.0))
    }
}
