//! The store: one suite, run on SQLite and on a real PostgreSQL.

use serde_json::json;
use server::{
    StartError,
    activity::{Activity, ActivityKind},
    clock::Moment,
    store::{
        AppealFilter, Appealed, Attempt, AttemptFilter, Database, DraftWrite, Grade, NewAppeal, NewLearner, OwnWords,
        Principal, Regrade, RosterChange, RosterEntry, Secret, Store, StoreError,
    },
};

use crate::{appeals::one_appeal_for_an_attempt, postgres::Postgres};

fn grade(points: f64) -> Grade {
    Grade { points, max_points: 10.0, passed: points >= 10.0, report: json!({"points": points}) }
}

fn attempt(learner: &str, lab: &str, points: f64) -> Attempt {
    Attempt::new(learner, Activity::lab(lab), json!({"objects": []}), grade(points))
}

fn regrade(attempt: &str, points: f64) -> Regrade {
    Regrade { attempt: attempt.to_owned(), grade: grade(points), difference: format!("{points} now") }
}

async fn learner(store: &Store, name: &str) -> String {
    let new = NewLearner { name: name.to_owned(), email: Some(format!("{name}@example.org")), student_id: None };
    store.add_learner(&new).await.unwrap().id
}

/// Every rule of the store, each on a database of its own.
macro_rules! suite {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let database = Database::choose(folder.path(), None).unwrap();
                super::$name(Store::open(&database).await.unwrap()).await;
            })*
        }

        #[tokio::test]
        async fn on_postgres() {
            let postgres = Postgres::start();
            $(
                let database = Database::Postgres(postgres.database(stringify!($name)));
                let store = Store::open(&database).await.unwrap();
                $name(store.clone()).await;
                store.close().await;
            )*
        }
    };
}

suite!(
    a_setting_keeps_its_first_value,
    a_learner_comes_back_as_added,
    an_address_belongs_to_one_learner,
    a_token_stands_for_its_learner_until_it_is_forgotten,
    an_expired_token_stands_for_nobody,
    there_is_one_first_instructor,
    an_attempt_comes_back_as_recorded,
    the_best_attempt_counts,
    attempts_are_listed_newest_first_in_pages,
    a_thousand_attempts_at_once_are_all_kept,
    an_attempt_of_nobody_fails_alone,
    the_newest_regrade_counts_and_the_attempt_stays,
    a_draft_is_replaced_by_what_is_based_on_it_alone,
    of_many_who_write_a_draft_at_once_one_does,
    a_draft_that_was_thrown_away_gives_out_no_version_again,
    texts_beside_a_draft_leave_it_alone,
    every_grade_of_a_regraded_activity_is_remembered,
    an_attempt_has_one_appeal,
    every_list_of_attempts_is_found_by_an_index,
    the_best_points_are_found_in_an_index,
    every_list_of_appeals_is_found_by_an_index,
    two_who_have_one_address_become_one_or_stay_two,
    a_code_signs_in_once,
);

async fn a_setting_keeps_its_first_value(store: Store) {
    assert_eq!(store.setting_or("join-code", "first").await.unwrap(), "first");
    assert_eq!(store.setting_or("join-code", "second").await.unwrap(), "first");
    store.set("join-code", "third").await.unwrap();
    assert_eq!(store.setting_or("join-code", "fourth").await.unwrap(), "third");
}

async fn a_learner_comes_back_as_added(store: Store) {
    let name = "Ünal <b>& Søn</b> '; DROP TABLE learners; --".to_owned();
    let new = NewLearner { name: name.clone(), email: None, student_id: Some("s-1".to_owned()) };
    let added = store.add_learner(&new).await.unwrap();
    let found = store.learner(&added.id).await.unwrap().unwrap();
    assert_eq!((found.name, found.email, found.student_id), (name, None, Some("s-1".to_owned())));
    assert_eq!((found.cluster, found.seed), (added.cluster, added.seed));
    assert_eq!(found.enrolled_at, added.enrolled_at);
    assert!(store.learner("nobody").await.unwrap().is_none());
}

