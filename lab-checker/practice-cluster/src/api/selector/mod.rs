//! Label and field selectors, as clients write them in queries.

mod label;
mod selectors;

pub(crate) use selectors::Selectors;
