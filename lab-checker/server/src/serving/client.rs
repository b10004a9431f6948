//! Whose turn it is on each connection, and since when.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// How long a client may keep us waiting.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the next request, after an answer.
    pub idle: Duration,
    /// For the whole head of a request: the first from when the connection was made, a later one from its first
    /// byte.
    pub head: Duration,
    /// For the next piece of a request's body.
    pub body: Duration,
    /// For reading the next piece of an answer.
    pub reading: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // Longer than common proxies keep an idle connection (60 s): they are the ones to end it.
            idle: Duration::from_secs(75),
            head: Duration::from_secs(15),
            body: Duration::from_secs(15),
            reading: Duration::from_secs(60),
        }
    }
}

impl Patience {
    pub(super) fn shortest(&self) -> Duration {
        self.idle.min(self.head).min(self.body).min(self.reading)
    }
}

/// The client at the other end of one connection.
#[derive(Debug)]
pub(super) struct Client {
    number: u64,
    /// Whose it is, when that is one.
    owner: Option<IpAddr>,
    state: Mutex<State>,
    end: Notify,
    clients: Clients,
}

#[derive(Debug, Clone, Copy)]
struct State {
    turn: Turn,
    /// Since when it has not read what we have to say.
    unread: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It was answered, and nothing has come since then.
    Idle(Instant),
    /// A request's head is due.
    Head(Instant),
    /// We wait for a piece of its body.
    Body(Instant),
    /// We work, or answer.
    Ours,
    /// The connection is not for requests any more, but a terminal: it is quiet for as long as it likes.
    Nobodys,
}

impl State {
    /// Since when we wait for the client.
    fn waiting(&self) -> Option<Instant> {
        let turn = match self.turn {
            Turn::Idle(since) | Turn::Head(since) | Turn::Body(since) => Some(since),
            Turn::Ours => None,
            Turn::Nobodys => return None,
        };
        turn.into_iter().chain(self.unread).min()
    }

    fn is_overdue(&self, patience: Patience, now: Instant) -> bool {
        let turn = match self.turn {
            Turn::Idle(since) => now.duration_since(since) >= patience.idle,
            Turn::Head(since) => now.duration_since(since) >= patience.head,
            Turn::Body(since) => now.duration_since(since) >= patience.body,
            Turn::Ours => false,
            Turn::Nobodys => return false,
        };
        turn || self.unread.is_some_and(|since| now.duration_since(since) >= patience.reading)
    }
}

impl Client {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes have come.
    pub(super) fn sent_something(&self) {
        let mut state = self.state();
        if let Turn::Idle(_) = state.turn {
            state.turn = Turn::Head(Instant::now());
        }
    }

    /// A request's head is complete.
    pub(super) fn asks(&self) {
        self.state().turn = Turn::Ours;
    }

    /// We need more of the request's body.
    pub(super) fn owes_body(&self) {
        let mut state = self.state();
        if state.turn == Turn::Ours {
            state.turn = Turn::Body(Instant::now());
        }
    }

    /// A piece of the body is here, or we need no more of it.
    pub(super) fn owes_no_body(&self) {
        let mut state = self.state();
        if let Turn::Body(_) = state.turn {
            state.turn = Turn::Ours;
        }
    }

    /// The answer is complete.
    pub(super) fn is_answered(&self) {
        self.state().turn = Turn::Idle(Instant::now());
        if self.clients.0.crowded.load(Ordering::Relaxed) {
            self.clients.0.changed.notify_one();
        }
    }

    /// The connection is a terminal's from now on.
    pub(super) fn is_past_requests(&self) {
        self.state().turn = Turn::Nobodys;
    }

    /// What we have to say does not fit into its buffers.
    pub(super) fn does_not_read(&self) {
        self.state().unread.get_or_insert_with(Instant::now);
    }

    pub(super) fn reads(&self) {
        self.state().unread = None;
    }

    pub(super) async fn told_to_end(&self) {
        self.end.notified().await;
    }

    /// The connection is closed.
    pub(super) fn has_left(&self) {
        self.clients.all().remove(&self.number);
        self.clients.0.changed.notify_one();
    }
}

/// Every client that is connected.
#[derive(Debug, Clone, Default)]
pub(super) struct Clients(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    next: AtomicU64,
    all: Mutex<HashMap<u64, Arc<Client>>>,
    /// Whether there are too many.
    crowded: AtomicBool,
    /// Somebody has left; when there are too many, also: somebody could leave.
    changed: Notify,
}

