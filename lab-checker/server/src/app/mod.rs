//! What every request may use: the course, the store, the practice clusters, and the limits.

pub(crate) mod addresses;
pub(crate) mod admissions;
pub(crate) mod answers;
pub(crate) mod book;
pub(crate) mod clusters;
pub(crate) mod engine;
pub(crate) mod evaluation;
pub(crate) mod ids;
pub(crate) mod lasting;
pub(crate) mod limits;
pub(crate) mod metrics;
pub(crate) mod previews;
pub(crate) mod proxies;
pub(crate) mod readiness;
pub(crate) mod regrading;
pub(crate) mod starts;
pub(crate) mod turns;

use std::{collections::BTreeMap, net::IpAddr, ops::Deref, path::PathBuf, sync::Arc};

use course::{Checker, Course, Lab, Quiz};
use tokio::sync::watch;
use tower_http::csrf::CsrfLayer;

use crate::{
    problem::Problem,
    store::{Learner, Store},
};
use addresses::Addresses;
use admissions::Admissions;
use book::Book;
use clusters::Clusters;
use engine::Engine;
use evaluation::Evaluation;
use ids::Ids;
use lasting::Lasting;
use limits::Limit;
use metrics::Metrics;
use readiness::Readiness;
use regrading::Regrading;
use starts::Starts;

/// The application. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// What the application is made of.
pub(crate) struct Parts {
    pub(crate) course: Course,
    /// What checks each lab, by its name.
    pub(crate) checkers: BTreeMap<String, Checker>,
    pub(crate) store: Store,
    pub(crate) clusters: Clusters,
    pub(crate) book: Book,
    /// What options and flows of quizzes are called, for each learner.
    pub(crate) ids: Ids,
    pub(crate) addresses: Addresses,
    /// What refuses forms of other sites.
    pub(crate) csrf: CsrfLayer,
    /// Who needs no token, on loopback.
    pub(crate) local_learner: Option<Learner>,
    /// The id of the local learner, also where this data serves a class now.
    pub(crate) local_id: Option<String>,
    /// The file that the local learner's kubeconfig is written to.
    pub(crate) kubeconfig: PathBuf,
    /// What the worlds of labs begin with.
    pub(crate) starts: Starts,
    pub(crate) evaluation: Evaluation,
    /// What pages preview drafts with, where the server was given it.
    pub(crate) engine: Option<Engine>,
    pub(crate) limits: Limits,
    /// What lasts, and the tokens that opened it.
    pub(crate) admissions: Arc<Admissions>,
    pub(crate) terminals: Lasting,
    pub(crate) streams: Lasting,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
    pub(crate) regrading: Regrading,
    /// Turns true when the server stops: streams end then.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// The limits of this server.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Wrong join codes and tokens from one address. The store counts the codes for all servers.
    pub(crate) guesses: Limit<IpAddr>,
    /// Enrolments from one address: the largest class may sit behind one and come at once.
    pub(crate) enrolments: Limit<IpAddr>,
    /// Attempts of one learner.
    pub(crate) attempts: Limit<String>,
    /// Streams and changes of one learner.
    pub(crate) actions: Limit<String>,
    /// What one learner's editor asks while they type.
    pub(crate) previews: Limit<String>,
    /// First tries from one address, without an account: a whole class may sit behind one.
    pub(crate) tries: Limit<IpAddr>,
    /// Drafts of one learner, written and read.
    pub(crate) drafts: Limit<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            guesses: Limit::new(20.0, 0.3),
            enrolments: Limit::new(5_000.0, 20.0),
            attempts: Limit::new(200.0, 20.0),
            actions: Limit::new(100.0, 10.0),
            previews: Limit::new(60.0, 15.0),
            tries: Limit::new(200.0, 20.0),
            drafts: Limit::new(60.0, 5.0),
        }
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The lab of this name, or a problem that names the nearest.
    pub(crate) fn lab(&self, name: &str) -> Result<&Lab, Problem> {
        self.course.lab(name).ok_or_else(|| Problem::unknown_lab(name, self.course.nearest_lab(name)))
    }

    /// What checks the lab of this name, or a problem that names the nearest.
    pub(crate) fn checker(&self, name: &str) -> Result<&Checker, Problem> {
        self.checkers.get(name).ok_or_else(|| Problem::unknown_lab(name, self.course.nearest_lab(name)))
    }

    /// The quiz of this name, or a problem that names the nearest.
    pub(crate) fn quiz(&self, name: &str) -> Result<&Quiz, Problem> {
        self.course.quiz(name).ok_or_else(|| Problem::unknown_quiz(name, self.course.nearest_quiz(name)))
    }
}

impl App {
    /// What learners enter to enrol: of the moment, because the command on the server's machine changes it. Empty
    /// when nobody may.
    pub(crate) async fn join_code(&self) -> Result<String, Problem> {
        Ok(self.store.join_code().await?)
    }

    /// Where the local learner's kubeconfig is on this machine.
    pub(crate) fn local_kubeconfig(&self, learner: &Learner) -> Option<String> {
        let is_local = self.local_learner.as_ref().is_some_and(|local| local.id == learner.id);
        is_local.then(|| self.kubeconfig.display().to_string())
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
