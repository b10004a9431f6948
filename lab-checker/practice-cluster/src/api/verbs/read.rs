//! GET: one object or a list, in the form that the client asked for.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::api::http::negotiation::Form;
use crate::api::printers;
use crate::api::selector::Selectors;
use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::form::list_value;
use crate::api::verbs::listing::Listing;
use crate::api::verbs::{scale, sent};
use crate::resource::{Resource, Subresource};
use crate::status::Status;
use crate::store::floor::since;
use crate::store::state::{Key, Revision, State};

/// What a GET found.
pub(crate) enum Found {
    /// An object, or objects in a form made for them.
    Answer(Answer),
    /// Plain objects, and warnings.
    List(Listing, Vec<String>),
}

/// Answers a GET.
pub(crate) fn get(call: &Call) -> Result<Found, Status> {
    let context = &call.context;
    let path = &context.path;
    if !path.resource.stored() {
        return Err(Status::method_not_allowed());
    }
    let Some(name) = &path.name else { return list(call) };
    one_of(call, name).map(Found::Answer)
}

fn one_of(call: &Call, name: &str) -> Result<Answer, Status> {
    let context = &call.context;
    let path = &context.path;
    let state = call.cluster.state();
    let object =
        state.find(&path.resource, path.namespace(), name).ok_or_else(|| Status::not_found(&path.resource, name))?;
    match path.subresource {
        None | Some(Subresource::Status | Subresource::EphemeralContainers) => {
            Ok(context.show(200, object, sent::deprecation(&path.resource).into_iter().collect()))
        }
        Some(Subresource::Scale) => {
            let scale = scale::of(&since(object, context.floor));
            let value = match context.wanted.form {
                Form::Table => printers::of_scale(&scale, printers::Rows::of(&context.query)),
                Form::Plain | Form::Metadata => scale,
            };
            Ok(Answer { code: 200, value, wanted: context.wanted, warnings: Vec::new() })
        }
        Some(_) => Err(Status::method_not_allowed()),
    }
}

fn list(call: &Call) -> Result<Found, Status> {
    let context = &call.context;
    let (path, query) = (&context.path, &context.query);
    let selectors = Selectors::of(&path.resource, query)?;
    let limit = query.number("limit")?.filter(|limit| *limit > 0);
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    check_revision(&call.cluster.state(), query.text("resourceVersion"), query.text("resourceVersionMatch"))?;
    let (state, start) = match query.text("continue") {
        None => (call.cluster.state(), None),
        Some(token) => {
            let token = Token::decode(token)?;
            let state =
                call.cluster.paged_state(token.revision).ok_or_else(|| expired(&call.cluster.state(), &token))?;
            (state, Some(token.start))
        }
    };
    let page = page(&state, &path.resource, path.namespace.as_deref(), &selectors, start.as_ref(), limit);
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".into(), state.revision().to_string().into());
    if let Some(next) = page.next {
        let token = Token { revision: state.revision(), start: next };
        metadata.insert("continue".into(), token.encode().into());
        if selectors.is_empty() {
            metadata.insert("remainingItemCount".into(), page.remaining.into());
        }
        call.cluster.keep_for_paging(state.clone());
    }
    let warnings = sent::deprecation(&path.resource).into_iter().collect();
    if context.wanted.form == Form::Plain && path.spoken.is_none() {
        let shown = |object: Arc<Value>| match since(&object, context.floor) {
            Cow::Borrowed(_) => object,
            Cow::Owned(newer) => Arc::new(newer),
        };
        let items = page.items.into_iter().map(shown).collect();
        return Ok(Found::List(Listing { resource: path.resource.clone(), metadata, items }, warnings));
    }
    let value = list_value(context, &page.items, &Value::Object(metadata));
    Ok(Found::Answer(Answer { code: 200, value, wanted: context.wanted, warnings }))
}

struct Page {
    items: Vec<Arc<Value>>,
    next: Option<(String, String)>,
    remaining: usize,
}

fn page(
    state: &State,
    resource: &Resource,
    namespace: Option<&str>,
    selectors: &Selectors,
    start: Option<&(String, String)>,
    limit: usize,
) -> Page {
    let after = |key: &Key| {
        start.is_none_or(|(namespace, name)| (key.namespace(), key.name()) > (namespace.as_str(), name.as_str()))
    };
    let mut matching = state.list(resource, namespace).filter(|(key, object)| after(key) && selectors.matches(object));
    let mut page = Page { items: Vec::new(), next: None, remaining: 0 };
    let mut last = None;
    for (key, object) in matching.by_ref().take(limit) {
        page.items.push(Arc::clone(object));
        last = Some(key);
    }
    page.remaining = matching.count();
    if page.remaining > 0 {
        page.next = last.map(|key| (key.namespace().to_owned(), key.name().to_owned()));
    }
    page
}

/// A revision that the cluster has not reached, or a match that makes no sense.
pub(crate) fn check_revision(state: &State, version: Option<&str>, match_: Option<&str>) -> Result<(), Status> {
    let invalid = |why: &str| {
        Status::new(422, "Invalid", format!("ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: {why}"))
    };
    match (version, match_) {
        (None, Some(_)) => {
            return Err(invalid("Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        (Some("0"), Some("Exact")) => {
            return Err(invalid("Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
        }
        (_, None | Some("Exact" | "NotOlderThan")) => {}
        (_, Some(other)) => {
            let supported = "supported values: \"Exact\", \"NotOlderThan\", \"\"";
            return Err(invalid(&format!("Unsupported value: {other:?}: {supported}")));
        }
    }
    let Some(version) = version else { return Ok(()) };
    let asked: Revision = version.parse().map_err(|_| {
        Status::bad_request(format!(
            "resourceVersion: Invalid value: {version:?}: strconv.ParseUint: parsing {version:?}: invalid syntax"
        ))
    })?;
    if asked > state.revision() {
        let mut status =
            Status::new(504, "Timeout", format!("Too large resource version: {asked}, current: {}", state.revision()));
        status.details = Some(Box::new(
            json!({"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}], "retryAfterSeconds": 1}),
        ));
        status.retry_after = Some(1);
        return Err(status);
    }
    if match_ == Some("Exact") && asked < state.revision() {
        // States are not kept, only changes.
        return Err(Status::expired("The resourceVersion for the provided list is too old."));
    }
    Ok(())
}

fn expired(state: &State, token: &Token) -> Status {
    let fresh = Token { revision: state.revision(), start: token.start.clone() };
    let mut status = Status::expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
    status.continue_token = Some(fresh.encode().into());
    status
}

/// Where a list goes on.
struct Token {
    revision: Revision,
    start: (String, String),
}

impl Token {
    fn encode(&self) -> String {
        let start = format!("{}/{}\0", self.start.0, self.start.1);
        let json = json!({"v": "meta.k8s.io/v1", "rv": self.revision, "start": start});
        BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
    }

    fn decode(text: &str) -> Result<Self, Status> {
        let broken = || Status::bad_request("continue key is not valid: the token cannot be read");
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
        let json: Value = serde_json::from_slice(&json).map_err(|_| broken())?;
        let start = json["start"].as_str().and_then(|s| s.trim_end_matches('\0').split_once('/')).ok_or_else(broken)?;
        Ok(Self { revision: json["rv"].as_u64().ok_or_else(broken)?, start: (start.0.to_owned(), start.1.to_owned()) })
    }
}
