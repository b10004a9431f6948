-- Databases from before tables had versions have these tables already: this migration alone takes them as they are.
CREATE TABLE IF NOT EXISTS practice_clusters (
    id TEXT PRIMARY KEY, created_at BIGINT NOT NULL, head BIGINT NOT NULL, token_hash TEXT);

-- What the clusters of one creation time began with.
CREATE TABLE IF NOT EXISTS practice_baselines (created_at BIGINT PRIMARY KEY, body TEXT NOT NULL);

-- What differs from that; an empty body is a deleted object.
CREATE TABLE IF NOT EXISTS practice_objects (
    cluster_id TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (cluster_id, resource, namespace, name));

-- What other processes have done lately; only PostgreSQL is shared by several.
CREATE TABLE IF NOT EXISTS practice_log (
    cluster_id TEXT NOT NULL, revision BIGINT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL,
    name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (cluster_id, revision));

-- Where it is tried whether writing works.
CREATE TABLE IF NOT EXISTS practice_probe (id BIGINT PRIMARY KEY, body TEXT NOT NULL);
