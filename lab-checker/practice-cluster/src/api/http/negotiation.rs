//! What a client wants to read: plain objects, a table for people, or metadata alone.

use http::HeaderMap;
use http::header::{ACCEPT, USER_AGENT};

use crate::status::Status;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The objects themselves.
    Plain,
    /// `meta.k8s.io/v1 Table`.
    Table,
    /// `PartialObjectMetadata` or its list.
    Metadata,
}

/// What was negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) form: Form,
    /// Indented, as for people at a terminal.
    pub(crate) pretty: bool,
}

/// The first form of the Accept header that this server has.
pub(crate) fn wanted(headers: &HeaderMap, pretty: Option<&str>) -> Result<Wanted, Status> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let form = accept.split(',').find_map(form).or_else(|| accept.trim().is_empty().then_some(Form::Plain));
    let form = form.ok_or_else(|| Status::not_acceptable("application/json, application/vnd.kubernetes.protobuf"))?;
    let pretty = match pretty {
        Some(value) => matches!(value, "" | "true" | "1"),
        None => by_hand(headers),
    };
    Ok(Wanted { form, pretty })
}

fn form(entry: &str) -> Option<Form> {
    let mut parts = entry.split(';').map(str::trim);
    if !matches!(parts.next()?, "application/json" | "application/*" | "*/*") {
        return None;
    }
    let mut form = Form::Plain;
    for part in parts {
        match part.split_once('=') {
            Some(("as", "Table")) => form = Form::Table,
            Some(("as", "PartialObjectMetadata" | "PartialObjectMetadataList")) => form = Form::Metadata,
            Some(("as", _)) => return None,
            Some(("g", group)) if !matches!(group, "meta.k8s.io") => return None,
            _ => {}
        }
    }
    Some(form)
}

/// Whether the Accept header asks for the aggregated form of discovery.
pub(crate) fn wants_aggregated_discovery(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|entry| {
        let has = |word: &str| entry.split(';').any(|part| part.trim() == word);
        has("application/json") && has("g=apidiscovery.k8s.io") && has("v=v2") && has("as=APIGroupDiscoveryList")
    })
}

/// People with curl or a browser get indented answers, as from a real API server.
fn by_hand(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["curl", "Wget", "Mozilla/5.0"].iter().any(|name| agent.starts_with(name))
}
