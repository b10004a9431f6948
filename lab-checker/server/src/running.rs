//! Starting the server and stopping it.

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::Router;
use course::{Checker, Course};
use rand::Rng;
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    Config, StartError,
    app::{App, Limits, Parts},
    book::Book,
    clusters::Clusters,
    grading::Grading,
    metrics::Metrics,
    router,
    site::Site,
    store::{Database, Learner, NewLearner, Secret, Store},
};

/// How long requests that are under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(3);

/// A server that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// Where it listens (the real port when port 0 was asked for).
    pub address: SocketAddr,
    /// The address to open in a browser.
    pub url: String,
    /// Where the kubeconfig of the local learner's practice cluster is, when there is a local learner.
    pub kubeconfig: PathBuf,
    /// The instructor token, on the first start only.
    pub instructor_token: Option<String>,
    /// The file that keeps the instructor token.
    pub instructor_token_file: PathBuf,
    /// What learners enter to enrol.
    pub join_code: String,
    store: Store,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<()>>,
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
        self.store.close().await;
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
    let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let site = Site::new(address, config.public_url.as_deref());
    let url = site.url.clone();
    let embedded = embed(&config, site).await?;
    let instructor_token_file = config.data.join("instructor-token");
    if let Some(token) = &embedded.instructor_token {
        write_private(&instructor_token_file, &format!("{token}\n"))?;
    }
    let kubeconfig = config.data.join("kubeconfig");
    if let Some(learner) = &embedded.local_learner {
        write_local_files(&embedded, learner, &url, &config.data).await?;
    }
    let Embedded { router, store, instructor_token, join_code, stop, .. } = embedded;
    let mut stopped = stop.subscribe();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let task = tokio::spawn(async move {
        let until_stopped = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        axum::serve(listener, service).with_graceful_shutdown(until_stopped).await
    });
    let running =
        Running { address, url, kubeconfig, instructor_token, instructor_token_file, join_code, store, stop, task };
    Ok(running)
}

/// Everything of a server but the socket.
///
/// # Errors
/// See [`StartError`].
pub async fn in_memory(config: &Config) -> Result<Embedded, StartError> {
    embed(config, Site::new(config.listen, config.public_url.as_deref())).await
}

async fn embed(config: &Config, site: Site) -> Result<Embedded, StartError> {
    prepare_folder(&config.data)?;
    let database = Database::choose(&config.data, config.database.as_deref())?;
    let store = Store::open(&database).await?;
    let clusters = Clusters::open(&database).await?;
    let folder = config.course.clone();
    let course = tokio::task::spawn_blocking(move || Course::find(folder.as_deref())).await;
    let course = course.map_err(|error| StartError::Course(error.into()))?;
    let course = course.map_err(|error| StartError::Course(error.into()))?;
    let secrets = first_secrets(&store).await.map_err(|error| database.unusable(error))?;
    let local_learner = match site.local {
        true => Some(local_learner(&store).await.map_err(|error| database.unusable(error))?),
        false => None,
    };
    let (stop, stopped) = watch::channel(false);
    let app = App::new(Parts {
        book: Book::render(course.clone()),
        checkers: course.labs.iter().map(|lab| (lab.name.clone(), Checker::new(lab.clone()))).collect(),
        course,
        store: store.clone(),
        clusters: clusters.clone(),
        site,
        local_learner: local_learner.clone(),
        join_code: secrets.join_code.clone(),
        kubeconfig: config.data.join("kubeconfig"),
        grading: Grading::new(),
        limits: Limits::default(),
        metrics: Metrics::new(),
        stopped,
    });
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

struct FirstSecrets {
    join_code: String,
    instructor_token: Option<String>,
}

async fn first_secrets(store: &Store) -> Result<FirstSecrets, crate::store::StoreError> {
    let join_code = store.setting_or("join-code", &fresh_join_code()).await?;
    let token = Secret::fresh("instructor");
    let is_first = store.allow_first_instructor(&token).await?;
    Ok(FirstSecrets { join_code, instructor_token: is_first.then(|| token.reveal().to_owned()) })
}

/// The learner at this machine, the same at every start.
async fn local_learner(store: &Store) -> Result<Learner, crate::store::StoreError> {
    let known = store.setting_or("local-learner", "").await?;
    if let Some(learner) = store.learner(&known).await? {
        return Ok(learner);
    }
    let new = NewLearner { name: "Local learner".to_owned(), ..NewLearner::default() };
    let learner = store.add_learner(&new).await?;
    store.set("local-learner", &learner.id).await?;
    Ok(learner)
}

/// Eight characters that nobody confuses when they are read aloud.
fn fresh_join_code() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bits = [0_u8; 8];
    rand::rng().fill_bytes(&mut bits);
    let mut code: String = bits.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    code.insert(4, '-');
    code
}

/// What the command on this machine finds the practice cluster and the local learner with.
async fn write_local_files(embedded: &Embedded, learner: &Learner, url: &str, data: &Path) -> Result<(), StartError> {
    let kubeconfig = embedded.clusters.kubeconfig(learner, url).await;
    let kubeconfig = kubeconfig.map_err(|failure| StartError::PracticeClusters(format!("{failure:?}").into()))?;
    write_private(&data.join("kubeconfig"), &kubeconfig)?;
    let token = Secret::fresh("learner");
    let until = Some(crate::clock::Moment::now().plus_days(365));
    let allowed = embedded.store.allow_learner(&token, &learner.id, until).await;
    allowed.map_err(|error| StartError::PracticeClusters(error.into()))?;
    let known = json!({"url": url, "token": token.reveal()});
    write_private(&data.join("learner.json"), &format!("{known}\n"))
}

fn prepare_folder(data: &Path) -> Result<(), StartError> {
    let failed = |source| StartError::DataFolder { path: data.to_owned(), source };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    // Names, attempts and addresses of clusters are nobody else's business on this machine.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).map_err(failed)?;
    // A folder on a disk that is read-only says so only when written.
    let probe = data.join(format!(".probe-{}", uuid::Uuid::new_v4()));
    fs::write(&probe, []).map_err(failed)?;
    fs::remove_file(&probe).map_err(failed)
}

/// A file that only its owner may read, replaced whole.
fn write_private(path: &Path, text: &str) -> Result<(), StartError> {
    let failed = |source| StartError::DataFolder { path: path.to_owned(), source };
    let fresh = path.with_extension(format!("{}.tmp", uuid::Uuid::new_v4().simple()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&fresh).and_then(|mut file| file.write_all(text.as_bytes()));
    written.and_then(|()| fs::rename(&fresh, path)).map_err(failed)
}
