//! The gradebook: learners × activities, the best attempt of each.

use std::collections::{BTreeMap, HashMap};

use course::rounded;
use serde::Serialize;
use utoipa::ToSchema;

use super::{class, words::shown};
use crate::{
    activity::{self, Activity},
    app::App,
    problem::Problem,
    store::{Best, Learner},
};

/// Everybody's scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Gradebook {
    /// What everything together is worth.
    pub(crate) max_points: f64,
    /// The columns.
    pub(crate) activities: Vec<Column>,
    /// The rows, by name.
    pub(crate) learners: Vec<Row>,
}

/// An activity of the course.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Column {
    /// `lab` or `quiz`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) max_points: f64,
}

/// A learner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) student_id: Option<String>,
    /// The group that the list says.
    pub(crate) group: Option<String>,
    /// The sum of the best attempts.
    pub(crate) points: f64,
    /// By `lab/NAME` and `quiz/NAME`; what was not tried is not there.
    pub(crate) scores: BTreeMap<String, Score>,
}

/// A learner's best at an activity.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Score {
    pub(crate) points: f64,
    pub(crate) max_points: f64,
    pub(crate) passed: bool,
    pub(crate) attempts: i64,
    /// When the last attempt was, RFC 3339.
    pub(crate) last: String,
}

impl Row {
    /// What they are searched by, in lower case: name, student id and e-mail address.
    pub(crate) fn searched(&self) -> String {
        let texts = [Some(&self.name), self.student_id.as_ref(), self.email.as_ref()];
        texts.into_iter().flatten().map(|text| shown(&text.to_lowercase()).into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// What they are sorted by, when by name.
    pub(crate) fn sorted_by(&self) -> String {
        shown(&self.name.to_lowercase()).into_owned()
    }

    /// Whether something of so many labs and quizzes is not passed.
    pub(crate) fn is_unfinished(&self, activities: usize) -> bool {
        self.scores.values().filter(|score| score.passed).count() < activities
    }
}

/// The gradebook as of now.
pub(crate) async fn of(app: &App) -> Result<Gradebook, Problem> {
    let activities = columns(app);
    let mut scores: HashMap<String, Vec<Best>> = HashMap::new();
    for best in app.store.scores().await? {
        scores.entry(best.learner.clone()).or_default().push(best);
    }
    let most: BTreeMap<String, f64> = activities.iter().map(|column| (column.key(), column.max_points)).collect();
    let learners = class::learners(app).await?;
    // What leaves the server must not give one learner's points to another: an address that is not sure stays here.
    let mut sure = class::sure_addresses(&learners);
    let learners = learners.into_iter().map(|learner| {
        let scores = scores.remove(&learner.id).unwrap_or_default();
        let email = sure.remove(&learner.id);
        Row { email, ..Row::of(learner, scores, &most) }
    });
    let learners = learners.collect();
    let max_points = rounded(activities.iter().map(|column| column.max_points).sum());
    Ok(Gradebook { max_points, activities, learners })
}

/// A learner's row as of now, and what everything together is worth. Nobody else's scores are read.
pub(crate) async fn of_learner(app: &App, learner: &Learner) -> Result<(Row, f64), Problem> {
    let activities = columns(app);
    let most: BTreeMap<String, f64> = activities.iter().map(|column| (column.key(), column.max_points)).collect();
    let row = Row::of(learner.clone(), app.store.scores_of(&learner.id).await?, &most);
    Ok((row, rounded(most.values().sum())))
}

impl Row {
    fn of(learner: Learner, scores: Vec<Best>, most: &BTreeMap<String, f64>) -> Self {
        let scores = scores_of(scores, most);
        Self {
            id: learner.id,
            name: learner.name,
            email: learner.email,
            student_id: learner.student_id,
            group: learner.group,
            points: rounded(scores.values().map(|score| score.points).sum()),
            scores,
        }
    }
}

fn scores_of(bests: Vec<Best>, most: &BTreeMap<String, f64>) -> BTreeMap<String, Score> {
    let known = bests.into_iter().filter_map(|best| {
        let key = key(&best.activity);
        let max_points = *most.get(&key)?;
        let points = best.points.min(max_points);
        let Best { passed, attempts, last, .. } = best;
        Some((key, Score { points, max_points, passed, attempts, last: last.to_string() }))
    });
    known.collect()
}

/// The activities in the order of the book; those that stand in no lesson come last.
fn columns(app: &App) -> Vec<Column> {
    let course = &app.course;
    let in_lessons = course.chapters.iter().flat_map(|chapter| chapter.activities.iter().cloned());
    let mut all: Vec<Activity> = in_lessons.collect();
    let rest = course.labs.iter().map(|lab| Activity::lab(&lab.name));
    for activity in rest.chain(course.quizzes.iter().map(|quiz| Activity::quiz(&quiz.name))) {
        if !all.contains(&activity) {
            all.push(activity);
        }
    }
    all.into_iter().filter_map(|activity| column(app, activity)).collect()
}

fn column(app: &App, activity: Activity) -> Option<Column> {
    let (title, max_points) = match activity.kind {
        activity::ActivityKind::Lab => app.course.lab(&activity.name).map(|lab| (lab.title.clone(), lab.points))?,
        activity::ActivityKind::Quiz => {
            app.course.quiz(&activity.name).map(|quiz| (quiz.title.clone(), quiz.points))?
        }
    };
    Some(Column { kind: activity::word(activity.kind), name: activity.name, title, max_points })
}

impl Column {
    /// What a learner's scores are found under.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }
}

fn key(activity: &Activity) -> String {
    format!("{}/{}", activity::word(activity.kind), activity.name)
}
