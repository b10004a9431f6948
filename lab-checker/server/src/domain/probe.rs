//! A probe: what a learner would type in a pod to see whether something is reached, and what the pod prints.

use std::time::Duration;

use course::workbench::{Asked, Probed, Trial};
use netpol::ObjectName;
use practice_cluster::{Command, Ran};

use crate::{app::App, problem::Problem, store::Learner};

/// The longest a probe may take: a name server that does not answer is asked for ten seconds.
const PATIENCE: Duration = Duration::from_secs(12);
/// How much of what a command prints is told.
const OUTPUT: usize = 16 << 10;

/// Run what a learner would type, in the lab's world or, before that has begun, in one like it.
pub(crate) async fn run(app: &App, learner: &Learner, lab: &str, asked: &Asked) -> Result<Probed, Problem> {
    let lab = app.lab(lab)?;
    app.limits.actions.take(learner.id.clone())?;
    let world = app.clusters.look(learner, lab).await?;
    let objects = world.objects().await?;
    let Trial { pod: ObjectName { namespace, name: pod }, words } = Trial::of(&objects, asked)?;
    let line = words.join(" ");
    let told = format!("{namespace}/{pod}");
    let Ran { output, exit_code } = world.run(&Command { namespace, pod, words, patience: PATIENCE }).await?;
    Ok(Probed { pod: told, command: line, output: shortened(output), exit_code })
}

/// The beginning of a text, cut between two characters.
fn shortened(mut text: String) -> String {
    if text.len() > OUTPUT {
        let end = (0..=OUTPUT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n…\n");
    }
    text
}
