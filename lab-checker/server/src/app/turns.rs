//! Turns: what is evaluated is computing, and a machine computes few things at once. Everybody who waits is called in
//! turn, one question of each before the second of anybody, so that who asks much waits for their own questions alone.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time};

use crate::problem::Problem;

/// How long somebody waits for a turn before they are told to try again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many questions of one person may wait.
const EACH: usize = 32;
/// How many questions may wait: a large class that asks at once, and some more.
const ALL: usize = 2_048;

/// What a turn is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Something that somebody waits for.
    Answer,
    /// What somebody looks at while they type: all of these together leave turns to the others.
    Preview,
}

/// The turns of a process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Turns(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many turns there are at once.
    all: usize,
    /// What is being computed, and by whom.
    running: HashMap<String, usize>,
    taken: usize,
    previews: usize,
    /// Who waits; the first is called first.
    waiting: VecDeque<Person>,
    places: usize,
    came: u64,
}

#[derive(Debug)]
struct Person {
    name: String,
    places: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    work: Work,
    called: oneshot::Sender<Turn>,
}

/// The right to compute, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    person: String,
    work: Work,
}

impl Turns {
    /// So many turns at once.
    pub(crate) fn new(all: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            all: all.max(1),
            running: HashMap::new(),
            taken: 0,
            previews: 0,
            waiting: VecDeque::new(),
            places: 0,
            came: 0,
        })))
    }

    /// Wait for a turn of this person; refused when they, or all together, wait for too many.
    pub(crate) async fn turn(&self, person: &str, work: Work) -> Result<Turn, Problem> {
        let (number, called) = self.state().wait(person, work)?;
        // Who hangs up leaves no place behind.
        let place = Waiting { turns: self, person, number };
        self.call();
        let turn = time::timeout(PATIENCE, called).await;
        drop(place);
        turn.map_err(|_| Problem::busy())?.map_err(|_| Problem::busy())
    }

    /// Call everybody for whom there is a turn.
    fn call(&self) {
        loop {
            // Not in the condition: what is sent in vain is dropped here, and needs the lock.
            let next = self.state().next();
            let Some((person, Place { work, called, .. })) = next else { return };
            let _ = called.send(Turn { turns: self.clone(), person, work });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(&mut self, name: &str, work: Work) -> Result<(u64, oneshot::Receiver<Turn>), Problem> {
        if self.places >= ALL {
            return Err(Problem::busy());
        }
        let at = match self.waiting.iter().position(|person| person.name == name) {
            Some(at) => at,
            None => {
                self.waiting.push_back(Person { name: name.to_owned(), places: VecDeque::new() });
                self.waiting.len() - 1
            }
        };
        let places = &mut self.waiting[at].places;
        if places.len() >= EACH {
            return Err(Problem::too_many(1));
        }
        let (called, receiver) = oneshot::channel();
        self.came += 1;
        self.places += 1;
        places.push_back(Place { number: self.came, work, called });
        Ok((self.came, receiver))
    }

    /// Who is called next, if there is a turn for anybody.
    fn next(&mut self) -> Option<(String, Place)> {
        if self.taken >= self.all {
            return None;
        }
        // One turn is always left to the others, and half of them to what is no preview.
        let each = (self.all - 1).max(1);
        let previews = (self.all / 2).max(1);
        let may = |place: &Place| place.work == Work::Answer || self.previews < previews;
        let found = self.waiting.iter().enumerate().find_map(|(at, person)| {
            let free = self.running.get(&person.name).copied().unwrap_or(0) < each;
            Some((at, person.places.iter().position(may).filter(|_| free)?))
        });
        let (at, place) = found?;
        let mut person = self.waiting.remove(at)?;
        let place = person.places.remove(place)?;
        let name = person.name.clone();
        if !person.places.is_empty() {
            self.waiting.push_back(person);
        }
        self.places -= 1;
        self.taken += 1;
        self.previews += usize::from(place.work == Work::Preview);
        *self.running.entry(name.clone()).or_default() += 1;
        Some((name, place))
    }

    fn leave(&mut self, name: &str, number: u64) {
        let Some(at) = self.waiting.iter().position(|person| person.name == name) else { return };
        let places = &mut self.waiting[at].places;
        let before = places.len();
        places.retain(|place| place.number != number);
        self.places -= before - places.len();
        if places.is_empty() {
            self.waiting.remove(at);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.taken -= 1;
        state.previews -= usize::from(self.work == Work::Preview);
        match state.running.get_mut(&self.person) {
            Some(running) if *running > 1 => *running -= 1,
            _ => drop(state.running.remove(&self.person)),
        }
        drop(state);
        self.turns.call();
    }
}

/// A place among those who wait.
struct Waiting<'a> {
    turns: &'a Turns,
    person: &'a str,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.state().leave(self.person, self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::BoxFuture, poll};

    use super::*;

    type Asked<'a> = (&'a str, BoxFuture<'a, Result<Turn, Problem>>);

    /// Who is called, each giving the turn back before the next is asked, until nobody is.
    async fn called<'a>(mut asked: Vec<Asked<'a>>) -> Vec<&'a str> {
        let mut order = Vec::new();
        loop {
            let mut called = None;
            for (at, (_, turn)) in asked.iter_mut().enumerate() {
                if let std::task::Poll::Ready(turn) = poll!(turn) {
                    called = Some((at, turn.unwrap()));
                    break;
                }
            }
            let Some((at, turn)) = called else { return order };
            order.push(asked.remove(at).0);
            drop(turn);
        }
    }

    fn ask<'a>(turns: &'a Turns, person: &'a str, work: Work) -> Asked<'a> {
        (person, turns.turn(person, work).boxed())
    }

    #[tokio::test]
    async fn who_asks_much_waits_for_their_own_questions_alone() {
        let turns = Turns::new(1);
        let busy = turns.turn("ada", Work::Answer).await.unwrap();
        let mut asked: Vec<Asked<'_>> = (0..EACH).map(|_| ask(&turns, "ada", Work::Answer)).collect();
        asked.push(ask(&turns, "bob", Work::Answer));
        asked.push(ask(&turns, "cleo", Work::Answer));
        asked.push(ask(&turns, "bob", Work::Answer));
        for (_, turn) in &mut asked {
            assert!(poll!(turn).is_pending());
        }
        drop(busy);
        let order = called(asked).await;
        assert_eq!(order[..6], ["ada", "bob", "cleo", "ada", "bob", "ada"]);
        assert_eq!(order.len(), EACH + 3);
    }

    #[tokio::test]
    async fn one_turn_is_left_to_the_others() {
        for all in [2, 3, 8] {
            let turns = Turns::new(all);
            let mut held = Vec::new();
            for _ in 1..all {
                held.push(turns.turn("ada", Work::Answer).await.unwrap());
            }
            let (_, mut more) = ask(&turns, "ada", Work::Answer);
            assert!(poll!(&mut more).is_pending(), "of {all}");
            let bob = turns.turn("bob", Work::Answer).await.unwrap();
            assert!(poll!(&mut more).is_pending());
            drop(held.pop());
            assert!(more.await.is_ok());
            drop(bob);
        }
    }

    #[tokio::test]
    async fn previews_leave_turns_to_answers() {
        let turns = Turns::new(4);
        let first = turns.turn("ada", Work::Preview).await.unwrap();
        let second = turns.turn("bob", Work::Preview).await.unwrap();
        let (_, mut third) = ask(&turns, "cleo", Work::Preview);
        assert!(poll!(&mut third).is_pending());
        drop(turns.turn("cleo", Work::Answer).await.unwrap());
        drop(first);
        assert!(third.await.is_ok());
        drop(second);
    }

    #[tokio::test]
    async fn what_waits_is_bounded_for_each_and_in_all() {
        let turns = Turns::new(1);
        let busy = turns.turn("nobody", Work::Answer).await.unwrap();
        let people: Vec<String> = (0..=ALL / EACH).map(|at| at.to_string()).collect();
        let mut waiting = Vec::new();
        for person in &people[..ALL / EACH] {
            for _ in 0..EACH {
                let (_, mut turn) = ask(&turns, person, Work::Answer);
                assert!(poll!(&mut turn).is_pending());
                waiting.push(turn);
            }
            if waiting.len() < ALL {
                assert_eq!(turns.turn(person, Work::Answer).await.unwrap_err().status().as_u16(), 429);
            }
        }
        assert_eq!(turns.turn(&people[ALL / EACH], Work::Answer).await.unwrap_err().status().as_u16(), 503);
        drop(waiting);
        assert!(turns.state().waiting.is_empty() && turns.state().places == 0, "who hangs up leaves no place");
        drop(busy);
        drop(turns.turn("0", Work::Answer).await.unwrap());
        assert!(turns.state().running.is_empty());
    }
}
