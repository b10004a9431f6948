//! The grading server: the book, labs and quizzes as pages, the JSON API, learners, attempts and the
//! gradebook, on SQLite or PostgreSQL, with one practice cluster for each learner in the same process.
//!
//! Its floors; each uses those above it in this table, and those that stand beside each other do not know
//! each other:
//!
//! | floor | what it holds |
//! |---|---|
//! | `config`, `activity`, `clock`, `request_id` | what an operator sets; the words for labs, quizzes, moments and requests |
//! | `store` | learners, tokens and attempts, on disk |
//! | `problem` | what is answered when something is wrong |
//! | `app` | what every request may use: course, store, practice clusters, book, limits |
//! | `domain`; `request` | enrolling, handing in, grading, the gradebook; who sends a request, and as whom |
//! | `api`; `pages`; `gate_keeper` | the same for programs and for people; who may use a practice cluster |
//! | `site` | the whole course as pages that no server answers for |
//! | `around` | what surrounds every answer: its line in the log, its headers, that there is one in any case, errors in our words, forged forms, the record of what instructors do |
//! | `router`; `serving` | everything that is answered, and what surrounds it; sockets |
//! | `running` | starting and stopping; what the command on this machine does with the secrets |

pub mod activity;
mod api;
mod app;
mod around;
pub mod clock;
mod config;
mod domain;
mod gate_keeper;
mod pages;
mod problem;
mod request;
mod request_id;
mod router;
mod running;
mod serving;
mod site;
pub mod store;

pub use app::addresses::{Authority, url_on_this_machine};
pub use config::{CertificateFiles, Config, StartError, Tls, TrustedProxy};
pub use domain::words::shown as shown_safely;
pub use running::{
    Audience, BackupError, Contents, Credentials, CredentialsError, Embedded, Issued, Running, Target, back_up,
    in_memory, restore, start,
};
pub use serving::{Limits, Patience, listen, serve};
pub use site::{Site, SiteError, SiteSize, build_site};
