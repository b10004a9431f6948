//! What any request of a learner may be answered, in the API's description.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder},
};

use crate::problem::Problem;

/// The problems that have nothing to do with what was asked for.
pub(crate) struct Usual;

/// The same of an instructor.
pub(crate) struct UsualForInstructors;

/// The same where nobody needs to be signed in.
pub(crate) struct UsualForAnybody;

const FOR_ANYBODY: [(&str, &str); 5] = [
    ("400", "Not the JSON that it must be"),
    ("413", "The body is larger than 1 MiB"),
    ("429", "Too many requests; `Retry-After` says when to try again"),
    ("500", "The server failed, and has written it to its log"),
    ("503", "The server cannot do it at the moment; `Retry-After` says when to try again"),
];
const FOR_INSTRUCTORS: [(&str, &str); 2] =
    [("401", "Not signed in"), ("403", "For instructors only, or sent by a page of another site")];
const FOR_LEARNERS: [(&str, &str); 2] =
    [("401", "Not signed in"), ("403", "For learners only, or sent by a page of another site")];

fn problems<'a>(told: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> BTreeMap<String, RefOr<Response>> {
    let response = |description: &str| {
        let schema = Ref::from_schema_name(Problem::name());
        let content = ContentBuilder::new().schema(Some(schema)).build();
        ResponseBuilder::new().description(description).content("application/problem+json", content).build()
    };
    told.into_iter().map(|(status, said)| ((*status).to_owned(), RefOr::T(response(said)))).collect()
}

impl IntoResponses for Usual {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(FOR_ANYBODY.iter().chain(&FOR_LEARNERS))
    }
}

impl IntoResponses for UsualForInstructors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(FOR_ANYBODY.iter().chain(&FOR_INSTRUCTORS))
    }
}

impl IntoResponses for UsualForAnybody {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&FOR_ANYBODY)
    }
}
