//! The objects that a lab is looked at in: those of its world, wherever the learner's kubectl is, or the lab's start
//! while the learner has not begun it.

use std::sync::Arc;

use course::{
    Cell, Checker, Lab, LabCni, Report,
    workbench::{Asked, felt, is_own},
};
use manifest::Source;
use netpol::Explanation;
use practice_cluster::Rehearsal;
use serde_json::Value;

use super::objects::{name, text};
use crate::{
    app::{
        App,
        answers::{About, Question},
    },
    problem::Problem,
    store::Learner,
};

/// A lab in the state the learner has brought it to: a copy that costs nothing, until it is its turn to be looked at.
#[derive(Debug, Clone)]
pub(crate) struct LabState {
    learner: String,
    lab: String,
    /// The learner's own, when the lab has begun.
    world: Option<Rehearsal>,
}

impl LabState {
    pub(crate) async fn of(app: &App, learner: &Learner, lab: &Lab) -> Result<Self, Problem> {
        let world = app.clusters.rehearsal(learner, lab).await?;
        Ok(Self { learner: learner.id.clone(), lab: lab.name.clone(), world })
    }

    /// Whether the lab has begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.world.is_some()
    }

    /// The learner's own, when the lab has begun.
    pub(crate) fn world(self) -> Option<Rehearsal> {
        self.world
    }

    /// A question about this state.
    pub(crate) fn question(&self, asked: impl Into<String>) -> Question {
        let version = self.world.as_ref().and_then(Rehearsal::version);
        let about = version.map_or(About::Start, |version| About::World(version.clone()));
        Question { about, lab: self.lab.clone(), asked: asked.into() }
    }

    /// The check's report, not recorded.
    pub(crate) async fn report(self, app: &App) -> Result<Arc<Report>, Problem> {
        self.ask(app, "report", |checker, objects, from| Ok(checker.check(&objects, from))).await
    }

    /// The report and the flows, from one look where the network obeys policies.
    pub(crate) async fn report_and_cells(self, app: &App) -> Result<Arc<(Report, Vec<Cell>)>, Problem> {
        let look = |checker: &Checker, objects: Vec<Value>, from| {
            if checker.lab().cni != LabCni::None {
                return Ok(checker.check_with_cells(&objects, from));
            }
            let report = checker.check(&objects, from);
            Ok((report, checker.cells(&felt(objects, LabCni::None), from)))
        };
        self.ask(app, "report and map", look).await
    }

    /// What becomes of every flow that the lab looks at.
    pub(crate) async fn cells(self, app: &App) -> Result<Arc<Vec<Cell>>, Problem> {
        let look = |checker: &Checker, objects, from| Ok(checker.cells(&felt(objects, checker.lab().cni), from));
        self.ask(app, "map", look).await
    }

    /// Why one flow is allowed or blocked.
    pub(crate) async fn explain(self, app: &App, asked: Asked) -> Result<Arc<Explanation>, Problem> {
        let Asked { from, to, port } = &asked;
        let question = format!("why {from:?} {to:?} {port:?}");
        let look = move |checker: &Checker, objects, from| Ok(asked.explain(&felt(objects, checker.lab().cni), from)?);
        self.ask(app, &question, look).await
    }

    /// What somebody makes of the learner's own objects, of the kinds that the lab lets them change.
    pub(crate) async fn of_own_objects<T: Send + Sync + 'static>(
        self,
        app: &App,
        asked: &str,
        make: impl Fn(&Value) -> T + Send + 'static,
    ) -> Result<Arc<Vec<T>>, Problem> {
        let look = move |checker: &Checker, objects: Vec<Value>, _| {
            let is_own = |object: &&Value| {
                let (kind, namespace) = (text(object, "/kind"), text(object, "/metadata/namespace"));
                is_own(checker.lab(), kind, namespace, name(object))
            };
            Ok(objects.iter().filter(is_own).map(make).collect())
        };
        self.ask(app, asked, look).await
    }

    async fn ask<T: Send + Sync + 'static>(
        self,
        app: &App,
        asked: &str,
        look: impl FnOnce(&Checker, Vec<Value>, Source) -> Result<T, Problem> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        let (there, question) = (app.clone(), self.question(asked));
        let Self { learner, lab, world } = self;
        let work = move || {
            let checker = there.checker(&lab)?;
            match world {
                Some(world) => look(checker, world.objects(), Source::Cluster),
                None => look(checker, checker.lab().start_objects().to_vec(), Source::Files),
            }
        };
        app.evaluation.ask(&learner, question, work).await
    }
}
