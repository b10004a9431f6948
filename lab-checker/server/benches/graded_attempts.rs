//! Graded attempts a second, each on disk before it is answered: 500 learners at once hand in a quiz,
//! beside the bare insert rate of the same database in the same run. `cargo bench -p server`; with
//! `LAB_CHECKER_DATABASE=postgres://…` on that database instead of SQLite.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use futures::future::join_all;
use http_body_util::BodyExt;
use serde_json::json;
use server::{
    Config,
    activity::Activity,
    in_memory,
    store::{Attempt, Grade, NewLearner, Secret, Store},
};
use tower::ServiceExt;

const LEARNERS: usize = 500;
const ATTEMPTS: usize = 20_000;
const ANSWERS: &str = r#"{"answers": {"layer": "NetworkPolicy", "selector": "wrong"}}"#;

fn main() {
    // `cargo test --all-targets` runs benchmarks too, to see that they start.
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
    }
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.listen = ([0, 0, 0, 0], 0).into();
    config.database = std::env::var("LAB_CHECKER_DATABASE").ok();
    config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
    let server = in_memory(&config).await.unwrap();
    let (tokens, learner) = enrol(&server.store).await;
    let bare = bare_inserts(&server.store, &learner).await;
    let times = attempts(server.router, &tokens).await;
    let rate = ATTEMPTS as f64 / times.whole.as_secs_f64();
    let database = if config.database.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("{database}, {LEARNERS} learners at once, {ATTEMPTS} attempts, durable");
    println!("  graded attempts   {rate:>8.0}/s    budget >= 2000/s    {}", said(rate >= 2000.0));
    println!("  p99               {:>8.1} ms   budget < 250 ms     {}", times.p99, said(times.p99 < 250.0));
    println!("  bare inserts      {bare:>8.0}/s");
    println!("  ratio             {:>8.2}      budget >= 0.5       {}", rate / bare, said(rate / bare >= 0.5));
}

const fn said(kept: bool) -> &'static str {
    if kept { "kept" } else { "MISSED" }
}

async fn enrol(store: &Store) -> (Vec<String>, String) {
    let mut tokens = Vec::with_capacity(LEARNERS);
    let mut id = String::new();
    for number in 0..LEARNERS {
        let new = NewLearner { name: format!("Learner {number}"), ..NewLearner::default() };
        id = store.add_learner(&new).await.unwrap().id;
        let token = Secret::fresh("learner");
        store.allow_learner(&token, &id, None).await.unwrap();
        tokens.push(token.reveal().to_owned());
    }
    (tokens, id)
}

/// The same rows without HTTP, tokens or grading, as many at once.
async fn bare_inserts(store: &Store, learner: &str) -> f64 {
    let grade = Grade { points: 1.0, max_points: 2.0, passed: false, report: json!({"questions": "x".repeat(400)}) };
    let started = Instant::now();
    let left = Arc::new(AtomicUsize::new(ATTEMPTS));
    let writers = (0..LEARNERS).map(|_| {
        let (store, left, grade, learner) = (store.clone(), Arc::clone(&left), grade.clone(), learner.to_owned());
        tokio::spawn(async move {
            while take(&left) {
                let attempt = Attempt::new(&learner, Activity::lab("bare"), json!({"answers": {}}), grade.clone());
                store.record(attempt).await.unwrap();
            }
        })
    });
    join_all(writers).await;
    ATTEMPTS as f64 / started.elapsed().as_secs_f64()
}

struct Times {
    whole: Duration,
    /// Milliseconds.
    p99: f64,
}

async fn attempts(router: Router, tokens: &[String]) -> Times {
    let started = Instant::now();
    let left = Arc::new(AtomicUsize::new(ATTEMPTS));
    let learners = tokens.iter().map(|token| {
        let (router, left, token) = (router.clone(), Arc::clone(&left), token.clone());
        tokio::spawn(async move {
            let mut times = Vec::new();
            while take(&left) {
                let began = Instant::now();
                let request = Request::post("/api/v1/quizzes/basics/attempts")
                    .header(header::AUTHORIZATION, format!("Bearer {token}"))
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(Body::from(ANSWERS))
                    .unwrap();
                let response = router.clone().oneshot(request).await.unwrap();
                assert_eq!(response.status(), 201);
                response.into_body().collect().await.unwrap();
                times.push(began.elapsed());
            }
            times
        })
    });
    let mut times: Vec<Duration> = join_all(learners).await.into_iter().flat_map(Result::unwrap).collect();
    let whole = started.elapsed();
    times.sort();
    Times { whole, p99: times[times.len() * 99 / 100].as_secs_f64() * 1000.0 }
}

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
