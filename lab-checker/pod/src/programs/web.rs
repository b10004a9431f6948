//! Asking web servers.

use crate::network::Answering;
use crate::network::http::{Request, Response, access_log, served_file};
use crate::process::Process;

/// Asks a web server, which notes the request in its log; `None` when it does not speak HTTP.
pub(super) fn ask(process: &Process, answering: &Answering, request: &Request) -> Option<Response> {
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
