//! The memory that filters hold of what they read: so much for one, for all of one session, and for all sessions of
//! this process. Beyond it a filter takes what it has for all that there was, as one does whose container is small;
//! a little is always there, so that whoever sorts a few lines is not in the way of somebody who sorts a million.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What one filter may hold.
const FILTER: usize = 8 << 20;
/// What the filters of one session may hold together.
const SESSION: usize = 16 << 20;
/// What all sessions of the process may hold together.
const ALL: usize = 256 << 20;
/// What every filter may hold, and nothing counts.
const LITTLE: usize = 64 << 10;

static EVERYBODY: Room = Room::new(ALL);

/// Room for so many bytes.
#[derive(Debug)]
pub(crate) struct Room {
    most: usize,
    held: AtomicUsize,
}

impl Default for Room {
    /// The room of one session.
    fn default() -> Self {
        Self::new(SESSION)
    }
}

impl Room {
    const fn new(most: usize) -> Self {
        Self { most, held: AtomicUsize::new(0) }
    }

    /// Takes so much, if it is there.
    fn take(&self, bytes: usize) -> bool {
        let most = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.most);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, most).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one filter holds.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    session: &'a Room,
    everybody: &'a Room,
    bytes: usize,
    /// What of it is counted.
    counted: usize,
}

impl<'a> Held<'a> {
    /// Nothing yet.
    pub(crate) fn of(session: &'a Room) -> Self {
        Self { session, everybody: &EVERYBODY, bytes: 0, counted: 0 }
    }

    /// Holds so much more; `false` when there is no room.
    pub(crate) fn more(&mut self, bytes: usize) -> bool {
        let wanted = self.bytes + bytes;
        if wanted > FILTER {
            return false;
        }
        let further = wanted.saturating_sub(LITTLE).saturating_sub(self.counted);
        if !self.session.take(further) {
            return false;
        }
        if !self.everybody.take(further) {
            self.session.give_back(further);
            return false;
        }
        self.counted += further;
        self.bytes = wanted;
        true
    }

    /// Holds so much less.
    pub(crate) fn less(&mut self, bytes: usize) {
        self.bytes -= bytes;
        let free = self.counted.saturating_sub(self.bytes.saturating_sub(LITTLE));
        self.counted -= free;
        self.session.give_back(free);
        self.everybody.give_back(free);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.less(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(session: &'a Room, everybody: &'a Room) -> Held<'a> {
        Held { session, everybody, bytes: 0, counted: 0 }
    }

    #[test]
    fn there_is_room_for_each_for_a_session_and_for_all_and_always_for_a_little() {
        let (everybody, sessions) = (Room::new(20 << 20), [Room::default(), Room::default()]);
        let mut first = of(&sessions[0], &everybody);
        while first.more(1 << 10) {}
        assert_eq!(first.bytes, FILTER, "one filter");
        let mut second = of(&sessions[0], &everybody);
        while second.more(1 << 10) {}
        let mut third = of(&sessions[0], &everybody);
        while third.more(1 << 10) {}
        assert_eq!(sessions[0].held.load(Ordering::Relaxed), SESSION, "one session");
        let mut other = of(&sessions[1], &everybody);
        while other.more(1 << 10) {}
        assert_eq!(everybody.held.load(Ordering::Relaxed), 20 << 20, "all of them");
        let mut late = of(&sessions[1], &everybody);
        assert!(late.more(LITTLE) && !late.more(1), "a little is there for whoever comes");
        first.less(1 << 20);
        assert!(late.more(1 << 10), "what is given back can be had");
        drop((first, second, third, other, late));
        assert_eq!(everybody.held.load(Ordering::Relaxed), 0);
        assert!(sessions.iter().all(|session| session.held.load(Ordering::Relaxed) == 0));
    }
}
