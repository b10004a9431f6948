//! What opens practice clusters: secrets of a learner's that their kubeconfigs carry. They are tokens in a role of their
//! own, so that whatever ends a learner's tokens ends them as well, and none of them signs anybody in.

use practice_cluster::ClusterId;
use sqlx::Row;

use super::{
    Result, Secret, Store,
    tokens::{Role, insert, lock},
};

/// What a secret is to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// It opens it.
    Yes,
    /// It does not.
    No,
    /// No learner has this cluster.
    NobodysCluster,
}

impl Store {
    /// Have `key` open the cluster of a learner for as long as their tokens work; tells whether `token`, which it is
    /// derived from, still does.
    pub async fn allow_cluster(&self, key: &Secret, token: &Secret, learner: &str) -> Result<bool> {
        let known = sqlx::query("SELECT 1 FROM tokens WHERE hash = $1 AND learner = $2");
        if known.bind(key.hash()).bind(learner).fetch_optional(&self.read).await?.is_some() {
            return Ok(true);
        }
        self.written(async {
            let mut writing = self.write.begin().await?;
            lock(&mut writing, learner).await?;
            let owner = sqlx::query("SELECT 1 FROM tokens WHERE hash = $1 AND learner = $2");
            let owner = owner.bind(token.hash()).bind(learner).fetch_optional(&mut *writing).await?;
            if owner.is_some() {
                let known = sqlx::query("SELECT 1 FROM tokens WHERE hash = $1").bind(key.hash());
                if known.fetch_optional(&mut *writing).await?.is_none() {
                    insert(&mut writing, key, Role::Cluster(learner), None).await?;
                }
            }
            writing.commit().await?;
            Ok(owner.is_some())
        })
        .await
    }

    /// Whether a secret opens a cluster.
    pub async fn opens(&self, key: Option<&Secret>, cluster: &ClusterId) -> Result<Opens> {
        let found = sqlx::query(
            "SELECT tokens.hash FROM learners
             LEFT JOIN tokens ON tokens.hash = $1 AND tokens.role = 'cluster' AND tokens.learner = learners.id
             WHERE learners.cluster = $2",
        )
        .bind(key.map_or_else(String::new, Secret::hash))
        .bind(cluster.as_str())
        .fetch_optional(&self.read)
        .await?;
        Ok(match found {
            None => Opens::NobodysCluster,
            Some(row) if row.try_get::<Option<String>, _>(0)?.is_some() => Opens::Yes,
            Some(_) => Opens::No,
        })
    }
}
