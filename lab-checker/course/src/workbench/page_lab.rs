//! A lab that is done in a page, without a server: what a class server answers, and nothing that leaves the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use netpol::{FlowText, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::applied::{Applied, AppliedObject};
use super::asked::Asked;
use super::brought::{left_out, read_brought};
use super::editor::{EditorText, Refused, TOO_MANY};
use super::explained::explain;
use super::links::{opened, why};
use super::object::{NamedObject, felt};
use super::page_world::PageWorld;
use super::preview::Preview;
use super::probe::{Probed, Trial};
use super::recall::Recall;
use super::shown::looked_at;
use super::tried::tried;
use super::unanswerable::Unanswerable;
use super::world::World;
use crate::check::{Cell, Checker, PictureLinks, Report};
use crate::files::{CourseErrors, CourseFiles};
use crate::html::Rendered;
use crate::labs::{Lab, LabCni, load_one};
use crate::snapshot::ManifestFile;
use manifest::Source;

/// A lab's folder in one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bundle {
    /// The lab's name.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What its files say, by their paths in the lab's folder.
    pub files: BTreeMap<String, String>,
    /// Its Markdown as HTML.
    pub rendered: Rendered,
}

/// What an editor holds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Editor {
    /// YAML or JSON, as for `kubectl apply -f`.
    #[serde(default)]
    pub text: String,
    /// What earlier texts of this editor have brought, as `KIND/NAMESPACE/NAME`.
    #[serde(default)]
    pub brought: Vec<String>,
    /// The groups of the picture that are unfolded.
    #[serde(default)]
    pub open: Vec<String>,
}

/// One of a lab's hints.
#[derive(Debug, Serialize)]
pub struct Hint {
    number: usize,
    total: usize,
    text: String,
    html: String,
}

/// A lab's solution.
#[derive(Debug, Serialize)]
pub struct PageSolution {
    files: Vec<ManifestFile>,
    explanation: String,
    html: String,
}

/// Why a page is not told something. The words are for whoever learns.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The lab's files are wrong.
    #[error(transparent)]
    Lab(#[from] CourseErrors),
    /// The question is.
    #[error(transparent)]
    Question(#[from] Unanswerable),
    /// It is not the time.
    #[error("{0}")]
    NotYet(String),
}

/// What is kept of a lab when its page is closed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    passed: bool,
    /// The objects that are not as in the start.
    changed: Vec<Value>,
    /// Those of the start that are gone.
    gone: Vec<String>,
}

/// A lab, and its world.
pub struct PageLab {
    checker: Checker,
    world: PageWorld,
    recall: Recall,
    rendered: Rendered,
    passed: bool,
}

impl Bundle {
    /// The lab that is in it, read as everywhere.
    ///
    /// # Errors
    /// When something is wrong with the lab.
    pub fn lab(self) -> Result<Lab, CourseErrors> {
        let Self { id, files, .. } = self;
        let texts = files.into_iter().map(|(path, text)| (format!("labs/{id}/{path}"), text));
        let mut problems = Vec::new();
        match load_one(&CourseFiles::from_texts(texts)?, &id, &mut problems) {
            Some(lab) if problems.is_empty() => Ok(lab),
            _ => Err(CourseErrors(problems)),
        }
    }
}

impl PageLab {
    /// The lab, as it was left; `kept` is what [`PageLab::keep`] gave. What cannot be read of it is forgotten.
    ///
    /// # Errors
    /// When something is wrong with the lab.
    pub fn new(bundle: Bundle, kept: Option<&str>) -> Result<Self, CourseErrors> {
        let rendered = bundle.rendered.clone();
        let lab = Arc::new(bundle.lab()?);
        let kept: Kept = kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default();
        let world = PageWorld::with_changes(&lab, &kept.changed, &kept.gone);
        Ok(Self { checker: Checker::new(lab), world, recall: Recall::default(), rendered, passed: kept.passed })
    }

    /// What [`PageLab::new`] takes again.
    #[must_use]
    pub fn keep(&self) -> String {
        let (changed, gone) = self.world.changes(self.lab());
        json!({"passed": self.passed, "changed": changed, "gone": gone}).to_string()
    }

    fn lab(&self) -> &Lab {
        self.checker.lab()
    }

    /// The lab at this moment: what a check says, and every flow that the lab looks at.
    #[must_use]
    pub fn now(&self) -> Value {
        let (report, map) = self.report_and_cells();
        json!({"started": true, "current": self.lab().name, "report": report, "map": map})
    }

    fn report_and_cells(&self) -> (Report, Vec<Cell>) {
        let objects = self.world.objects();
        if self.lab().cni != LabCni::None {
            return self.checker.check_with_cells(&objects, Source::Files);
        }
        let report = self.checker.check(&objects, Source::Files);
        (report, self.checker.cells(&felt(objects, LabCni::None), Source::Files))
    }

    /// What applying the text would do.
    ///
    /// # Errors
    /// When `brought` names no objects.
    pub fn preview(&self, editor: &Editor) -> Result<Preview, PageError> {
        let brought = read_brought(&editor.brought, self.lab())?;
        let tried = tried(self.world.clone(), self.lab(), &editor.text, brought);
        let flow = |flow: &FlowText| Some(why("", flow));
        let group = |group: &str| Some(opened("", &editor.open, group));
        let picture = (editor.open.as_slice(), PictureLinks { flow: &flow, group: &group });
        Ok(self.recall.preview(&self.checker, &self.world, tried, picture, looked_at))
    }

