//! A cluster that says "not now, in a second": it is asked again then, as kubectl does.

use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use kube::Client;
use kube::client::Body;
use tokio::time::{Instant, sleep};
use tower::{BoxError, service_fn};

/// How often a request is made at most.
const ATTEMPTS: usize = 6;
/// Nobody waits longer, all in all.
const LONGEST: Duration = Duration::from_secs(30);

/// A client that comes back when it is told to, within a limit.
pub(crate) fn coming_back(client: Client, namespace: &str, limit: Option<Duration>) -> Client {
    let longest = limit.map_or(LONGEST, |limit| limit.min(LONGEST));
    let service = service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move { answered(&client, request, longest).await }
    });
    Client::new(service, namespace)
}

async fn answered(client: &Client, request: Request<Body>, longest: Duration) -> Result<Response<Body>, BoxError> {
    let (head, body) = request.into_parts();
    let bytes = body.collect_bytes().await?;
    let end = Instant::now() + longest;
    for _ in 1..ATTEMPTS {
        let answer = client.send(Request::from_parts(head.clone(), Body::from(bytes.clone()))).await?;
        match later(&answer) {
            Some(wait) if Instant::now() + wait < end => {
                tracing::debug!(status = answer.status().as_u16(), seconds = wait.as_secs(), "asked to come back");
                sleep(wait).await;
            }
            _ => return Ok(answer),
        }
    }
    Ok(client.send(Request::from_parts(head, Body::from(bytes))).await?)
}

/// When to come back, if the answer says so: somebody is busy, and nothing was done.
fn later(answer: &Response<Body>) -> Option<Duration> {
    let busy = answer.status() == StatusCode::TOO_MANY_REQUESTS || answer.status().is_server_error();
    let seconds = answer.headers().get(header::RETRY_AFTER).filter(|_| busy)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::request::send;

    /// Answers so often with a code, and then as it should; and counts.
    fn busy(times: usize, code: u16, after: &'static str) -> (Client, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let service = service_fn(move |request: Request<Body>| {
            let before = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                let body = request.into_body().collect_bytes().await?;
                let answer = Response::builder();
                Ok::<_, kube::Error>(
                    match before < times {
                        true => answer.status(code).header("Retry-After", after).body(Body::from(b"busy".to_vec())),
                        false => answer.body(Body::from(json!({"sent": body.len()}).to_string().into_bytes())),
                    }
                    .unwrap(),
                )
            }
        });
        (Client::new(service, "default"), asked)
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_told_to_come_back_does() {
        for (times, code, after, limit, comes_back, asked) in [
            (2, 429, "1", None, true, 3),
            (1, 503, "7", None, true, 2),
            (1, 500, "0", None, true, 2),
            (99, 429, "1", None, false, 6),
            // Nobody said when.
            (1, 503, "", None, false, 1),
            (1, 503, "Fri, 31 Dec 1999 23:59:59 GMT", None, false, 1),
            // That is too long for whoever waits.
            (1, 429, "3600", None, false, 1),
            (1, 429, "2", Some(Duration::from_secs(1)), false, 1),
            // It was refused for another reason.
            (1, 403, "1", None, false, 1),
        ] {
            let (client, counted) = busy(times, code, after);
            let client = coming_back(client, "default", limit);
            let body = json!({"a": "body"});
            let body = Some(("application/json", &body));
            let answer = send(&client, Method::POST, "/api/v1/pods", body, "make a pod").await;
            assert_eq!(
                (answer.is_ok(), counted.load(Ordering::SeqCst)),
                (comes_back, asked),
                "{code} {after}: {answer:?}"
            );
            match answer {
                Ok(answer) => assert_eq!(answer["sent"], r#"{"a":"body"}"#.len()),
                Err(error) => assert_eq!(error.code(), Some(code)),
            }
        }
    }
}
