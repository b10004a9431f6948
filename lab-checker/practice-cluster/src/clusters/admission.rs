//! What lets somebody in who comes from outside: a request carries it, and whatever it opened lasts no longer.

use tokio::sync::watch;

/// The word of whoever lets people in, for as long as it is not taken back. A request that carries one in its extensions
/// opens nothing that outlives it: no watch, no shell, no log that is followed.
#[derive(Debug, Clone)]
pub struct Admission(watch::Receiver<bool>);

impl Admission {
    /// One that is taken back when this turns true, or is dropped.
    #[must_use]
    pub fn until(taken_back: watch::Receiver<bool>) -> Self {
        Self(taken_back)
    }

    /// Whether it is good.
    #[must_use]
    pub fn holds(&self) -> bool {
        !*self.0.borrow() && self.0.has_changed().is_ok()
    }

    /// Waits until it is taken back.
    pub async fn ended(&mut self) {
        // Whoever is gone says nothing any more.
        let _ = self.0.wait_for(|taken_back| *taken_back).await;
    }
}
