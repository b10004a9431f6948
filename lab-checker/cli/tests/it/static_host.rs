//! A host of files as anybody has one: it sends what lies in a folder, below a path, and knows nothing of the course.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A host that runs until it is stopped or goes out of scope.
pub(crate) struct StaticHost {
    /// Where the site is, with a `/` at its end.
    pub(crate) url: String,
    address: std::net::SocketAddr,
    stopped: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl StaticHost {
    /// Sends the files of a folder below `base`, which begins and ends with `/`, on a free port.
    pub(crate) fn of(folder: &Path, base: &str) -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").expect("a free port"), folder, base)
    }

    /// The same once more, where it was before it was stopped.
    pub(crate) fn again(&self, folder: &Path) -> Self {
        let base = self.url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).expect("an address has a path");
        Self::at(TcpListener::bind(self.address).expect("the port is free again"), folder, &base)
    }

    fn at(listener: TcpListener, folder: &Path, base: &str) -> Self {
        let address = listener.local_addr().expect("it listens");
        let (stopped, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let files = Files { folder: folder.to_owned(), base: base.to_owned(), asked: Arc::clone(&asked) };
        let files = Arc::new(files);
        let ends = Arc::clone(&stopped);
        let thread = std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let files = Arc::clone(&files);
                std::thread::spawn(move || files.answer(&client));
            }
        });
        // Browsers take `localhost` for secure, as they do 127.0.0.1.
        Self {
            url: format!("http://127.0.0.1:{}{base}", address.port()),
            address,
            stopped,
            asked,
            thread: Some(thread),
        }
    }

    /// What was asked for so far, by path.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with it").clone()
    }

    /// From now on nobody answers.
    pub(crate) fn stop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes it up.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the host ends");
        }
    }
}

impl Drop for StaticHost {
    fn drop(&mut self) {
        self.stop();
    }
}

struct Files {
    folder: PathBuf,
    base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Files {
    /// One request a connection.
    fn answer(&self, mut client: &TcpStream) {
        let mut lines = BufReader::new(client).lines().map_while(Result::ok);
        let Some(path) = lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)) else { return };
        let _head = lines.take_while(|line| !line.is_empty()).count();
        self.asked.lock().expect("nobody panics with it").push(path.clone());
        let found = self.found(path.split(['?', '#']).next().unwrap_or_default());
        let (status, kind, content) = match found {
            Some((file, content)) => ("200 OK", kind_of(&file), content),
            None => ("404 Not Found", "text/html", std::fs::read(self.folder.join("404.html")).unwrap_or_default()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: max-age=600\r\n\
             Connection: close\r\n\r\n",
            content.len()
        );
        let _ = client.write_all(head.as_bytes()).and_then(|()| client.write_all(&content));
    }

    fn found(&self, path: &str) -> Option<(String, Vec<u8>)> {
        let path = path.strip_prefix(&self.base)?;
        let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
        let content = std::fs::read(self.folder.join(&path)).ok()?;
        Some((path, content))
    }
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html",
        "js" => "text/javascript",
        "css" => "text/css",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
