//! Asking web servers.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use crate::image::Server;
use crate::network::http::{Request, Response, access_log, served_file};
use crate::network::{Answering, Heard};
use crate::process::Process;

/// How long `nc -l` in a loop may take from one client to the next.
const BETWEEN_CLIENTS: Duration = Duration::from_millis(200);
/// How long somebody who answers by hand may think.
const THINKING: Duration = Duration::from_secs(60);

/// Asks a web server, which notes the request in its log; `None` when it does not speak HTTP.
pub(super) async fn ask(process: &Process, answering: &Answering, request: &Request) -> Option<Response> {
    if matches!(&answering.server, Server::Raw(kind) if kind == "nc") {
        return by_hand(process, answering, request).await;
    }
    let network = process.container.network.current();
    let from = &process.container.pod;
    let mut response = network.respond(from, answering, request);
    if let (Some(pod), Some(response)) = (&answering.pod, &mut response)
        && let Some(path) = served_file(&answering.server, request)
        && let Some(page) = process.container.network.page(pod, &path)
    {
        response.replace(String::from_utf8_lossy(&page).into_owned());
    }
    if let (Some(pod), Some(response)) = (&answering.pod, &response) {
        let client = network.address_of(from).map_or_else(|| "-".to_owned(), |address| address.to_string());
        if let Some(line) = access_log(&answering.server, &client, request, response) {
            process.container.network.log(pod, line);
        }
    }
    response
}

/// Connects to the program behind a port that somebody runs by hand, and hears what it says. `None` when there is none.
pub(super) async fn call(process: &Process, answering: &Answering) -> Option<mpsc::Receiver<Bytes>> {
    let by_hand = matches!(&answering.server, Server::Raw(kind) if kind == "nc");
    let patience = Instant::now() + BETWEEN_CLIENTS;
    loop {
        match process.container.network.current().call(&process.container.pod, answering) {
            Some(said) => return Some(said),
            None if by_hand && Instant::now() < patience => sleep(BETWEEN_CLIENTS / 20).await,
            None => return None,
        }
    }
}

/// Asks whoever has `nc -l` run: it is shown the request, and what it says until it hangs up is the answer.
async fn by_hand(process: &Process, answering: &Answering, request: &Request) -> Option<Response> {
    let mut said = call(process, answering).await?;
    let mut text = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.path, request.host);
    if !request.agent.is_empty() {
        let _ = write!(text, "User-Agent: {}\r\n", request.agent);
    }
    for (name, value) in &request.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.push_str(&request.body);
    process.container.network.current().tell(answering, Heard::Text(Bytes::from(text)));
    let (mut answer, until) = (Vec::new(), Instant::now() + THINKING);
    while let Ok(Some(bytes)) = timeout_at(until, said.recv()).await {
        answer.extend_from_slice(&bytes);
    }
    process.container.network.current().tell(answering, Heard::Closed);
    let text = String::from_utf8_lossy(&answer);
    (!text.is_empty()).then(|| Response::by_hand(&text))
}
