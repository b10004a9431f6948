//! What an address asks the page of a lab for. An address that asks for something that is not there is wrong, and is
//! told so; nothing of it is left out in silence.

use course::{
    Cell, Lab,
    workbench::{Asked, port_of},
};
use serde::Deserialize;

use crate::problem::Problem;

/// What a page shows besides the lab itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Shown {
    /// How many hints are open.
    hints: usize,
    /// An attempt whose report is shown.
    pub(super) attempt: Option<String>,
    from: Option<String>,
    to: Option<String>,
    port: Option<String>,
    /// The boxes of the picture that are unfolded, with colons between.
    open: String,
}

impl Shown {
    /// How many of the lab's hints are open.
    pub(super) fn hints(&self, lab: &Lab) -> Result<usize, Problem> {
        let all = lab.hints.len();
        match self.hints {
            open if open <= all => Ok(open),
            _ => Err(Problem::not_found(format!("this lab has hints 1 to {all}"))),
        }
    }

    /// The flow that is asked about: one of those that the lab looks at.
    pub(super) fn flow(&self, cells: &[Cell]) -> Result<Option<Asked>, Problem> {
        let (from, to, port) = match (&self.from, &self.to, &self.port) {
            (None, None, None) => return Ok(None),
            (Some(from), Some(to), Some(port)) => (from, to, port),
            _ => return Err(Problem::bad_request("a flow is asked about with `from`, `to` and `port` together")),
        };
        let wanted = |cell: &&Cell| {
            let is_port = port_of(&cell.flow) == *port || format!("{}/{}", cell.flow.port, cell.flow.protocol) == *port;
            cell.flow.from == *from && cell.flow.to == *to && is_port
        };
        match cells.iter().find(wanted) {
            Some(_) => Ok(Some(Asked { from: from.clone(), to: to.clone(), port: port.clone() })),
            None => Err(Problem::not_found("this lab looks at no such flow; choose one in its table")),
        }
    }

    /// The boxes that are unfolded, all of which are in the picture.
    pub(super) fn open(&self, boxes: &[&str]) -> Result<Vec<String>, Problem> {
        let open: Vec<String> = self.open.split(':').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        match open.iter().find(|name| !boxes.contains(&name.as_str())) {
            None => Ok(open),
            Some(_) => Err(Problem::not_found("the picture of this lab has no such box")),
        }
    }
}