    /// Applies the text, and takes away what earlier texts have brought and it leaves out.
    ///
    /// # Errors
    /// When `brought` names no objects, or the text holds too many.
    pub fn apply(&mut self, editor: &Editor) -> Result<Applied, PageError> {
        let brought = read_brought(&editor.brought, self.lab())?;
        let read = EditorText::read(&editor.text, self.lab());
        match read.refused {
            Some(Refused::Wrong) => return Ok(Applied { diagnostics: read.diagnostics, ..Applied::default() }),
            Some(Refused::TooMany) => return Err(Unanswerable::Invalid(TOO_MANY.to_owned()).into()),
            None => {}
        }
        let left_out: Vec<NamedObject> = left_out(brought, &read.objects);
        self.recall = Recall::default();
        let mut applied = Applied::default();
        for object in read.objects {
            let refused = self.world.apply(&object.value).err().map(|refusal| refusal.message);
            applied.results.push(AppliedObject::new(&object.id, refused));
        }
        // What is wrong with a text is mended first: half of it must not cost what was there.
        if applied.is_good() {
            let removed = left_out.into_iter().filter(|object| self.world.remove(object));
            let removed: Vec<AppliedObject> = removed.map(|object| AppliedObject::removed(&object)).collect();
            applied.results.extend(removed);
        }
        Ok(applied)
    }

    /// The check's report, with what only who passes is told.
    #[must_use]
    pub fn check(&mut self) -> Value {
        let report = self.checker.check(&self.world.objects(), Source::Files);
        self.passed |= report.passed;
        let mut told = json!(report);
        if let Some(mistake) = &report.mistake {
            told["mistake"]["hint_html"] = json!(self.rendered.html(&mistake.hint));
        }
        if let Some(attack) = self.lab().attack.as_ref().filter(|_| report.passed) {
            told["attack"] = json!(attack);
        }
        told
    }

    /// Why a flow is allowed or blocked with the text in the world.
    ///
    /// # Errors
    /// When this is no flow, or `brought` names no objects.
    pub fn why(&self, asked: &Asked, editor: &Editor) -> Result<Value, PageError> {
        let brought = read_brought(&editor.brought, self.lab())?;
        let tried = tried(self.world.clone(), self.lab(), &editor.text, brought);
        Ok(explain(asked, tried, self.lab())?)
    }

    /// A hint, counted from 1.
    ///
    /// # Errors
    /// When there is none of this number.
    pub fn hint(&self, number: usize) -> Result<Hint, PageError> {
        let hints = &self.lab().hints;
        let total = hints.len();
        let text = number.checked_sub(1).and_then(|place| hints.get(place));
        let none = || Unanswerable::NotThere(format!("this lab has hints 1 to {total}"));
        let text = text.ok_or_else(none)?.clone();
        Ok(Hint { number, total, html: self.rendered.html(&text), text })
    }

    /// The solution.
    ///
    /// # Errors
    /// While no check has passed.
    pub fn solution(&self) -> Result<PageSolution, PageError> {
        if !self.passed {
            return Err(PageError::NotYet("the solution is shown once you have passed the lab".to_owned()));
        }
        let solution = &self.lab().solution;
        let explanation = solution.explanation.clone();
        Ok(PageSolution { files: solution.files.clone(), html: self.rendered.html(&explanation), explanation })
    }

    /// What a pod would see that tries it, as far as policies tell.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn probe(&self, asked: &Asked) -> Result<Probed, PageError> {
        let Trial { pod, words } = Trial::of(&self.world.with_addresses(), asked)?;
        let explanation = asked.explain(&felt(self.world.objects(), self.lab().cni), Source::Files)?;
        let is_rejected = self.lab().cni == LabCni::Rejecting;
        let (said, exit_code) = said(&words, explanation.verdict, is_rejected);
        let note = "(No packet was sent: this page has no pods, and says what the policies say.)";
        let output = format!("{said}\n{note}\n");
        Ok(Probed { pod: format!("{}/{}", pod.namespace, pod.name), command: words.join(" "), output, exit_code })
    }

    /// Begins the lab anew. That it was passed is not forgotten.
    pub fn reset(&mut self) {
        self.world = PageWorld::new(self.lab());
        self.recall = Recall::default();
    }
}

/// What a program of a pod says, and what it ends with.
fn said(words: &[String], verdict: Verdict, is_rejected: bool) -> (String, u8) {
    let tool = words.first().map(String::as_str).unwrap_or_default();
    let target = words.last().map(String::as_str).unwrap_or_default();
    match (tool, verdict) {
        ("curl", Verdict::Blocked) if is_rejected => {
            let (host, port) = target.trim_start_matches("http://").rsplit_once(':').unwrap_or((target, "80"));
            (format!("curl: (7) Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server"), 7)
        }
        ("curl", Verdict::Blocked) => ("curl: (28) Connection timed out after 2001 milliseconds".to_owned(), 28),
        ("curl", Verdict::Allowed) => ("The policies let the connection through.".to_owned(), 0),
        ("nslookup", Verdict::Blocked) => (";; connection timed out; no servers could be reached".to_owned(), 1),
        ("nslookup", Verdict::Allowed) => ("The policies let the question and its answer through.".to_owned(), 0),
        (_, Verdict::Blocked) => ("The policies stop the packets.".to_owned(), 1),
        (_, Verdict::Allowed) => ("The policies let the packets through.".to_owned(), 0),
    }
}
