//! One experiment: connects, a policy comes, does not connect, the policy goes, connects again. All the while the pods
//! must live: a connection to a dead pod fails too, and proves nothing.

use std::time::Duration;

use http::Method;
use kube::Client;
use manifest::ObjectId;
use tokio::time::{Instant, sleep};

use super::outcome::{Aspect, Blocked, Patience, Proof, Step, Tried};
use crate::error::ClusterError;
use crate::exec::Probe;
use crate::life::Lives;
use crate::ours::{Ours, delete_all};
use crate::request::send;
use crate::resource::path_of;
use crate::target::Target;

/// So many attempts in a row must fail before a connection counts as denied: one may be lost by chance.
const DENIED_IN_A_ROW: usize = 2;

/// What one attempt came to, when the pods lived through it.
enum Seen {
    Connected,
    Blocked(Blocked),
}

/// An experiment. What ends it early is what it showed.
pub(super) struct Trial<'a, A> {
    pub(super) client: &'a Client,
    pub(super) lives: &'a Lives,
    pub(super) patience: Patience,
    pub(super) attempt: &'a A,
    pub(super) aspect: Aspect,
    /// What the policy closes.
    pub(super) closed: Target,
    /// What it leaves open, where that is what it is about.
    pub(super) open: Option<Target>,
}

/// Why no policy could be made.
pub(super) struct NoPolicy(pub(super) String);

impl<A: AsyncFn(Target) -> Result<Probe, ClusterError>> Trial<'_, A> {
    /// Does it. The policy is put into `made` as long as it stands.
    pub(super) async fn run(&self, made: &mut Vec<Ours>) -> Result<Result<Tried, NoPolicy>, ClusterError> {
        for target in self.open.iter().chain([&self.closed]) {
            if let Err(proof) = self.until_connected(Step::Connects, *target).await? {
                return Ok(Ok(self.showed(proof, None)));
            }
        }
        let body = self.aspect.policy();
        let id = ObjectId::of(&body);
        let path = path_of(&body);
        let doing = format!("create a {}", id.kind);
        let policy = match send(self.client, Method::POST, &path, Some(("application/json", &body)), &doing).await {
            Err(ClusterError::Refused { message, .. }) if self.aspect == Aspect::ClusterPolicy => {
                return Ok(Err(NoPolicy(message)));
            }
            policy => policy?,
        };
        let began = Instant::now();
        let policy = Ours::created(&id, &path, &policy);
        made.insert(0, policy.clone());
        let (blocked, at) = match self.until_blocked().await? {
            Ok(blocked) => blocked,
            Err(proof) => return Ok(Ok(self.showed(proof, None))),
        };
        let took = Some(at.saturating_duration_since(began));
        if let Some(open) = self.open
            && let Err(proof) = self.until_connected(Step::StaysOpen, open).await?
        {
            return Ok(Ok(self.showed(proof, took)));
        }
        delete_all(self.client, std::slice::from_ref(&policy), &mut |_| {}).await?;
        made.retain(|one| *one != policy);
        let proof = match self.until_connected(Step::ConnectsAgain, self.closed).await? {
            Ok(()) => Proof::Enforced(blocked),
            Err(proof) => proof,
        };
        Ok(Ok(self.showed(proof, took)))
    }

    fn showed(&self, proof: Proof, took: Option<Duration>) -> Tried {
        Tried { aspect: self.aspect, proof, took }
    }

    async fn until_connected(&self, step: Step, target: Target) -> Result<Result<(), Proof>, ClusterError> {
        let deadline = Instant::now() + self.patience.step;
        loop {
            let last = match self.once(step, target).await? {
                Ok(Seen::Connected) => return Ok(Ok(())),
                Ok(Seen::Blocked(blocked)) => blocked,
                Err(proof) => return Ok(Err(proof)),
            };
            if Instant::now() >= deadline {
                let how = match last {
                    Blocked::Dropped => "nothing came back",
                    Blocked::Rejected => "the connection was refused",
                };
                let seconds = self.patience.step.as_secs();
                let reason = format!("two pods did not connect within {seconds} seconds: {how}");
                return Ok(Err(Proof::NotProved { step, reason }));
            }
            sleep(self.patience.pause).await;
        }
    }

    /// How it is blocked, and when the first of the attempts in a row began.
    async fn until_blocked(&self) -> Result<Result<(Blocked, Instant), Proof>, ClusterError> {
        let deadline = Instant::now() + self.patience.step;
        let (mut in_a_row, mut first) = (0, Instant::now());
        loop {
            let now = Instant::now();
            match self.once(Step::Denied, self.closed).await? {
                Ok(Seen::Connected) if Instant::now() >= deadline => return Ok(Err(Proof::Ignored)),
                Ok(Seen::Connected) => in_a_row = 0,
                Ok(Seen::Blocked(blocked)) => {
                    in_a_row += 1;
                    first = if in_a_row == 1 { now } else { first };
                    if in_a_row == DENIED_IN_A_ROW {
                        return Ok(Ok((blocked, first)));
                    }
                }
                Err(proof) => return Ok(Err(proof)),
            }
            sleep(self.patience.pause).await;
        }
    }

    /// One attempt, and a look whether the pods lived through it.
    async fn once(&self, step: Step, target: Target) -> Result<Result<Seen, Proof>, ClusterError> {
        let tried = (self.attempt)(target).await;
        if let Err(reason) = self.lives.go_on(self.client).await? {
            return Ok(Err(Proof::NotProved { step, reason }));
        }
        Ok(match tried? {
            Probe::Connected => Ok(Seen::Connected),
            Probe::TimedOut => Ok(Seen::Blocked(Blocked::Dropped)),
            Probe::Refused => Ok(Seen::Blocked(Blocked::Rejected)),
            Probe::NoTool => {
                Err(Proof::NotProved { step, reason: "pod client has no tool that can connect".to_owned() })
            }
        })
    }
}
