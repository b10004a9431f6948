//! The record of what instructors do: whoever changes something for a class, or takes its data away, is written down
//! with the token that they came with, before they are answered.
//!
//! It looks at every request, so no handler can forget it.

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};

use crate::{
    app::App,
    request::Doer,
    request_id::RequestId,
    store::{NewAuditEntry, Secret},
};

/// What is done at which route, in words. Everything else that an instructor writes is named by its route.
const WORDS: [(&str, &str); 15] = [
    ("/api/v1/roster", "imported a class list"),
    ("/instructor/roster", "imported a class list"),
    ("/api/v1/roster/{learner}", "deleted a learner"),
    ("/api/v1/roster/{learner}/token", "renewed a learner's token"),
    ("/instructor/learners/{id}/token", "renewed a learner's token"),
    ("/api/v1/appeals/{id}/answer", "answered an appeal"),
    ("/instructor/appeals/{id}", "answered an appeal"),
    ("/api/v1/regrade", "began to grade again"),
    ("/instructor/regrade", "began to grade again"),
    ("/api/v1/regrade/{id}/publish", "published new grades"),
    ("/instructor/regrade/{id}/publish", "published new grades"),
    ("/api/v1/regrade/{id}/stop", "stopped grading again"),
    ("/instructor/regrade/{id}/stop", "stopped grading again"),
    ("/api/v1/regrade/{id}/resume", "went on grading again"),
    ("/instructor/regrade/{id}/resume", "went on grading again"),
];
/// What is looked at, and is written down all the same: the data of a whole class leaves the server.
const TAKEN: [(&str, &str); 3] = [
    ("/api/v1/gradebook", "downloaded the gradebook"),
    ("/instructor/gradebook/{form}", "downloaded the gradebook"),
    ("/instructor/appeals/csv", "downloaded the appeals"),
];

/// Answer, and write down what an instructor has done.
pub(crate) async fn record(app: &App, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(action) = action(request.method(), route) else { return next.run(request).await };
    let path = request.uri().path().to_owned();
    let doer = Doer::default();
    request.extensions_mut().insert(doer.clone());
    let response = next.run(request).await;
    if let Some(secret) = doer.instructor() {
        write(app, secret, &action, &path, response.status().as_u16()).await;
    }
    response
}

async fn write(app: &App, secret: &Secret, action: &str, path: &str, status: u16) {
    let request = RequestId::current().map(|id| id.to_string());
    let entry = NewAuditEntry { action, object: Some(path), status: Some(status), request: request.as_deref() };
    if let Err(error) = app.store.audit_of_instructor(secret, &entry).await {
        // What was done is done, and its own answer is true.
        tracing::error!(%error, action, path, "what an instructor did could not be written down");
    }
}

fn action(method: &Method, route: &str) -> Option<String> {
    let named =
        |words: &[(&str, &str)]| words.iter().find(|(at, _)| *at == route).map(|(_, words)| (*words).to_owned());
    match *method {
        Method::GET => named(&TAKEN),
        Method::HEAD | Method::OPTIONS => None,
        _ => Some(named(&WORDS).unwrap_or_else(|| format!("{method} {route}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_has_a_name_and_what_is_looked_at_has_none_unless_it_is_taken_away() {
        let named = |method, route| action(&method, route);
        assert_eq!(named(Method::POST, "/api/v1/roster").as_deref(), Some("imported a class list"));
        assert_eq!(named(Method::GET, "/api/v1/roster"), None);
        assert_eq!(named(Method::GET, "/api/v1/gradebook").as_deref(), Some("downloaded the gradebook"));
        let unknown = named(Method::DELETE, "/api/v1/things/{id}");
        assert_eq!(unknown.as_deref(), Some("DELETE /api/v1/things/{id}"), "what comes later is written down too");
    }
}
