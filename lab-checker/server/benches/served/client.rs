//! A client that costs little: one connection that is kept, one request at a time.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection, and whose it is.
pub(crate) struct Client {
    address: SocketAddr,
    token: String,
    stream: Option<BufReader<TcpStream>>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        Self { address, token: token.to_owned(), stream: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", "").await
    }

    /// The same compressed, as browsers ask for it.
    pub(crate) async fn get_compressed(&mut self, path: &str) -> Answer {
        self.send("GET", path, "Accept-Encoding: gzip\r\n", "").await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send("POST", path, "Content-Type: application/json\r\n", body).await
    }

    async fn send(&mut self, method: &str, path: &str, more: &str, body: &str) -> Answer {
        let (address, token, length) = (self.address, &self.token, body.len());
        let signed_in = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{signed_in}{more}Content-Length: {length}\r\n\r\n{body}"
        );
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => self.stream.insert(BufReader::new(TcpStream::connect(address).await.unwrap())),
        };
        stream.write_all(request.as_bytes()).await.unwrap();
        let (answer, goes_on) = answer(stream).await;
        if !goes_on {
            self.stream = None;
        }
        answer
    }
}

/// Reads an answer; tells whether the connection goes on.
async fn answer(stream: &mut BufReader<TcpStream>) -> (Answer, bool) {
    let first = line(stream).await;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer but {first:?}"));
    let (mut length, mut chunked, mut goes_on) = (0, false, true);
    loop {
        let line = line(stream).await.to_lowercase();
        let Some((name, value)) = line.split_once(':') else { break };
        match (name, value.trim()) {
            ("content-length", value) => length = value.parse().unwrap(),
            ("transfer-encoding", value) => chunked = value == "chunked",
            ("connection", value) => goes_on = value != "close",
            _ => {}
        }
    }
    let mut body = Vec::new();
    if !chunked {
        part(stream, length, &mut body).await;
    }
    while chunked {
        let size = usize::from_str_radix(&line(stream).await, 16).unwrap();
        part(stream, size, &mut body).await;
        line(stream).await;
        chunked = size > 0;
    }
    (Answer { status, body }, goes_on)
}

async fn line(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    line.trim_end().to_owned()
}

async fn part(stream: &mut BufReader<TcpStream>, length: usize, body: &mut Vec<u8>) {
    let before = body.len();
    body.resize(before + length, 0);
    stream.read_exact(&mut body[before..]).await.unwrap();
}
