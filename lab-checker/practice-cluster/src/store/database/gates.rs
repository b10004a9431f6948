//! Gates and their worlds in the database. A world's objects are those of a cluster of its own; here stands which
//! cluster that is, and which world the gate leads to.

use sqlx::{AnyConnection, Row};

use super::baseline_text::{from_text, to_text};
use super::rows::{Content, put, signed, size};
use super::writers::Writing;
use crate::settings::Used;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::gate::{GateRow, Step, Taken, WorldRow};
use crate::store::setup::Setup;
use crate::store::state::{Revision, State};
use crate::store::world::World;

/// How rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locking {
    /// Nobody else writes to the database.
    None,
    /// Others may: rows are locked until the transaction ends.
    Row,
}

/// A gate; `None` when there is none.
pub(super) async fn read_gate(connection: &mut AnyConnection, id: &ClusterId) -> Result<Option<GateRow>, ClusterError> {
    let found = sqlx::query(
        "SELECT c.token_hash, g.version, g.current_world, g.highest FROM practice_clusters c
         LEFT JOIN practice_gates g ON g.id = c.id WHERE c.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let rows = sqlx::query(
        "SELECT name, cluster_id, setup, floor, objects, pods, bytes FROM practice_worlds WHERE gate = $1 ORDER BY name",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
    Ok(Some(GateRow {
        version: number(found.try_get("version")?),
        current: World::from_stored(found.try_get::<Option<String>, _>("current_world")?.unwrap_or_default()),
        highest: number(found.try_get("highest")?),
        token_hash: found.try_get("token_hash")?,
        worlds: rows.iter().map(world).collect::<Result<_, _>>()?,
    }))
}

fn world(row: &sqlx::any::AnyRow) -> Result<WorldRow, ClusterError> {
    let setup: String = row.try_get("setup")?;
    let size = |column: &str| -> Result<usize, sqlx::Error> {
        Ok(usize::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
    };
    Ok(WorldRow {
        world: World::from_stored(row.try_get("name")?),
        cluster: ClusterId::from_stored(row.try_get("cluster_id")?),
        setup: Setup::from_text(&setup).ok_or(ClusterError::Setup(setup))?,
        floor: u64::try_from(row.try_get::<i64, _>("floor")?).unwrap_or(0),
        used: Used { objects: size("objects")?, pods: size("pods")?, bytes: size("bytes")? },
    })
}

/// Takes a step of a gate. `heads` is how far this process knows the revisions to have come.
pub(super) async fn take(
    writing: &mut Writing,
    id: &ClusterId,
    step: &Step,
    heads: Revision,
    locking: Locking,
) -> Result<(GateRow, Taken), ClusterError> {
    sqlx::query(
        "INSERT INTO practice_gates (id, version, current_world, highest) VALUES ($1, 0, '', 0)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(id.as_str())
    .execute(&mut **writing)
    .await?;
    if locking == Locking::Row {
        let lock = sqlx::query("SELECT id FROM practice_gates WHERE id = $1 FOR UPDATE").bind(id.as_str());
        lock.fetch_one(&mut **writing).await?;
    }
    let mut gate = read_gate(writing, id).await?.ok_or_else(|| ClusterError::Unknown(id.clone()))?;
    let concerned = [gate.world(&gate.current), gate.world(&step.world)];
    let mut heads = heads;
    for row in concerned.into_iter().flatten() {
        heads = heads.max(head(writing, &row.cluster, locking).await?);
    }
    let replaced = gate.replaced_by(step).map(|row| row.cluster.clone());
    let taken = gate.take(id, step, heads);
    if let Some(beginning) = step.beginning.as_ref().filter(|_| taken.begun) {
        if let Some(replaced) = replaced {
            delete_cluster(writing, &replaced, locking).await?;
        }
        let row = gate.world(&step.world).expect("a world that has begun is there");
        put_world(writing, id, row).await?;
        insert_cluster(writing, row, &Content::of(&beginning.outcome, &beginning.baseline)).await?;
    }
    if let Some(raised) = taken.raised {
        let row = gate.world(&step.world).expect("the current world is there");
        raise(writing, id, row, raised).await?;
    }
    sqlx::query("UPDATE practice_gates SET version = $1, current_world = $2, highest = $3 WHERE id = $4")
        .bind(signed(gate.version))
        .bind(gate.current.stored())
        .bind(signed(gate.highest))
        .bind(id.as_str())
        .execute(&mut **writing)
        .await?;
    Ok((gate, taken))
}

async fn head(writing: &mut Writing, cluster: &ClusterId, locking: Locking) -> Result<Revision, sqlx::Error> {
    let row = sqlx::query(match locking {
        Locking::None => "SELECT head FROM practice_clusters WHERE id = $1",
        Locking::Row => "SELECT head FROM practice_clusters WHERE id = $1 FOR UPDATE",
    });
    let row = row.bind(cluster.as_str()).fetch_optional(&mut **writing).await?;
    row.map_or(Ok(0), |row| Ok(u64::try_from(row.try_get::<i64, _>("head")?).unwrap_or(0)))
}

/// Writes down that a world is there.
pub(super) async fn put_world(
    connection: &mut AnyConnection,
    gate: &ClusterId,
    row: &WorldRow,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO practice_worlds (gate, name, cluster_id, setup, floor, objects, pods, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (gate, name) DO UPDATE SET cluster_id = excluded.cluster_id, setup = excluded.setup,
            floor = excluded.floor, objects = excluded.objects, pods = excluded.pods, bytes = excluded.bytes",
    )
    .bind(gate.as_str())
    .bind(row.world.stored())
    .bind(row.cluster.as_str())
    .bind(row.setup.to_text())
    .bind(signed(row.floor))
    .bind(size(row.used.objects))
    .bind(size(row.used.pods))
    .bind(size(row.used.bytes))
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes the cluster of a world that begins.
async fn insert_cluster(writing: &mut Writing, row: &WorldRow, content: &Content) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO practice_clusters (id, created_at, head) VALUES ($1, $2, $3)")
        .bind(row.cluster.as_str())
        .bind(row.setup.created().as_second())
        .bind(signed(content.head))
        .execute(&mut **writing)
        .await?;
    put(writing, &row.cluster, content).await
}

/// Takes away the cluster of a world that begins anew. What carries the gate's own name stays, empty: the gate's
/// token stands there.
async fn delete_cluster(writing: &mut Writing, id: &ClusterId, locking: Locking) -> Result<(), sqlx::Error> {
    let mut statements = vec!["DELETE FROM practice_objects WHERE cluster_id = $1"];
    if locking == Locking::Row {
        statements.push("DELETE FROM practice_log WHERE cluster_id = $1");
    }
    if *id != id.gate() {
        statements.push("DELETE FROM practice_clusters WHERE id = $1");
    }
    for statement in statements {
        sqlx::query(statement).bind(id.as_str()).execute(&mut **writing).await?;
    }
    Ok(())
}

/// Takes a gate away, with its worlds and their clusters.
pub(super) async fn remove(writing: &mut Writing, id: &ClusterId, locking: Locking) -> Result<(), ClusterError> {
    if locking == Locking::Row {
        let lock = sqlx::query("SELECT id FROM practice_gates WHERE id = $1 FOR UPDATE").bind(id.as_str());
        lock.fetch_optional(&mut **writing).await?;
    }
    let Some(gate) = read_gate(writing, id).await? else { return Ok(()) };
    for row in &gate.worlds {
        // Whoever writes to it meanwhile comes first.
        head(writing, &row.cluster, locking).await?;
        delete_cluster(writing, &row.cluster, locking).await?;
    }
    for statement in [
        "DELETE FROM practice_worlds WHERE gate = $1",
        "DELETE FROM practice_gates WHERE id = $1",
        "DELETE FROM practice_clusters WHERE id = $1",
    ] {
        sqlx::query(statement).bind(id.as_str()).execute(&mut **writing).await?;
    }
    Ok(())
}

async fn raise(writing: &mut Writing, gate: &ClusterId, row: &WorldRow, to: Revision) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE practice_clusters SET head = $1 WHERE id = $2")
        .bind(signed(to))
        .bind(row.cluster.as_str())
        .execute(&mut **writing)
        .await?;
    sqlx::query("UPDATE practice_worlds SET floor = $1 WHERE gate = $2 AND name = $3")
        .bind(signed(to))
        .bind(gate.as_str())
        .bind(row.world.stored())
        .execute(&mut **writing)
        .await?;
    Ok(())
}

/// What clusters of a setup begin with: as it was stored by whoever made the first of them, else `fresh`.
pub(super) async fn baseline(
    connection: &mut AnyConnection,
    setup: &Setup,
    fresh: impl FnOnce() -> State,
) -> Result<State, ClusterError> {
    sqlx::query("INSERT INTO practice_setups (setup, body) VALUES ($1, $2) ON CONFLICT (setup) DO NOTHING")
        .bind(setup.to_text())
        .bind(to_text(&fresh()))
        .execute(&mut *connection)
        .await?;
    let stored = sqlx::query("SELECT body FROM practice_setups WHERE setup = $1")
        .bind(setup.to_text())
        .fetch_one(&mut *connection)
        .await?;
    Ok(from_text(&stored.try_get::<String, _>("body")?)?)
}
