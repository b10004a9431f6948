//! What is wrong with an object, at the place where it stands, in friendlier words than the API server's,
//! with what to try.

mod cluster_policy;
mod field;
mod object;
mod words;

pub(crate) use object::object;

#[cfg(test)]
mod tests;
