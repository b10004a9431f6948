//! Labs: where the learner starts, what is asked and what must stay, as `labs/NAME/` says.

mod attack;
mod findings;
mod first_try;
mod free;
mod frozen;
mod goal;
mod lab;
mod load;
mod load_attack;
mod load_goal;
mod variants;
mod visible;

pub use attack::Attack;
pub(crate) use findings::{FindingsGoal, LIST, entry};
pub use first_try::FirstTry;
pub(crate) use first_try::{FILE as FIRST_TRY, load as load_first_try};
pub(crate) use free::{FreeEnd, FreeEndpoint, FreeRule};
pub(crate) use frozen::Frozen;
pub(crate) use goal::{Expected, GoalCheck, ReachabilityGoal};
pub(crate) use lab::Goal;
pub use lab::{Lab, LabCni, Mistake, PublicLab, RightAnswer, Solution, World};
pub(crate) use load::{load_all, load_one};
pub(crate) use load_goal::add_external;
pub(crate) use visible::VisibleLab;
