//! What a learner has written, in their own words: comments and the order of keys stay, although a cluster keeps neither.
//! A text that was applied stands in the editor for as long as applying it once more would change nothing; one that was
//! put aside, or that the world has left behind, can be brought back.

use course::{Lab, workbench::start_text};

use super::{preview::Editor, tried::is_in_world};
use crate::{
    app::{
        App,
        answers::{About, Question},
    },
    problem::Problem,
    store::Learner,
};

/// The longest text of an editor that is kept.
const LONGEST: usize = 64 << 10;

/// A learner's texts for a lab, beside the draft.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// What the editor shows of the world, when its learner has applied that.
    pub(crate) in_world: Option<String>,
    /// What can be brought back.
    pub(crate) aside: Option<String>,
}

/// The texts of a lab's editor.
pub(crate) async fn of(app: &App, learner: &Learner, lab: &Lab) -> Result<Words, Problem> {
    let kept = app.store.own_words(&learner.id, &lab.name).await?;
    let Some(applied) = kept.applied else { return Ok(Words { in_world: None, aside: kept.aside }) };
    let Some(world) = app.clusters.rehearsal(learner, lab).await? else {
        return Ok(Words { in_world: None, aside: kept.aside.or(Some(applied)) });
    };
    let (there, name, text) = (app.clone(), lab.name.clone(), applied.clone());
    let question = Editor { text: applied.clone(), ..Editor::default() }.asked("own words");
    let about = world.version().cloned().map_or(About::Start, About::World);
    let question = Question { about, lab: lab.name.clone(), asked: question };
    let work = move || Ok(is_in_world(world, there.lab(&name)?, &text));
    let is_there = *app.evaluation.ask(&learner.id, question, work).await?;
    Ok(match is_there {
        true => Words { in_world: Some(applied), aside: kept.aside },
        false => Words { in_world: None, aside: kept.aside.or(Some(applied)) },
    })
}

/// Remember a text that has just been applied.
pub(crate) async fn applied(app: &App, learner: &Learner, lab: &Lab, text: &str) -> Result<(), Problem> {
    let text = Some(text).filter(|text| is_worth_keeping(text, lab));
    Ok(app.store.keep_applied(&learner.id, &lab.name, text).await?)
}

/// Put a text aside, or forget the one that was.
pub(crate) async fn put_aside(app: &App, learner: &Learner, lab: &Lab, text: Option<&str>) -> Result<(), Problem> {
    if text.is_none() && of(app, learner, lab).await?.in_world.is_none() {
        // What the world has left behind would be offered in its place.
        app.store.keep_applied(&learner.id, &lab.name, None).await?;
    }
    Ok(app.store.put_aside(&learner.id, &lab.name, text).await?)
}

/// Before a lab begins anew: what stands in its editor is put aside, or else what was applied.
pub(crate) async fn put_aside_for_reset(app: &App, learner: &Learner, lab: &Lab, text: &str) -> Result<(), Problem> {
    if is_worth_keeping(text, lab) {
        app.store.put_aside(&learner.id, &lab.name, Some(text)).await?;
    } else if let Some(applied) = of(app, learner, lab).await?.in_world {
        app.store.put_aside(&learner.id, &lab.name, Some(&applied)).await?;
    }
    Ok(())
}

/// Refuse a text that cannot be stored.
pub(crate) fn check(text: &str) -> Result<(), Problem> {
    if text.len() > LONGEST {
        return Err(Problem::invalid(format!("a draft is at most {} KiB long", LONGEST >> 10)));
    }
    if text.contains('\0') {
        return Err(Problem::invalid("the text holds a NUL character, which no manifest can; take it out"));
    }
    Ok(())
}

/// Whether somebody has written it, and it can be stored.
pub(crate) fn is_worth_keeping(text: &str, lab: &Lab) -> bool {
    let is_written = !text.trim().is_empty() && text.trim() != start_text(lab).trim();
    is_written && check(text).is_ok()
}
