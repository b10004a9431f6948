//! What one learner or one address may ask for, so that the others notice nothing.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::problem::Problem;

/// The largest body of a request that is not for a practice cluster.
pub(crate) const BODY: usize = 1 << 20;
/// The largest list of a class: the most learners that one may hold, with long names, as a form sends them.
pub(crate) const ROSTER: usize = 8 << 20;
/// The longest a request may take, streams excepted.
pub(crate) const REQUEST: Duration = Duration::from_secs(30);
/// How long a request waits before it is asked whether the database is there: with the answer, less than two seconds.
pub(crate) const UNTIL_FELT: Duration = Duration::from_millis(800);
/// How many keys a limit remembers before it drops the idle ones.
const MOST_KEYS: usize = 10_000;

/// So much at once, and so much again each second, for each key.
#[derive(Debug)]
pub(crate) struct Limit<K> {
    burst: f64,
    per_second: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Hash + Eq> Limit<K> {
    pub(crate) fn new(burst: f64, per_second: f64) -> Self {
        Self { burst, per_second, buckets: Mutex::default() }
    }

    /// Take one, or say how long to wait.
    pub(crate) fn take(&self, key: K) -> Result<(), Problem> {
        self.spend(key, Instant::now())
    }

    fn spend(&self, key: K, now: Instant) -> Result<(), Problem> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_KEYS {
            buckets.retain(|_, bucket| self.refilled(*bucket, now) < self.burst);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: self.burst, at: now });
        bucket.left = self.refilled(*bucket, now);
        bucket.at = now;
        if bucket.left < 1.0 {
            let seconds = ((1.0 - bucket.left) / self.per_second).ceil();
            return Err(Problem::too_many(seconds.max(1.0) as u64));
        }
        bucket.left -= 1.0;
        Ok(())
    }

    fn refilled(&self, bucket: Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        since.mul_add(self.per_second, bucket.left).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_refuses_when_spent_and_refills_with_time() {
        let limit = Limit::new(2.0, 0.5);
        let start = Instant::now();
        let take = |who, after| limit.spend(who, start + Duration::from_secs(after));
        take("ada", 0).unwrap();
        take("ada", 0).unwrap();
        assert_eq!(take("ada", 0).unwrap_err().status().as_u16(), 429);
        take("bob", 0).unwrap();
        take("ada", 2).unwrap();
        take("ada", 2).unwrap_err();
    }
}
