//! A little while before one looks again.

use std::time::Duration;

use tokio::time::sleep;

/// How long it is.
const PAUSE: Duration = Duration::from_millis(250);

/// Waits a little before looking again.
pub(crate) async fn a_moment() {
    sleep(PAUSE).await;
}
