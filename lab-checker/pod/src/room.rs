//! The memory that the programs of pods may take: so much for one filter, one container's files and one container's
//! log, and so much for all of this process. Beyond it a filter takes what it has for all that there was, as one does
//! whose container is small, a disk is full, and a log forgets its oldest lines; a little is always there, so that
//! whoever sorts a few lines is not in the way of somebody who sorts a million.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What one filter may hold.
const FILTER: usize = 8 << 20;
/// What the filters of one session may hold together.
const SESSION: usize = 16 << 20;
/// What the files that are written in one container may hold together.
const FILES_OF_ONE: usize = 512 << 10;
/// What one container's log may hold.
const LOG: usize = 1 << 20;
/// What is always there, and nothing counts.
const LITTLE: usize = 64 << 10;

/// What the filters of the whole process may hold.
static FILTERS: Room = Room::new(256 << 20);
/// The files of all containers.
static FILES: Room = Room::new(128 << 20);
/// The logs of all containers.
static LOGS: Room = Room::new(128 << 20);

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

/// What somebody holds of one room or several, and at most how much.
#[derive(Debug)]
pub struct Held<'a, const ROOMS: usize = 1> {
    rooms: [&'a Room; ROOMS],
    most: usize,
    /// What is always there, and nothing counts.
    little: usize,
    bytes: usize,
    /// What of it is counted.
    counted: usize,
}

impl<'a> Held<'a, 2> {
    /// What one filter holds: nothing yet.
    pub(crate) fn by_filter(session: &'a Room) -> Self {
        Self { rooms: [session, &FILTERS], most: FILTER, little: LITTLE, bytes: 0, counted: 0 }
    }
}

impl Held<'static> {
    /// What the files of one container take: nothing yet.
    pub(crate) fn by_files() -> Self {
        Self { rooms: [&FILES], most: FILES_OF_ONE, little: LITTLE, bytes: 0, counted: 0 }
    }

    /// What one container's log takes: nothing yet.
    #[must_use]
    pub fn by_log() -> Self {
        Self { rooms: [&LOGS], most: LOG, little: LITTLE, bytes: 0, counted: 0 }
    }
}

impl<const ROOMS: usize> Held<'_, ROOMS> {
    /// Holds so much more; `false` when there is no room.
    pub fn more(&mut self, bytes: usize) -> bool {
        let wanted = self.bytes + bytes;
        if wanted > self.most {
            return false;
        }
        let further = wanted.saturating_sub(self.little).saturating_sub(self.counted);
        for (taken, room) in self.rooms.iter().enumerate() {
            if !room.take(further) {
                self.rooms[..taken].iter().for_each(|room| room.give_back(further));
                return false;
            }
        }
        self.counted += further;
        self.bytes = wanted;
        true
    }

    /// Holds so much less.
    pub fn less(&mut self, bytes: usize) {
        self.bytes -= bytes;
        let free = self.counted.saturating_sub(self.bytes.saturating_sub(self.little));
        self.counted -= free;
        self.rooms.iter().for_each(|room| room.give_back(free));
    }
}

impl<const ROOMS: usize> Drop for Held<'_, ROOMS> {
    fn drop(&mut self) {
        self.less(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(session: &'a Room, everybody: &'a Room) -> Held<'a, 2> {
        Held { rooms: [session, everybody], most: FILTER, little: LITTLE, bytes: 0, counted: 0 }
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
