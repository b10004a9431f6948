//! Reading what an address or a form says. What cannot be read is answered as a page, like every other problem.

use axum::{
    Form,
    extract::{
        FromRequest, FromRequestParts, Query, Request,
        rejection::{FormRejection, QueryRejection},
    },
    http::request::Parts,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::frame::PageError;
use crate::problem::Problem;

/// The query of a page's address. Types that deny unknown fields make a query wrong that asks for something else.
#[derive(Debug)]
pub(super) struct PageQuery<T>(pub(super) T);

/// The query of a page that takes none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A form that a page sends.
#[derive(Debug)]
pub(super) struct FormOf<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for PageQuery<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let found: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        match found {
            Ok(Query(found)) => Ok(Self(found)),
            Err(rejection) => {
                tracing::debug!(%rejection, "the query of a page cannot be read");
                let words = "what stands behind the question mark of this address is nothing that this page shows";
                Err(Problem::bad_request(words).into())
            }
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormOf<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let found: Result<Form<T>, FormRejection> = Form::from_request(request, state).await;
        match found {
            Ok(Form(found)) => Ok(Self(found)),
            Err(rejection) => {
                let status = rejection.status();
                let (title, words) = ("The request cannot be understood", "the form is not one that this page sends");
                Err(Problem::new(status, "bad-request", title, words).into())
            }
        }
    }
}
