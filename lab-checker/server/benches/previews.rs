//! What somebody who types waits for: a preview of each lab of the course with its solution in the editor, over the
//! router, answer and all. `cargo bench -p server --bench previews`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::json;
use server::{Config, in_memory};
use tower::ServiceExt;

/// Previews of each lab, fewer at once than one learner may ask for.
const TIMES: usize = 12;
/// From keystroke to picture there are 100 ms, of which 30 are the editor's pause.
const BUDGET: Duration = Duration::from_millis(50);

fn main() {
    // `cargo test --all-targets` runs benchmarks too, to see that they start.
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
    }
}

async fn measure() {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.listen = ([127, 0, 0, 1], 8080).into();
    config.course = Some(course.clone());
    let server = in_memory(&config).await.unwrap();
    let mut labs: Vec<PathBuf> =
        std::fs::read_dir(course.join("labs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    labs.sort();
    println!("{:<28} {:>9} {:>9} {:>9}   budget of the median", "preview of", "first", "median", "worst");
    let mut all: Vec<(Duration, Duration, String)> = Vec::new();
    for lab in labs {
        let name = lab.file_name().unwrap().to_str().unwrap();
        let objects = manifest::files::load(&[lab.join("solution")]).unwrap().into_values();
        let text = objects.iter().map(manifest::to_yaml).collect::<Vec<_>>().join("---\n");
        let mut times = Vec::with_capacity(TIMES);
        while times.len() < TIMES {
            match preview(&server.router, name, &text).await {
                Some(time) => times.push(time),
                None => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
        let first = times[0];
        times.sort();
        let (median, worst) = (times[TIMES / 2], times[TIMES - 1]);
        let kept = if median < BUDGET { "kept" } else { "MISSED" };
        println!("{name:<28} {:>9} {:>9} {:>9}   < {}   {kept}", ms(first), ms(median), ms(worst), ms(BUDGET));
        all.push((median, worst, name.to_owned()));
    }
    let slowest = all.iter().max().unwrap();
    let worst = all.iter().map(|(_, worst, _)| *worst).max().unwrap();
    println!(
        "of {} labs the slowest is {}: {} in the middle; worst of all {}",
        all.len(),
        slowest.2,
        ms(slowest.0),
        ms(worst)
    );
}

/// How long one took; nothing when it was one too many.
async fn preview(router: &Router, lab: &str, text: &str) -> Option<Duration> {
    let began = Instant::now();
    let request = Request::post(format!("/api/v1/labs/{lab}/preview"))
        .header(header::HOST, "localhost:8080")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(json!({"text": text}).to_string()))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    response.into_body().collect().await.unwrap();
    assert!([StatusCode::OK, StatusCode::TOO_MANY_REQUESTS].contains(&status), "{lab}: {status}");
    (status == StatusCode::OK).then(|| began.elapsed())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
