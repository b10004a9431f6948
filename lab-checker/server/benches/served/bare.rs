//! A bare database: as many clients, one row a commit, the same synchronous setting, and nothing else.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;

use super::{LEARNERS, program::Program};

/// How many rows a second, each with this text.
pub(crate) async fn inserts(program: &Program, text: &str, time: Duration) -> f64 {
    // The server's own way to open one: a WAL and `synchronous = FULL` on SQLite.
    let pool = program.beside().writers().await.unwrap();
    sqlx::raw_sql("DROP TABLE IF EXISTS bare; CREATE TABLE bare (id TEXT PRIMARY KEY, value TEXT NOT NULL)")
        .execute(&pool)
        .await
        .unwrap();
    let (began, rows) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let clients = (0..LEARNERS).map(|_| {
        let (pool, rows, text) = (pool.clone(), Arc::clone(&rows), text.to_owned());
        tokio::spawn(async move {
            while began.elapsed() < time {
                let insert = sqlx::query("INSERT INTO bare (id, value) VALUES ($1, $2)")
                    .bind(uuid::Uuid::now_v7().to_string())
                    .bind(text.clone())
                    .execute(&pool);
                // A pool of one connection makes clients wait, the longest of them in vain.
                if insert.await.is_ok() {
                    rows.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    });
    join_all(clients).await;
    let rate = rows.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    sqlx::raw_sql("DROP TABLE bare").execute(&pool).await.unwrap();
    pool.close().await;
    rate
}
