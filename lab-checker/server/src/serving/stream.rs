//! The bytes of one connection, and what they tell about its client.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::client::Client;

/// A socket that is watched. The client counts as connected for as long as this lives, which for a terminal is
/// longer than the conversation in HTTP.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    client: Arc<Client>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, client: Arc<Client>) -> Self {
        Self { stream, client }
    }

    /// The next bytes, which stay where they are.
    pub(super) async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.peek(buffer).await
    }

    fn written<T>(&self, cx: &Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.client.reads();
            return result;
        }
        self.client.does_not_read(cx);
        if self.client.is_stuck() { Poll::Ready(Err(gone())) } else { Poll::Pending }
    }

    /// Nothing could be read just now: that may be over, or the client is, or it is waited for.
    fn unheard(&self, cx: &Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.client.says_nothing(cx);
        if !self.client.is_silent() {
            return Poll::Pending;
        }
        // Nothing is read either by a task that has had its turn; so whoever is to be given up is looked at once more.
        match self.stream.try_read(buffer.initialize_unfilled()) {
            Ok(read) => {
                buffer.advance(read);
                self.client.sent_something();
                Poll::Ready(Ok(()))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Ready(Err(gone())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client is gone")
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.client.has_left();
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if result.is_pending() {
            return self.unheard(cx, buffer);
        }
        if buffer.filled().len() > before {
            self.client.sent_something();
        }
        result
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
