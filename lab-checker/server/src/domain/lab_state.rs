//! The objects that a lab is looked at in: the learner's practice cluster, or the lab's start while the
//! learner has not started it.

use course::{Cell, Lab, Report};
use manifest::Source;
use netpol::Explanation;
use serde_json::Value;

use super::{
    explanation::Asked,
    objects::{name, text},
    started::has_start,
};
use crate::{app::App, problem::Problem, store::Learner};

/// A lab in the state the learner has brought it to.
#[derive(Debug, Clone)]
pub(crate) struct LabState {
    /// The objects to look at.
    pub(crate) objects: Vec<Value>,
    pub(crate) source: Source,
    /// Whether these are the learner's own, rather than the lab's start.
    pub(crate) started: bool,
}

impl LabState {
    pub(crate) async fn of(app: &App, learner: &Learner, lab: &Lab) -> Result<Self, Problem> {
        let objects = app.clusters.objects(learner).await?;
        if has_start(lab, &objects) {
            return Ok(Self { objects, source: Source::Cluster, started: true });
        }
        Ok(Self { objects: lab.start_objects().to_vec(), source: Source::Files, started: false })
    }

    /// The check's report, not recorded.
    pub(crate) async fn report(self, app: &App, lab: &str) -> Result<Report, Problem> {
        let (app_there, name) = (app.clone(), lab.to_owned());
        app.grading.run(move || Ok(app_there.checker(&name)?.check(&self.objects, self.source))).await?
    }

    /// The verdict of every flow that the lab looks at.
    pub(crate) async fn cells(self, app: &App, lab: &str) -> Result<Vec<Cell>, Problem> {
        let (app_there, name) = (app.clone(), lab.to_owned());
        app.grading.run(move || Ok(app_there.checker(&name)?.cells(&self.objects, self.source))).await?
    }

    /// Why one flow is allowed or blocked.
    pub(crate) async fn explain(self, app: &App, asked: Asked) -> Result<Explanation, Problem> {
        app.grading.run(move || asked.explain(&self.objects, self.source)).await?
    }

    /// The learner's own objects of the kinds that the lab lets them change.
    pub(crate) fn own_objects(&self, lab: &Lab) -> Vec<&Value> {
        let namespaces: Vec<&str> =
            lab.start_objects().iter().filter(|object| text(object, "/kind") == "Namespace").map(name).collect();
        self.objects
            .iter()
            .filter(|object| lab.may_change.iter().any(|kind| kind == text(object, "/kind")))
            .filter(|object| {
                let namespace = text(object, "/metadata/namespace");
                namespace.is_empty() || namespace == lab.namespace || namespaces.contains(&namespace)
            })
            // Every namespace of a cluster has this one.
            .filter(|object| name(object) != "kube-root-ca.crt")
            .collect()
    }
}
