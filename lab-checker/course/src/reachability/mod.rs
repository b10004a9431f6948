//! Flows between the endpoints of a snapshot, as lab files, quizzes and lessons name them, and what the engine
//! says about each.

mod flow_set;
mod look;
mod observation;
mod pattern;
mod seen;
mod verdicts;

pub(crate) use flow_set::{CellKey, EndpointKind, FlowOptions, FlowSet, NamedEndpoint, Port};
pub(crate) use look::{Look, SYSTEM, lower_files};
pub(crate) use observation::Observation;
pub(crate) use pattern::{DestinationPattern, FlowPattern, Pattern, parse_port, unbracketed};
pub(crate) use seen::Seen;
pub(crate) use verdicts::Verdicts;
