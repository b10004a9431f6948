//! Asking before something is done that somebody may not want.

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result};
use dialoguer::Confirm;

use crate::failure::Advice;
use crate::terminal::output;

/// The same of what may be done where nobody can be asked: whoever wrote the script has named it.
pub(crate) fn ask_whoever_watches(what: &str, yes: bool) -> Result<()> {
    if io::stdin().is_terminal() && output::stderr_is_watched() { ask(what, yes) } else { Ok(()) }
}

/// Says what is about to be done, and asks where somebody watches. Whoever wrote a script has named it.
pub(crate) fn ask_or_go_on(what: &str, yes: bool) -> Result<()> {
    let watched = io::stdin().is_terminal() && output::stderr_is_watched();
    ask(what, yes || !watched)
}

/// Says what is about to be done, and goes on only when that is wanted: when `--yes` was given, or after a yes on
/// the terminal.
pub(crate) fn ask(what: &str, yes: bool) -> Result<()> {
    if yes {
        output::note(what)?;
        return Ok(());
    }
    if !io::stdin().is_terminal() || !output::stderr_is_watched() {
        return Err(Advice::new(what, "nothing was done; say --yes if that is what you want").into());
    }
    output::note(what)?;
    let wanted = Confirm::new().with_prompt("Go on?").default(false).interact().context("cannot ask")?;
    if wanted { Ok(()) } else { Err(Advice::new("nothing was done", "that was the answer").into()) }
}
