//! Drafts of a lab's editor: kept for their learner alone, written on top of the version that the editor knows.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Number;
use utoipa::ToSchema;

use super::own_words;
use crate::{
    app::App,
    clock::Moment,
    problem::Problem,
    store::{Draft, DraftWrite, Learner},
};

/// A learner's draft for a lab.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// As it was typed; empty when there is none.
    pub(crate) text: String,
    /// What the next write is based on; 0 when there is none.
    pub(crate) version: i64,
    /// When it was written last; nothing when there is none.
    #[schema(value_type = Option<String>)]
    pub(crate) changed_at: Option<Moment>,
    /// What was applied last from the editor, as it was typed, while the lab's world is as it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) applied: Option<String>,
    /// A text that was put aside, by a reset or for another one, and can be brought back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) aside: Option<String>,
}

/// A text to put aside.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TextAside {
    /// At most 64 KiB.
    pub(crate) text: String,
}

/// What to keep.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewDraft {
    /// At most 64 KiB.
    pub(crate) text: String,
    /// The version that it is based on; 0 when there was none.
    #[serde(deserialize_with = "whole")]
    pub(crate) version: i64,
}

/// A whole number, however it is written: to JSON, `3` and `3.0` are the same.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e18);
    let whole = number.as_i64().or_else(|| whole.map(|number| number as i64));
    whole.ok_or_else(|| D::Error::custom("the version is not a whole number of 64 bits"))
}

impl From<Option<Draft>> for DraftView {
    fn from(draft: Option<Draft>) -> Self {
        draft.map_or_else(Self::default, |Draft { text, version, changed_at }| Self {
            text,
            version,
            changed_at: Some(changed_at),
            ..Self::default()
        })
    }
}

/// The draft that is kept.
pub(crate) async fn read(app: &App, learner: &Learner, lab: &str) -> Result<DraftView, Problem> {
    let lab = app.lab(lab)?;
    app.limits.drafts.take(learner.id.clone())?;
    let own_words::Words { in_world, aside } = own_words::of(app, learner, lab).await?;
    Ok(DraftView { applied: in_world, aside, ..app.store.draft(&learner.id, &lab.name).await?.into() })
}

/// Keep a draft, unless another one has been kept since the version that this one is based on.
pub(crate) async fn write(app: &App, learner: &Learner, lab: &str, new: NewDraft) -> Result<DraftView, Problem> {
    let lab = app.lab(lab)?;
    app.limits.drafts.take(learner.id.clone())?;
    own_words::check(&new.text)?;
    match app.store.write_draft(&learner.id, &lab.name, &new.text, new.version).await? {
        DraftWrite::Kept(draft) => Ok(Some(draft).into()),
        DraftWrite::Outdated(there) => Err(Problem::draft_changed().with("draft", DraftView::from(there))),
    }
}

/// Put a text aside, in the place of one that was there; or forget that.
pub(crate) async fn put_aside(app: &App, learner: &Learner, lab: &str, text: Option<&str>) -> Result<(), Problem> {
    let lab = app.lab(lab)?;
    app.limits.drafts.take(learner.id.clone())?;
    own_words::check(text.unwrap_or_default())?;
    own_words::put_aside(app, learner, lab, text).await
}

/// Throw the draft away.
pub(crate) async fn forget(app: &App, learner: &Learner, lab: &str) -> Result<(), Problem> {
    let lab = app.lab(lab)?;
    app.limits.drafts.take(learner.id.clone())?;
    Ok(app.store.forget_draft(&learner.id, &lab.name).await?)
}
