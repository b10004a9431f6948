//! What the server must not forget: learners, tokens, drafts and attempts, in SQLite or PostgreSQL.
//!
//! One schema and one set of statements serve both engines. On SQLite all writing goes through one
//! connection, so that two writers never wait for each other's locks; reading has its own.
//!
//! What belongs together is one transaction: a learner without a token, or a new token without the end of the
//! old one, is never stored. A connection that a write failed on is not used again
//! (see [`Writers`](practice_cluster::Writers)).

mod appeals;
mod attempt;
mod attempts;
mod audit;
mod claim;
mod claimed;
mod columns;
mod conditions;
mod connections;
mod content;
mod database;
mod drafts;
mod error;
mod forgotten;
mod gates;
mod guesses;
mod instructors;
mod kept;
mod learner;
mod learners;
mod own_words;
mod plan;
mod pulse;
mod regrade_found;
mod regrade_jobs;
mod regrades;
mod scores;
mod secret;
mod settings;
mod sign_in;
mod tokens;
mod traffic;
mod writer;

pub use appeals::{Appeal, AppealFilter, Appealed, NewAppeal};
pub use attempt::{Attempt, AttemptFilter, AttemptSummary, Grade};
pub use attempts::{Judged, Reported};
pub use audit::{AuditEntry, NewAuditEntry, THIS_MACHINE};
pub(crate) use claim::Claim;
pub(crate) use columns::places;
pub use connections::Store;
pub use database::Database;
pub use drafts::{Draft, DraftWrite};
pub use error::StoreError;
pub use gates::Opens;
pub use guesses::Guessing;
pub use instructors::InstructorToken;
pub use learner::{Learner, NewLearner, RosterEntry};
pub use learners::RosterChange;
pub use own_words::OwnWords;
pub use regrade_found::{Found, FoundChange, FoundNotice, Unpublished};
pub use regrade_jobs::{NewRegradeJob, RegradeJob, RegradeState};
pub use regrades::{GradeOfTime, Publication, Regrade};
pub use scores::Best;
pub use secret::Secret;
pub use settings::JOIN_CODE;
pub use tokens::Principal;
pub use traffic::Traffic;

use error::Result;
