//! The doctor's experiment on networks of every kind, and with accidents in its middle: only a policy that stops
//! what works before and after it is a proof.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use cluster::{
    Aspect, Blocked, ClusterError, Experiments, Patience, Probe, Proof, Step, Target, Transport, prove_enforcement_by,
};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

const SERVER: &str = "/api/v1/namespaces/lab-checker-doctor/pods/server";
const CLIENT: &str = "/api/v1/namespaces/lab-checker-doctor/pods/client";
const POLICY: &str = "/apis/networking.k8s.io/v1/namespaces/lab-checker-doctor/networkpolicies/deny";
const CLUSTER_POLICY: &str = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/lab-checker-doctor";
const NAMESPACE: &str = "/api/v1/namespaces/lab-checker-doctor";

const QUICK: Patience = Patience {
    pods: Duration::from_secs(1),
    step: Duration::from_millis(40),
    pause: Duration::from_millis(1),
    attempt: 1,
};

/// What the network does: its answer to an attempt, given whether the policy stands and which attempt since it
/// came or went this is, from 1.
type Network<'a> = &'a dyn Fn(&Api, bool, usize) -> Result<Probe, ClusterError>;

async fn all_experiments(api: &Api, network: Network<'_>) -> Result<Experiments, ClusterError> {
    let before = Cell::new(false);
    let number = Cell::new(0);
    let attempt = async |_: Target| {
        let policy = api.object(POLICY).is_some() || api.object(CLUSTER_POLICY).is_some();
        number.set(if policy == before.replace(policy) { number.get() + 1 } else { 1 });
        network(api, policy, number.get())
    };
    prove_enforcement_by(&api.client(), QUICK, attempt, |_| {}).await
}

