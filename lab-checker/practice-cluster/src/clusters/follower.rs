//! Following a world, whether or not it has begun, through all its beginnings.

use std::sync::Arc;

use tokio::sync::watch;

use crate::clusters::cluster::Cluster;
use crate::clusters::gate::Gate;
use crate::clusters::standing::Standing;
use crate::store::error::ClusterError;
use crate::store::state::Revision;
use crate::store::world::World;

/// Somebody who follows a world, and keeps it in memory.
pub(crate) struct Follower {
    gate: Arc<Gate>,
    world: World,
    standings: watch::Receiver<Standing>,
    /// The cluster that the world is now, once it has begun.
    cluster: Option<(Arc<Cluster>, watch::Receiver<Revision>)>,
}

impl Follower {
    pub(crate) async fn of(gate: Arc<Gate>, world: &World) -> Result<Self, ClusterError> {
        let mut follower = Self { standings: gate.standings(), gate, world: world.clone(), cluster: None };
        follower.look().await?;
        Ok(follower)
    }

    async fn look(&mut self) -> Result<(), ClusterError> {
        let cluster = self.gate.world(&self.world).await?;
        self.cluster = cluster.map(|cluster| {
            let revisions = cluster.revisions();
            (cluster, revisions)
        });
        Ok(())
    }

    /// How far the world has come when something has happened next; 0 before it begins.
    pub(crate) async fn next(&mut self) -> Option<Revision> {
        let stepped = match &mut self.cluster {
            Some((_, revisions)) => tokio::select! {
                changed = revisions.changed() => changed.map(|()| false),
                changed = self.standings.changed() => changed.map(|()| true),
            },
            None => self.standings.changed().await.map(|()| true),
        };
        if stepped.ok()? {
            // The world may be another cluster now.
            self.look().await.ok()?;
        }
        let Some((cluster, revisions)) = &mut self.cluster else { return Some(0) };
        cluster.touch();
        let revision = *revisions.borrow_and_update();
        Some(revision)
    }
}
