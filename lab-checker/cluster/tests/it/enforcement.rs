//! The doctor's experiment on networks of every kind, and with accidents in its middle: only a policy that stops
//! what works before and after it is a proof.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use cluster::{Blocked, ClusterError, Patience, Probe, Proof, Step, prove_enforcement_by};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

const SERVER: &str = "/api/v1/namespaces/lab-checker-doctor/pods/server";
const CLIENT: &str = "/api/v1/namespaces/lab-checker-doctor/pods/client";
const POLICY: &str = "/apis/networking.k8s.io/v1/namespaces/lab-checker-doctor/networkpolicies/deny";
const NAMESPACE: &str = "/api/v1/namespaces/lab-checker-doctor";

const QUICK: Patience =
    Patience { pods: Duration::ZERO, step: Duration::from_millis(40), pause: Duration::from_millis(1), attempt: 1 };

/// What the network does: its answer to an attempt, given whether the policy stands and which attempt since it
/// came or went this is, from 1.
type Network<'a> = &'a dyn Fn(&Api, bool, usize) -> Result<Probe, ClusterError>;

async fn experiment(api: &Api, network: Network<'_>) -> Result<Proof, ClusterError> {
    let before = Cell::new(false);
    let number = Cell::new(0);
    let attempt = async |_, _| {
        let policy = api.object(POLICY).is_some();
        number.set(if policy == before.replace(policy) { number.get() + 1 } else { 1 });
        network(api, policy, number.get())
    };
    prove_enforcement_by(&api.client(), QUICK, attempt, |_| {}).await
}

async fn shows(network: Network<'_>) -> Proof {
    let api = Api::default().starting_pods();
    let proof = experiment(&api, network).await.unwrap();
    assert_eq!(api.object(NAMESPACE), None, "the experiment cleans up: {:?}", api.diary());
    let deletions: Vec<String> = api.diary().into_iter().filter(|line| line.starts_with("DELETE")).collect();
    assert!(deletions.iter().all(|line| line.contains(" if uid-")), "{deletions:?}");
    proof
}

fn step_of(proof: &Proof) -> (Step, &str) {
    match proof {
        Proof::NotProved { step, reason } => (*step, reason),
        other => panic!("{other:?}"),
    }
}

fn opened(policy: bool, blocked: Probe) -> Probe {
    if policy { blocked } else { Probe::Connected }
}

#[tokio::test]
async fn a_network_that_drops_or_rejects_enforces() {
    let drops = shows(&|_, policy, _| Ok(opened(policy, Probe::TimedOut))).await;
    assert_eq!(drops, Proof::Enforced(Blocked::Dropped));
    let rejects = shows(&|_, policy, _| Ok(opened(policy, Probe::Refused))).await;
    assert_eq!(rejects, Proof::Enforced(Blocked::Rejected));
}

#[tokio::test]
async fn a_plugin_that_takes_its_time_is_waited_for() {
    let slow = shows(&|_, policy, number| Ok(opened(policy == (number > 3), Probe::TimedOut))).await;
    assert_eq!(slow, Proof::Enforced(Blocked::Dropped));
}

#[tokio::test]
async fn a_network_that_ignores_policies_is_known() {
    assert_eq!(shows(&|_, _, _| Ok(Probe::Connected)).await, Proof::Ignored);
}

#[tokio::test]
async fn one_lost_attempt_is_no_denial() {
    let loses_one = |_: &Api, policy: bool, number: usize| {
        Ok(if policy && number == 2 { Probe::TimedOut } else { Probe::Connected })
    };
    assert_eq!(shows(&loses_one).await, Proof::Ignored);
}

#[tokio::test]
async fn a_network_without_connections_proves_nothing() {
    for (probe, words) in [(Probe::TimedOut, "nothing came back"), (Probe::Refused, "refused")] {
        let proof = shows(&|_, _, _| Ok(probe)).await;
        let (step, reason) = step_of(&proof);
        assert!(step == Step::Connects && reason.contains(words), "{proof:?}");
    }
    let (step, reason) = (shows(&|_, _, _| Ok(Probe::NoTool)).await, "no tool");
    assert!(matches!(&step, Proof::NotProved { step: Step::Connects, reason: told } if told.contains(reason)));
}

#[tokio::test]
async fn what_does_not_come_back_proves_nothing() {
    let broken = RefCell::new(false);
    let breaks = |_: &Api, policy: bool, _: usize| {
        *broken.borrow_mut() |= policy;
        Ok(if *broken.borrow() { Probe::TimedOut } else { Probe::Connected })
    };
    let proof = shows(&breaks).await;
    assert_eq!(step_of(&proof).0, Step::ConnectsAgain, "{proof:?}");
}

