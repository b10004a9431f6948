//! A class of 500 at work: each thinks for a while, changes something, looks at it, checks it, reads on, answers a quiz.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::RngExt;
use serde_json::json;
use tokio::time;

use super::{
    attempts::{NAME, apply, begin, policy, quiz_answers},
    client::Client,
    kept,
    program::Program,
};

/// The budget in MB.
const MOST: f64 = 600.0;
/// How much more than after two minutes is still level.
const LEVEL: f64 = 1.1;

/// What the class has asked so far.
#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    refused: AtomicUsize,
}

pub(crate) async fn at_work(program: &Program, learners: &[String], minutes: u64) {
    println!("  a class of {} at work for {minutes} min, resident memory by minute", learners.len());
    let ends = Instant::now() + Duration::from_secs(60 * minutes);
    let counts = Arc::new(Counts::default());
    let class = learners
        .iter()
        .map(|token| tokio::spawn(learner(Client::new(program.address, token), ends, Arc::clone(&counts))));
    let class: Vec<_> = class.collect();
    let mut by_minute = Vec::new();
    for minute in 1..=minutes {
        time::sleep(Duration::from_secs(60)).await;
        let memory = program.memory().unwrap_or(f64::NAN);
        let [requests, refused] = [&counts.requests, &counts.refused].map(|count| count.load(Ordering::Relaxed));
        println!("    minute {minute:>2}   {memory:>6.0} MB   {requests:>7} requests, {refused} refused");
        by_minute.push(memory);
    }
    join_all(class).await.into_iter().for_each(Result::unwrap);
    let highest = by_minute.iter().copied().fold(0.0, f64::max);
    kept("below", MOST, " MB", highest < MOST);
    if let [_, second, later @ ..] = &by_minute[..]
        && !later.is_empty()
    {
        let last = later.iter().copied().fold(0.0, f64::max);
        kept("level after two minutes, at most times", LEVEL, "", last <= second * LEVEL);
    }
}

async fn learner(mut client: Client, ends: Instant, counts: Arc<Counts>) {
    let thinks = |most: u64| Duration::from_millis(rand::rng().random_range(0..most * 1000));
    time::sleep(thinks(20)).await;
    begin(&mut client).await;
    let answers = quiz_answers(&mut client).await;
    let mut step = 0_usize;
    while Instant::now() < ends {
        step += 1;
        let status = match step % 6 {
            0 => client.get("/book/default-deny.html").await.status,
            1 => client.get(&format!("/labs/{NAME}")).await.status,
            2 => {
                let body = json!({"text": policy(&format!("deny-{}", step % 4)).to_string()}).to_string();
                client.post(&format!("/api/v1/labs/{NAME}/preview"), &body).await.status
            }
            3 => apply(&mut client, &policy(&format!("deny-{}", step % 4))).await,
            4 => client.post(&format!("/api/v1/labs/{NAME}/attempts"), "{}").await.status,
            _ => client.post(&format!("/api/v1/quizzes/{NAME}/attempts"), &answers).await.status,
        };
        // A machine that is too small for a class says so.
        assert!(matches!(status, 200 | 201 | 409 | 429 | 503), "step {step} was answered {status}");
        counts.requests.fetch_add(1, Ordering::Relaxed);
        counts.refused.fetch_add(usize::from(status >= 400), Ordering::Relaxed);
        time::sleep(thinks(10)).await;
    }
}
