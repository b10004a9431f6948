//! Starting the server and stopping it.

mod backup;
mod credentials;
mod encryption;
mod first_secrets;
mod private_files;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::Router;
use course::{Checker, Course};
use practice_cluster::Access;
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    Config, StartError,
    app::{
        App, Limits, Parts,
        addresses::{Addresses, Authority},
        admissions::Admissions,
        book::Book,
        clusters::Clusters,
        engine::Engine,
        evaluation::Evaluation,
        ids::Ids,
        lasting::Lasting,
        metrics::Metrics,
        readiness::Readiness,
        regrading::Regrading,
        starts::Starts,
    },
    domain::regrade,
    pages, router,
    serving::{Door, Limits as ServingLimits, listen, serve_through},
    store::{Database, Learner, Secret, Store},
};
pub use backup::{BackupError, Contents, Target, back_up, restore};
pub use credentials::{Credentials, CredentialsError, Issued};
use encryption::Encryption;
use first_secrets::{FirstSecrets, INSTRUCTOR_TOKEN};

/// How long requests that are under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// Told when tokens travel as they are.
const EXPOSED: &str = "without TLS, everybody between a learner and this server can read tokens, kubeconfigs and \
    answers. Start it with --tls-cert and --tls-key, or in a class room with --tls-self-signed; or listen on \
    127.0.0.1 behind a proxy that speaks TLS, with --public-url https://NAME";
/// The file of the data folder that people are told of.
const KUBECONFIG: &str = "kubeconfig";

/// The setting that names the learner at this machine.
const LOCAL_LEARNER: &str = "local-learner";
/// The setting that keeps the secret behind the ids of options: learners find theirs again after a restart.
const OPTION_IDS: &str = "option-ids";

/// A server that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// Where it listens (the real port when port 0 was asked for).
    pub address: SocketAddr,
    /// The address to open in a browser; good on this machine at least.
    pub url: String,
    /// Whom it serves.
    pub audience: Audience,
    /// What the operator should know, a sentence or two each.
    pub notices: Vec<String>,
    /// The instructor token, on the first start only.
    pub instructor_token: Option<String>,
    /// The file that keeps the instructor token.
    pub instructor_token_file: PathBuf,
    /// What learners enter to enrol; empty when it was revoked.
    pub join_code: String,
    store: Store,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
}

/// Whom a server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The learner at this machine.
    ThisMachine {
        /// Where the kubeconfig of their practice cluster is.
        kubeconfig: PathBuf,
    },
    /// A class.
    Class {
        /// The address that every learner is given; without one, each is given the address that they came by.
        url: Option<String>,
        /// What stands behind the address and the code when a learner joins from the command line.
        to_join: String,
        /// Whether learners come by way of a proxy alone.
        by_a_proxy: bool,
    },
}

