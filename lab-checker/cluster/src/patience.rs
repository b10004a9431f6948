//! Clients that do not wait for ever: a server may take a request and give no answer, or half of one.

use std::time::Duration;

use http::{Request, Response, header};
use kube::Client;
use kube::client::Body;
use tokio::time::timeout;
use tower::{BoxError, service_fn};

use crate::connect::Connection;
use crate::error::Silence;

impl Connection {
    /// The same, where every request is given up after so long: the whole answer of an ordinary one, the beginning of one
    /// that lasts, as watches and commands in pods do. `None` waits for ever.
    #[must_use]
    pub fn giving_up_after(self, limit: Option<Duration>) -> Self {
        let Some(limit) = limit else { return self };
        Self { client: patient(self.client.clone(), &self.namespace, limit), ..self }
    }
}

/// A client that gives requests up.
fn patient(client: Client, namespace: &str, limit: Duration) -> Client {
    let service = service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move {
            match timeout(limit, answered(client, request)).await {
                Ok(answer) => answer.map_err(BoxError::from),
                Err(_) => Err(Silence(limit).into()),
            }
        }
    });
    Client::new(service, namespace)
}

async fn answered(client: Client, request: Request<Body>) -> Result<Response<Body>, kube::Error> {
    let lasts = lasts(&request);
    let answer = client.send(request).await?;
    if lasts {
        return Ok(answer);
    }
    let (head, body) = answer.into_parts();
    Ok(Response::from_parts(head, Body::from(body.collect_bytes().await?)))
}

/// Whether an answer goes on for as long as somebody listens.
fn lasts(request: &Request<Body>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let switches = ["watch=true", "watch=1", "follow=true", "follow=1"];
    request.headers().contains_key(header::UPGRADE) || query.split('&').any(|part| switches.contains(&part))
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use http::Method;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;
    use crate::error::ClusterError;
    use crate::request::send;

    type Chunk = Result<Frame<bytes::Bytes>, std::io::Error>;

    /// A server that begins an answer, and never ends it.
    fn begins(words: &'static str) -> Client {
        let service = service_fn(move |_: Request<Body>| async move {
            let first = futures::stream::iter([Chunk::Ok(Frame::data(bytes::Bytes::from_static(words.as_bytes())))]);
            Ok::<_, std::io::Error>(Response::new(StreamBody::new(first.chain(futures::stream::pending()))))
        });
        Client::new(service, "default")
    }

    /// One that never says anything.
    fn silent() -> Client {
        let service = service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, std::io::Error>>());
        Client::new(service, "default")
    }

    #[tokio::test(start_paused = true)]
    async fn a_cluster_that_takes_a_request_and_does_not_answer_is_given_up() {
        for server in [silent(), begins("{"), begins("")] {
            let client = patient(server, "default", Duration::from_secs(7));
            let error = send(&client, Method::GET, "/api/v1/pods", None, "list pods").await.unwrap_err();
            assert!(error.is_unreachable() && matches!(error, ClusterError::Silent { .. }), "{error:?}");
            let words = "cannot list pods: the cluster took the request and did not answer within 7 seconds";
            assert_eq!(error.to_string(), words);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_lasts_need_only_begin() {
        for query in ["watch=true", "a=b&watch=1", "follow=true"] {
            let request = |client: Client| async move {
                client.send(Request::get(format!("/api/v1/pods?{query}")).body(Body::empty()).unwrap()).await
            };
            let answer = request(patient(begins("{"), "default", Duration::from_secs(1))).await.unwrap();
            assert_eq!(answer.status(), 200);
            request(patient(silent(), "default", Duration::from_secs(1))).await.unwrap_err();
        }
    }
}
