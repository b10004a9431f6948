//! Comparing two snapshots exactly: whether there is any flow, today or tomorrow, that one allows and the other
//! does not.
//!
//! Policies tell endpoints apart by the words that they use, so what both sides mention together divides all pods
//! that there could be, all addresses and all ports into a few classes. Both sides are given the same
//! representatives of each, and what they say of them is compared: nothing is sampled.

mod allowed;
mod by_kind;
mod comparison;
mod exact;
mod joint_classes;
mod profiles;
mod scopes;
mod survey;
mod universe;
mod words;

pub use by_kind::{DifferenceByKind, FlowKind, difference_by_kind, difference_by_kind_wherever};
pub use comparison::{ClassDifference, Comparison, EndpointClass, port_stretches_in_words};
pub use exact::compare;
pub use scopes::LabelScope;
pub use survey::{Survey, SurveyEnd, SurveyedPort};
pub use universe::OutsideAddress;
pub use words::PortStretch;
