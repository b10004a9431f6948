//! How many hints of each lab have been asked for, so that `hint` can give the next one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use crate::input::data::{DataFolder, write_private};

/// The furthest hint of each lab, counted from 1. It lives in the data folder, and what cannot be read there counts as
/// nothing: hints begin again then.
#[derive(Debug)]
pub(crate) struct Hints<'a> {
    data: &'a DataFolder,
    furthest: BTreeMap<String, usize>,
}

impl<'a> Hints<'a> {
    /// What is known in this data folder.
    pub(crate) fn of(data: &'a DataFolder) -> Self {
        let text = path(data).and_then(|path| Ok(std::fs::read_to_string(path)?));
        let furthest = text.ok().and_then(|text| serde_json::from_str(&text).ok());
        Self { data, furthest: furthest.unwrap_or_default() }
    }

    /// The furthest hint of a lab that has been shown; 0 when none has.
    pub(crate) fn furthest(&self, lab: &str) -> usize {
        self.furthest.get(lab).copied().unwrap_or_default()
    }

    /// Remembers that a hint has been shown.
    pub(crate) fn shown(mut self, lab: &str, number: usize) -> Result<()> {
        if number <= self.furthest(lab) {
            return Ok(());
        }
        self.furthest.insert(lab.to_owned(), number);
        self.write()
    }

    /// Forgets a lab: the next hint is the first again.
    pub(crate) fn forget(mut self, lab: &str) -> Result<()> {
        if self.furthest.remove(lab).is_none() {
            return Ok(());
        }
        self.write()
    }

    fn write(&self) -> Result<()> {
        self.data.create()?;
        write_private(&path(self.data)?, &json!(self.furthest).to_string())
    }
}

fn path(data: &DataFolder) -> Result<PathBuf> {
    Ok(data.path()?.join("hints.json"))
}