impl Clients {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Client>>> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, owner: Option<IpAddr>) -> Arc<Client> {
        let client = Arc::new(Client {
            owner,
            number: self.0.next.fetch_add(1, Ordering::Relaxed),
            state: Mutex::new(State { turn: Turn::Head(Instant::now()), unread: None }),
            end: Notify::new(),
            clients: self.clone(),
        });
        self.all().insert(client.number, Arc::clone(&client));
        client
    }

    pub(super) fn count(&self) -> usize {
        self.all().len()
    }

    /// Resolves when somebody has left, or could leave when there are too many.
    pub(super) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// When there are more than so many, whoever has kept us waiting the longest must leave.
    pub(super) fn keep_to(&self, most: usize) {
        let crowded = self.count() > most;
        self.0.crowded.store(crowded, Ordering::Relaxed);
        if crowded {
            self.end_longest_waiting();
        }
    }

    /// Ends the connections of those who have kept us waiting for too long.
    pub(super) fn end_overdue(&self, patience: Patience) {
        let now = Instant::now();
        for client in self.all().values().filter(|client| client.state().is_overdue(patience, now)) {
            client.end.notify_one();
        }
    }

    /// When whoever owns this client has more than so many, the one that has kept us waiting the longest must leave,
    /// if need be this one.
    pub(super) fn keep_owner_to(&self, client: &Client, most: usize) {
        let Some(owner) = client.owner else { return };
        let is_theirs = |other: &Client| other.owner == Some(owner);
        if self.all().values().filter(|other| is_theirs(other)).count() > most {
            self.end_longest_waiting_of(is_theirs);
        }
    }

    /// Ends the connection of whoever has kept us waiting the longest, if anybody does.
    pub(super) fn end_longest_waiting(&self) {
        self.end_longest_waiting_of(|_| true);
    }

    fn end_longest_waiting_of(&self, counts: impl Fn(&Client) -> bool) {
        let all = self.all();
        let counting = all.values().filter(|client| counts(client));
        let waiting = counting.filter_map(|client| Some((client.state().waiting()?, client)));
        if let Some((_, client)) = waiting.min_by_key(|(since, _)| *since) {
            client.end.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        idle: Duration::from_secs(4),
        head: Duration::from_secs(1),
        body: Duration::from_secs(2),
        reading: Duration::from_secs(3),
    };

    /// After how many seconds of silence the connection is ended, within ten.
    fn ended_after(client: &Client) -> Option<u64> {
        let (state, now) = (*client.state(), Instant::now());
        (0..10).find(|seconds| state.is_overdue(PATIENCE, now + Duration::from_secs(*seconds)))
    }

    #[test]
    fn each_wait_has_its_own_end_and_our_own_work_has_none() {
        let client = Clients::default().add(None);
        assert_eq!(ended_after(&client), Some(1), "nothing was sent");
        client.sent_something();
        assert_eq!(ended_after(&client), Some(1), "half a head");
        client.asks();
        client.sent_something();
        assert_eq!(ended_after(&client), None, "we work");
        client.owes_body();
        assert_eq!(ended_after(&client), Some(2), "half a body");
        client.owes_no_body();
        assert_eq!(ended_after(&client), None);
        client.does_not_read();
        assert_eq!(ended_after(&client), Some(3), "the answer is not read");
        client.reads();
        client.is_answered();
        assert_eq!(ended_after(&client), Some(4), "idle after an answer");
        client.sent_something();
        assert_eq!(ended_after(&client), Some(1), "half of the next head");
        client.is_past_requests();
        client.does_not_read();
        assert_eq!(ended_after(&client), None, "a terminal is no request");
    }

    #[test]
    fn a_head_that_trickles_in_gets_no_more_time() {
        let client = Clients::default().add(None);
        client.sent_something();
        let begun = client.state().turn;
        client.sent_something();
        assert_eq!(client.state().turn, begun);
    }

    #[tokio::test]
    async fn one_address_makes_room_among_its_own() {
        let (clients, ours, theirs) = (Clients::default(), "192.0.2.1".parse().ok(), "192.0.2.2".parse().ok());
        let (longest, busy, waiting) = (clients.add(theirs), clients.add(ours), clients.add(ours));
        longest.state().turn = Turn::Idle(Instant::now() - Duration::from_secs(9));
        busy.asks();
        waiting.state().turn = Turn::Idle(Instant::now() - Duration::from_secs(5));
        let is_ended = async |client: &Client| futures::poll!(std::pin::pin!(client.told_to_end())).is_ready();
        clients.keep_owner_to(&clients.add(ours), 3);
        assert!(!is_ended(&waiting).await, "three may stay");
        clients.keep_owner_to(&clients.add(ours), 3);
        assert!(is_ended(&waiting).await && !is_ended(&busy).await && !is_ended(&longest).await);
        waiting.has_left();
        let nobodys = clients.add(None);
        clients.keep_owner_to(&nobodys, 0);
        assert!(!is_ended(&nobodys).await, "a proxy has many clients");
    }

    #[tokio::test]
    async fn room_is_made_by_the_longest_wait_and_never_by_an_answer() {
        let clients = Clients::default();
        let (stream, first, second) = (clients.add(None), clients.add(None), clients.add(None));
        stream.asks();
        let since = |client: &Client, ago: u64| {
            client.state().turn = Turn::Idle(Instant::now() - Duration::from_secs(ago));
        };
        since(&first, 5);
        since(&second, 9);
        clients.end_longest_waiting();
        second.told_to_end().await;
        second.has_left();
        clients.end_longest_waiting();
        first.told_to_end().await;
        first.has_left();
        clients.end_longest_waiting();
        assert_eq!(clients.count(), 1);
        assert!(futures::poll!(std::pin::pin!(stream.told_to_end())).is_pending());
    }
}
