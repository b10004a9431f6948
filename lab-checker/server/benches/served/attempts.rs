//! Attempts of 500 learners: as many as the server bears, and as many as it has to bear.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use futures::{StreamExt, future::join_all, stream};
use serde_json::{Value, json};

use super::{
    client::Client,
    program::{Program, top},
};

/// The lab and the quiz that are handed in.
pub(crate) const NAME: &str = "default-deny";

/// What is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Answers to a quiz.
    Quiz,
    /// Objects, which are sent; no two of them the same.
    Objects,
    /// The lab's world, as it is.
    World,
    /// The same, and something was changed in it before.
    ChangedWorld,
}

/// What came of it.
pub(crate) struct Measured {
    /// Attempts a second.
    pub(crate) rate: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) refused: usize,
}

/// How fast they come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each learner sends the next when the last is answered: what the server bears at most.
    Saturating,
    /// So many a second come, whatever becomes of those before. A time begins when an attempt should have been sent, so
    /// that a server which stands still is not asked less for it.
    Offered(f64),
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Quiz, Self::Objects, Self::World, Self::ChangedWorld];

    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Quiz => "quiz",
            Self::Objects => "lab with posted objects, each another",
            Self::World => "lab in its world",
            Self::ChangedWorld => "lab in its world, changed before each check",
        }
    }
}

pub(crate) async fn measure(
    program: &Program,
    learners: &[String],
    kind: Kind,
    pace: Pace,
    time: Duration,
) -> Measured {
    // A few at a time: how labs begin is not what is measured.
    let ready = stream::iter(learners).map(|token| Learner::ready(program, token, kind)).buffer_unordered(8);
    let ready: Vec<Learner> = ready.collect().await;
    let (class, began) = (ready.len(), Instant::now());
    let running = ready.into_iter().enumerate().map(|(number, mut learner)| {
        tokio::spawn(async move {
            let (mut times, mut refused, mut at) = (Vec::new(), 0, 0);
            loop {
                let due = match pace {
                    Pace::Saturating => Instant::now(),
                    Pace::Offered(rate) => {
                        let due = began + Duration::from_secs_f64((at * class + number) as f64 / rate);
                        tokio::time::sleep_until(due.into()).await;
                        due
                    }
                };
                if due.duration_since(began) >= time {
                    return (times, refused);
                }
                at += 1;
                let (status, sent) = learner.hands_in(kind, &format!("deny-{number}-{at}"), at).await;
                let counts_from = if matches!(pace, Pace::Offered(_)) { due } else { sent };
                times.push(counts_from.elapsed());
                refused += usize::from(status != 201);
                if status == 429 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        })
    });
    let (times, refused): (Vec<_>, Vec<usize>) = join_all(running).await.into_iter().map(Result::unwrap).unzip();
    let whole = began.elapsed();
    let refused = refused.into_iter().sum();
    let mut times: Vec<Duration> = times.into_iter().flatten().collect();
    times.sort();
    let part = |hundredths: usize| times[(times.len() - 1) * hundredths / 100].as_secs_f64() * 1000.0;
    let rate = (times.len().saturating_sub(refused)) as f64 / whole.as_secs_f64();
    Measured { rate, p50: part(50), p99: part(99), refused }
}

/// What is told of one attempt at the quiz: a quarter more than is kept of it.
pub(crate) async fn a_quizzes_report(program: &Program, token: &str) -> String {
    let mut learner = Learner::ready(program, token, Kind::Quiz).await;
    let answer = learner.client.post(&format!("/api/v1/quizzes/{NAME}/attempts"), &learner.answers).await;
    String::from_utf8(answer.body).unwrap()
}

/// A learner who is about to begin.
struct Learner {
    client: Client,
    answers: String,
}

impl Learner {
    async fn ready(program: &Program, token: &str, kind: Kind) -> Self {
        let mut client = Client::new(program.address, token);
        let mut answers = String::new();
        match kind {
            Kind::Quiz => answers = quiz_answers(&mut client).await,
            Kind::World | Kind::ChangedWorld => begin(&mut client).await,
            Kind::Objects => {}
        }
        Self { client, answers }
    }

    /// The status of the answer, and when the attempt was sent.
    async fn hands_in(&mut self, kind: Kind, name: &str, at: usize) -> (u16, Instant) {
        let client = &mut self.client;
        if kind == Kind::ChangedWorld {
            assert_eq!(apply(client, &policy(&format!("deny-{}", at % 5))).await, 200);
        }
        let sent = Instant::now();
        let answer = match kind {
            Kind::Quiz => client.post(&format!("/api/v1/quizzes/{NAME}/attempts"), &self.answers).await,
            Kind::Objects => {
                let body = json!({"objects": [policy(name)]}).to_string();
                client.post(&format!("/api/v1/labs/{NAME}/attempts"), &body).await
            }
            Kind::World | Kind::ChangedWorld => client.post(&format!("/api/v1/labs/{NAME}/attempts"), "{}").await,
        };
        (answer.status, sent)
    }
}

/// Begins the lab, and does something in it.
pub(crate) async fn begin(client: &mut Client) {
    let begun = client.post(&format!("/api/v1/labs/{NAME}/start"), "{}").await;
    assert_eq!(begun.status, 204, "{}", String::from_utf8_lossy(&begun.body));
    assert_eq!(apply(client, &policy("deny-all")).await, 200);
}

/// Applies an object; the status of the answer.
pub(crate) async fn apply(client: &mut Client, object: &Value) -> u16 {
    let body = json!({"text": object.to_string()}).to_string();
    client.post(&format!("/api/v1/labs/{NAME}/objects"), &body).await.status
}

/// The lab's solution under another name.
pub(crate) fn policy(name: &str) -> Value {
    static SOLUTION: OnceLock<Value> = OnceLock::new();
    let read = || {
        let folder = top().join("labs").join(NAME).join("solution");
        manifest::files::load(&[folder]).unwrap().into_values().remove(0)
    };
    let mut solution = SOLUTION.get_or_init(read).clone();
    solution["metadata"]["name"] = json!(name);
    solution
}

/// An answer to every question of the quiz as this learner gets it, right or wrong.
pub(crate) async fn quiz_answers(client: &mut Client) -> String {
    let quiz = client.get(&format!("/api/v1/quizzes/{NAME}")).await.json();
    let questions = quiz["questions"].as_array().unwrap().iter();
    let answered = questions.map(|question| {
        let first = question["options"].as_array().and_then(|options| options.first()?["id"].as_str());
        let flows = question["flows"].as_array().into_iter().flatten();
        let flows: serde_json::Map<String, Value> =
            flows.filter_map(|flow| Some((flow["id"].as_str()?.to_owned(), json!("blocked")))).collect();
        let answer = match first {
            Some(option) => json!(option),
            None if !flows.is_empty() => Value::Object(flows),
            None => json!("a word"),
        };
        (question["id"].as_str().unwrap().to_owned(), answer)
    });
    json!({"answers": answered.collect::<serde_json::Map<_, _>>()}).to_string()
}
