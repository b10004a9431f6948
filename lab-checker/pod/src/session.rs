//! What the processes of one session share: the exec of a client, the main process of a container. A pod here is
//! no container with limits of its own, so that a fork bomb or an endless loop must end in the session that runs
//! it: with the message that a real shell prints when its container has nothing left.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::room::Room;

/// How deep functions, groups, `$( … )` and programs that run programs may nest: each level takes a part of a
/// thread's stack.
pub(crate) const DEPTH: u32 = 50;
/// How many shells of one session run at once, as a limit on process ids has it.
const SHELLS: u32 = 128;
/// How many commands run before a shell pauses for a moment, so that an endless loop in one pod costs its
/// neighbours nothing.
const STEPS_PER_PAUSE: u32 = 50;

/// What is counted.
#[derive(Debug, Default)]
pub struct Session {
    shells: AtomicU32,
    steps: AtomicU32,
    /// How many shells read from the session's terminal, each started by the one before.
    terminals: AtomicU32,
    /// What its filters hold.
    pub(crate) room: Room,
}

impl Session {
    /// One more shell runs; `false` when that is one too many. It counts all the same, until it has ended.
    pub(crate) fn shell_begins(&self) -> bool {
        self.shells.fetch_add(1, Ordering::Relaxed) < SHELLS
    }

    /// A shell has ended.
    pub(crate) fn shell_ends(&self) {
        self.shells.fetch_sub(1, Ordering::Relaxed);
    }

    /// One more shell reads from the terminal; tells how many do now.
    pub(crate) fn terminal_begins(&self) -> u32 {
        self.terminals.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The innermost shell no longer reads from the terminal.
    pub(crate) fn terminal_ends(&self) {
        self.terminals.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many shells read from the terminal.
    pub(crate) fn terminals(&self) -> u32 {
        self.terminals.load(Ordering::Relaxed)
    }

    /// Only so many shells are left that read from the terminal: those inside were interrupted.
    pub(crate) fn leave_terminals(&self, level: u32) {
        self.terminals.store(level, Ordering::Relaxed);
    }

    /// Pauses now and then, the longer the more shells there are.
    pub(crate) async fn step(&self) {
        let before = self.steps.fetch_add(1, Ordering::Relaxed);
        if before % STEPS_PER_PAUSE == STEPS_PER_PAUSE - 1 {
            let shells = self.shells.load(Ordering::Relaxed).max(1);
            tokio::time::sleep(std::time::Duration::from_millis(u64::from(shells))).await;
        }
    }
}
