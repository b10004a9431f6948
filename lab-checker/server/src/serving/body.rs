//! Bodies that tell whose turn it is.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};

use super::client::Client;

/// The body of a request: while we wait for a piece of it, it is the client's turn.
pub(super) fn of_request(incoming: Incoming, client: Arc<Client>) -> Body {
    Body::new(Asked { incoming, client })
}

/// The body of an answer: when it has ended, or is not wanted any more, it is the client's turn.
pub(super) fn of_response(body: Body, client: Arc<Client>) -> Body {
    Body::new(Answer { body, client })
}

struct Asked {
    incoming: Incoming,
    client: Arc<Client>,
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let result = Pin::new(&mut self.incoming).poll_frame(cx);
        if result.is_pending() {
            self.client.owes_body()
        } else {
            self.client.owes_no_body()
        }
        result
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.client.owes_no_body();
    }
}

struct Answer {
    body: Body,
    client: Arc<Client>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.client.is_answered();
    }
}
