//! Certificates: of the largest lab of the course, its capstone, and of all of it. Nothing of them is kept; they say what is true now,
//! after everything that was graded again.

use std::collections::BTreeMap;

use course::{ActivityProgress, rounded};

use super::progress;
use crate::{
    activity::{Activity, ActivityKind, word},
    app::App,
    clock::Moment,
    problem::Problem,
    store::Learner,
};

/// What a learner has earned, or what is missing for it.
pub(crate) struct Certificate {
    /// What it is of.
    pub(crate) title: String,
    /// Whether it is of the whole course.
    pub(crate) is_of_all: bool,
    pub(crate) points: f64,
    pub(crate) max_points: f64,
    /// When the last of it was passed for the first time; nothing while something is missing.
    pub(crate) earned: Option<String>,
    /// What is not passed.
    pub(crate) missing: Vec<Missing>,
}

/// An activity that is not passed.
pub(crate) struct Missing {
    pub(crate) title: String,
    pub(crate) url: String,
}

/// An activity with what a learner has of it.
struct Part {
    activity: Activity,
    title: String,
    points: f64,
    max_points: f64,
}

/// The certificate of the course, and that of the lab that is worth the most.
pub(crate) async fn of(app: &App, learner: &Learner) -> Result<Vec<Certificate>, Problem> {
    let since: BTreeMap<Activity, Moment> = app.store.passed_by(&learner.id).await?.into_iter().collect();
    let progress = progress::of(app, learner).await?;
    let activities: Vec<_> = progress.chapters.into_iter().flat_map(|chapter| chapter.activities).collect();
    let largest = largest_lab(&activities).cloned();
    let parts: Vec<Part> = activities
        .into_iter()
        .map(|one| Part { activity: one.activity, title: one.title, points: one.points, max_points: one.max_points })
        .collect();
    let of_lab = parts
        .iter()
        .find(|part| Some(&part.activity) == largest.as_ref())
        .map(|part| certificate(&part.title, std::slice::from_ref(part), &since));
    let of_all = (!parts.is_empty()).then(|| certificate(&app.course.title, &parts, &since));
    let of_all = of_all.map(|certificate| Certificate { is_of_all: true, ..certificate });
    Ok(of_all.into_iter().chain(of_lab).collect())
}

/// The lab that has a certificate of its own: the one that is worth the most.
pub(crate) fn largest_lab(activities: &[ActivityProgress]) -> Option<&Activity> {
    let labs = activities.iter().filter(|one| one.activity.kind == ActivityKind::Lab);
    labs.max_by(|one, other| one.max_points.total_cmp(&other.max_points)).map(|one| &one.activity)
}

fn certificate(title: &str, parts: &[Part], since: &BTreeMap<Activity, Moment>) -> Certificate {
    let missing = parts.iter().filter(|part| !since.contains_key(&part.activity)).map(missing).collect::<Vec<_>>();
    let last = parts.iter().filter_map(|part| since.get(&part.activity)).max();
    Certificate {
        title: title.to_owned(),
        is_of_all: false,
        points: rounded(parts.iter().map(|part| part.points).sum()),
        max_points: rounded(parts.iter().map(|part| part.max_points).sum()),
        earned: last.filter(|_| missing.is_empty()).map(|moment| moment.day()),
        missing,
    }
}

fn missing(part: &Part) -> Missing {
    let folder = if part.activity.kind == ActivityKind::Lab { "labs" } else { "quizzes" };
    let kind = word(part.activity.kind);
    Missing { title: format!("{} ({kind})", part.title), url: format!("/{folder}/{}", part.activity.name) }
}