/// A server that does not listen: the router in memory, for tests.
#[derive(Debug)]
pub struct Embedded {
    /// Everything the server answers.
    pub router: Router,
    /// Its store.
    pub store: Store,
    /// The instructor token, on the first start only.
    pub instructor_token: Option<String>,
    /// What learners enter to enrol.
    pub join_code: String,
    /// The local learner, on loopback.
    local_learner: Option<Learner>,
    clusters: Clusters,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Wait until the server ends by itself, which it does only when something breaks.
    ///
    /// # Errors
    /// What broke.
    pub async fn wait(&mut self) -> io::Result<()> {
        (&mut self.task).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Stop: no new requests, the ones under way have a few seconds to finish, and what was answered with
    /// success is on disk already.
    ///
    /// # Errors
    /// What broke before.
    pub async fn shutdown(mut self) -> io::Result<()> {
        self.stop.send_replace(true);
        let ended = match tokio::time::timeout(GRACE, &mut self.task).await {
            Ok(ended) => ended.unwrap_or_else(|error| Err(io::Error::other(error))),
            Err(_) => {
                self.task.abort();
                Ok(())
            }
        };
        // A database that does not answer keeps nobody waiting: what was acknowledged is on its disk.
        if tokio::time::timeout(GRACE, self.store.close()).await.is_err() {
            tracing::warn!("the database did not let its connections be closed");
        }
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Start the server: open the database, load the course, listen.
///
/// # Errors
/// See [`StartError`].
pub async fn start(config: Config) -> Result<Running, StartError> {
    let failed = |source| StartError::Listen { address: config.listen, source };
    // Listening comes first: a port in use is the likeliest failure, and nothing must be written before it.
    let listener = listen(config.listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let mut addresses = Addresses::new(address, &config)?;
    let mut notices = prepare(&config)?;
    let mut door = Door { tls: None, proxies: config.trusted_proxies.clone() };
    if let Some(Encryption { acceptor, authority }) = Encryption::of(&config, &addresses).await? {
        (door.tls, addresses.authority) = (Some(acceptor), authority);
    }
    if addresses.is_exposed() {
        notices.push(EXPOSED.to_owned());
    }
    let (authority, to_join, by_a_proxy) =
        (addresses.authority.clone(), addresses.to_join(), addresses.behind_a_proxy());
    let class_url = addresses.for_everybody();
    let url = class_url.clone().unwrap_or_else(|| addresses.here());
    // Before the databases open their files.
    let limits = ServingLimits::of_this_process();
    let embedded = embed(&config, addresses).await?;
    let audience = match &embedded.local_learner {
        Some(learner) => {
            write_local_files(&embedded, learner, &url, authority.as_ref(), &config.data).await?;
            Audience::ThisMachine { kubeconfig: config.data.join(KUBECONFIG) }
        }
        None => Audience::Class { url: class_url, to_join, by_a_proxy },
    };
    let Embedded { router, store, instructor_token, join_code, stop, .. } = embedded;
    let mut stopped = stop.subscribe();
    let task = tokio::spawn(async move {
        let until_stopped = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        serve_through(listener, door, router, limits, until_stopped).await
    });
    let instructor_token_file = config.data.join(INSTRUCTOR_TOKEN);
    Ok(Running {
        address,
        url,
        audience,
        notices,
        instructor_token,
        instructor_token_file,
        join_code,
        store,
        stop,
        task,
    })
}

/// Everything of a server but the socket.
///
/// # Errors
/// See [`StartError`].
pub async fn in_memory(config: &Config) -> Result<Embedded, StartError> {
    prepare(config)?;
    embed(config, Addresses::new(config.listen, config)?).await
}

/// Makes the data folder; what was wrong with one that is there, if anything.
fn prepare(config: &Config) -> Result<Vec<String>, StartError> {
    let failed = |source| StartError::DataFolder { path: config.data.clone(), source };
    let opened = private_files::prepare_folder(&config.data).map_err(failed)?;
    find_room_for_temporary_files(&config.data);
    Ok(opened.into_iter().collect())
}

/// A container with a root that is read-only often has no other place to write to than the data folder, and the book is
/// rendered into files.
fn find_room_for_temporary_files(data: &Path) {
    if tempfile::tempfile().is_err()
        && let Err(other) = tempfile::env::override_temp_dir(data)
    {
        tracing::debug!(folder = %other.display(), "temporary files go elsewhere already");
    }
}

async fn embed(config: &Config, addresses: Addresses) -> Result<Embedded, StartError> {
    let engine = config.engine.as_deref().map(|folder| Engine::load(folder, pages::preview_worker())).transpose()?;
    let database = Database::choose(&config.data, config.database.as_deref())?;
    let store = Store::open_to_serve(&database).await?;
    let clusters = Clusters::open(&database).await?;
    let folder = config.course.clone();
    let course = tokio::task::spawn_blocking(move || Course::find(folder.as_deref())).await;
    let course = course.map_err(|error| StartError::Course(error.into()))?;
    let course = course.map_err(|error| StartError::Course(error.into()))?;
    let secrets = FirstSecrets::of(&store, &database, &config.data.join(INSTRUCTOR_TOKEN)).await?;
    let ids = store.setting_or(OPTION_IDS, Secret::fresh("ids").reveal()).await;
    let ids = Ids::new(ids.map_err(|error| database.unusable(error))?);
    let local_learner = match addresses.local {
        true => Some(
            store.learner_of_setting(LOCAL_LEARNER, "Local learner").await.map_err(|error| database.unusable(error))?,
        ),
        false => None,
    };
    let local_id = store.setting(LOCAL_LEARNER).await.map_err(|error| database.unusable(error))?;
    let (stop, stopped) = watch::channel(false);
    let metrics = Metrics::new();
    let app = App::new(Parts {
        book: Book::render(course.clone(), ids.clone()),
        ids,
        checkers: course.labs.iter().map(|lab| (lab.name.clone(), Checker::new(lab.clone()))).collect(),
        course,
        store: store.clone(),
        clusters: clusters.clone(),
        csrf: addresses.csrf(),
        addresses,
        local_learner: local_learner.clone(),
        local_id,
        kubeconfig: config.data.join(KUBECONFIG),
        starts: Starts::default(),
        evaluation: Evaluation::new(metrics.evaluations.clone()),
        engine,
        limits: Limits::default(),
        admissions: Admissions::new(store.clone(), stopped.clone()),
        terminals: Lasting::terminals(),
        streams: Lasting::streams(),
        metrics,
        readiness: Readiness::new(store.clone(), clusters.clone()),
        regrading: Regrading::new(),
        stopped,
    });
    // It ends when the server stops, or is gone.
    tokio::spawn(regrade::work(app.clone(), matches!(database, Database::Sqlite(_))));
    Ok(Embedded {
        router: router::router(app),
        store,
        instructor_token: secrets.instructor_token,
        join_code: secrets.join_code,
        local_learner,
        clusters,
        stop,
    })
}

/// What the command on this machine finds the practice cluster and the local learner with.
async fn write_local_files(
    embedded: &Embedded,
    learner: &Learner,
    url: &str,
    authority: Option<&Authority>,
    data: &Path,
) -> Result<(), StartError> {
    let authority = authority.map(|authority| authority.pem.as_str());
    let access = Access { authority, ..Access::default() };
    let kubeconfig = embedded.clusters.kubeconfig(learner, url, &access).await;
    let kubeconfig = kubeconfig.map_err(|failure| StartError::PracticeClusters(format!("{failure:?}").into()))?;
    let write = |name: &str, text: &str| {
        let path = data.join(name);
        private_files::write(&path, text).map_err(|source| StartError::DataFolder { path, source })
    };
    write(KUBECONFIG, &kubeconfig)?;
    let token = Secret::fresh("learner");
    let until = Some(crate::clock::Moment::now().plus_days(365));
    let allowed = embedded.store.allow_learner(&token, &learner.id, until).await;
    allowed.map_err(|error| StartError::PracticeClusters(error.into()))?;
    let known = json!({"url": url, "token": token.reveal(), "ca": authority});
    write("learner.json", &format!("{known}\n"))
}
