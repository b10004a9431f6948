//! Jobs: pods that run to their end, so many of them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::events::{self, Event, Source};
use super::workloads::{self, Name, active, ready};
use crate::resource;
use crate::store::object;
use crate::store::state::Key;
use crate::store::task::Task;
use crate::store::transaction::Transaction;

/// The pause before a failed pod is followed by another; it doubles each time.
const BACK_OFF_SECONDS: u64 = 10;

/// A pause is over.
pub(super) fn retry(tx: &mut Transaction, key: &Key, uid: &str) {
    if let Some(job) = workloads::living(tx, key).filter(|job| object::uid(job) == uid) {
        advance(tx, &job, Pause::Over);
    }
}

/// Plans again what a Job was waiting for: its next pod, or its end.
pub(super) fn resume(tx: &mut Transaction) {
    for job in tx.list(resource::known("batch", "jobs"), None) {
        let Some(key) = Key::of(&job) else { continue };
        let Some(ended) = ended(&job) else {
            schedule(tx, &job, Duration::from_secs(BACK_OFF_SECONDS));
            continue;
        };
        if let Some(seconds) = job["spec"]["ttlSecondsAfterFinished"].as_u64() {
            let since = u64::try_from(tx.now().as_second() - ended.as_second()).unwrap_or(0);
            let uid = object::uid(&job).to_owned();
            tx.schedule(Duration::from_secs(seconds.saturating_sub(since)), Task::RemoveFinished { job: key, uid });
        }
    }
}

/// When a Job completed or failed.
fn ended(job: &Value) -> Option<Timestamp> {
    let over = |condition: &&Value| matches!(condition["type"].as_str(), Some("Complete" | "Failed"));
    let condition = job["status"]["conditions"].as_array()?.iter().find(over)?;
    condition["lastTransitionTime"].as_str()?.parse().ok()
}

/// How many pods of a Job are in which phase.
struct Tally {
    active: usize,
    ready: usize,
    succeeded: usize,
    failed: usize,
}

fn tally(tx: &Transaction, job: &Value) -> Tally {
    let pods = workloads::owned(tx, "", "pods", job);
    let phase = |wanted: &str| pods.iter().filter(|pod| pod["status"]["phase"] == wanted).count();
    Tally {
        active: pods.iter().filter(|pod| active(pod)).count(),
        ready: pods.iter().filter(|pod| active(pod) && ready(pod)).count(),
        succeeded: phase("Succeeded"),
        failed: phase("Failed"),
    }
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| number.try_into().ok())
}

/// Whether the pause behind a failed pod is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    Over,
    Due,
}

/// Makes pods until enough of them succeeded or too many failed.
pub(super) fn sync(tx: &mut Transaction, job: &Value) {
    advance(tx, job, Pause::Due);
}

fn advance(tx: &mut Transaction, job: &Value, pause: Pause) {
    let over = job["status"]["completionTime"].is_string() || condition(job, "Failed");
    if over {
        return;
    }
    let before = tally(tx, job);
    let completions = number(&job["spec"]["completions"]).unwrap_or(1);
    let limit = number(&job["spec"]["backoffLimit"]).unwrap_or(6);
    if job["spec"]["suspend"] != true && before.failed <= limit && before.succeeded < completions {
        let parallel = number(&job["spec"]["parallelism"]).unwrap_or(1);
        let wanted = parallel.min(completions - before.succeeded);
        // Each pod that ends wants another one: where there is no room, that is said once, not with each of them.
        let hopeless = tx.is_full() && events::stands(tx, job, "FailedCreate");
        if hopeless {
            // It looks again when there is room.
        } else if pause == Pause::Over || before.failed == 0 {
            for _ in before.active..wanted {
                if workloads::create_pod(tx, Source::Jobs, job, Name::Generated, |_| {}).is_err() {
                    break;
                }
            }
        } else if before.active < wanted {
            schedule(tx, job, Duration::from_secs(BACK_OFF_SECONDS << (before.failed - 1).min(5)));
        }
    }
    status(tx, job, completions, limit);
}

fn schedule(tx: &mut Transaction, job: &Value, after: Duration) {
    if let Some(key) = Key::of(job) {
        tx.schedule(after, Task::Retry { object: key, uid: object::uid(job).to_owned() });
    }
}

fn condition(job: &Value, kind: &str) -> bool {
    job["status"]["conditions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|c| c["type"] == kind && c["status"] == "True"))
}

fn status(tx: &mut Transaction, job: &Value, completions: usize, limit: usize) {
    let Some(current) = Key::of(job).and_then(|key| tx.get(&key).cloned()) else { return };
    let now = tx.now_text();
    let tally = tally(tx, &current);
    let mut fields = Map::new();
    let entry = |kind: &str, reason: &str, message: &str| {
        json!({
            "lastProbeTime": now, "lastTransitionTime": now, "message": message,
            "reason": reason, "status": "True", "type": kind,
        })
    };
    fields.insert("active".to_owned(), workloads::count(tally.active));
    let done = tally.succeeded >= completions;
    let lost = tally.failed > limit;
    if done {
        fields.insert("completionTime".to_owned(), json!(now));
        let text = "Reached expected number of succeeded pods";
        let why = "CompletionsReached";
        fields.insert(
            "conditions".to_owned(),
            json!([entry("SuccessCriteriaMet", why, text), entry("Complete", why, text)]),
        );
    } else if lost {
        let (why, text) = ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        fields.insert("conditions".to_owned(), json!([entry("FailureTarget", why, text), entry("Failed", why, text)]));
    }
    fields.insert("failed".to_owned(), workloads::count(tally.failed));
    fields.insert("ready".to_owned(), json!(tally.ready));
    let started = &current["status"]["startTime"];
    fields.insert("startTime".to_owned(), if started.is_string() { started.clone() } else { json!(now) });
    fields.insert("succeeded".to_owned(), workloads::count(tally.succeeded));
    fields.insert("terminating".to_owned(), json!(0));
    fields.insert("uncountedTerminatedPods".to_owned(), json!({}));
    workloads::set_status(tx, &current, fields);
    if done {
        events::record(tx, &current, &Event::normal(Source::Jobs, "Completed", "Job completed"));
    } else if lost {
        let text = "Job has reached the specified backoff limit";
        events::record(tx, &current, &Event::normal(Source::Jobs, "BackoffLimitExceeded", text).warning());
    }
    if let (true, Some(seconds)) = (done || lost, current["spec"]["ttlSecondsAfterFinished"].as_u64())
        && let Some(key) = Key::of(&current)
    {
        let uid = object::uid(&current).to_owned();
        tx.schedule(Duration::from_secs(seconds), Task::RemoveFinished { job: key, uid });
    }
}

/// Removes a Job that ended long enough ago.
pub(super) fn remove_finished(tx: &mut Transaction, key: &Key, uid: &str) {
    if let Some(job) = tx.get(key).cloned()
        && object::uid(&job) == uid
    {
        crate::store::removal::remove_or_terminate(tx, &job, None);
    }
}
