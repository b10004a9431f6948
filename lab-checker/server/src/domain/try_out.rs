//! The start page's first try, for people who have no account yet: a text in the first lab of the course that asks
//! for policies, as it begins.

use std::net::IpAddr;

use course::{Lab, LabCni, PictureLinks};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    preview::{Preview, previewed},
    tried::{begun, tried},
};
use crate::{app::App, problem::Problem};

/// The longest text.
const LONGEST: usize = 8 << 10;

/// What somebody tries.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FirstTry {
    /// YAML or JSON, at most 8 KiB; an empty one shows the lab as it begins.
    pub(crate) text: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedOut {
    /// The lab that it was tried in.
    lab: String,
    /// Its title.
    title: String,
    #[serde(flatten)]
    preview: Preview,
}

/// Try a text.
pub(crate) async fn try_out(app: &App, caller: IpAddr, FirstTry { text }: FirstTry) -> Result<TriedOut, Problem> {
    app.limits.tries.take(caller)?;
    if text.len() > LONGEST {
        return Err(Problem::invalid(format!("the text is longer than {} KiB", LONGEST >> 10)));
    }
    let lab = scene(app).ok_or_else(|| Problem::not_found("this course has no lab to try"))?;
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let checker = there.checker(&name)?;
        let lab = checker.lab();
        let tried = tried(begun(&there, None, lab)?, lab, &text, Vec::new());
        let preview = previewed(checker, tried, &[], PictureLinks::NONE);
        Ok(TriedOut { lab: lab.name.clone(), title: lab.title.clone(), preview })
    };
    app.previews.run_each(&app.grading, work).await?
}

/// The first lab that asks for policies and for nothing else.
fn scene(app: &App) -> Option<&Lab> {
    let mut labs = app.course.labs.iter().map(|lab| &**lab);
    labs.find(|lab| lab.may_change.iter().all(|kind| kind == "NetworkPolicy") && lab.cni == LabCni::Enforcing)
}
