//! The page of a lab on the static site: as it is begun, and the same for everybody. Its script puts in what is the
//! reader's own, and what is there once the lab is passed.

use std::sync::Arc;

use askama::Template as _;
use course::{
    ActivityState, Checker, Course, Lab, LabCni, markdown_to_html,
    workbench::{felt, start_text},
};
use manifest::Source;

use super::{
    asked::Shown,
    attack::{ShownAttack, shown},
    next::next_activity,
    own::Editing,
    view::{LabPage, listed, picture},
};
use crate::{
    activity::Activity,
    pages::{
        frame::{Frame, OnSite},
        map::ReachabilityMap,
    },
};

/// The page.
pub(in crate::pages) fn on_site(course: &Course, lab: &Arc<Lab>, site: &OnSite) -> Result<String, askama::Error> {
    let checker = Checker::new(Arc::clone(lab));
    let objects = felt(lab.start_objects().to_vec(), lab.cni);
    let (report, mut cells) = checker.check_with_cells(lab.start_objects(), Source::Files);
    if lab.cni == LabCni::None {
        cells = checker.cells(&objects, Source::Files);
    }
    let activity = Activity::lab(&lab.name);
    let activities: Vec<_> = course.progress([]).chapters.into_iter().flat_map(|chapter| chapter.activities).collect();
    let next = next_activity(course, &activities, &activity);
    let progress = activities.into_iter().find(|found| found.activity == activity);
    let page = LabPage {
        frame: Frame::on_site(course, &lab.title, site),
        name: lab.name.clone(),
        learner: String::new(),
        title: lab.title.clone(),
        chapter: course.chapter(&lab.chapter).map(|chapter| (chapter.title.clone(), chapter.page.clone())),
        points: lab.points,
        minutes: lab.minutes,
        namespace: lab.namespace.clone(),
        task: markdown_to_html(&lab.task),
        started: true,
        elsewhere: None,
        // What is shown of who has passed stands in a template of the page.
        progress: progress.map(|progress| course::ActivityProgress { state: ActivityState::Passed, ..progress }),
        editing: editing(lab),
        checks: listed(&report),
        picture: picture(&lab.title, &cells, &Shown::default()).unwrap_or_default(),
        next,
        report: None,
        stale: false,
        attack: shown(lab, &cells).map(|attack| ShownAttack { fails: true, ..attack }),
        map: ReachabilityMap::new(&cells),
        why: None,
        hints: Vec::new(),
        more_hints: (!lab.hints.is_empty()).then_some(1),
        hint_count: lab.hints.len(),
        solution: None,
        has_certificate: false,
        start_files: lab.start_files().to_vec(),
        kubeconfig: None,
        told: None,
        appealable: None,
        appeals: Vec::new(),
        engine: None,
    };
    page.render()
}

fn editing(lab: &Lab) -> Editing {
    let text = start_text(lab);
    Editing {
        text: text.clone(),
        in_cluster: text.clone(),
        start_text: text,
        brought: String::new(),
        has_aside: false,
        applied: None,
        own: Arc::default(),
    }
}
