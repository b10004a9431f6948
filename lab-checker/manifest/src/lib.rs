//! Text to Kubernetes objects to what the engine understands.
//!
//! [`parse()`] and [`files`] read YAML and JSON, and say everything that is wrong with it, with file,
//! line and column. [`admission`] does to an object what an API server does: strict decoding,
//! defaults, validation, in the API server's own words. [`lower()`] turns objects into a
//! [`netpol::Snapshot`]. [`baseline()`] is what a fresh cluster holds, and [`reduce()`] leaves of objects what a
//! check reads; [`last_applied`] is what `kubectl apply` notes down. Nothing here talks to a cluster.
//!
//! Floors, each using only those before it: `text` (the format and its places), [`kinds`] (what each kind is to
//! us), `schema` (what kinds are made of), [`admission`], `lower`, `advice` (what to say about it), `parse`, [`files`], [`Places`] and
//! [`empty_peers()`]; [`PodMaker`] names what makes pods out of sight.

pub mod admission;
mod advice;
mod baseline;
mod empty_peers;
pub mod files;
pub mod kinds;
pub mod last_applied;
mod lower;
mod nearest;
mod node_peers;
mod object;
mod other_policies;
mod parse;
mod places;
mod reduce;
mod schema;
mod subject;
mod text;
mod unseen;

pub use baseline::baseline;
pub use empty_peers::empty_peers;
pub use lower::{LowerError, ObjectProblem, Source, lower, lower_each};
pub use nearest::nearest;
pub use node_peers::UnknownNodes;
pub use object::{OWN_LABEL, Object, ObjectId, Origin, is_in_every_cluster};
pub use other_policies::{OtherPolicyKind, Unevaluated};
pub use parse::{Parsed, parse};
pub use places::Places;
pub use reduce::{Scope, is_read, name_alone, reduce};
pub use schema::openapi;
pub use subject::subject_namespaces;
pub use text::{Diagnostic, Position, Positions, Severity, to_yaml, yaml};
pub use unseen::{PodMaker, not_looked_at};
