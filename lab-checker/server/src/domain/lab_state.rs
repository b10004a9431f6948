//! The objects that a lab is looked at in: those of its world, wherever the learner's kubectl is, or the lab's start
//! while the learner has not begun it.

use course::{Cell, Lab, LabCni, Report};
use manifest::Source;
use netpol::Explanation;
use serde_json::Value;

use super::{
    explanation::Asked,
    objects::{name, text},
};
use crate::{app::App, problem::Problem, store::Learner};

/// A lab in the state the learner has brought it to.
#[derive(Debug, Clone)]
pub(crate) struct LabState {
    /// The objects to look at.
    pub(crate) objects: Vec<Value>,
    pub(crate) source: Source,
    /// Whether these are the learner's own: the lab has begun.
    pub(crate) started: bool,
    /// What the network of the lab's world does with policies.
    cni: LabCni,
}

impl LabState {
    pub(crate) async fn of(app: &App, learner: &Learner, lab: &Lab) -> Result<Self, Problem> {
        let cni = lab.cni;
        Ok(match app.clusters.objects(learner, lab).await? {
            Some(objects) => Self { objects, source: Source::Cluster, started: true, cni },
            None => Self { objects: lab.start_objects().to_vec(), source: Source::Files, started: false, cni },
        })
    }

    /// What decides about packets: a network that ignores policies sees none.
    fn felt(self) -> Self {
        Self { objects: felt(self.objects, self.cni), ..self }
    }

    /// The check's report, not recorded.
    pub(crate) async fn report(self, app: &App, lab: &str) -> Result<Report, Problem> {
        let (app_there, name) = (app.clone(), lab.to_owned());
        app.grading.run(move || Ok(app_there.checker(&name)?.check(&self.objects, self.source))).await?
    }

    /// The report and the flows, from one look where the network obeys policies.
    pub(crate) async fn report_and_cells(self, app: &App, lab: &str) -> Result<(Report, Vec<Cell>), Problem> {
        if self.cni == LabCni::None {
            return Ok((self.clone().report(app, lab).await?, self.cells(app, lab).await?));
        }
        let (app_there, name) = (app.clone(), lab.to_owned());
        app.grading.run(move || Ok(app_there.checker(&name)?.check_with_cells(&self.objects, self.source))).await?
    }

    /// What becomes of every flow that the lab looks at.
    pub(crate) async fn cells(self, app: &App, lab: &str) -> Result<Vec<Cell>, Problem> {
        let (app_there, name) = (app.clone(), lab.to_owned());
        let felt = self.felt();
        app.grading.run(move || Ok(app_there.checker(&name)?.cells(&felt.objects, felt.source))).await?
    }

    /// Why one flow is allowed or blocked.
    pub(crate) async fn explain(self, app: &App, asked: Asked) -> Result<Explanation, Problem> {
        let felt = self.felt();
        app.grading.run(move || asked.explain(&felt.objects, felt.source)).await?
    }

    /// The learner's own objects of the kinds that the lab lets them change.
    pub(crate) fn own_objects(&self, lab: &Lab) -> Vec<&Value> {
        let is_own =
            |object: &&Value| is_own(lab, text(object, "/kind"), text(object, "/metadata/namespace"), name(object));
        self.objects.iter().filter(is_own).collect()
    }
}

/// Whether an editor shows objects of this kind: pods are made and removed, not edited.
pub(crate) fn is_edited(kind: &str) -> bool {
    kind != "Pod"
}

/// What of these objects decides about packets: a network that ignores policies sees none.
pub(super) fn felt(mut objects: Vec<Value>, cni: LabCni) -> Vec<Value> {
    if cni == LabCni::None {
        objects.retain(|object| !text(object, "/kind").ends_with("NetworkPolicy"));
    }
    objects
}

/// Whether an object is the learner's to change: of a kind that the lab lets them change, and where the lab plays.
pub(super) fn is_own(lab: &Lab, kind: &str, namespace: &str, object: &str) -> bool {
    let mut starts = lab.start_objects().iter().filter(|object| text(object, "/kind") == "Namespace");
    let is_there = namespace.is_empty() || namespace == lab.namespace || starts.any(|start| name(start) == namespace);
    // Every namespace of a cluster has this one.
    is_there && lab.may_change.iter().any(|may| may == kind) && object != "kube-root-ca.crt"
}