async fn an_address_belongs_to_one_learner(store: Store) {
    learner(&store, "ada").await;
    let again = NewLearner { name: "Ada".to_owned(), email: Some("ada@example.org".to_owned()), student_id: None };
    let error = store.add_learner(&again).await.unwrap_err();
    assert!(matches!(error, StoreError::Taken("e-mail address")), "{error:?}");
    let nobody = NewLearner { name: "No address".to_owned(), ..NewLearner::default() };
    store.add_learner(&nobody).await.unwrap();
    store.add_learner(&nobody).await.unwrap();
    assert_eq!(store.learners().await.unwrap().len(), 3);
}

async fn a_token_stands_for_its_learner_until_it_is_forgotten(store: Store) {
    let ada = learner(&store, "ada").await;
    let secret = Secret::fresh("learner");
    store.allow_learner(&secret, &ada, None).await.unwrap();
    let Some(Principal::Learner(found)) = store.who(&secret).await.unwrap() else { panic!("a learner") };
    assert_eq!(found.id, ada);
    assert!(store.who(&Secret::fresh("learner")).await.unwrap().is_none());
    store.forget(&secret).await.unwrap();
    assert!(store.who(&secret).await.unwrap().is_none());
}

async fn an_expired_token_stands_for_nobody(store: Store) {
    let secret = Secret::fresh("session");
    store.allow_instructor(&secret, Some(Moment::now().plus_days(-1))).await.unwrap();
    assert!(store.who(&secret).await.unwrap().is_none());
}

async fn there_is_one_first_instructor(store: Store) {
    store.allow_instructor(&Secret::fresh("session"), Some(Moment::now().plus_days(1))).await.unwrap();
    let (first, second) = (Secret::fresh("instructor"), Secret::fresh("instructor"));
    assert!(store.allow_first_instructor(&first).await.unwrap());
    assert!(!store.allow_first_instructor(&second).await.unwrap());
    assert!(matches!(store.who(&first).await.unwrap(), Some(Principal::Instructor)));
    assert!(store.who(&second).await.unwrap().is_none());
}

async fn an_attempt_comes_back_as_recorded(store: Store) {
    let ada = learner(&store, "ada").await;
    let attempt = Attempt::new(&ada, Activity::quiz("dns"), json!({"answers": {"q1": "ü\u{1F512}"}}), grade(7.5));
    store.record(attempt.clone()).await.unwrap();
    assert_eq!(store.attempt(&attempt.id).await.unwrap(), Some(attempt));
    assert_eq!(store.attempt("unknown").await.unwrap(), None);
}

async fn the_best_attempt_counts(store: Store) {
    let ada = learner(&store, "ada").await;
    for points in [4.0, 10.0, 2.5] {
        store.record(attempt(&ada, "default-deny", points)).await.unwrap();
    }
    let scores = store.scores_of(&ada).await.unwrap();
    assert_eq!(scores.len(), 1);
    assert_eq!((scores[0].points, scores[0].passed, scores[0].attempts), (10.0, true, 3));
    assert_eq!(store.scores().await.unwrap(), scores);
}

async fn attempts_are_listed_newest_first_in_pages(store: Store) {
    let (ada, bob) = (learner(&store, "ada").await, learner(&store, "bob").await);
    for points in [1.0, 2.0, 3.0] {
        store.record(attempt(&ada, "default-deny", points)).await.unwrap();
        store.record(attempt(&bob, "dns-egress", points)).await.unwrap();
    }
    let filter = AttemptFilter::at(&Activity::lab("default-deny")).of(&ada);
    let points = |found: &[server::store::AttemptSummary]| found.iter().map(|a| a.points).collect::<Vec<_>>();
    let first = store.attempts(&filter, 2).await.unwrap();
    assert_eq!(points(&first), [3.0, 2.0]);
    let next = AttemptFilter { before: Some(first[1].id.clone()), ..filter };
    assert_eq!(points(&store.attempts(&next, 2).await.unwrap()), [1.0]);
    assert_eq!(store.attempts(&AttemptFilter::default(), 100).await.unwrap().len(), 6);
    let quizzes = AttemptFilter { kind: Some(ActivityKind::Quiz), ..AttemptFilter::default() };
    assert_eq!(store.attempts(&quizzes, 100).await.unwrap(), []);
}

