//! Previews in a page that has a server: the world comes from there, drafts are tried out here, and answers are judged
//! by the server alone. So a page is told nothing that is judged: neither solution nor mistakes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::brought::read_brought;
use super::links::{opened, why};
use super::page_lab::Editor;
use super::page_world::PageWorld;
use super::preview::Preview;
use super::recall::Recall;
use super::sent_world::SentWorld;
use super::shown::flows_looked_at;
use super::tried::tried;
use super::unanswerable::{Unanswerable, invalid};
use crate::check::{Checker, PictureLinks};
use crate::labs::{Lab, VisibleLab};
use netpol::FlowText;

/// What a page is sent: a lab as it is seen, and its world at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreviewBundle {
    lab: VisibleLab,
    /// As a cluster holds them.
    objects: Vec<Value>,
}

impl PreviewBundle {
    /// Of a lab, and of the objects of its practice cluster.
    #[must_use]
    pub fn new(lab: &Lab, mut objects: Vec<Value>) -> Self {
        objects.iter_mut().for_each(without_bookkeeping);
        Self { lab: lab.visible(), objects }
    }
}

/// What clusters note down for themselves is half of an object, and nothing that a preview reads.
fn without_bookkeeping(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.shift_remove("managedFields");
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.shift_remove(manifest::last_applied::KEY);
    }
}

/// A lab that drafts are tried out in.
pub struct PreviewLab {
    checker: Checker,
    world: PageWorld,
    recall: Recall,
    /// The page of the lab, where the picture's parts lead.
    page: String,
}

impl PreviewLab {
    /// The lab that was sent.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(bundle: PreviewBundle) -> Result<Self, Unanswerable> {
        let lab = bundle.lab.lab().ok_or_else(|| invalid("these flows are not those of this lab"))?;
        let page = format!("/labs/{}", lab.name);
        Ok(Self {
            checker: Checker::new(lab),
            world: PageWorld::of_cluster(bundle.objects),
            recall: Recall::default(),
            page,
        })
    }

    /// What applying the text would do, as the server says it, but for the checks that it alone can judge; nothing when
    /// a cluster would do more than the text says.
    ///
    /// # Errors
    /// When `brought` names no objects.
    pub fn preview(&self, editor: &Editor) -> Result<Option<Preview>, Unanswerable> {
        let lab = self.checker.lab();
        let brought = read_brought(&editor.brought, lab)?;
        let mut is_beyond = false;
        let tried = tried(SentWorld::new(self.world.clone(), &mut is_beyond), lab, &editor.text, brought);
        if is_beyond {
            return Ok(None);
        }
        let flow = |flow: &FlowText| Some(why(&self.page, flow));
        let group = |group: &str| Some(opened(&self.page, &editor.open, group));
        let picture = (editor.open.as_slice(), PictureLinks { flow: &flow, group: &group });
        Ok(Some(self.recall.preview(&self.checker, &self.world, tried, picture, flows_looked_at)))
    }
}