/// What the first experiment showed.
async fn experiment(api: &Api, network: Network<'_>) -> Result<Proof, ClusterError> {
    Ok(all_experiments(api, network).await?.tried.remove(0).proof)
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

#[tokio::test(start_paused = true)]
async fn a_network_that_drops_or_rejects_enforces() {
    let drops = shows(&|_, policy, _| Ok(opened(policy, Probe::TimedOut))).await;
    assert_eq!(drops, Proof::Enforced(Blocked::Dropped));
    let rejects = shows(&|_, policy, _| Ok(opened(policy, Probe::Refused))).await;
    assert_eq!(rejects, Proof::Enforced(Blocked::Rejected));
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_takes_its_time_is_waited_for() {
    let slow = shows(&|_, policy, number| Ok(opened(policy == (number > 3), Probe::TimedOut))).await;
    assert_eq!(slow, Proof::Enforced(Blocked::Dropped));
}

#[tokio::test(start_paused = true)]
async fn a_network_that_ignores_policies_is_known() {
    assert_eq!(shows(&|_, _, _| Ok(Probe::Connected)).await, Proof::Ignored);
}

#[tokio::test(start_paused = true)]
async fn one_lost_attempt_is_no_denial() {
    let loses_one = |_: &Api, policy: bool, number: usize| {
        Ok(if policy && number == 2 { Probe::TimedOut } else { Probe::Connected })
    };
    assert_eq!(shows(&loses_one).await, Proof::Ignored);
}

#[tokio::test(start_paused = true)]
async fn a_network_without_connections_proves_nothing() {
    for (probe, words) in [(Probe::TimedOut, "nothing came back"), (Probe::Refused, "refused")] {
        let proof = shows(&|_, _, _| Ok(probe)).await;
        let (step, reason) = step_of(&proof);
        assert!(step == Step::Connects && reason.contains(words), "{proof:?}");
    }
    let (step, reason) = (shows(&|_, _, _| Ok(Probe::NoTool)).await, "no tool");
    assert!(matches!(&step, Proof::NotProved { step: Step::Connects, reason: told } if told.contains(reason)));
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn pods_that_do_not_start_prove_nothing() {
    let api = Api::default();
    let proof = experiment(&api, &|_, _, _| Ok(Probe::Connected)).await.unwrap();
    assert_eq!(step_of(&proof).0, Step::Start);
    assert_eq!(api.object(NAMESPACE), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_experiments_is_not_touched() {
    let foreign = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab-checker-doctor"}});
    let api = Api::with(&[(NAMESPACE, foreign.clone())]).starting_pods();
    let error = experiment(&api, &|_, _, _| Ok(Probe::Connected)).await.unwrap_err();
    assert!(matches!(error, ClusterError::Foreign { .. }), "{error}");
    assert!(api.diary().is_empty(), "{:?}", api.diary());
    // Somebody puts a namespace of their own in the place of ours while the experiment runs.
    let api = Api::default().starting_pods();
    let swapped = Cell::new(false);
    let swaps = |api: &Api, policy: bool, number: usize| {
        if policy && number == 1 && !swapped.replace(true) {
            let ours = api.remove(NAMESPACE);
            assert_eq!(ours["metadata"]["labels"]["lab-checker/lab"], "doctor");
            api.put(NAMESPACE, foreign.clone());
        }
        Ok(opened(policy, Probe::TimedOut))
    };
    experiment(&api, &swaps).await.unwrap();
    assert_eq!(api.object(NAMESPACE).map(|object| object["metadata"]["labels"].clone()), Some(Value::Null));
}

#[tokio::test(start_paused = true)]
async fn what_was_made_goes_when_the_cluster_refuses_the_rest() {
    let api =
        Api::default().answer("POST /api/v1/namespaces/lab-checker-doctor/pods", 403, refusal(403, "exceeded quota"));
    let error = experiment(&api, &|_, _, _| Ok(Probe::Connected)).await.unwrap_err();
    assert!(error.to_string().contains("exceeded quota"), "{error}");
    assert_eq!(api.object(NAMESPACE), None, "{:?}", api.diary());
}

/// A network that knows what each policy says, but for what it is told to get wrong.
async fn all_of(wrong: impl Fn(&Api, Target) -> Option<Probe>, addresses: &[&str]) -> (Experiments, Api) {
    let api = Api::default().starting_pods();
    let attempt = async |target: Target| {
        if let Some(probe) = wrong(&api, target) {
            return Ok(probe);
        }
        let policy = api.object(POLICY);
        let ranged = policy.as_ref().is_some_and(|policy| !policy["spec"]["ingress"].is_null());
        let closed = policy.is_some() || api.object(CLUSTER_POLICY).is_some();
        Ok(if closed && !(ranged && target.port == 8085) { Probe::TimedOut } else { Probe::Connected })
    };
    let give_addresses = |progress| {
        if matches!(progress, cluster::Progress::Creating(id) if id.name == "client") {
            let ips: Vec<_> = addresses.iter().map(|address| json!({"ip": address})).collect();
            api.change(SERVER, |pod| {
                pod["status"]["podIP"] = addresses[0].into();
                pod["status"]["podIPs"] = ips.into();
            });
        }
    };
    let shown = prove_enforcement_by(&api.client(), QUICK, attempt, give_addresses).await.unwrap();
    assert_eq!((api.object(NAMESPACE), api.object(CLUSTER_POLICY)), (None, None), "{:?}", api.diary());
    (shown, api)
}

const EVERY_ASPECT: [Aspect; 6] = [
    Aspect::IngressTcp,
    Aspect::EgressTcp,
    Aspect::IngressUdp,
    Aspect::EgressUdp,
    Aspect::EndPort,
    Aspect::ClusterPolicy,
];

#[tokio::test(start_paused = true)]
async fn each_thing_that_policies_say_is_tried_and_what_is_not_tried_is_told() {
    let (shown, _) = all_of(|_, _| None, &["10.0.0.7"]).await;
    let tried: Vec<_> = shown.tried.iter().map(|tried| tried.aspect).collect();
    assert_eq!(tried, EVERY_ASPECT);
    for tried in &shown.tried {
        assert!(tried.proof == Proof::Enforced(Blocked::Dropped) && tried.took.is_some(), "{tried:?}");
    }
    assert_eq!(shown.not_tried, [(Aspect::Ipv6, "pods have no IPv6 address".to_owned())]);
    let (shown, _) = all_of(|_, _| None, &["10.0.0.7", "fd00::7"]).await;
    assert_eq!(shown.tried.last().map(|tried| tried.aspect), Some(Aspect::Ipv6));
    let (shown, _) = all_of(|_, _| None, &["fd00::7"]).await;
    assert_eq!(shown.not_tried, [(Aspect::Ipv6, "everything above went over IPv6".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_ignores_one_thing_is_told_from_one_that_does_all() {
    let type_is =
        |api: &Api, word: &str| api.object(POLICY).is_some_and(|policy| policy["spec"]["policyTypes"][0] == word);
    let check = async |wrong: &dyn Fn(&Api, Target) -> bool, aspects: &[Aspect]| {
        let (shown, _) = all_of(|api, target| wrong(api, target).then_some(Probe::Connected), &["10.0.0.7"]).await;
        let ignored: Vec<_> =
            shown.tried.iter().filter(|tried| tried.proof == Proof::Ignored).map(|tried| tried.aspect).collect();
        assert_eq!(ignored, aspects);
        let others = shown.tried.iter().filter(|tried| !aspects.contains(&tried.aspect));
        assert!(others.clone().count() > 0 && others.clone().all(|tried| matches!(tried.proof, Proof::Enforced(_))));
    };
    check(&|api, _| type_is(api, "Egress"), &[Aspect::EgressTcp, Aspect::EgressUdp]).await;
    check(&|_, target| target.transport == Transport::Udp, &[Aspect::IngressUdp, Aspect::EgressUdp]).await;
    check(&|api, _| api.object(CLUSTER_POLICY).is_some(), &[Aspect::ClusterPolicy]).await;
    // It reads a range as its first port.
    let first_alone = |api: &Api, target: Target| {
        let closed = target.port == 8085 && api.object(POLICY).is_some();
        closed.then_some(Probe::TimedOut)
    };
    let (shown, _) = all_of(first_alone, &["10.0.0.7"]).await;
    let ranged = shown.tried.iter().find(|tried| tried.aspect == Aspect::EndPort).unwrap();
    assert_eq!(step_of(&ranged.proof).0, Step::StaysOpen);
    assert!(matches!(shown.tried.last().unwrap().proof, Proof::Enforced(_)), "the next one begins without its policy");
}

#[tokio::test(start_paused = true)]
async fn where_cluster_wide_policies_are_not_served_nothing_is_said_of_them() {
    let policies = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies";
    for (request, code, words) in [("GET", 404, "does not serve"), ("POST", 403, "may not create")] {
        let api = Api::default().starting_pods();
        let api = api.answer(&format!("{request} {policies}"), code, refusal(code, "she may not create them"));
        let shown = all_experiments(&api, &|_, policy, _| Ok(opened(policy, Probe::TimedOut))).await.unwrap();
        let why = shown.not_tried.iter().find(|(aspect, _)| *aspect == Aspect::ClusterPolicy);
        assert!(why.is_some_and(|(_, why)| why.contains(words)), "{shown:?}");
        assert!(shown.tried.iter().all(|tried| tried.aspect != Aspect::ClusterPolicy));
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_interrupted_experiment_left_is_taken_away_and_nothing_else() {
    let label = json!({"lab-checker/lab": "doctor"});
    let namespace = |labels: Value| json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "lab-checker-doctor", "labels": labels}});
    let api = Api::with(&[(NAMESPACE, namespace(label.clone())), (CLUSTER_POLICY, namespace(label))]);
    cluster::remove_experiments(&api.client(), |_| {}).await.unwrap();
    assert_eq!((api.object(NAMESPACE), api.object(CLUSTER_POLICY)), (None, None));
    let api = Api::with(&[(NAMESPACE, namespace(json!({})))]);
    cluster::remove_experiments(&api.client(), |_| {}).await.unwrap();
    assert!(api.object(NAMESPACE).is_some() && api.diary().is_empty());
}
