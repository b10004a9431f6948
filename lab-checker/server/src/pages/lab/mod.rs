//! `/labs/NAME`: the workbench. Task, editor, apply, check, reset, hints, map, and why.
//!
//! | file | what stands in it |
//! |---|---|
//! | `asked` | what an address asks the page for; nothing bad is answered as if it were good |
//! | `attack` | the attack of the story, before and now |
//! | `next` | what comes after the lab, and where kubectl is meanwhile |
//! | `on_site` | the page where no server answers |
//! | `own` | what is the learner's in the cluster, and what the editor begins with |
//! | `report` | the report of an attempt |
//! | `view` | the page |
//! | `act` | its buttons |

mod act;
mod asked;
mod attack;
mod next;
mod on_site;
mod own;
mod report;
mod view;

pub(super) use act::act;
pub(super) use on_site::on_site;
pub(super) use view::page;
