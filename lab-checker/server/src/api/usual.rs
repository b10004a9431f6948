//! What any request may be answered, in the API's description: problems that have little to do with what was asked.
//!
//! [`complete`] puts them wherever they can come, so that no handler's description can forget one.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        Content, ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        path::{Operation, ParameterIn, PathItem},
    },
};

use crate::problem::Problem;

/// The problems that have nothing to do with what was asked for.
pub(crate) struct Usual;

/// The same of an instructor.
pub(crate) struct UsualForInstructors;

/// The same where nobody needs to be signed in.
pub(crate) struct UsualForAnybody;

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Whatever is asked.
const ALWAYS: [(&str, &str); 7] = [
    ("400", "The address, the query, the host name or the body cannot be understood"),
    ("403", "Not for you, or sent by a page of another site"),
    ("405", "The address is for other methods, which `Allow` names"),
    ("421", "This server is for its own machine alone, and was asked under another name"),
    ("429", "Too many requests; `Retry-After` says when to try again"),
    ("500", "The server failed, and has written it to its log"),
    ("503", "The server cannot do it at the moment; `Retry-After` says when to try again"),
];
const UNSIGNED: (&str, &str) = ("401", "Not signed in");
const FOR_INSTRUCTORS: (&str, &str) = ("403", "For instructors only, or sent by a page of another site");
const NAMED: (&str, &str) = ("404", "There is none of this name");
const NOT_STARTED: (&str, &str) = ("409", "The lab is not started, or somebody was quicker");
const LONG: (&str, &str) = ("413", "The body is too large");
const INVALID: (&str, &str) = ("422", "Understood, but not valid; `detail` says what");

fn problem(description: &str) -> RefOr<Response> {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    RefOr::T(ResponseBuilder::new().description(description).content("application/problem+json", content).build())
}

fn problems<'a>(told: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> BTreeMap<String, RefOr<Response>> {
    told.into_iter().map(|(status, said)| ((*status).to_owned(), problem(said))).collect()
}

impl IntoResponses for Usual {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(ALWAYS.iter().chain(&[UNSIGNED, LONG]))
    }
}

impl IntoResponses for UsualForInstructors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(ALWAYS.iter().chain(&[UNSIGNED, FOR_INSTRUCTORS, LONG]))
    }
}

impl IntoResponses for UsualForAnybody {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(ALWAYS.iter().chain(&[LONG]))
    }
}

/// Describe every problem that can come, where it is not described in better words.
pub(crate) fn complete(description: &mut OpenApi) {
    let schemas = description.components.as_ref().map(|components| components.schemas.clone()).unwrap_or_default();
    let paths = description.paths.paths.iter_mut();
    for (path, operation) in paths.flat_map(|(path, item)| operations(item).map(move |operation| (path, operation))) {
        if let Some(RefOr::T(body)) = &mut operation.request_body
            && body.content.values().any(|content| may_be_left_out(content, &schemas))
        {
            body.required = Some(Required::False);
        }
        let possible = possible(operation);
        let of_labs = path.starts_with("/api/v1/labs/{id}/").then_some(NOT_STARTED);
        for (status, said) in possible.into_iter().chain(of_labs) {
            operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem(said));
        }
    }
}

/// Whether nothing in a body is required: then an empty one will do.
fn may_be_left_out(content: &RefOr<Content>, schemas: &Schemas) -> bool {
    let RefOr::T(content) = content else { return false };
    let Some(RefOr::Ref(named)) = &content.schema else { return false };
    let name = named.ref_location.rsplit('/').next().unwrap_or_default();
    matches!(schemas.get(name), Some(RefOr::T(Schema::Object(object))) if object.required.is_empty())
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = path;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn possible(operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let has = |place: fn(&ParameterIn) -> bool| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().any(|parameter| matches!(parameter, RefOr::T(it) if place(&it.parameter_in)))
    };
    let has_body = operation.request_body.is_some();
    let mut possible = ALWAYS.to_vec();
    possible.extend(operation.security.is_some().then_some(UNSIGNED));
    possible.extend(has(|place| matches!(place, ParameterIn::Path)).then_some(NAMED));
    possible.extend(has_body.then_some(LONG));
    possible.extend((has_body || has(|place| matches!(place, ParameterIn::Query))).then_some(INVALID));
    possible
}
