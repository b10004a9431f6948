//! One connection to a server, as plain as HTTP/1.1 allows, so that the client costs little of the machine.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An open connection.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub(crate) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, read: Vec::new() }
    }

    /// Sends a request and reads the whole answer, whose length must be announced.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &str) -> Vec<u8> {
        self.send(method, path, body).await;
        let (head, length): (usize, usize) = loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
                assert!(head.starts_with("http/1.1 20"), "{method} {path}: {head}");
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
                break (end + 4, length.and_then(|text| text.trim().parse().ok()).expect("an announced length"));
            }
            self.fill().await;
        };
        let end = head + length;
        while self.read.len() < end {
            self.fill().await;
        }
        let answer = self.read[head..end].to_vec();
        self.read.drain(..end);
        answer
    }

    /// Sends a request and reads no more than the head of the answer.
    pub(crate) async fn begin(&mut self, path: &str) {
        self.send("GET", path, "").await;
        self.wait_for(b"\r\n\r\n").await;
    }

    /// Reads until something was said.
    pub(crate) async fn wait_for(&mut self, words: &[u8]) {
        loop {
            if let Some(start) = find(&self.read, words) {
                self.read.drain(..start + words.len());
                return;
            }
            self.fill().await;
        }
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await.expect("the server reads");
    }

    async fn fill(&mut self) {
        let read = self.stream.read_buf(&mut self.read).await.expect("the server answers");
        assert!(read > 0, "the server hung up");
    }
}

fn find(text: &[u8], words: &[u8]) -> Option<usize> {
    text.windows(words.len()).position(|window| window == words)
}