async fn every_list_of_attempts_is_found_by_an_index(store: Store) {
    let ada = learner(&store, "ada").await;
    for lab in ["default-deny", "dns-egress"] {
        store.record(attempt(&ada, lab, 1.0)).await.unwrap();
    }
    let either = |text: &str| [None, Some(text.to_owned())];
    for (learner, name, before) in either(&ada)
        .into_iter()
        .flat_map(|learner| either("dns-egress").map(|name| (learner.clone(), name)))
        .flat_map(|(learner, name)| either("ffff").map(|before| (learner.clone(), name.clone(), before)))
    {
        for kind in [None, Some(ActivityKind::Lab), Some(ActivityKind::Quiz)] {
            let filter = AttemptFilter { learner: learner.clone(), kind, name: name.clone(), before: before.clone() };
            let plan = store.plan(&filter).await.unwrap();
            // Everybody's attempts are read in the order of their ids, which is an index as well.
            let by_id = learner.is_none() && kind.is_none() && name.is_none();
            let all =
                |line: &String| line.contains("Seq Scan") || (line.starts_with("SCAN") && !line.contains("USING"));
            assert!(!plan.iter().any(all), "{filter:?}: {plan:?}");
            let narrow = |line: &String| line.contains("attempts_by_") || (by_id && line.contains("attempts"));
            assert!(plan.iter().any(narrow), "{filter:?}: {plan:?}");
            // One name of either kind is put in order; nothing else is.
            let sorted = plan.iter().any(|line| line.contains("TEMP B-TREE"));
            assert!(!sorted || (name.is_some() && kind.is_none()), "{filter:?}: {plan:?}");
            let found = store.attempts(&filter, 10).await.unwrap().len();
            let expected = match (&name, kind) {
                (_, Some(ActivityKind::Quiz)) => 0,
                (Some(_), _) => 1,
                (None, _) => 2,
            };
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}

/// It is asked for with every attempt, and must not cost more the more there are: reports are not read for it, and where
/// nobody was graded again no other attempt either.
async fn the_best_points_are_found_in_an_index(store: Store) {
    let (ada, bob) = (learner(&store, "ada").await, learner(&store, "bob").await);
    let mut ids = Vec::new();
    for points in [1.0, 3.0, 2.0] {
        let attempt = attempt(&ada, "default-deny", points);
        ids.push(attempt.id.clone());
        store.record(attempt).await.unwrap();
    }
    let lab = Activity::lab("default-deny");
    assert_eq!(store.best(&ada, &lab).await.unwrap(), Some(3.0));
    assert_eq!(store.best(&bob, &lab).await.unwrap(), None);
    for (again, points, best) in [(1, 0.5, 2.0), (0, 2.5, 2.5), (0, 0.0, 2.0)] {
        store.regrade(&[regrade(&ids[again], points)], None).await.unwrap();
        assert_eq!(store.best(&ada, &lab).await.unwrap(), Some(best), "{again} has {points} points now");
    }
    assert_eq!(store.best(&bob, &lab).await.unwrap(), None);

    let plans = store.plans_of_best(&ada, &lab).await.unwrap();
    for (plan, index) in plans.iter().zip(["attempts_by_points", "attempts_by_"]) {
        let alone = |line: &String| line.contains(index) && (line.contains("COVERING") || line.contains("Only"));
        assert!(plan.iter().any(alone), "{plan:?}");
    }
}

async fn every_list_of_appeals_is_found_by_an_index(store: Store) {
    let (ada, bob) = (learner(&store, "ada").await, learner(&store, "bob").await);
    let mut all = Vec::new();
    for whose in [&ada, &ada, &bob] {
        let failed = attempt(whose, "default-deny", 0.0);
        let attempt = failed.id.clone();
        store.record(failed).await.unwrap();
        let (finding, message) = ("blocked".to_owned(), "why?".to_owned());
        let new = NewAppeal { attempt: attempt.clone(), learner: whose.clone(), flow: None, finding, message };
        let Appealed::Kept(id) = store.appeal(&new, 10).await.unwrap() else { panic!("not kept") };
        all.push((id, attempt));
    }
    assert!(store.answer_appeal(&all[0].0, "so").await.unwrap());
    for learner in [None, Some(&ada)] {
        for attempt in [None, Some(&all[1].1)] {
            for answered in [None, Some(true), Some(false)] {
                for before in [None, Some("ffff".to_owned())] {
                    let (learner, attempt) = (learner.cloned(), attempt.cloned());
                    let filter = AppealFilter { learner, attempt, answered, before };
                    let plan = store.plan_of_appeals(&filter).await.unwrap();
                    let is_slow = |line: &String| {
                        line.contains("Seq Scan")
                            || line.contains("TEMP B-TREE")
                            || (line.starts_with("SCAN") && !line.contains("USING"))
                    };
                    assert!(!plan.iter().any(is_slow), "{filter:?}: {plan:?}");
                    let whose =
                        |at: usize| (filter.learner.is_none() || at < 2) && (filter.attempt.is_none() || at == 1);
                    let told = |at: usize| answered.is_none_or(|answered| answered == (at == 0));
                    let expected = (0..3).filter(|at| whose(*at) && told(*at)).count();
                    assert_eq!(store.appeals(&filter, 10).await.unwrap().len(), expected, "{filter:?}");
                }
            }
        }
    }
}

async fn a_thousand_attempts_at_once_are_all_kept(store: Store) {
    let ada = learner(&store, "ada").await;
    let writes = (0..1000).map(|_| store.record(attempt(&ada, "default-deny", 5.0)));
    for done in futures::future::join_all(writes).await {
        done.unwrap();
    }
    assert_eq!(store.scores_of(&ada).await.unwrap()[0].attempts, 1000);
}

async fn an_attempt_of_nobody_fails_alone(store: Store) {
    let ada = learner(&store, "ada").await;
    let writes = (0..20).map(|n| store.record(attempt(if n == 7 { "nobody" } else { &ada }, "default-deny", 5.0)));
    let failed: Vec<_> = futures::future::join_all(writes).await.into_iter().filter(Result::is_err).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(store.scores().await.unwrap()[0].attempts, 19);
}

async fn the_newest_regrade_counts_and_the_attempt_stays(store: Store) {
    let ada = learner(&store, "ada").await;
    let first = attempt(&ada, "default-deny", 4.0);
    store.record(first.clone()).await.unwrap();
    for points in [6.0, 10.0] {
        store.regrade(&[regrade(&first.id, points)], None).await.unwrap();
    }
    let now = store.attempt(&first.id).await.unwrap().unwrap();
    assert_eq!((now.points, now.passed, now.report), (10.0, true, json!({"points": 10.0})));
    assert_eq!((now.submission, now.submitted_at), (first.submission, first.submitted_at));
    assert_eq!(store.scores_of(&ada).await.unwrap()[0].points, 10.0);
    let bad = [regrade(&first.id, 1.0), regrade("unknown", 1.0)];
    store.regrade(&bad, Some("half of it")).await.unwrap_err();
    assert_eq!(store.attempt(&first.id).await.unwrap().unwrap().points, 10.0);
}

/// The version that a write led to, or the one that it should have been based on.
async fn write_draft(store: &Store, learner: &str, text: &str, base: i64) -> Result<i64, i64> {
    match store.write_draft(learner, "default-deny", text, base).await.unwrap() {
        DraftWrite::Kept(draft) => Ok(draft.version),
        DraftWrite::Outdated(draft) => Err(draft.map_or(0, |draft| draft.version)),
    }
}

async fn a_draft_is_replaced_by_what_is_based_on_it_alone(store: Store) {
    let (ada, bob) = (learner(&store, "ada").await, learner(&store, "bob").await);
    assert_eq!(store.draft(&ada, "default-deny").await.unwrap(), None);
    for base in [-1, 1, i64::MAX, i64::MIN] {
        assert_eq!(write_draft(&store, &ada, "based on nothing", base).await, Err(0), "{base}");
    }
    let text = "# ü\u{1F512}\n\tkind: [\r\n'; DROP TABLE drafts; --";
    assert_eq!(write_draft(&store, &ada, text, 0).await, Ok(1));
    for base in [0, 2, -1] {
        assert_eq!(write_draft(&store, &ada, "of another tab", base).await, Err(1), "{base}");
    }
    let draft = store.draft(&ada, "default-deny").await.unwrap().unwrap();
    assert_eq!((draft.text.as_str(), draft.version), (text, 1));
    assert_eq!(write_draft(&store, &ada, "", 1).await, Ok(2), "an empty text is a draft too");
    assert_eq!(store.draft(&ada, "default-deny").await.unwrap().unwrap().text, "");
    assert_eq!(store.draft(&ada, "dns-egress").await.unwrap(), None);
    assert_eq!(store.draft(&bob, "default-deny").await.unwrap(), None);
    assert_eq!(write_draft(&store, &bob, "his own", 0).await, Ok(1));
}

async fn of_many_who_write_a_draft_at_once_one_does(store: Store) {
    let ada = learner(&store, "ada").await;
    for base in [0, 1, 2] {
        let texts: Vec<String> = (0..12).map(|tab| format!("tab {tab} on {base}")).collect();
        let writes = texts.iter().map(|text| write_draft(&store, &ada, text, base));
        let done = futures::future::join_all(writes).await;
        assert_eq!(done.iter().filter(|done| **done == Ok(base + 1)).count(), 1, "{done:?}");
        assert_eq!(done.iter().filter(|done| **done == Err(base + 1)).count(), 11, "{done:?}");
        let winner = done.iter().position(Result::is_ok).unwrap();
        assert_eq!(store.draft(&ada, "default-deny").await.unwrap().unwrap().text, texts[winner]);
    }
}

async fn a_draft_that_was_thrown_away_gives_out_no_version_again(store: Store) {
    let ada = learner(&store, "ada").await;
    store.forget_draft(&ada, "default-deny").await.unwrap();
    assert_eq!(write_draft(&store, &ada, "first", 0).await, Ok(1));
    store.forget_draft(&ada, "default-deny").await.unwrap();
    store.forget_draft(&ada, "default-deny").await.unwrap();
    assert_eq!(store.draft(&ada, "default-deny").await.unwrap(), None);
    assert_eq!(write_draft(&store, &ada, "an old tab", 1).await, Err(0));
    let again = write_draft(&store, &ada, "second", 0).await.unwrap();
    assert!(again > 1, "{again}");
    assert_eq!(write_draft(&store, &ada, "an old tab", 1).await, Err(again));
}

async fn texts_beside_a_draft_leave_it_alone(store: Store) {
    let (ada, bob) = (learner(&store, "ada").await, learner(&store, "bob").await);
    let words = async |who: &str| {
        let OwnWords { applied, aside } = store.own_words(who, "default-deny").await.unwrap();
        (applied, aside)
    };
    let text = "# ü\u{1F512}\r\n'; DROP TABLE drafts; --";
    assert_eq!(words(&ada).await, (None, None));
    store.keep_applied(&ada, "default-deny", Some(text)).await.unwrap();
    assert_eq!(store.draft(&ada, "default-deny").await.unwrap(), None, "that is no draft");
    assert_eq!(write_draft(&store, &ada, "a draft", 0).await, Ok(1));
    store.put_aside(&ada, "default-deny", Some("aside")).await.unwrap();
    store.put_aside(&ada, "default-deny", Some(text)).await.unwrap();
    assert_eq!(words(&ada).await, (Some(text.to_owned()), Some(text.to_owned())));
    assert_eq!(write_draft(&store, &ada, "goes on", 1).await, Ok(2));
    store.forget_draft(&ada, "default-deny").await.unwrap();
    store.keep_applied(&ada, "default-deny", None).await.unwrap();
    assert_eq!(words(&ada).await, (None, Some(text.to_owned())));
    store.put_aside(&ada, "default-deny", None).await.unwrap();
    store.put_aside(&bob, "default-deny", None).await.unwrap();
    assert_eq!((words(&ada).await, words(&bob).await), ((None, None), (None, None)));
    assert_eq!(write_draft(&store, &bob, "his own", 0).await, Ok(1));
}

async fn every_grade_of_a_regraded_activity_is_remembered(store: Store) {
    let (ada, bob) = (learner(&store, "ada").await, learner(&store, "bob").await);
    let attempts = [attempt(&ada, "default-deny", 4.0), attempt(&ada, "default-deny", 7.0), attempt(&ada, "dns", 1.0)];
    for attempt in attempts.iter().chain([&attempt(&bob, "default-deny", 4.0)]) {
        store.record(attempt.clone()).await.unwrap();
    }
    assert_eq!(store.grades_of_time(&ada).await.unwrap(), []);
    store.regrade(&[regrade(&attempts[0].id, 6.0)], Some("the lab was wrong")).await.unwrap();
    store.regrade(&[regrade(&attempts[0].id, 10.0)], None).await.unwrap();
    let grades = store.grades_of_time(&ada).await.unwrap();
    let told: Vec<_> = grades
        .iter()
        .map(|grade| {
            let made =
                grade.publication.as_ref().map(|(made, difference)| (made.note.as_deref(), difference.as_deref()));
            (grade.attempt == attempts[0].id, grade.points, made)
        })
        .collect();
    let (first, second) = ((Some("the lab was wrong"), Some("6 now")), (None, Some("10 now")));
    assert_eq!(told, [(true, 4.0, None), (true, 6.0, Some(first)), (true, 10.0, Some(second)), (false, 7.0, None)]);
    assert_eq!(store.grades_of_time(&bob).await.unwrap(), []);
}

async fn an_attempt_has_one_appeal(store: Store) {
    let ada = learner(&store, "ada").await;
    let failed = attempt(&ada, "default-deny", 4.0);
    store.record(failed.clone()).await.unwrap();
    one_appeal_for_an_attempt(&store, &ada, &failed.id).await;
}

/// Somebody who joined with the address of an entry of the list, and the entry, with their tokens.
async fn two_with_one_address(store: &Store, name: &str) -> ([String; 2], [Secret; 2]) {
    let [of_joined, of_entry] = [Secret::fresh("learner"), Secret::fresh("learner")];
    let joined = learner(store, name).await;
    store.allow_learner(&of_joined, &joined, None).await.unwrap();
    let email = Some(format!("{name}@example.org"));
    let who = NewLearner { name: name.to_uppercase(), email, student_id: Some(format!("s-{name}")) };
    let entry = RosterEntry { who, group: Some("A".to_owned()) };
    let added = store.change_roster(&[RosterChange::Added(entry, of_entry.clone())]).await.unwrap();
    ([joined, added[0].id.clone()], [of_joined, of_entry])
}

async fn two_who_have_one_address_become_one_or_stay_two(store: Store) {
    let ([joined, entry], tokens) = two_with_one_address(&store, "ada").await;
    let ([stays, owner], _) = two_with_one_address(&store, "bob").await;
    for (learner, points) in [(&joined, 4.0), (&entry, 6.0)] {
        store.record(attempt(learner, "close", points)).await.unwrap();
        write_draft(&store, learner, learner, 0).await.unwrap();
    }
    assert_eq!(store.claims().await.unwrap().len(), 2);
    assert!(store.merge_claim(&entry).await.unwrap().is_none() && !store.refuse_claim("nobody").await.unwrap());
    assert!(store.merge_claim(&joined).await.unwrap().is_some() && store.refuse_claim(&stays).await.unwrap());
    assert!(store.claims().await.unwrap().is_empty() && store.learner(&entry).await.unwrap().is_none());
    let one = store.learner(&joined).await.unwrap().unwrap();
    assert_eq!((one.name.as_str(), one.student_id.as_deref(), one.group.as_deref()), ("ADA", Some("s-ada"), Some("A")));
    assert_eq!(store.scores_of(&joined).await.unwrap()[0].attempts, 2);
    for token in tokens {
        let Some(Principal::Learner(found)) = store.who(&token).await.unwrap() else { panic!("a learner") };
        assert_eq!(found.id, joined);
    }
    let refused = store.learner(&stays).await.unwrap().unwrap();
    assert_eq!((refused.email, refused.refused_email.as_deref()), (None, Some("bob@example.org")));
    assert_eq!(store.entry_of("bob@example.org").await.unwrap().unwrap().id, owner);
}

async fn a_code_signs_in_once(store: Store) {
    let ada = learner(&store, "ada").await;
    let (code, late) = (Secret::fresh("code"), Secret::fresh("code"));
    store.allow_sign_in(&code, &ada, Moment::now().plus_minutes(1)).await.unwrap();
    store.allow_sign_in(&late, &ada, Moment::now().plus_minutes(-1)).await.unwrap();
    assert!(store.who(&code).await.unwrap().is_none(), "a code is no token");
    let mut came = 0;
    for given in [&code, &code, &late, &Secret::fresh("code")] {
        let fresh = Secret::fresh("learner");
        let found = store.sign_in(given, &fresh, None).await.unwrap();
        assert_eq!(found.is_some(), store.who(&fresh).await.unwrap().is_some());
        came += usize::from(found.is_some_and(|found| found.id == ada));
    }
    assert_eq!(came, 1);
}

#[tokio::test]
async fn a_closed_store_has_written_everything_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::choose(folder.path(), None).unwrap();
    let store = Store::open(&database).await.unwrap();
    let ada = learner(&store, "ada").await;
    store.record(attempt(&ada, "default-deny", 5.0)).await.unwrap();
    store.close().await;
    let late = store.record(attempt(&ada, "default-deny", 5.0)).await;
    assert!(matches!(late, Err(StoreError::Stopping)), "{late:?}");
    let again = Store::open(&database).await.unwrap();
    assert_eq!(again.scores().await.unwrap()[0].attempts, 1);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lab-checker.db");
    for content in ["hello", "SQLite format 3\0 and then nonsense"] {
        std::fs::write(&file, content.repeat(200)).unwrap();
        let error = Store::open(&Database::Sqlite(file.clone())).await.unwrap_err();
        assert!(matches!(error, StartError::NotADatabase { .. }), "{error:?}");
        assert!(!error.is_unreachable());
    }
}

#[tokio::test]
async fn a_postgres_that_is_down_is_unreachable() {
    let database = Database::choose("/".as_ref(), Some("postgres://u:secret@127.0.0.1:1/course")).unwrap();
    let error = Store::open(&database).await.unwrap_err();
    assert!(error.is_unreachable(), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::choose(folder.path(), None).unwrap();
    Store::open(&database).await.unwrap().close().await;
    let writers = database.writers().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (999, 'from the future', TRUE, x'00', 1)";
    sqlx::query(newer).execute(&writers).await.unwrap();
    let error = Store::open(&database).await.unwrap_err();
    assert!(matches!(error, StartError::DatabaseIsNewer { .. }), "{error:?}");
}

#[tokio::test]
async fn postgres_ends_a_statement_that_nobody_waits_for_any_more() {
    let postgres = Postgres::start();
    let database = Database::Postgres(postgres.database("patience"));
    for pool in [database.writers().await.unwrap(), database.beside("clusters.db").writers().await.unwrap()] {
        let mut connection = pool.acquire().await.unwrap();
        let told: String = sqlx::query_scalar("SHOW statement_timeout").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(told, "1min");
        // It is the server's own: a client that is stuck need not say anything.
        sqlx::query("SET statement_timeout = '20ms'").execute(&mut *connection).await.unwrap();
        let ended = sqlx::query("SELECT CAST(pg_sleep(30) AS TEXT)").execute(&mut *connection).await;
        assert!(ended.unwrap_err().to_string().contains("statement timeout"));
    }
}
