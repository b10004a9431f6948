//! What the grading server is told when it starts, and every reason why it may not start.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use ipnet::IpNet;

/// How to serve: the options of `lab-checker serve`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen. On a loopback address one local learner is signed in without asking.
    pub listen: SocketAddr,
    /// The folder that holds the database, the kubeconfig and the instructor token.
    pub data: PathBuf,
    /// A `postgres://` address; without it, SQLite in the data folder.
    pub database: Option<String>,
    /// The folder of the course; without it, the one in the working directory or the embedded copy.
    pub course: Option<PathBuf>,
    /// The address that learners use: `https://course.example.org`. Without it, each learner of a class is given
    /// the address that they came by.
    pub public_url: Option<String>,
    /// The proxies that learners come by: what they say about where a request comes from is believed. With any, the
    /// server is for a class, on a loopback address too.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// How to speak TLS; without it, plain HTTP.
    pub tls: Option<Tls>,
    /// The folder of the engine for pages, as `lab-checker/wasm/build` writes it; without it, the server previews drafts.
    pub engine: Option<PathBuf>,
}

/// With which certificate a server speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// With that of these files, which is taken over when it changes.
    Files(CertificateFiles),
    /// With one that an authority of this server's own has signed, which is kept in the data folder.
    SelfSigned,
}

/// The files of a certificate and its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, followed by those between it and one that clients know.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The address of a proxy that is believed, or a network of such addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl FromStr for TrustedProxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| "write an address or a network: 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32")
    }
}

impl TrustedProxy {
    /// Whether this is its address.
    #[must_use]
    pub fn is(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl Config {
    /// The options that nobody changed: loopback, port 8080, SQLite in `data`.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: data.into(),
            database: None,
            course: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            tls: None,
            engine: None,
        }
    }
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder cannot be created or written.
    #[error("data folder {path}: cannot be written; choose another with --data")]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file of the instructor token exists, and no token can be taken from it.
    #[error("instructor token {path}: is no token of this program; move the file away and start again")]
    InstructorToken {
        /// The file.
        path: PathBuf,
        /// What the operating system said, when it cannot be read at all.
        #[source]
        source: Option<io::Error>,
    },
    /// The `--public-url` is no address that learners could use.
    #[error("public address {url:?}: {reason}")]
    PublicUrl {
        /// What was given.
        url: String,
        /// What is wrong with it, and what is right.
        reason: &'static str,
    },
    /// A certificate or its key cannot be used.
    #[error("certificate {path}: {reason}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder that is to hold the engine for pages does not.
    #[error("engine {path}: {reason}")]
    Engine {
        /// The folder, or a file of it.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: &'static str,
        /// What the operating system said, when it cannot be read.
        #[source]
        source: Option<io::Error>,
    },
    /// The database file exists and is something else.
    #[error("database {path}: is not a SQLite database; move it away or choose another folder with --data")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// Another server has the database file open.
    #[error("database {path}: another lab-checker serves it; stop that one, or choose another folder with --data")]
    DatabaseInUse {
        /// The file.
        path: PathBuf,
    },
    /// There is no database yet, and this is not the command that makes one.
    #[error("database {path}: there is none; lab-checker serve makes it, or name the right folder with --data")]
    NoDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The `--database` address cannot be read.
    #[error("database address {address}: {reason}")]
    DatabaseAddress {
        /// The address, without its password.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// PostgreSQL does not answer, or refuses us.
    #[error("database {address}: cannot be reached")]
    DatabaseUnreachable {
        /// The address, without its password.
        address: String,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The database was written by a newer version of this program.
    #[error("database {address}: was written by a newer version of lab-checker; use that version")]
    DatabaseIsNewer {
        /// Its file or address.
        address: String,
    },
    /// The database answers, but does not do what is asked.
    #[error("database {address}: {doing} failed")]
    Database {
        /// Its file or address.
        address: String,
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// Somebody else listens there, or we may not.
    #[error("cannot listen on {address}; choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The course cannot be read.
    #[error("the course cannot be loaded")]
    Course(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The practice clusters cannot be opened.
    #[error("the practice clusters cannot be opened")]
    PracticeClusters(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StartError {
    /// Whether something outside cannot be reached (exit code 3), rather than the input being bad (exit code 2).
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::DatabaseUnreachable { .. })
    }
}