/// An accident of a pod, and what is said of it.
type Accident = (&'static str, fn(&Api, &str));

const ACCIDENTS: [Accident; 7] = [
    ("is gone", |api, pod| drop(api.remove(pod))),
    ("is being deleted", |api, pod| {
        api.change(pod, |pod| pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into());
    }),
    ("was replaced", |api, pod| {
        let object = api.remove(pod);
        api.put(pod, object);
    }),
    ("was restarted", |api, pod| {
        api.change(pod, |pod| pod["status"]["containerStatuses"][0]["restartCount"] = 1.into())
    }),
    ("was restarted", |api, pod| {
        api.change(pod, |pod| pod["status"]["containerStatuses"][0]["containerID"] = "b".into())
    }),
    ("is not ready", |api, pod| api.change(pod, |pod| pod["status"]["conditions"] = json!([]))),
    ("got another address", |api, pod| api.change(pod, |pod| pod["status"]["podIP"] = "10.9.9.9".into())),
];

#[tokio::test]
async fn an_accident_of_a_pod_at_any_step_proves_nothing() {
    for (words, accident) in ACCIDENTS {
        for pod in [SERVER, CLIENT] {
            for at in [Step::Connects, Step::Denied, Step::ConnectsAgain] {
                let done = Cell::new(false);
                let had_policy = Cell::new(false);
                let network = |api: &Api, policy: bool, _: usize| {
                    had_policy.set(had_policy.get() || policy);
                    let now = match (policy, had_policy.get()) {
                        (true, _) => Step::Denied,
                        (false, true) => Step::ConnectsAgain,
                        (false, false) => Step::Connects,
                    };
                    if now == at && !done.replace(true) {
                        accident(api, pod);
                        return Ok(Probe::TimedOut);
                    }
                    Ok(opened(policy, Probe::TimedOut))
                };
                let proof = shows(&network).await;
                let (step, reason) = step_of(&proof);
                assert!(step == at && reason.contains(words), "{words} at {at:?}: {proof:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_command_that_cannot_run_because_the_pod_is_gone_proves_nothing() {
    let network = |api: &Api, policy: bool, _: usize| {
        if !policy {
            return Ok(Probe::Connected);
        }
        api.remove(CLIENT);
        Err(ClusterError::Refused { doing: "run a command".to_owned(), code: 404, message: "not found".to_owned() })
    };
    let proof = shows(&network).await;
    assert_eq!(step_of(&proof), (Step::Denied, "pod client is gone"));
    // With living pods a refusal is one.
    let api = Api::default().starting_pods();
    let refuses: Network<'_> =
        &|_, _, _| Err(ClusterError::Refused { doing: "run".to_owned(), code: 403, message: "no".to_owned() });
    assert_eq!(experiment(&api, refuses).await.unwrap_err().code(), Some(403));
    assert_eq!(api.object(NAMESPACE), None);
}

#[tokio::test]
async fn pods_that_do_not_start_prove_nothing() {
    let api = Api::default();
    let proof = experiment(&api, &|_, _, _| Ok(Probe::Connected)).await.unwrap();
    assert_eq!(step_of(&proof).0, Step::Start);
    assert_eq!(api.object(NAMESPACE), None);
}

#[tokio::test]
async fn what_is_not_the_experiments_is_not_touched() {
    let foreign = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab-checker-doctor"}});
    let api = Api::with(&[(NAMESPACE, foreign.clone())]).starting_pods();
    let error = experiment(&api, &|_, _, _| Ok(Probe::Connected)).await.unwrap_err();
    assert!(matches!(error, ClusterError::Foreign { .. }), "{error}");
    assert!(api.diary().is_empty(), "{:?}", api.diary());
    // Somebody puts a namespace of their own in the place of ours while the experiment runs.
    let api = Api::default().starting_pods();
    let swaps = |api: &Api, policy: bool, number: usize| {
        if policy && number == 1 {
            let ours = api.remove(NAMESPACE);
            assert_eq!(ours["metadata"]["labels"]["lab-checker/lab"], "doctor");
            api.put(NAMESPACE, foreign.clone());
        }
        Ok(opened(policy, Probe::TimedOut))
    };
    experiment(&api, &swaps).await.unwrap();
    assert_eq!(api.object(NAMESPACE).map(|object| object["metadata"]["labels"].clone()), Some(Value::Null));
}

#[tokio::test]
async fn what_was_made_goes_when_the_cluster_refuses_the_rest() {
    let api =
        Api::default().answer("POST /api/v1/namespaces/lab-checker-doctor/pods", 403, refusal(403, "exceeded quota"));
    let error = experiment(&api, &|_, _, _| Ok(Probe::Connected)).await.unwrap_err();
    assert!(error.to_string().contains("exceeded quota"), "{error}");
    assert_eq!(api.object(NAMESPACE), None, "{:?}", api.diary());
}
