//! Whose turn it is on each connection, and since when.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Context,
    time::Duration,
};

use futures::task::AtomicWaker;
use practice_cluster::Pings;
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
    /// For reading the next piece of an answer, or of what a terminal shows.
    pub reading: Duration,
    /// For a sign of life on a connection that is not for requests any more: a terminal, exec, attach. They are
    /// pinged several times within it.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // Longer than common proxies keep an idle connection (60 s): they are the ones to end it.
            idle: Duration::from_secs(75),
            head: Duration::from_secs(15),
            body: Duration::from_secs(15),
            reading: Duration::from_secs(60),
            silence: Duration::from_secs(120),
        }
    }
}

impl Patience {
    pub(super) fn shortest(&self) -> Duration {
        self.idle.min(self.head).min(self.body).min(self.reading).min(self.silence)
    }

    /// How often somebody is pinged of whom nothing else may be heard.
    pub(super) fn pings(&self) -> Pings {
        Pings(self.silence / 6)
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
    /// Whoever waits to read or to write, once the connection is not for requests any more.
    reader: AtomicWaker,
    writer: AtomicWaker,
    clients: Clients,
}

#[derive(Debug, Clone, Copy)]
struct State {
    turn: Turn,
    /// Since when it has not read what we have to say.
    unread: Option<Instant>,
    /// Since when we wait to hear from it.
    unheard: Option<Instant>,
    /// We have waited for too long to be heard, or to hear, unless it happens after all.
    stuck: bool,
    silent: bool,
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
    /// The connection is not for requests any more, but a terminal: it has nothing to say for as long as it likes, but
    /// is heard to be there.
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
            Turn::Nobodys => self.is_unheard(patience, now),
            Turn::Ours => false,
        };
        turn || self.is_unread(patience, now)
    }

    fn is_unread(&self, patience: Patience, now: Instant) -> bool {
        self.unread.is_some_and(|since| now.duration_since(since) >= patience.reading)
    }

    fn is_unheard(&self, patience: Patience, now: Instant) -> bool {
        self.unheard.is_some_and(|since| now.duration_since(since) >= patience.silence)
    }
}

impl Client {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes have come.
    pub(super) fn sent_something(&self) {
        let mut state = self.state();
        (state.unheard, state.silent) = (None, false);
        if let Turn::Idle(_) = state.turn {
            state.turn = Turn::Head(Instant::now());
        }
    }

    /// We would hear something, and nothing has come.
    pub(super) fn says_nothing(&self, cx: &Context<'_>) {
        self.reader.register(cx.waker());
        self.state().unheard.get_or_insert_with(Instant::now);
    }

    /// Whether there is no use in waiting to hear something.
    pub(super) fn is_silent(&self) -> bool {
        self.state().silent
    }

    /// Whether there is no use in waiting to be heard.
    pub(super) fn is_stuck(&self) -> bool {
        self.state().stuck
    }

    /// Ends the connection when the client is overdue: a conversation in HTTP from outside, any other from within,
    /// where whoever reads or writes is told.
    fn end_if_overdue(&self, patience: Patience, now: Instant) {
        let mut state = self.state();
        if !state.is_overdue(patience, now) {
            return;
        }
        if state.turn == Turn::Nobodys {
            state.stuck = state.is_unread(patience, now);
            state.silent = state.is_unheard(patience, now);
        }
        drop(state);
        self.end.notify_one();
        self.reader.wake();
        self.writer.wake();
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
        let mut state = self.state();
        (state.turn, state.unheard) = (Turn::Nobodys, None);
    }

    /// What we have to say does not fit into its buffers.
    pub(super) fn does_not_read(&self, cx: &Context<'_>) {
        self.writer.register(cx.waker());
        self.state().unread.get_or_insert_with(Instant::now);
    }

    pub(super) fn reads(&self) {
        let mut state = self.state();
        // Who reads what was waiting is there.
        if state.unread.take().is_some() {
            (state.unheard, state.stuck, state.silent) = (None, false, false);
        }
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
            state: Mutex::new(State {
                turn: Turn::Head(Instant::now()),
                unread: None,
                unheard: None,
                stuck: false,
                silent: false,
            }),
            end: Notify::new(),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
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
        // Whoever is woken may leave at once.
        let all: Vec<Arc<Client>> = self.all().values().cloned().collect();
        for client in all {
            client.end_if_overdue(patience, now);
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
    use std::task::Waker;

    use super::*;

    const PATIENCE: Patience = Patience {
        idle: Duration::from_secs(4),
        head: Duration::from_secs(1),
        body: Duration::from_secs(2),
        reading: Duration::from_secs(3),
        silence: Duration::from_secs(5),
    };

    fn nobody() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

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
        client.does_not_read(&nobody());
        assert_eq!(ended_after(&client), Some(3), "the answer is not read");
        client.reads();
        client.is_answered();
        assert_eq!(ended_after(&client), Some(4), "idle after an answer");
        client.sent_something();
        assert_eq!(ended_after(&client), Some(1), "half of the next head");
        client.is_past_requests();
        assert_eq!(ended_after(&client), None, "nobody listens to a terminal yet");
        client.says_nothing(&nobody());
        assert_eq!(ended_after(&client), Some(5), "a terminal that answers no ping");
        client.does_not_read(&nobody());
        assert_eq!(ended_after(&client), Some(3), "a terminal that does not read");
        client.reads();
        assert_eq!(ended_after(&client), None, "who reads is there");
        client.says_nothing(&nobody());
        client.sent_something();
        assert_eq!(ended_after(&client), None, "who speaks is there");
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
