//! What comes after a lab, and where kubectl is meanwhile.

use course::{ActivityProgress, ActivityState, Course, Lab};
use netpol::counted;

use crate::{activity::Activity, app::App, problem::Problem, store::Learner};

/// What comes after the lab.
pub(super) struct NextActivity {
    pub(super) title: String,
    pub(super) url: String,
    /// `10 minutes`, of a lab.
    pub(super) takes: Option<String>,
}

/// Another world than that of the page.
pub(super) struct Elsewhere {
    pub(super) world: String,
    /// In words.
    pub(super) place: String,
}

/// The first of what comes after an activity, in course order, that is not passed.
pub(super) fn next_activity(course: &Course, all: &[ActivityProgress], done: &Activity) -> Option<NextActivity> {
    let place = all.iter().position(|found| found.activity == *done)?;
    let next = all[place + 1..].iter().find(|found| found.state != ActivityState::Passed)?;
    let lab = course.lab(&next.activity.name).filter(|_| next.activity == Activity::lab(&next.activity.name));
    let kind = if lab.is_some() { "labs" } else { "quizzes" };
    Some(NextActivity {
        title: next.title.clone(),
        url: format!("/{kind}/{}", next.activity.name),
        takes: lab.map(|lab| counted(lab.minutes, "minute")),
    })
}

/// Where kubectl is, when it is not in the lab's own world.
pub(super) async fn elsewhere(app: &App, learner: &Learner, lab: &Lab) -> Result<Option<Elsewhere>, Problem> {
    let current = app.clusters.current(learner).await?;
    let place = match current.name() {
        Some(name) if name == lab.name => return Ok(None),
        Some(name) => format!("the world of “{}”", app.lab(name).map_or(name, |lab| lab.title.as_str())),
        None => "the sandbox".to_owned(),
    };
    Ok(Some(Elsewhere { world: current.to_string(), place }))
}
