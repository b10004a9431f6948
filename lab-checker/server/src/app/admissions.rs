//! What lasts (a watch, a shell, a terminal, a stream of events) goes on for as long as the token works that it was asked
//! for with. A token is renewed, revoked or signed out by whichever server is asked, or by a command on this machine; so
//! each server looks at the tokens of all that is open on it, with one query a second, and with none while nothing is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use practice_cluster::Admission;
use tokio::{
    sync::{Notify, watch},
    time,
};

use crate::store::{Secret, Store, StoreError};

/// How often somebody looks.
const EVERY: Duration = Duration::from_secs(1);

/// Who was let in, by the hash of the token that each was let in with.
#[derive(Debug)]
pub(crate) struct Admissions {
    store: Store,
    open: Mutex<HashMap<String, watch::Sender<bool>>>,
    /// Somebody was let in.
    news: Notify,
}

impl Admissions {
    /// The admissions of this server; they are looked at until it has stopped.
    pub(crate) fn new(store: Store, stopped: watch::Receiver<bool>) -> Arc<Self> {
        let admissions = Arc::new(Self { store, open: Mutex::default(), news: Notify::new() });
        tokio::spawn(admissions.clone().keep_looking(stopped));
        admissions
    }

    /// An admission for whoever shows this token; to be taken before it is looked at whether the token works.
    pub(crate) fn with(&self, token: &Secret) -> Admission {
        let mut open = self.open();
        let admission = open.entry(token.hash()).or_default().subscribe();
        if open.len() == 1 {
            self.news.notify_one();
        }
        Admission::until(admission)
    }

    /// Take back now what was opened with tokens that do not work any more.
    pub(crate) async fn look(&self) {
        // A database that is away has renewed nothing, and somebody looks again in a moment.
        if let Err(error) = self.compare().await {
            tracing::debug!(%error, "which tokens still work cannot be told; what they opened goes on for now");
        }
    }

    async fn compare(&self) -> Result<(), StoreError> {
        let hashes: Vec<String> = {
            let mut open = self.open();
            open.retain(|_, admission| admission.receiver_count() > 0);
            open.keys().cloned().collect()
        };
        for ended in self.store.not_working(&hashes).await? {
            if let Some(admission) = self.open().remove(&ended) {
                admission.send_replace(true);
            }
        }
        Ok(())
    }

    async fn keep_looking(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let looking = async {
            loop {
                if self.open().is_empty() {
                    self.news.notified().await;
                }
                time::sleep(EVERY).await;
                self.look().await;
            }
        };
        tokio::select! {
            () = looking => {}
            // It ends when the server stops, or is gone.
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<bool>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until an admission is taken back; for ever when nothing was needed to come in.
pub(crate) async fn taken_back(admission: Option<Admission>) {
    match admission {
        Some(mut admission) => admission.ended().await,
        None => std::future::pending().await,
    }
}
