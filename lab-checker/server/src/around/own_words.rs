//! Errors that no handler of ours has made: a path with broken escapes, a form that is none, a method that an address
//! does not take, a body that is too large. The framework answers them in plain text; here they become problems, for
//! programs and for people, wherever they come from.

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};

use crate::{app::App, pages, problem::Problem};

/// The longest text of the framework's that is passed on.
const LONGEST: usize = 4 << 10;
/// What operators ask: machines read the plain answers.
const FOR_OPERATORS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Makes problems of errors that are none yet, and completes the pages of problems.
pub(crate) async fn in_own_words(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let response = reworded(asked.uri.path(), response).await;
    pages::remember(&app, asked, response).await
}

async fn reworded(path: &str, response: Response) -> Response {
    if !is_plain_error(&response) || FOR_OPERATORS.contains(&path) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said = to_bytes(body, LONGEST).await.unwrap_or_default();
    let problem = problem(parts.status, &parts.headers, String::from_utf8_lossy(&said).trim());
    let mut response = pages::problem_for(path, problem);
    let kept = [header::ALLOW, header::RETRY_AFTER, header::CONNECTION, header::UPGRADE];
    for (name, value) in kept.iter().filter_map(|name| Some((name, parts.headers.get(name)?))) {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

fn is_plain_error(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && !kind.starts_with(b"application/problem+json")
        && !kind.starts_with(b"text/html")
}

fn problem(status: StatusCode, headers: &HeaderMap, said: &str) -> Problem {
    let said = if said.is_empty() { "the server says no more about it" } else { said };
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("nothing is at this address"),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = headers.get(header::ALLOW).and_then(|allowed| allowed.to_str().ok()).unwrap_or_default();
            Problem::wrong_method(allowed)
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        status if status.is_server_error() => {
            tracing::error!(status = status.as_u16(), said, "an answer had no words of ours");
            Problem::failed()
        }
        status => Problem::not_understood(status, said),
    }
}
