//! What applying a text would do to a lab's world, while it is being typed: nothing of it is stored.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use course::{
    PictureLinks,
    workbench::{Preview, PreviewBundle, World as _, opened, previewed, read_brought, tried, why},
};
use netpol::FlowText;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{editor::check_length, lab_state::LabState, tried::begun};
use crate::{app::App, problem::Problem, store::Learner};

/// How many names of unfolded groups are read.
const MOST_OPEN: usize = 100;

/// What an editor holds.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Editor {
    /// YAML or JSON, as for `kubectl apply -f`.
    pub(crate) text: String,
    /// What earlier texts of this editor have brought, as `KIND/NAMESPACE/NAME`: what the text leaves out, goes.
    #[serde(default)]
    pub(crate) brought: Vec<String>,
    /// The groups of the picture that are unfolded.
    #[serde(default)]
    pub(crate) open: Vec<String>,
}

impl Editor {
    /// A question about this text, as no other text asks it.
    pub(super) fn asked(&self, what: &str) -> String {
        let mut hash = Sha256::new();
        for part in [std::slice::from_ref(&self.text), &self.brought, &self.open] {
            hash.update(part.len().to_le_bytes());
            for text in part {
                hash.update(text.len().to_le_bytes());
                hash.update(text);
            }
        }
        format!("{what} {}", URL_SAFE_NO_PAD.encode(hash.finalize()))
    }
}

/// Preview an editor's text in the lab's world; in the lab's start while the learner has not begun it.
pub(crate) async fn preview(app: &App, learner: &Learner, lab: &str, editor: Editor) -> Result<Arc<Preview>, Problem> {
    let lab = app.lab(lab)?;
    app.limits.previews.take(learner.id.clone())?;
    check_length(&editor.text)?;
    if editor.open.len() > MOST_OPEN {
        return Err(Problem::invalid(format!("`open` names more than {MOST_OPEN} groups")));
    }
    let brought = read_brought(&editor.brought, lab)?;
    let state = LabState::of(app, learner, lab).await?;
    let question = state.question(editor.asked("preview"));
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let world = state.world();
        let checker = there.checker(&name)?;
        let tried = tried(begun(&there, world, checker.lab())?, checker.lab(), &editor.text, brought);
        let page = format!("/labs/{name}");
        let flow = |flow: &FlowText| Some(why(&page, flow));
        let group = |group: &str| Some(opened(&page, &editor.open, group));
        Ok(previewed(checker, tried, &editor.open, PictureLinks { flow: &flow, group: &group }))
    };
    app.evaluation.preview((learner.id.clone(), lab.name.clone()), question, work).await
}

/// What a page needs to preview texts by itself: the lab as its learner sees it, and its world as it is now. The page is
/// told nothing that is judged.
pub(crate) async fn bundle(app: &App, learner: &Learner, lab: &str) -> Result<Arc<PreviewBundle>, Problem> {
    let lab = app.lab(lab)?;
    app.limits.previews.take(learner.id.clone())?;
    let state = LabState::of(app, learner, lab).await?;
    let question = state.question("preview bundle");
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let world = state.world();
        let lab = there.lab(&name)?;
        Ok(PreviewBundle::new(lab, begun(&there, world, lab)?.objects()))
    };
    app.evaluation.ask_to_preview(&learner.id, question, work).await
}
