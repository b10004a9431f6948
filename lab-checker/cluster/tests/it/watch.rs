//! When a watch first speaks.

use cluster::changes;
use futures::StreamExt;

use crate::api::{Api, refusal};

#[tokio::test]
async fn the_first_word_comes_when_every_watch_stands() {
    let api = Api::default()
        .answer("GET /apis/policy.networking.k8s.io/", 404, refusal(404, "not found"))
        .silent("watch=true");
    let mut changes = changes(&api.client()).await.unwrap();
    changes.next().await.unwrap().unwrap();
    assert!(futures::poll!(changes.next()).is_pending());
}
