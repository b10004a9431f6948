//! What a handler is told of the request it answers: who sends it, as whom, and by which address.

mod caller;
mod reached;
mod session;
mod signed_in;

pub(crate) use caller::{Caller, find_way, way};
pub(crate) use reached::ReachedAt;
pub(crate) use session::{Role, learner_cookie, learner_session, sign_in_instructor, sign_out};
pub(crate) use signed_in::{Doer, SignedIn, SignedInWith, Teaching, bearer};
