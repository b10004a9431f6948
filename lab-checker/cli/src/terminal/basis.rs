//! What a verdict rests on. Of a cluster that was named, only its objects are known here: that its network does
//! what its policies say is for the doctor to prove.

use std::io;

use serde::Serialize;
use serde_json::Value;

use crate::input::networks::{Known, Proved};
use crate::input::target::NamedCluster;
use crate::terminal::{next, output};

/// What a verdict rests on, for programs: the key in JSON.
pub(crate) const KEY: &str = "basis";

/// That verdicts rest on policies alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policies;

impl Policies {
    /// What stands under the key.
    pub(crate) const WORD: &'static str = "policies";
}

/// Says on stderr that the answer is about policies, when it is about a cluster that was named.
pub(crate) fn say(cluster: &NamedCluster) -> io::Result<Option<Policies>> {
    if !cluster.is_named() {
        return Ok(None);
    }
    let doctor = next::command("doctor --prove");
    let words = match cluster.known_network() {
        None => format!("this is what the policies say, not what packets do; {doctor} tries packets"),
        Some(Known { proof: Proved::Enforced, date }) => format!(
            "this is what the policies say; on {date} the doctor proved that this cluster's network enforces them"
        ),
        Some(Known { proof: Proved::Ignored, date }) => format!(
            "this is what the policies say, not what packets do: on {date} this cluster's network ignored policies; \
             {doctor} tries again"
        ),
        Some(Known { proof: Proved::Partly, date }) => format!(
            "this is what the policies say, not what packets do: on {date} this cluster's network enforced some of it; \
             {doctor} tells what"
        ),
    };
    output::note(&words)?;
    Ok(Some(Policies))
}

/// An answer in JSON, with what it rests on where that must be said.
pub(crate) fn with(answer: &impl Serialize, basis: Option<Policies>) -> serde_json::Result<Value> {
    let mut answer = serde_json::to_value(answer)?;
    if let (Some(fields), Some(Policies)) = (answer.as_object_mut(), basis) {
        fields.insert(KEY.to_owned(), Policies::WORD.into());
    }
    Ok(answer)
}
