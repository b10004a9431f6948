//! Rules without effect: those for a direction that their policy's `policyTypes` do not list.

use super::catalogue::Lint;
use super::finding::{Finding, finding};
use crate::engine::Engine;
use crate::model::{Direction, phrases};

/// One finding for every direction that has rules and is not listed.
pub(crate) fn unlisted_directions(engine: &Engine) -> Vec<Finding> {
    let told = engine.snapshot().unlisted.iter().map(|policy| {
        let direction = if policy.ingress.is_some() { Direction::Ingress } else { Direction::Egress };
        let name = phrases::policy_type(direction);
        let message = format!("its {direction} rules have no effect: policyTypes does not list {name}");
        let help = Some(format!("add {name} to policyTypes, or remove the rules"));
        Finding { help, ..finding(policy, format!("spec.{direction}"), Lint::UnlistedDirection, message) }
    });
    told.collect()
}
