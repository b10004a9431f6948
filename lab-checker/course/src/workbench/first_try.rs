//! The first try of a start page: a text with one blank, tried out in the scene that the course has for somebody who
//! knows nothing yet.

use std::sync::Arc;

use netpol::{NodeKind, PictureForm};
use serde::{Deserialize, Serialize};

use super::object::felt;
use super::page_lab::Bundle;
use super::page_world::PageWorld;
use super::preview::{Preview, PreviewedCell, PreviewedCheck};
use super::tried::{Tried, tried};
use super::world::World;
use crate::check::{Cell, PictureLinks, changed, first_try_cells, picture_of};
use crate::files::{CourseErrors, CourseFiles};
use crate::labs::{FIRST_TRY, FirstTry, load_first_try};

/// What becomes of the scene with a text in it, in the world of its lab.
pub fn try_out(first: &FirstTry, world: impl World, text: &str) -> Preview {
    let Tried { source, before, after, diagnostics, .. } = tried(world, &first.lab, text, Vec::new());
    let cells = |objects| first_try_cells(first, &felt(objects, first.lab.cni), source);
    let (before, after) = (cells(before), cells(after));
    let mut picture = picture_of("What gets through", &after, Some(&before), PictureLinks::NONE);
    for node in picture.groups.iter_mut().flat_map(|group| &mut group.nodes) {
        if node.id == first.intruder {
            node.kind = NodeKind::Intruder;
        }
    }
    let holds = |cell: &Cell| cell.actual == Some(cell.expected);
    let check = |name: &str| PreviewedCheck {
        name: name.to_owned(),
        passed: after.iter().filter(|cell| cell.check == name).all(holds),
    };
    let checks = first.checks().map(check).collect();
    let picture = Some(netpol::draw(&picture, PictureForm::Page, &[]));
    let changed = changed(&after, &before);
    let map = after.into_iter().zip(changed).map(|(cell, changed)| PreviewedCell { cell, changed }).collect();
    Preview { diagnostics, checks, map, picture, opens: Vec::new() }
}

/// The same where no practice cluster is.
#[must_use]
pub fn try_out_in_page(first: &FirstTry, text: &str) -> Preview {
    try_out(first, PageWorld::new(&first.lab), text)
}

/// A first try in one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TryBundle {
    /// The lab whose start is its scene.
    pub lab: Bundle,
    /// What the file of the first try says.
    pub text: String,
}

impl TryBundle {
    /// The first try that is in it, read as everywhere.
    ///
    /// # Errors
    /// When something is wrong with it or with its lab.
    pub fn first_try(self) -> Result<FirstTry, CourseErrors> {
        let file = CourseFiles::from_texts([(FIRST_TRY.to_owned(), self.text)])?;
        let lab = Arc::new(self.lab.lab()?);
        let mut problems = Vec::new();
        match load_first_try(&file, &[lab], &mut problems) {
            Some(first) if problems.is_empty() => Ok(first),
            _ => Err(CourseErrors(problems)),
        }
    }
}
