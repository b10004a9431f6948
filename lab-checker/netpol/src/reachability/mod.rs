//! Many flows at once: the verdicts of all flows that a query picks, as rows and counts; and what else they tell:
//! what two snapshots differ in, and what is exposed.

mod all_flows;
mod class_verdicts;
mod count;
mod csv;
mod diff;
mod exposure;
mod own_node;
mod picked;

pub(crate) use all_flows::is_asked;
pub use all_flows::{Counts, Reachability};
pub(crate) use class_verdicts::ClassVerdicts;
pub use csv::csv;
pub use diff::{Dependent, Difference, diff, unknown_in_words};
pub use exposure::{Exposure, Group, Openness, exposure};
pub(crate) use picked::{EndpointId, PickedEndpoint};
