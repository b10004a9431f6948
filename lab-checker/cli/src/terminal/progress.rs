//! Progress of long work: one line on stderr that comes and goes, on a terminal only.

use std::time::Duration;

use cluster::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use netpol::counted;

use crate::terminal::output;

/// A line that shows what is being done. It goes away when dropped.
pub(crate) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// A line, hidden unless somebody watches stderr.
    pub(crate) fn new() -> Self {
        if !output::stderr_is_watched() {
            return Self(ProgressBar::hidden());
        }
        let style =
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Shows what the command is busy with.
    pub(crate) fn say(&self, what: String) {
        self.0.set_message(what);
    }

    /// Shows what a cluster is busy with.
    pub(crate) fn show(&self, progress: &Progress) {
        self.say(match progress {
            Progress::Deleting(namespace) => format!("removing namespace {namespace}"),
            Progress::Creating(object) => format!("creating {object}"),
            Progress::Trying(aspect) => format!("trying {aspect}"),
            Progress::Starting { ready, pods } => format!("{ready} of {} ready", counted(pods, "pod")),
        });
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
